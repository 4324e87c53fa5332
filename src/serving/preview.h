/* preview.h - what each node has, and what it would give a deployment that is in no map.
 *
 * Thread: loop only. Owns: its rows. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_PREVIEW_H
#define INFERD_SERVING_PREVIEW_H

#include "manager.h"

struct inf_deployment;

struct inf_preview_node {
    const char *id, *name;               /* the manager's */
    int allocations;                     /* of those asked for */
    int64_t processors, processors_free; /* not given to a normal deployment */
    int64_t memory, memory_free;         /* bytes that models may take */
    int64_t memory_needed;               /* for all allocations on this node */
};

struct inf_preview {
    struct inf_preview_node *nodes; /* by id; of a node alone itself */
    size_t count;
    int64_t processors_needed;          /* for all allocations */
    int64_t places;                     /* allocations of so many threads that there is room for */
    int64_t most_processors;            /* free on one node */
    int64_t memory_free, memory_needed; /* bytes on all nodes together */
};

/* `evicted` hears of every low-priority deployment that would lose allocations for the newcomer.
 * *ret is to be ended with inf_preview_fini. */
void inf_preview_make(const struct inf_manager *manager, const struct inf_deployment *newcomer,
                      void (*evicted)(void *arg, const char *deployment_id), void *arg,
                      struct inf_preview *ret);
void inf_preview_fini(struct inf_preview *preview);

#endif
