/* book.h - the plan in the making: who has what where, and what is free.
 *
 * A node's memory is taken once by each model on it, once by each deployment on it, and by each
 * allocation; its processors by the allocations of normal priority. Every change is noted, so that
 * a trial can be taken back.
 * Thread: any. Owns: its arrays; the problem is borrowed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_BOOK_H
#define INFERD_PLANNER_BOOK_H

#include "forest.h"
#include "problem.h"

/* A deployment's allocations on a node, in the list of each. One that became 0 stays. */
struct inf_share {
    uint32_t node, deployment;
    int64_t allocations;
    uint32_t next_on_node, next_of_deployment; /* or INF_PROBLEM_NONE */
};

struct inf_change {
    uint32_t node, deployment;
    int64_t allocations; /* more, or fewer when negative */
};

struct inf_book {
    const struct inf_problem *problem;
    int64_t *free_processors, *free_memory; /* by node */
    uint32_t *first_on_node, *first_of_deployment;
    int64_t *placed;                                /* by deployment: all its allocations */
    int64_t *placed_in_zone;                        /* by deployment, then zone */
    int64_t zone_processors[INF_PROBLEM_MAX_ZONES]; /* free ones */
    struct inf_share *shares;
    size_t share_count, share_capacity;
    struct inf_change *changes;
    size_t change_count, change_capacity;
    struct inf_forest *everywhere; /* one tree; NULL until inf_book_index */
    struct inf_forest *by_zone;    /* a tree a zone; NULL then, or with one zone */
    bool for_low_priority;
};

void inf_book_init(struct inf_book *book, const struct inf_problem *problem);
void inf_book_fini(struct inf_book *book);
/* Makes the forests, which are up to date from then on. For low priority they are sorted by all
 * processors of a node instead of the free ones, because low priority takes none but needs a node
 * that is large enough. */
void inf_book_index(struct inf_book *book, bool for_low_priority);

/* How many more of the deployment's allocations the node can take, whatever is requested. */
int64_t inf_book_fit(const struct inf_book *book, uint32_t node, uint32_t deployment);
int64_t inf_book_allocations(const struct inf_book *book, uint32_t node, uint32_t deployment);
/* At most as many as fit. */
void inf_book_put(struct inf_book *book, uint32_t node, uint32_t deployment, int64_t allocations);
/* At most as many as are there. */
void inf_book_take(struct inf_book *book, uint32_t node, uint32_t deployment, int64_t allocations);
/* Takes back every change made since change_count was `mark`. */
void inf_book_undo(struct inf_book *book, size_t mark);
/* Chains the shares by deployment and by node in the order of their numbers, whatever order they
 * were made in, and drops those of 0 allocations. Changes made before cannot be undone any more. */
void inf_book_tidy(struct inf_book *book);
int64_t inf_book_missing(const struct inf_book *book, uint32_t deployment); /* wanted, not placed */
/* Bytes that a first allocation takes on a node without the deployment: all of them, or less the
 * model's where that is there. */
int64_t inf_book_bytes_to_begin(const struct inf_book *book, uint32_t node, uint32_t deployment);

#endif
