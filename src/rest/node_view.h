/* node_view.h - what the endpoints about nodes say alike. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_NODE_VIEW_H
#define INFERD_REST_NODE_VIEW_H

#include "gather.h"
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

/* ---- the nodes of the cluster; a node alone is one ---- */

/* A node as others see it. Borrowed for the time of a call. */
struct inf_node_seen {
    const char *id, *name, *host;
    const struct cJSON *record; /* what another node says of itself; NULL: it is this one */
    bool is_master;
};
size_t inf_nodes_count(const struct inf_app *app);
/* The i-th, the master first; host is where this node's is written. */
void inf_node_see(const struct inf_app *app, size_t i, char host[INF_NODE_HOST_SIZE],
                  struct inf_node_seen *ret);
/* Is it one of those that node_id names? */
bool inf_node_seen_is_meant(const struct inf_app *app, const struct inf_node_seen *node,
                            const char *node_id);

/* The frame of an answer about nodes: objects by the nodes' ids stand between the two calls. */
void inf_nodes_open(const struct inf_app *app, size_t total, struct inf_jsonw *w);
void inf_nodes_close(struct inf_jsonw *w);

/* The same for what each node says by itself, where this one has asked the others: the head tells
 * of them, too. Between the two calls the object of this node is written, if it is `meant`; the
 * second call adds the others' own, which their answers have in such a frame. */
void inf_nodes_begin(const struct inf_app *app, bool meant, const struct inf_gathered *others,
                     struct inf_jsonw *w);
void inf_nodes_end(bool meant, const struct inf_gathered *others, struct inf_jsonw *w);
/* Another node's object in such an answer, or NULL. */
const struct cJSON *inf_nodes_figures(const struct inf_gathered_node *other);

void inf_node_write_roles(struct inf_jsonw *w);                                 /* with key */
void inf_node_write_attributes(const struct inf_app *app, struct inf_jsonw *w); /* with key */
/* key_in_bytes, and before it the readable key if human. */
void inf_write_bytes(struct inf_jsonw *w, const char *key, int64_t bytes, bool human);

#endif
