/* master.h - the master of a cluster plans for all its nodes.
 *
 * A part of the plan is an object of the store, INF_OBJECT_ASSIGNMENT, named as its deployment;
 * nobody but the master writes it, and only where it changes.
 *
 * Thread: loop only. Owns: nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_MASTER_H
#define INFERD_SERVING_MASTER_H

#include "assign_table.h"

/* Writes down what has changed of the plan, if this node is the master and nothing is on its way;
 * when it has been written, inf_assign is called again. */
void inf_master_plan(struct inf_manager *manager);
/* Is the plan of a row what its deployment's routing table has already? Pure. */
bool inf_master_is_as_planned(const struct inf_assign_table *table, size_t row);
/* The plan of a row as text, {"routes": ..., "reason": ...}; the caller's. Pure. */
char *inf_master_print(const struct inf_assign_table *table, size_t row);

#endif
