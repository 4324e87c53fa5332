/* describe_memory.h - the measured memory of a model as JSON.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_DESCRIBE_MEMORY_H
#define INFERD_SERVING_DESCRIBE_MEMORY_H

#include "manager.h"
#include "measure.h"

/* What the model is known to take, by its process or by the store; NONE when it is not known. */
struct inf_measured inf_describe_measured_of(const struct inf_manager *manager,
                                             const char *model_id);
/* The member "measured_memory_bytes", if it is known; with what the process takes now and may take,
 * unless worker is NULL. */
void inf_describe_measured(const struct inf_measured *measured, const struct inf_worker *worker,
                           struct inf_jsonw *w);

#endif
