/* hedge.c - a debt that each second question makes, and that relayed requests pay off. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "hedge.h"

enum { DEBT_MAX = 400, COSTS = 100, PAYS = 5 }; /* percent of a request */

void inf_hedges_earn(struct inf_hedges *hedges)
{
    hedges->debt = hedges->debt > PAYS ? hedges->debt - PAYS : 0;
}

bool inf_hedges_spend(struct inf_hedges *hedges)
{
    if (hedges->debt + COSTS > DEBT_MAX) {
        hedges->held_back++;
        return false;
    }
    hedges->debt += COSTS;
    hedges->sent++;
    return true;
}

void inf_hedges_write(const struct inf_hedges *hedges, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "sent", hedges->sent);
    inf_jsonw_kv_int(w, "answered_first", hedges->first);
    inf_jsonw_kv_int(w, "held_back", hedges->held_back);
    inf_jsonw_end_object(w);
}
