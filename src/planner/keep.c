/* keep.c - first how many each zone keeps, then which node of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "keep.h"
#include "even.h"
#include "inferd/alloc.h"
#include <stdlib.h>

static int largest_first(const void *a, const void *b)
{
    const struct inf_running *x = *(struct inf_running *const *)a;
    const struct inf_running *y = *(struct inf_running *const *)b;

    if (x->allocations != y->allocations)
        return x->allocations > y->allocations ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

static void share_over_zones(const struct inf_problem *problem,
                             const struct inf_problem_deployment *deployment,
                             struct inf_even zones[INF_PROBLEM_MAX_ZONES])
{
    uint32_t order[INF_PROBLEM_MAX_ZONES];

    for (uint32_t i = 0; i < problem->zone_count; i++) {
        zones[i] = (struct inf_even){0};
        order[i] = i;
    }
    for (size_t i = 0; i < deployment->running_count; i++)
        zones[problem->nodes[deployment->running[i].node].zone].most +=
            deployment->running[i].allocations;
    inf_even_share(zones, order, problem->zone_count, deployment->wanted);
}

static void keep_some(const struct inf_problem *problem, struct inf_problem_deployment *deployment)
{
    struct inf_even zones[INF_PROBLEM_MAX_ZONES];
    size_t count = deployment->running_count;
    struct inf_running **sorted = inf_alloc(count, sizeof(*sorted));

    share_over_zones(problem, deployment, zones);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &deployment->running[i];
    qsort(sorted, count, sizeof(*sorted), largest_first);
    for (size_t i = 0; i < count; i++) {
        int64_t *left = &zones[problem->nodes[sorted[i]->node].zone].part;
        sorted[i]->keep = *left < sorted[i]->allocations ? *left : sorted[i]->allocations;
        *left -= sorted[i]->keep;
    }
    free(sorted);
}

void inf_keep_choose(const struct inf_problem *problem, struct inf_problem_deployment *deployment)
{
    if (deployment->running_allocations > deployment->wanted) {
        keep_some(problem, deployment);
        return;
    }
    for (size_t i = 0; i < deployment->running_count; i++)
        deployment->running[i].keep = deployment->running[i].allocations;
}
