/* memory_limit.h - how much memory a model's worker may fill; pure.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_MEMORY_LIMIT_H
#define INFERD_SERVING_MEMORY_LIMIT_H

#include "measure.h"

struct inf_memory_limit {
    int64_t setting;     /* engine.memory_limit; 0: to be computed */
    int64_t node_bytes;  /* that all models may take: never more than this */
    int64_t model_bytes; /* of the definition */
    struct inf_measured measured;
    int allocations; /* that may run in it now */
    int processors;  /* of the node */
    int positions;   /* the longest input that the model takes */
};

/* Bytes of the worker's own. Measured: what it was seen to take with so many allocations, and room
 * for intermediate results and fragments. Not measured: room for nearly anything. */
int64_t inf_memory_limit(const struct inf_memory_limit *facts);

#endif
