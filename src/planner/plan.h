/* plan.h - what a finished plan knows: the best book, and the shares in the caller's numbers. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_PLAN_H
#define INFERD_PLANNER_PLAN_H

#include "book.h"

struct inf_plan {
    struct inf_problem problem;
    struct inf_book book;
    int64_t *normal_memory;        /* by node: free when low priority is left out */
    struct inf_plan_share *shares; /* by deployment, then by node */
    size_t *first_share;           /* by deployment, and one more: where its shares begin */
};

#endif
