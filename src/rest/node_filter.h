/* node_filter.h - which nodes a path like /_nodes/{node_id} means. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_NODE_FILTER_H
#define INFERD_REST_NODE_FILTER_H

#include "inferd/json.h"
#include <stdbool.h>

struct inf_node_facts {
    const char *id, *name, *host;
    const char *const *roles; /* ended by NULL */
    bool is_local, is_master;
    const struct cJSON *attributes; /* an object of texts; NULL: it has none */
};

/* A comma list, read from left to right: `_all`, `_local`, `_master`, ids, names and hosts with
 * wildcards add nodes, and `availability_zone:west` those with such an attribute, with wildcards on
 * both sides; `ml:true` adds those of a role, `ml:false` takes them away. NULL is all. */
bool inf_node_filter_matches(const char *filter, const struct inf_node_facts *node);

#endif
