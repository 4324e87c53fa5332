/* relay.h - a request about a deployment that another node runs goes there, and its answer back.
 *
 * Thread: loop only. Owns: the request to the other node until its answer; it goes with the call.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_RELAY_H
#define INFERD_REST_RELAY_H

#include "inferd/http.h"
#include <stdint.h>

/* Does another node run the deployment, or one of the model or alias, that id names, and this one
 * none? Then the call is sent there as it came, with its caller's credentials, and *ret is what the
 * handler returns; timeout_ms is what the request itself may take (-1: any time). A call that was
 * relayed once is not again. The body has to be there. */
bool rest_relay(struct inf_call *call, const char *id, int64_t timeout_ms, enum inf_outcome *ret);

#endif
