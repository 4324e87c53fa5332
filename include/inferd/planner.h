/* planner.h - which node runs how many allocations of which deployment: a pure function.
 *
 * Goals, in this order (compatibility 9.5): constraints are never broken (a node's processors and
 * memory, a deployment's requested number); normal deployments before low-priority ones; every
 * deployment that had an allocation keeps at least one; none loses what runs to another; every
 * deployment gets one; as many requested allocations as fit; as few allocations moved as possible;
 * spread over availability zones; little memory. The same input in any order gives the same plan,
 * and a plan whose result is planned again stays as it is. Memory follows how inferd runs models:
 * one process a node and model, shared by the model's deployments, plus a share for each
 * allocation.
 *
 * Thread: any; no state. Owns: nothing of the input; the plan is the caller's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_H
#define INFERD_PLANNER_H

#include "inferd/buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inf_plan_node {
    const char *id;       /* unique */
    const char *zone;     /* availability zone; NULL: in none */
    int processors;       /* whole ones, rounded up */
    int64_t memory_bytes; /* that models may take on it in all */
};

/* So many allocations of a deployment on a node: now (input) or by the plan (result). */
struct inf_plan_share {
    size_t node; /* index into the nodes of the input */
    int allocations;
};

struct inf_plan_deployment {
    const char *id; /* unique */
    const char *model_id;
    int allocations;          /* requested; 0 is fine (adaptive allocations) */
    int threads;              /* each allocation's */
    bool low_priority;        /* takes no processors; never in a normal one's way */
    int64_t model_bytes;      /* once for each node that runs any deployment of the model */
    int64_t deployment_bytes; /* once for each node that runs this one (its cache) */
    int64_t allocation_bytes; /* for each allocation */
    const struct inf_plan_share *current; /* what runs; may be NULL with 0 */
    size_t current_count;
    const char *refusal; /* why no node may take it (a load error), or NULL */
};

struct inf_plan_input {
    const struct inf_plan_node *nodes;
    size_t node_count;
    const struct inf_plan_deployment *deployments;
    size_t deployment_count;
};

struct inf_plan; /* for each deployment, its shares */

/* Never fails: what fits nowhere gets no share. The input has to live as long as the plan. */
struct inf_plan *inf_plan_make(const struct inf_plan_input *input);
void inf_plan_free(struct inf_plan *plan); /* NULL is fine */
/* Shares of a deployment, ascending by node id, none with 0 allocations. */
const struct inf_plan_share *inf_plan_shares(const struct inf_plan *plan, size_t deployment,
                                             size_t *ret_count);
int inf_plan_allocations(const struct inf_plan *plan, size_t deployment); /* their sum */
/* Why the deployment has fewer allocations than requested, in the words of compatibility 9.3,
 * joined by `|`, nodes by id; nothing is appended when it has them all. Of more than 20 nodes the
 * others are only counted. For a normal deployment, memory that low priority takes counts as free.
 */
void inf_plan_explain(const struct inf_plan *plan, size_t deployment, struct inf_buf *out);

#endif
