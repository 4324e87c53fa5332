/* gate.h - the one gate before every route: it asks src/security who calls and what they may.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_GATE_H
#define INFERD_REST_GATE_H

#include "inferd/http.h"
#include "inferd/security.h"

/* Who calls, borrowed for the call; NULL without a gate. */
const struct inf_principal *rest_caller(const struct inf_call *call);
/* May the caller do this besides what its row asked for? */
bool rest_caller_may(const struct inf_call *call, enum inf_privilege privilege);

#endif
