/* silence.h - nodes of the cluster that are there by their lease and cannot be reached from here.
 *
 * Requests go to others first, while there are others; meanwhile the node is asked, and whatever it
 * answers ends that. Thread: loop only. Owns: what is kept of each such node. Bound: one request at
 * a time to each. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_SILENCE_H
#define INFERD_REST_SILENCE_H

#include "inferd/rest.h"

/* The node has not answered a request, for that reason. */
void rest_silence_note(struct inf_app *app, const char *node_id, const char *problem);

/* Which node a request for the member is best sent to: the member; or, where that is silent, a
 * third one that may see it. Not for what has come by way of this node. */
const struct inf_member *rest_silence_way(const struct inf_app *app,
                                          const struct inf_member *member);

#endif
