/* placement.h - how many allocations a node can take; a pure function (compatibility 9.3, 9.4).
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_PLACEMENT_H
#define INFERD_SERVING_PLACEMENT_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stdint.h>

struct inf_placement_node {
    const char *node_id;
    int processors;
    int processors_used;  /* sum of allocations x threads of the normal deployments on it */
    int64_t memory_bytes; /* that models may take in all */
    int64_t memory_used;  /* sum of the estimates of what is on it */
};

struct inf_placement_request {
    int allocations;
    int threads_per_allocation;
    bool low_priority;    /* takes no processors into account */
    int64_t memory_bytes; /* estimate for the whole deployment */
};

/* How many of the requested allocations fit on the node: 0..request->allocations. */
int inf_placement_fit(const struct inf_placement_node *node,
                      const struct inf_placement_request *request);
/* 0 when all fit; else the 429 of compatibility 8.1 #15 (none fits, with the explanation of 9.3) or
 * #16.
 */
int inf_placement_check(const struct inf_placement_node *node,
                        const struct inf_placement_request *request, struct inf_error *err);

#endif
