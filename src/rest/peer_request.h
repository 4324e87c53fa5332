/* peer_request.h - what a caller asks, asked of another node.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_PEER_REQUEST_H
#define INFERD_REST_PEER_REQUEST_H

#include "inferd/cluster.h"
#include "inferd/http.h"
#include "inferd/http_client.h"
#include "inferd/rest.h"

/* Sends the request to the node at the path and query of target, in the name of the call's caller
 * and so that the node answers it by itself. The question's url, headers and fd are set here, the
 * rest is the caller's; the request is the caller's to cancel until `done` runs. by_way: it may
 * send the request on, once. */
struct inf_http_request *rest_peer_send(const struct inf_call *call,
                                        const struct inf_member *member, const char *target,
                                        bool by_way, struct inf_http_question *question);

/* The same in the name of the cluster. Without a member, the request finds nobody. */
struct inf_http_request *rest_peer_ask(const struct inf_app *app, const struct inf_member *member,
                                       const char *target, bool by_way,
                                       struct inf_http_question *question);

/* What another node is told that a request may take: timeout_ms (-1: any time), but an hour at
 * most. */
int64_t rest_peer_bounded(int64_t timeout_ms);
/* How long the answer of another node is waited for, where the request itself may take timeout_ms
 * (-1: any time): a little longer, so that its own time-out is told. */
int64_t rest_peer_patience(int64_t timeout_ms);
/* Did it answer that it does not run what it was asked for, or is about to end? */
bool rest_peer_is_misdirected(const struct inf_http_result *result);
/* Has the node left the cluster, and what it was asked will not be answered? *is_drained, false at
 * first, is kept between calls: a node that says that it is leaving answers what it has. */
bool rest_peer_has_gone(const struct inf_app *app, const char *node_id, bool *is_drained);

/* For people: "node [n1] at [10.0.0.1:9200]"; the caller's to free. */
char *rest_peer_print(const struct inf_member *member);

#endif
