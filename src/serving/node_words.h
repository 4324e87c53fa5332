/* node_words.h - what a node says of the deployments that it runs, and of which it has spoken.
 *
 * Thread: loop only. Owns: `told` of the known nodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_NODE_WORDS_H
#define INFERD_SERVING_NODE_WORDS_H

#include "inferd/json.h"
#include "manager.h"

struct inf_deployment;

/* Takes all that the node says now into the routing tables; what it does not speak of any more is
 * said of nothing. changed(deployment) runs for those of which something else is said than before,
 * at the end and at a cost that does not depend on what other nodes say; NULL is fine. */
void inf_node_words_take(struct inf_manager *manager, struct inf_known_node *node,
                         const struct cJSON *routes,
                         void (*changed)(struct inf_deployment *deployment));
/* Has any node spoken of it, when it has spoken last? */
bool inf_node_words_of(const struct inf_manager *manager, const char *deployment_id);
void inf_node_words_free(struct inf_known_node *node);

#endif
