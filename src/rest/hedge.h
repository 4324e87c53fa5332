/* hedge.h - how many relayed requests may be asked of a second node, too.
 *
 * Four at once, and in the long run one for twenty that are relayed, so that a node that is slow
 * because all are busy does not make them busier.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_HEDGE_H
#define INFERD_REST_HEDGE_H

#include "inferd/rest.h"

/* One more request was relayed. */
void inf_hedges_earn(struct inf_hedges *hedges);
/* May one more be asked of a second node? Counts it as sent, or as held back. */
bool inf_hedges_spend(struct inf_hedges *hedges);
/* {"sent": n, "answered_first": n, "held_back": n} */
void inf_hedges_write(const struct inf_hedges *hedges, struct inf_jsonw *w);

#endif
