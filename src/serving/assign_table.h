/* assign_table.h - the manager's tables as the planner's input, and its plan.
 *
 * Thread: loop only. Owns: a table owns its arrays and its plan; deployments and nodes are
 * borrowed, and must not change while it is there. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_ASSIGN_TABLE_H
#define INFERD_SERVING_ASSIGN_TABLE_H

#include "inferd/planner.h"
#include "manager.h"

struct inf_deployment;

struct inf_assign_table {
    struct inf_plan_input input;
    struct inf_plan_node *nodes;      /* [input.node_count] */
    struct inf_plan_deployment *rows; /* [input.deployment_count] */
    struct inf_plan_share *shares;    /* of all rows: what each has now */
    size_t share_count;
    const struct inf_deployment **whose; /* [input.deployment_count] */
    bool *frozen; /* [input.deployment_count]: it has allocations on nodes that are not known yet */
    struct inf_plan *plan;
};

/* Everything that the cluster runs, or this node where it is alone, with `special` (in the map or
 * not, or NULL) at so many allocations, as the last row; the others then have what they are about
 * to have, too. */
void inf_assign_table_make(const struct inf_manager *manager, const struct inf_deployment *special,
                           int allocations, struct inf_assign_table *ret);
/* The same for a cluster; reads nothing but manager->nodes and the deployments. */
void inf_assign_table_make_cluster(const struct inf_manager *manager,
                                   const struct inf_deployment *special, int allocations,
                                   struct inf_assign_table *ret);
/* This node's own part of it: what the master's plan wants here, as far as it fits. */
void inf_assign_table_make_here(const struct inf_manager *manager, struct inf_assign_table *ret);
void inf_assign_table_free(struct inf_assign_table *table);
/* Allocations that a row has now. */
int inf_assign_table_now(const struct inf_assign_table *table, size_t row);

#endif
