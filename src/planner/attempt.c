/* attempt.c - the steps: keep what runs, bring back who lost everything, place the rest, move
 * others where something is still missing; and all again for low priority in what is left. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "attempt.h"
#include "make_room.h"
#include "pack.h"
#include <stdlib.h>
#include <string.h>

#define NONE INF_PROBLEM_NONE

/* One search is enough for every unsatisfied deployment of a few hundred nodes, and takes some tens
 * of milliseconds at most. */
#define ROOM_LOOKS 200000
#define ROOM_TRIALS 4000
/* A few are enough, but nobody has proved how many. */
#define ROOM_SEARCHES 50

/* What a step is applied to: the deployments of one priority, in the order of the strategy. */
struct turn {
    struct inf_book *book;
    const struct inf_strategy *strategy;
    const uint32_t *order; /* of all deployments */
    bool low_priority;
};

typedef void (*step_fn)(struct inf_book *book, uint32_t deployment);

static void for_each(const struct turn *turn, step_fn step)
{
    const struct inf_problem *problem = turn->book->problem;

    for (uint32_t i = 0; i < problem->deployment_count; i++) {
        uint32_t deployment = turn->order[i];
        if (problem->deployments[deployment].low_priority == turn->low_priority)
            step(turn->book, deployment);
    }
}

/* ---- what runs ---- */

static void keep_up_to(struct inf_book *book, uint32_t deployment,
                       const struct inf_running *running, int64_t count)
{
    int64_t fit = inf_book_fit(book, running->node, deployment);
    inf_book_put(book, running->node, deployment, count < fit ? count : fit);
}

/* One allocation, where most of them run and one fits. */
static void keep_one(struct inf_book *book, uint32_t deployment)
{
    const struct inf_problem_deployment *kept = &book->problem->deployments[deployment];
    const struct inf_running *best = NULL;

    for (size_t i = 0; i < kept->running_count; i++) {
        const struct inf_running *running = &kept->running[i];
        if (running->keep > 0 && (best == NULL || running->keep > best->keep) &&
            inf_book_fit(book, running->node, deployment) > 0)
            best = running;
    }
    if (best != NULL)
        keep_up_to(book, deployment, best, 1);
}

/* keep_one, or bring_back, may have placed one already. */
static void keep_all(struct inf_book *book, uint32_t deployment)
{
    const struct inf_problem_deployment *kept = &book->problem->deployments[deployment];

    for (size_t i = 0; i < kept->running_count; i++) {
        const struct inf_running *running = &kept->running[i];
        int64_t there = inf_book_allocations(book, running->node, deployment);
        int64_t missing = inf_book_missing(book, deployment);
        int64_t more = running->keep - there < missing ? running->keep - there : missing;
        if (more > 0)
            keep_up_to(book, deployment, running, more);
    }
}

/* ---- what is missing ---- */

static void give_one(struct inf_book *book, uint32_t deployment)
{
    if (book->placed[deployment] == 0 && inf_book_missing(book, deployment) > 0)
        inf_pack(book, deployment, 1, true);
}

static void bring_back(struct inf_book *book, uint32_t deployment)
{
    if (book->problem->deployments[deployment].running_count > 0)
        give_one(book, deployment);
}

static void give_all(struct inf_book *book, uint32_t deployment)
{
    inf_pack(book, deployment, inf_book_missing(book, deployment), true);
}

static void complete(const struct turn *turn)
{
    for_each(turn, bring_back);
    if (turn->strategy->ones_first)
        for_each(turn, give_one);
    for_each(turn, give_all);
}

static bool is_complete(const struct turn *turn)
{
    const struct inf_problem *problem = turn->book->problem;

    for (uint32_t i = 0; i < problem->deployment_count; i++)
        if (problem->deployments[i].low_priority == turn->low_priority &&
            inf_book_missing(turn->book, i) > 0)
            return false;
    return true;
}

/* ---- room ---- */

/* Who has none comes first. */
static int64_t make_room(struct inf_book *book, const uint32_t *order)
{
    const struct inf_problem *problem = book->problem;
    struct inf_room_budget budget = {ROOM_LOOKS, ROOM_TRIALS};
    int64_t placed = 0;

    for (int has_some = 0; has_some < 2; has_some++) {
        for (uint32_t i = 0; i < problem->deployment_count; i++) {
            uint32_t deployment = order[i];
            if (!problem->deployments[deployment].low_priority &&
                inf_book_missing(book, deployment) > 0 &&
                (book->placed[deployment] > 0) == has_some)
                placed += inf_make_room(book, deployment, &budget);
        }
    }
    return placed;
}

/* Until a whole search finds nothing. As the search begins from a tidy book and has one order for
 * all strategies, it depends on the plan alone; so it will find nothing the next time either, even
 * where its budget ends it early. */
static void complete_by_moving(const struct turn *turn)
{
    uint32_t *order = inf_order_make(turn->book->problem, INF_ORDER_LARGE_FIRST);
    int searches = 0;

    do {
        complete(turn);
        inf_book_tidy(turn->book);
    } while (!is_complete(turn) && searches++ < ROOM_SEARCHES && make_room(turn->book, order) > 0);
    free(order);
}

/* ---- all of it ---- */

static void leave(struct inf_book *book, uint32_t deployment)
{
    for (uint32_t i = book->first_of_deployment[deployment]; i != NONE;
         i = book->shares[i].next_of_deployment)
        inf_book_take(book, book->shares[i].node, deployment, book->shares[i].allocations);
}

static void keep_running(const struct turn *turn)
{
    for_each(turn, keep_one);
    if (turn->strategy->revive_first) {
        inf_book_index(turn->book, false);
        for_each(turn, bring_back);
    }
    for_each(turn, keep_all);
}

void inf_attempt(struct inf_book *book, const struct inf_strategy *strategy,
                 int64_t *ret_normal_memory)
{
    uint32_t *order = inf_order_make(book->problem, strategy->order);
    struct turn normal = {book, strategy, order, false}, low = {book, strategy, order, true};

    keep_running(&normal);
    if (strategy->spare_low_priority)
        for_each(&low, keep_all);
    inf_book_index(book, false);
    complete(&normal);
    if (!is_complete(&normal)) {
        for_each(&low, leave);
        complete_by_moving(&normal);
    }
    for_each(&low, leave);
    memcpy(ret_normal_memory, book->free_memory,
           book->problem->node_count * sizeof *ret_normal_memory);
    inf_book_index(book, true);
    for_each(&low, keep_all);
    complete(&low);
    free(order);
}
