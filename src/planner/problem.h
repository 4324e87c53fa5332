/* problem.h - the planner's input as the planner works on it: sorted by id, numbered, cleaned.
 *
 * Nodes and deployments are numbers here, in the order of their ids, so that the order of the input
 * cannot matter. Byte figures are cut at INF_PROBLEM_MAX_BYTES, so that a sum of a few never
 * overflows.
 * Thread: any. Owns: its arrays; ids and texts stay the input's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_PROBLEM_H
#define INFERD_PLANNER_PROBLEM_H

#include "inferd/planner.h"

#define INF_PROBLEM_NONE UINT32_MAX           /* no node, no deployment, no share */
#define INF_PROBLEM_MAX_BYTES (INT64_MAX / 4) /* a model, a deployment, an allocation, a node */
#define INF_PROBLEM_MAX_ZONES ((uint32_t)64)  /* with more of them, all nodes are in one */

struct inf_problem_node {
    const struct inf_plan_node *given;
    uint32_t zone;
    int64_t processors;
    int64_t memory_bytes;
};

/* What runs of a deployment on a node. */
struct inf_running {
    uint32_t node;
    int64_t allocations;
    int64_t keep; /* so many of them are still requested (keep.h) */
};

struct inf_problem_deployment {
    const struct inf_plan_deployment *given;
    uint32_t model;
    uint32_t next_of_model; /* the next deployment of the same model, or NONE */
    bool low_priority;
    int64_t wanted; /* allocations; 0 for one that no node may take */
    int64_t threads;
    int64_t model_bytes; /* the same for all deployments of a model: the largest given */
    int64_t deployment_bytes;
    int64_t allocation_bytes;
    struct inf_running *running; /* by node, each node once */
    size_t running_count;
    int64_t running_allocations;
};

struct inf_problem {
    const struct inf_plan_input *input;
    struct inf_problem_node *nodes; /* by id */
    uint32_t node_count;
    uint32_t zone_count;                        /* at least 1 */
    struct inf_problem_deployment *deployments; /* by id */
    uint32_t deployment_count;
    uint32_t normal_count;    /* of them, those of normal priority */
    uint32_t *first_of_model; /* by model: its first deployment */
    uint32_t *rank;           /* by place in the input: the deployment's number */
};

/* Reads the input, which has to live as long. */
void inf_problem_init(struct inf_problem *problem, const struct inf_plan_input *input);
void inf_problem_fini(struct inf_problem *problem);

#endif
