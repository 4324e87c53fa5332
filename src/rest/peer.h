/* peer.h - another node of the cluster, as a caller. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_PEER_H
#define INFERD_REST_PEER_H

#include "inferd/http.h"

/* The action of rows that nodes ask each other for. */
#define INF_PEER_ACTION "internal:inferd/peer"

/* Does the call have the cluster's secret? */
bool rest_is_peer(const struct inf_call *call);

#endif
