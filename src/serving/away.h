/* away.h - requests that the daemon makes itself (pipelines), answered by another node.
 *
 * Thread: loop only. Owns: the errand, which ends with its request. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_AWAY_H
#define INFERD_SERVING_AWAY_H

#include "infer.h"

/* Sends the request to another node, if one can answer it better than this one. false: it is this
 * node's; nothing has happened. true: *ret is as of inf_manager_infer. A node that cannot be
 * reached is replaced by the next best one, once. */
bool inf_away_begin(struct inf_manager *manager, const char *id,
                    const struct inf_infer_request *request, struct inf_infer **ret);
/* Other nodes answer now for a deployment that requests are held for here: they are sent there. */
void inf_away_held(struct inf_deployment *deployment);
/* The request has ended before its answer came. One that is not away is fine. */
void inf_away_end(struct inf_infer *infer);

#endif
