/* choose_node.h - which node answers a request. Thread: loop only. Owns: nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_CHOOSE_NODE_H
#define INFERD_SERVING_CHOOSE_NODE_H

#include "deployment.h"
#include "inferd/serving_cluster.h"

/* inf_manager_way of one deployment: AWAY counts as sent until inf_routing_came_back, and *ret_node
 * is the caller's to free. */
enum inf_way inf_choose_node(struct inf_deployment *deployment, const char *not_node,
                             char **ret_node);

/* As that, of what pipelines need, where a node has failed: not that one; but if no other has it,
 * that one by way of a third. */
enum inf_way inf_choose_again(struct inf_deployment *deployment, const char *failed,
                              char **ret_node);

#endif
