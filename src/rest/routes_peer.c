/* routes_peer.c - rows of the route table that nodes of a cluster ask each other for. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"
#include "rest_handlers.h"
#include "route_params.h"
#include "route_rows.h"
#include <stddef.h>

const struct inf_route inf_routes_peer[] = {
    {.methods = INF_GET,
     .path = "/_inferd/definition/{model_id}",
     .params = inf_peer_params,
     .body = INF_BODY_NONE,
     .privilege = INF_PRIV_ALL,
     .action = INF_PEER_ACTION,
     .bytes_body = true,
     .handler = rest_peer_definition,
     .doc =
         "The bytes of a definition, for other nodes of the cluster. 404 where it is not on this "
         "node."},
    {.methods = INF_GET,
     .path = "/_inferd/part/{model_id}/{part}",
     .params = inf_peer_part_params,
     .body = INF_BODY_NONE,
     .privilege = INF_PRIV_ALL,
     .action = INF_PEER_ACTION,
     .bytes_body = true,
     .handler = rest_peer_part,
     .doc = "The bytes of one part of a definition that is not whole yet, likewise."},
    {.methods = INF_GET,
     .path = "/_inferd/vocabulary/{model_id}",
     .params = inf_peer_params,
     .body = INF_BODY_NONE,
     .privilege = INF_PRIV_ALL,
     .action = INF_PEER_ACTION,
     .response = "stored_vocabulary",
     .handler = rest_peer_vocabulary,
     .doc = "A vocabulary as it was put, likewise."},
    {.methods = INF_POST,
     .path = "/_inferd/infer/{model_id}",
     .params = inf_infer_params,
     .body = INF_BODY_REQUIRED,
     .empty_body = "requires body",
     .privilege = INF_PRIV_ALL,
     .action = INF_PEER_ACTION,
     .validate = rest_infer_check,
     .response = "inference_results",
     .handler = rest_infer,
     .doc = "`_infer` for another node, whose pipeline asks."},
    {.methods = INF_POST,
     .path = "/_inferd/chunks/{model_id}",
     .params = inf_peer_chunks_params,
     .body = INF_BODY_REQUIRED,
     .privilege = INF_PRIV_ALL,
     .action = INF_PEER_ACTION,
     .response = "text_chunks",
     .handler = rest_peer_chunks,
     .doc = "Cuts a text for another node, whose pipeline asks: where each piece begins, in bytes, "
            "how long it is, and the same from its start to its end in UTF-16 units."},
    {.path = NULL, .more = inf_routes_compatible},
};
