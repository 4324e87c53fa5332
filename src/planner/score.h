/* score.h - how good a plan is, and which of two is better. Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_SCORE_H
#define INFERD_PLANNER_SCORE_H

#include "book.h"

/* Every term is better when larger, and outweighs all terms after it (compatibility 9.5). */
enum inf_score_term {
    INF_SCORE_ALIVE,     /* deployments that had an allocation and still have one */
    INF_SCORE_KEPT,      /* allocations that ran, are wanted, and still run somewhere */
    INF_SCORE_SERVED,    /* deployments with at least one allocation */
    INF_SCORE_PLACED,    /* allocations */
    INF_SCORE_LOW_ALIVE, /* the same of low priority */
    INF_SCORE_LOW_KEPT,
    INF_SCORE_LOW_SERVED,
    INF_SCORE_LOW_PLACED,
    INF_SCORE_STAYED, /* less the allocations that move to another node */
    INF_SCORE_EVEN,   /* less each deployment's part in its fullest zone */
    INF_SCORE_FRUGAL, /* free memory */
    INF_SCORE_TERMS
};

struct inf_score {
    int64_t terms[INF_SCORE_TERMS];
};

void inf_score_of(const struct inf_book *book, struct inf_score *ret_score);
bool inf_score_better(const struct inf_score *a, const struct inf_score *b); /* equal is not */

#endif
