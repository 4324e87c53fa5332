/* node_view.h - what the endpoints about nodes say alike of this one. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_NODE_VIEW_H
#define INFERD_REST_NODE_VIEW_H

#include "inferd/http.h"
#include "inferd/json.h"
#include "inferd/rest.h"
#include <stdbool.h>

extern const char *const inf_node_roles[]; /* ended by NULL */

/* The address of HTTP as clients reach it, without the port. */
#define INF_NODE_HOST_SIZE 256
const char *inf_node_host(const struct inf_app *app, char host[INF_NODE_HOST_SIZE]);

/* Is this node one of those that the call's [node_id] names? */
bool inf_node_is_meant(const struct inf_app *app, const char *node_id);

/* Begins the answer of an endpoint about nodes, and the object of this node if it is `meant`; what
 * is said of the node is written between the two calls. */
void inf_nodes_begin(const struct inf_app *app, bool meant, struct inf_jsonw *w);
void inf_nodes_end(bool meant, struct inf_jsonw *w);

void inf_node_write_roles(struct inf_jsonw *w);                                 /* with key */
void inf_node_write_attributes(const struct inf_app *app, struct inf_jsonw *w); /* with key */
/* key_in_bytes, and before it the readable key if human. */
void inf_write_bytes(struct inf_jsonw *w, const char *key, int64_t bytes, bool human);

#endif
