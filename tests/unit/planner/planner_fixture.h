/* planner_fixture.h - small inputs in few words, and the plan of one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_FIXTURE_H
#define INFERD_PLANNER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/planner.h"
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define INPUT(the_nodes, the_deployments)                      \
    ((struct inf_plan_input){.nodes = (the_nodes),             \
                             .node_count = COUNT(the_nodes),   \
                             .deployments = (the_deployments), \
                             .deployment_count = COUNT(the_deployments)})

/* Allocations that the plan has of a deployment on a node, both by place in the input. */
static inline int allocations_on(const struct inf_plan *plan, size_t deployment, size_t node)
{
    size_t count;
    const struct inf_plan_share *shares = inf_plan_shares(plan, deployment, &count);

    for (size_t i = 0; i < count; i++)
        if (shares[i].node == node)
            return shares[i].allocations;
    return 0;
}

/* The allocations of a deployment in a plan that is not needed for more. */
static inline int planned(const struct inf_plan_input *input, size_t deployment)
{
    struct inf_plan *plan = inf_plan_make(input);
    int allocations = inf_plan_allocations(plan, deployment);

    inf_plan_free(plan);
    return allocations;
}

#endif
