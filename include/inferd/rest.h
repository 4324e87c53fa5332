/* rest.h - the route table and what its handlers work on.
 *
 * One file a resource in src/rest; a handler parses nothing by hand and writes no status code: the
 * table (src/rest/routes.c) has the parameters, the error has the status. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_H
#define INFERD_REST_H

#include "inferd/audit.h"
#include "inferd/cluster.h"
#include "inferd/config.h"
#include "inferd/definitions.h"
#include "inferd/forward.h"
#include "inferd/http.h"
#include "inferd/ingest.h"
#include "inferd/list.h"
#include "inferd/security.h"
#include "inferd/serving.h"
#include "inferd/store.h"
#include "inferd/version.h"

/* Dynamic settings that came over the API (compatibility 13.5). */
struct inf_cluster_settings;
/* Puts the persistent ones that the store has in force. changed(arg) runs then and after every
 * later change, for what does not read its setting afresh. Everything is borrowed. */
struct inf_cluster_settings *inf_cluster_settings_new(struct inf_config *config,
                                                      struct inf_store *store,
                                                      void (*changed)(void *arg), void *arg);
/* Another node has changed the store's object of that name; if it is their document, what it says
 * is in force now. */
void inf_cluster_settings_hear(struct inf_cluster_settings *settings, const char *id);
void inf_cluster_settings_free(struct inf_cluster_settings *settings); /* after the store's end */

/* Endpoints of the store, as they were read. */
struct inf_endpoint_cache;
struct inf_endpoint_cache *inf_endpoint_cache_new(void);
void inf_endpoint_cache_free(struct inf_endpoint_cache *cache); /* after the server's end */

/* Relayed requests that were asked of a second node, too (src/rest/hedge.h). */
struct inf_hedges {
    int debt;                       /* in percent of a request */
    int64_t sent, first, held_back; /* first: the second node answered first */
};

/* The server's context: everything a handler may use. Borrowed; filled by main.c. */
struct inf_app {
    struct uv_loop_s *loop;
    const struct inf_config *config;
    struct inf_cluster_settings *settings;
    const char *bound_address, *publish_address; /* of HTTP: "127.0.0.1:9200", "[::1]:9200" */
    struct inf_store *store;
    struct inf_membership *membership;   /* NULL: the node is alone */
    const char *peer_secret;             /* that nodes show each other; NULL as well */
    struct inf_http_client *peers;       /* requests to other nodes; NULL as well */
    struct inf_definitions *definitions; /* of a cluster's models; NULL as well */
    struct inf_manager *manager;
    struct inf_security *security; /* NULL: xpack.security.enabled is false */
    struct inf_audit *audit;       /* NULL: nothing is written down */
    struct inf_ingest *ingest;
    struct inf_endpoint_cache *endpoints;
    struct inf_forward *forward; /* NULL: there is no receiver */
    struct inf_list relays;      /* calls that other nodes have (relay.c) */
    struct inf_hedges hedges;    /* of these */
    struct inf_list errands;     /* inference of pipelines likewise (errand.c) */
    struct inf_list silences;    /* of nodes that could not be reached (silence.c) */
    bool leaving;                /* the cluster; everything is answered still */
    bool stopping;
};

extern const struct inf_gate inf_rest_gate; /* for a server whose app has a security */
/* For a server of a node in a cluster: before a request is refused by what this node knows. */
bool inf_rest_doubts(struct inf_call *call, const struct inf_route *route, enum inf_err_code code,
                     struct inf_look *look);
extern const struct inf_route inf_routes[];          /* walk with inf_route_next */
extern const struct inf_schema *const inf_schemas[]; /* that its rows name; ended by NULL */

/* Of a node's record, and of nobody's business but other nodes': what it runs
 * (inf_manager_write_routes), and whether it is about to leave. */
#define INF_MEMBER_ROUTES "routes"
#define INF_MEMBER_LEAVING "leaving"
/* What this node says of itself, to other nodes: the object that GET /_nodes has of it, and the
 * two above. */
void inf_rest_write_node(const struct inf_app *app, struct inf_buf *out);

/* Nodes may have left the cluster, with what was sent there: it is sent elsewhere, or has failed.
 */
void inf_rest_relays_look(struct inf_app *app);
void inf_rest_errands_look(struct inf_app *app);
/* Now and then: asks nodes that could not be reached whether they answer again. */
void inf_rest_silence_look(struct inf_app *app);
void inf_rest_silence_end(struct inf_app *app); /* before its peers end */
/* How the manager asks other nodes. app has its peers, and stays. */
struct inf_errands;
void inf_rest_errands(struct inf_app *app, struct inf_errands *ret);

/* The OpenAPI document: `inferd --print-openapi`, docs/openapi.json and GET /_openapi.json. */
void inf_rest_print_openapi(struct inf_buf *out);

#endif
