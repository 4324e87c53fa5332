/* score.c - the goals of the planner as a row of numbers, compared from left to right. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "score.h"
#include "inferd/alloc.h"
#include <stdlib.h>

#define NONE INF_PROBLEM_NONE

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void add_allocations(const struct inf_problem_deployment *deployment, int64_t placed,
                            struct inf_score *score)
{
    int64_t *terms =
        &score->terms[deployment->low_priority ? INF_SCORE_LOW_ALIVE : INF_SCORE_ALIVE];
    int64_t owed = smaller(deployment->running_allocations, deployment->wanted);

    terms[INF_SCORE_ALIVE] += owed > 0 && placed > 0;
    terms[INF_SCORE_KEPT] += smaller(owed, placed);
    terms[INF_SCORE_SERVED] += placed > 0;
    terms[INF_SCORE_PLACED] += placed;
}

/* What starts on one node while as many end on another has moved; `on`, by node, is the plan. */
static int64_t count_moves(const struct inf_problem_deployment *deployment, int64_t placed,
                           const int64_t *on)
{
    int64_t stayed = 0;

    for (size_t i = 0; i < deployment->running_count; i++)
        stayed += smaller(deployment->running[i].allocations, on[deployment->running[i].node]);
    return smaller(placed, deployment->running_allocations) - stayed;
}

/* on: scratch, a zero for each node. */
static void add_places(const struct inf_book *book, uint32_t deployment, int64_t *on,
                       struct inf_score *score)
{
    const struct inf_problem *problem = book->problem;
    int64_t in_zone[INF_PROBLEM_MAX_ZONES] = {0}, fullest = 0;

    for (uint32_t i = book->first_of_deployment[deployment]; i != NONE;
         i = book->shares[i].next_of_deployment) {
        const struct inf_share *share = &book->shares[i];
        int64_t *zone = &in_zone[problem->nodes[share->node].zone];
        on[share->node] = share->allocations;
        *zone += share->allocations;
        fullest = *zone > fullest ? *zone : fullest;
    }
    score->terms[INF_SCORE_STAYED] -=
        count_moves(&problem->deployments[deployment], book->placed[deployment], on);
    score->terms[INF_SCORE_EVEN] -= fullest;
    for (uint32_t i = book->first_of_deployment[deployment]; i != NONE;
         i = book->shares[i].next_of_deployment)
        on[book->shares[i].node] = 0;
}

void inf_score_of(const struct inf_book *book, struct inf_score *ret_score)
{
    const struct inf_problem *problem = book->problem;
    int64_t *on = inf_alloc(problem->node_count, sizeof *on);

    *ret_score = (struct inf_score){0};
    for (uint32_t i = 0; i < problem->deployment_count; i++) {
        add_allocations(&problem->deployments[i], book->placed[i], ret_score);
        add_places(book, i, on, ret_score);
    }
    free(on);
    for (uint32_t i = 0; i < problem->node_count; i++) {
        int64_t *sum = &ret_score->terms[INF_SCORE_FRUGAL];
        if (__builtin_add_overflow(*sum, book->free_memory[i], sum))
            *sum = INT64_MAX;
    }
}

bool inf_score_better(const struct inf_score *a, const struct inf_score *b)
{
    for (int i = 0; i < INF_SCORE_TERMS; i++)
        if (a->terms[i] != b->terms[i])
            return a->terms[i] > b->terms[i];
    return false;
}
