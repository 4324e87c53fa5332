/* attempt.h - one way from what runs to a whole plan. Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_ATTEMPT_H
#define INFERD_PLANNER_ATTEMPT_H

#include "book.h"
#include "order.h"

struct inf_strategy {
    bool revive_first;       /* who lost everything chooses before the others keep more than one */
    bool ones_first;         /* everyone gets one allocation before anyone gets more */
    unsigned order;          /* order.h */
    bool spare_low_priority; /* low priority keeps its memory as long as that is not needed */
};

/* Fills an empty book. Whatever the strategy, what runs is kept first and nothing fits in the end,
 * so a plan that is planned again stays as it is. ret_normal_memory, an array by node, gets what
 * is free when low priority is left out. */
void inf_attempt(struct inf_book *book, const struct inf_strategy *strategy,
                 int64_t *ret_normal_memory);

#endif
