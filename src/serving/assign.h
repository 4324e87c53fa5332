/* assign.h - how many of its allocations each deployment gets: the planner's input from the
 * manager's tables, and its plan applied to them (compatibility 9.2, 9.4).
 *
 * What is asked about is planned together with all that there is, without changing anything. A
 * newcomer, or a larger number, is taken only as a whole, and never at the cost of another
 * deployment, except that low-priority ones make room for normal ones.
 *
 * Thread: loop only. Owns: nothing; a plan lives as long as the call. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_ASSIGN_H
#define INFERD_SERVING_ASSIGN_H

#include "manager.h"

struct inf_deployment;

/* Bytes that code and the daemon itself take beside the models (compatibility 9.4). */
#define INF_ASSIGN_OVERHEAD (INT64_C(30) * 1024 * 1024)

/* What a deployment takes on a node, in the planner's terms. Alone on it, with all allocations, the
 * sum is the estimate of compatibility 9.6. */
struct inf_assign_memory {
    int64_t model_bytes;      /* once for all deployments of the model */
    int64_t deployment_bytes; /* its own cache */
    int64_t allocation_bytes; /* each allocation */
};
struct inf_assign_memory inf_assign_memory(const struct inf_deployment *deployment,
                                           int allocations);
/* Bytes that models may take on this node in all. */
int64_t inf_assign_memory_limit(const struct inf_manager *manager);

/* May a deployment that is in no map be started? 0, or -1 with the 429 of compatibility 8.1 #15
 * (nothing fits, with the explanation) or #16 (not everything does). */
int inf_assign_check_start(const struct inf_manager *manager, const struct inf_deployment *newcomer,
                           struct inf_error *err);
/* May a deployment have so many allocations? 0, or -1 with the 429 of compatibility 8.3. */
int inf_assign_check_update(const struct inf_manager *manager,
                            const struct inf_deployment *deployment, int allocations,
                            struct inf_error *err);

/* Plans anew and tells every deployment what it has got; in a cluster it is the master that plans,
 * and each node takes its part of what is written down. */
void inf_assign(struct inf_manager *manager);
/* The same when control is back in the loop, once, however often it was asked for. */
void inf_assign_soon(struct inf_manager *manager);
void inf_assign_later(struct inf_manager *manager, uint64_t ms); /* after a while */

#endif
