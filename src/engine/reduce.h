/* reduce.h - a model's output cut down to what the task reads (inferd/reduce.h). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_REDUCE_H
#define INFERD_ENGINE_REDUCE_H

#include "inferd/engine.h"
#include "inferd/reduce.h"

/* Changes data, shape and size of *output; its holder stays, and is freed as ever. What cannot be
 * reduced so (another rank, no such row) stays as it is: the task will say what it misses. *ret is
 * memory that data may point into, to be freed after use; NULL when there is none. -1: no memory.
 * Any thread. */
int inf_reduce_output(struct inf_engine_output *output, enum inf_reduce reduce, uint32_t position,
                      void **ret);

#endif
