/* relay.h - a request goes to the node of the cluster that can answer it best, and its answer back.
 *
 * Thread: loop only. Owns: the request to the other node until its answer; it goes with the call.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_RELAY_H
#define INFERD_REST_RELAY_H

#include "inferd/http.h"
#include <stdint.h>

struct rest_relayed {
    const char *id;     /* of the deployment, model, alias or endpoint that it is about */
    int64_t timeout_ms; /* what the request itself may take; -1: any time */
    int waits;          /* its own: how often a node was waited for already */
    bool may_be_hedged; /* another node may compute it, too (`cluster.hedge_after`) */
    /* Answers it on this node, as a handler does; it may run after the handler has returned. */
    enum inf_outcome (*here)(struct inf_call *call, struct inf_error *err);
};

/* What a handler returns that any node may answer. The call is sent on as it came, with its
 * caller's credentials; where the other node cannot be reached, or has it no longer, the next best
 * one is asked, once; where it may be hedged and is late, a second one beside it. While no node has
 * an allocation that answers, it waits for one. A call that another node sent here stays here, or
 * is refused with MISDIRECTED. The body has to be there. */
enum inf_outcome rest_relay(struct inf_call *call, const struct rest_relayed *relayed,
                            struct inf_error *err);

#endif
