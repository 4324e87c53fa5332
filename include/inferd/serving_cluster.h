/* serving_cluster.h - which node of a cluster runs a deployment.
 *
 * A deployment runs on one node as a whole, which its stored record names. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_CLUSTER_H
#define INFERD_SERVING_CLUSTER_H

#include "inferd/serving.h"
#include "inferd/store_shared.h"
#include <stddef.h>
#include <stdint.h>

/* In a cluster: the id of another node that runs this deployment, or one of this model or alias,
 * where this node runs none; the caller's to free. NULL: there is no such node. */
char *inf_manager_elsewhere(const struct inf_manager *manager, const char *id);
/* Another node has changed something: what it ended here ends. */
void inf_manager_hear(struct inf_manager *manager, const struct inf_store_news *news);

/* A node that is there, as far as it matters where deployments run. */
struct inf_home_node {
    const char *id, *zone; /* NULL: in none */
    int processors;
    int64_t memory_bytes; /* that models may take on it in all */
};
/* For the master of a cluster: deployments whose node is none of these get one that is, by the
 * planner; all others stay where they are. */
void inf_manager_rehome(struct inf_manager *manager, const struct inf_home_node *nodes,
                        size_t count);
/* Begins what has this node in its record and does not run, if its model's files are here. */
void inf_manager_adopt(struct inf_manager *manager);

#endif
