/* node_state.h - the daemon's store: of this node alone, or a cluster's; and who hears of what
 * other nodes change.
 *
 * Thread: loop only. Owns: the settings of etcd; the store is the app's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_NODE_STATE_H
#define INFERD_NODE_STATE_H

#include "inferd/rest.h"

struct inf_node_state;

/* Opens app->store as [cluster.state] says. Blocks. */
int inf_node_state_open(struct inf_app *app, struct inf_node_state **ret, struct inf_error *err);
/* From now on the app's parts, which are all there, hear of changes; in a cluster, the other nodes
 * see this one. */
void inf_node_state_join(struct inf_node_state *state);
/* The others are told that this node goes. left(arg) runs when all that it runs runs elsewhere, or
 * after patience_ms, and of a node alone at once; until then everything is answered. */
void inf_node_state_leave(struct inf_node_state *state, int64_t patience_ms,
                          void (*left)(void *arg), void *arg);
void inf_node_state_stop(struct inf_node_state *state);
void inf_node_state_free(struct inf_node_state *state); /* after the store's end; NULL is fine */

/* `inferd --migrate-state=<to>`: appends a sentence on what was done. */
int inf_node_state_migrate(const struct inf_config *config, const char *to, struct inf_buf *report,
                           struct inf_error *err);

#endif
