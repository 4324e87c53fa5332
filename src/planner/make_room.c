/* make_room.c - against fragmentation: four processors free here and four there are no place for an
 * allocation that needs eight, until somebody moves over.
 *
 * A trial takes just enough of another deployment off a node, puts the new allocation there, and
 * packs what was taken off anew; where not all of that finds a place, the trial is undone. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "make_room.h"
#include "pack.h"

#define NONE INF_PROBLEM_NONE

static int64_t round_up(int64_t value, int64_t unit)
{
    return value / unit + (value % unit != 0);
}

static bool move_over(struct inf_book *book, uint32_t node, uint32_t deployment, uint32_t other,
                      int64_t count)
{
    size_t mark = book->change_count;

    inf_book_take(book, node, other, count);
    if (inf_book_fit(book, node, deployment) > 0) {
        inf_book_put(book, node, deployment, 1);
        if (inf_pack(book, other, count, false) == count)
            return true;
    }
    inf_book_undo(book, mark);
    return false;
}

/* Could one allocation of `other` go to some other node at all? As if its model were there, since
 * it may be. */
static bool may_leave(const struct inf_book *book, uint32_t node,
                      const struct inf_problem_deployment *other)
{
    return inf_forest_tightest(book->everywhere, 0, other->threads, other->allocation_bytes,
                               node) != NONE;
}

/* How many allocations of the share have to go, by processors and by memory, for one more of the
 * deployment. Where the memory of the allocations alone is not enough, all: then what the other
 * deployment takes for being there goes too. */
static int64_t how_many(const struct inf_book *book, uint32_t node, uint32_t deployment,
                        const struct inf_share *share)
{
    const struct inf_problem_deployment *wanted = &book->problem->deployments[deployment];
    const struct inf_problem_deployment *other = &book->problem->deployments[share->deployment];
    int64_t processors = wanted->threads - book->free_processors[node];
    int64_t memory = inf_book_bytes_to_begin(book, node, deployment) - book->free_memory[node];
    int64_t count = processors > 0 ? round_up(processors, other->threads) : 1;

    if (memory <= 0)
        return count;
    if (other->allocation_bytes == 0 ||
        round_up(memory, other->allocation_bytes) > share->allocations)
        return share->allocations;
    memory = round_up(memory, other->allocation_bytes);
    return count > memory ? count : memory;
}

static bool make_room_on(struct inf_book *book, uint32_t node, uint32_t deployment,
                         struct inf_room_budget *budget)
{
    for (uint32_t i = book->first_on_node[node]; i != NONE; i = book->shares[i].next_on_node) {
        const struct inf_share *share = &book->shares[i];
        const struct inf_problem_deployment *other = &book->problem->deployments[share->deployment];
        int64_t count;

        budget->looks--;
        if (share->allocations == 0 || share->deployment == deployment || other->low_priority ||
            !may_leave(book, node, other))
            continue;
        count = how_many(book, node, deployment, share);
        if (count > share->allocations)
            continue;
        budget->trials--;
        if (move_over(book, node, deployment, share->deployment, count))
            return true;
    }
    return false;
}

int64_t inf_make_room(struct inf_book *book, uint32_t deployment, struct inf_room_budget *budget)
{
    const struct inf_problem *problem = book->problem;
    int64_t missing = inf_book_missing(book, deployment), placed = 0;

    for (uint32_t node = 0; node < problem->node_count; node++) {
        if (problem->nodes[node].processors < problem->deployments[deployment].threads)
            continue;
        do {
            if (placed == missing || budget->looks <= 0 || budget->trials <= 0)
                return placed;
        } while (make_room_on(book, node, deployment, budget) && ++placed);
    }
    return placed;
}
