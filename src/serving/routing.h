/* routing.h - a deployment's routing table in a cluster: which nodes run how many of its
 * allocations.
 *
 * The targets are the master's plan, which the store has for all nodes. What answers is what each
 * of the other nodes says of itself; of this node the deployment knows. Of a node alone the table
 * is empty.
 *
 * Thread: loop only. Owns: its entries. Bound: O(entries) a call; a node has one entry. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_ROUTING_H
#define INFERD_SERVING_ROUTING_H

#include "inferd/json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a node has counted since it started, for the scaler. */
struct inf_load {
    int64_t answered, failed, pending; /* documents */
    double time_ms;                    /* that allocations had work */
};

struct inf_routing_entry {
    char *node_id;
    int target;   /* allocations by the plan */
    int current;  /* that answer, by the node's word */
    bool failed;  /* by the node's word: it cannot run it */
    char *reason; /* by the node's word; never NULL */
    struct inf_load load;
    bool is_said;           /* the node has said something since inf_routing_begin_reports */
    int sent;               /* requests that were sent there from here and are not answered */
    uint64_t late_until_ms; /* by the loop's clock: it counts as busy until then */
};

struct inf_routing {
    struct inf_routing_entry *entries; /* by node id */
    size_t count;
    char *reason; /* the plan's, why not all allocations have a place; NULL: they have */
};

void inf_routing_free(struct inf_routing *routing);
struct inf_routing_entry *inf_routing_find(const struct inf_routing *routing, const char *node_id);
/* By the plan; 0: none. */
int inf_routing_target(const struct inf_routing *routing, const char *node_id);
int inf_routing_targets(const struct inf_routing *routing); /* their sum */
/* The sum of what answers, but on node `but` (NULL: on any). */
int inf_routing_current(const struct inf_routing *routing, const char *but);

/* The plan as the store has it, {"routes": {<node>: <allocations>}, "reason": <text>}; NULL, or
 * what cannot be read: no node runs any. */
void inf_routing_take_plan(struct inf_routing *routing, const char *text);
/* The word of a node, {"current": n, "failed": b, "reason": s, "load": [..]}; NULL: it says
 * nothing of this deployment, or is not there. false: it is what it said before, but for the load.
 */
bool inf_routing_take_report(struct inf_routing *routing, const char *node_id,
                             const struct cJSON *report);
/* Around the words of all nodes: whose word of this deployment is not among them says nothing. */
void inf_routing_begin_reports(struct inf_routing *routing);
void inf_routing_end_reports(struct inf_routing *routing);
/* Writes such a word. load NULL: it is not asked for. */
void inf_routing_write_report(int current, bool failed, const char *reason,
                              const struct inf_load *load, struct inf_jsonw *w);

/* A request goes to that node, and has come back. */
void inf_routing_sent(struct inf_routing *routing, const char *node_id);
void inf_routing_came_back(struct inf_routing *routing, const char *node_id);

#endif
