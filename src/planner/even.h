/* even.h - a number shared out over zones as evenly as bounds allow. Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_EVEN_H
#define INFERD_PLANNER_EVEN_H

#include "problem.h"

/* One zone's part: between least and most. */
struct inf_even {
    int64_t least, most;
    int64_t part; /* the answer */
};

/* Sets the parts so that their sum is `total`, or as near as the bounds let it be, and no two
 * differ by more than one where the bounds allow. What does not divide goes to the zones that come
 * first in `order`. All figures are at most 2^40. */
void inf_even_share(struct inf_even *zones, const uint32_t *order, uint32_t count, int64_t total);

#endif
