/* home.h - deployments whose node has left the cluster get another one. Thread: loop only. Owns:
 * nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_HOME_H
#define INFERD_SERVING_HOME_H

#include "inferd/serving_cluster.h"

/* For each stored deployment the node, among the count ones, that shall run it: the one that does,
 * or where that has left one by the planner; SIZE_MAX: none can. *ret_nodes and its items are the
 * caller's to free; pure but for the store that it reads. */
void inf_home_plan(const struct inf_store *store, const struct inf_home_node *nodes, size_t count,
                   size_t **ret_nodes);

#endif
