/* cluster_view.h - what other nodes say and do, for the files of this folder.
 *
 * Thread: loop only. Owns: manager->nodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_CLUSTER_VIEW_H
#define INFERD_SERVING_CLUSTER_VIEW_H

#include "manager.h"

struct inf_deployment;

void inf_cluster_forget_nodes(struct inf_manager *manager);
/* NULL: no such node is known, as on a node alone. It stays until nodes are seen anew. */
const struct inf_known_node *inf_cluster_node(const struct inf_manager *manager,
                                              const char *node_id);
/* The plan of the deployment, as the store has it, into its routing table. */
void inf_cluster_read_plan(struct inf_deployment *deployment);
/* The deployment has begun here: if nodes have spoken of one of its id before, they are heard anew,
 * soon. */
void inf_cluster_ask_of(struct inf_deployment *deployment);
/* What this node says of itself may have changed. Of a node alone nothing happens. */
void inf_cluster_changed(const struct inf_manager *manager);

#endif
