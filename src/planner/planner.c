/* planner.c - tries a few strategies and takes the best plan.
 *
 * The first strategy is enough as long as everything fits. Each keeps what runs and leaves nothing
 * that would fit, so whichever won, planning its result again gives it back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/planner.h"
#include "attempt.h"
#include "inferd/alloc.h"
#include "plan.h"
#include "score.h"
#include <stdlib.h>

enum when { ALWAYS, LOW_PRIORITY_RUNS, SOMEBODY_LOST_ALL };

static const struct {
    enum when when;
    struct inf_strategy strategy;
} strategies[] = {
    {ALWAYS, {.spare_low_priority = true}},
    {ALWAYS, {.spare_low_priority = true, .ones_first = true}},
    {ALWAYS, {.spare_low_priority = true, .ones_first = true, .order = INF_ORDER_SMALL_FIRST}},
    {LOW_PRIORITY_RUNS, {.ones_first = false}},
    {LOW_PRIORITY_RUNS, {.ones_first = true}},
    {LOW_PRIORITY_RUNS, {.ones_first = true, .order = INF_ORDER_SMALL_FIRST}},
    {SOMEBODY_LOST_ALL, {.revive_first = true, .ones_first = true}},
    {SOMEBODY_LOST_ALL, {.revive_first = true, .ones_first = true, .order = INF_ORDER_SMALL_FIRST}},
};

/* Random orders, tried where that costs next to nothing: the smaller the cluster, the more an
 * unlucky order loses. */
#define SHUFFLES 20
#define FEW_PAIRS 2000 /* of a node and a normal deployment */

/* There is a book and nothing is missing in it. */
static bool is_complete(const struct inf_plan *plan)
{
    if (plan->normal_memory == NULL)
        return false;
    for (uint32_t i = 0; i < plan->problem.deployment_count; i++)
        if (inf_book_missing(&plan->book, i) > 0)
            return false;
    return true;
}

static bool applies(const struct inf_plan *plan, enum when when)
{
    for (uint32_t i = 0; i < plan->problem.deployment_count; i++) {
        const struct inf_problem_deployment *deployment = &plan->problem.deployments[i];
        if (deployment->running_count == 0 || deployment->wanted == 0)
            continue;
        if (when == LOW_PRIORITY_RUNS && deployment->low_priority)
            return true;
        if (when == SOMEBODY_LOST_ALL && !deployment->low_priority && plan->book.placed[i] == 0)
            return true;
    }
    return when == ALWAYS;
}

/* Takes the strategy's book and memory over if they are better than the plan's. */
static void try_strategy(struct inf_plan *plan, struct inf_score *score,
                         const struct inf_strategy *strategy)
{
    struct inf_book book;
    struct inf_score its_score;
    int64_t *memory = inf_alloc(plan->problem.node_count, sizeof *memory);

    inf_book_init(&book, &plan->problem);
    inf_attempt(&book, strategy, memory);
    inf_score_of(&book, &its_score);
    if (plan->normal_memory == NULL || inf_score_better(&its_score, score)) {
        struct inf_book worse = plan->book;
        int64_t *its_memory = plan->normal_memory;
        plan->book = book;
        plan->normal_memory = memory;
        *score = its_score;
        book = worse;
        memory = its_memory;
    }
    inf_book_fini(&book);
    free(memory);
}

/* Node by node, so that each deployment's shares come out by node id. */
static void list_shares(struct inf_plan *plan)
{
    const struct inf_problem *problem = &plan->problem;
    const struct inf_book *book = &plan->book;
    size_t count = 0, *next;

    plan->shares = inf_alloc(book->share_count, sizeof *plan->shares);
    plan->first_share = inf_alloc((size_t)problem->deployment_count + 1, sizeof *plan->first_share);
    next = inf_alloc(problem->deployment_count, sizeof *next);
    for (uint32_t i = 0; i < problem->deployment_count; i++) {
        plan->first_share[i] = next[i] = count;
        for (uint32_t j = book->first_of_deployment[i]; j != INF_PROBLEM_NONE;
             j = book->shares[j].next_of_deployment)
            count += book->shares[j].allocations > 0;
    }
    plan->first_share[problem->deployment_count] = count;
    for (uint32_t i = 0; i < problem->node_count; i++) {
        for (uint32_t j = book->first_on_node[i]; j != INF_PROBLEM_NONE;
             j = book->shares[j].next_on_node) {
            const struct inf_share *share = &book->shares[j];
            if (share->allocations > 0)
                plan->shares[next[share->deployment]++] = (struct inf_plan_share){
                    .node = (size_t)(problem->nodes[i].given - problem->input->nodes),
                    .allocations = (int)share->allocations};
        }
    }
    free(next);
}

static void try_strategies(struct inf_plan *plan, struct inf_score *score)
{
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies && !is_complete(plan); i++)
        if (applies(plan, strategies[i].when))
            try_strategy(plan, score, &strategies[i].strategy);
}

static void try_shuffles(struct inf_plan *plan, struct inf_score *score)
{
    uint64_t pairs = (uint64_t)plan->problem.node_count * plan->problem.normal_count;

    for (unsigned i = 0; i < SHUFFLES && pairs <= FEW_PAIRS && !is_complete(plan); i++)
        try_strategy(
            plan, score,
            &(struct inf_strategy){.order = INF_ORDER_SHUFFLED + i, .ones_first = i % 2 > 0});
}

struct inf_plan *inf_plan_make(const struct inf_plan_input *input)
{
    struct inf_plan *plan = inf_alloc(1, sizeof *plan);
    struct inf_score score = {0};

    inf_problem_init(&plan->problem, input);
    try_strategies(plan, &score);
    try_shuffles(plan, &score);
    list_shares(plan);
    return plan;
}

void inf_plan_free(struct inf_plan *plan)
{
    if (plan == NULL)
        return;
    inf_book_fini(&plan->book);
    inf_problem_fini(&plan->problem);
    free(plan->normal_memory);
    free(plan->shares);
    free(plan->first_share);
    free(plan);
}

const struct inf_plan_share *inf_plan_shares(const struct inf_plan *plan, size_t deployment,
                                             size_t *ret_count)
{
    uint32_t number = plan->problem.rank[deployment];

    *ret_count = plan->first_share[number + 1] - plan->first_share[number];
    return plan->shares + plan->first_share[number];
}

int inf_plan_allocations(const struct inf_plan *plan, size_t deployment)
{
    return (int)plan->book.placed[plan->problem.rank[deployment]];
}
