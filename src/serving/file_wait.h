/* file_wait.h - who waits for a model's definition to come to this node of a cluster, for a look at
 * it: a dry run, a report.
 *
 * What is waited for counts as needed here, so it is brought, and stays until the wait is over.
 *
 * Thread: loop only. Owns: the waits, each until its `done` has run. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_FILE_WAIT_H
#define INFERD_SERVING_FILE_WAIT_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include <stdint.h>

struct inf_manager;

/* err NULL: it is here, or was never on its way, as on a node alone. UNAVAILABLE: why it is not
 * here yet, or that the server is stopping; NOT_FOUND: the model is gone. */
typedef void (*inf_file_wait_done)(void *arg, const struct inf_error *err);

/* Runs done once, maybe before this returns, after timeout_ms at the latest. */
void inf_file_await(struct inf_manager *manager, const char *model_id, int64_t timeout_ms,
                    inf_file_wait_done done, void *arg);
/* A definition may have come, a model may be gone, or the server is stopping. */
void inf_file_waits_look(struct inf_manager *manager);
/* Visits the model of each wait; maybe twice. */
void inf_file_waits_visit(const struct inf_manager *manager,
                          void (*visit)(void *arg, const char *model_id), void *arg);
/* "the definition of model [m] is not on this node yet: ", and how far it has come. */
void inf_file_wait_explain(const struct inf_manager *manager, const char *model_id,
                           struct inf_buf *out);

#endif
