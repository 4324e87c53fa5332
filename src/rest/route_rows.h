/* route_rows.h - how rows of the route table are written, and the lists that routes.c leads to;
 * each ends in a row without a path, whose `more` is the next list or NULL. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ROUTE_ROWS_H
#define INFERD_REST_ROUTE_ROWS_H

#include "inferd/route.h"

extern const struct inf_route inf_routes_security[];   /* users, roles, API keys */
extern const struct inf_route inf_routes_ingest[];     /* pipelines */
extern const struct inf_route inf_routes_inference[];  /* endpoints */
extern const struct inf_route inf_routes_peer[];       /* between nodes of a cluster */
extern const struct inf_route inf_routes_compatible[]; /* older paths, for version 8's clients */

#define MODEL "/_ml/trained_models/{model_id}"

/* A row that shows something and takes no body. */
#define GET_ROW(path_, params_, privilege_, action_, handler_, ...)                        \
    {                                                                                      \
        .methods = INF_GET, .path = (path_), .params = (params_), .body = INF_BODY_NONE,   \
        .privilege = (privilege_), .action = (action_), .handler = (handler_), __VA_ARGS__ \
    }
#define MONITOR_GET(path_, params_, action_, ...) \
    GET_ROW(path_, params_, INF_PRIV_MONITOR, action_, __VA_ARGS__)
#define MONITOR_ML_GET(path_, params_, action_, ...) \
    GET_ROW(path_, params_, INF_PRIV_MONITOR_ML, action_, __VA_ARGS__)

#endif
