/* gather.h - what every node of the cluster says, as one answer.
 *
 * A request that concerns all nodes is sent to each other one by a request of its own, in the name
 * of the call's caller; a node that does not answer in time, or not with a 200, is reported and no
 * longer waited for. A node alone, and one that another node has asked, answers at once.
 *
 * Thread: loop only. Owns: the requests until their answers; they go with the call. Bound: the
 * answers of all nodes together have INF_GATHERED_MAX bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_GATHER_H
#define INFERD_REST_GATHER_H

#include "inferd/http.h"
#include "inferd/json.h"
#include <stddef.h>
#include <stdint.h>

#define INF_GATHERED_MAX ((size_t)64 << 20)
#define INF_GATHER_MS INT64_C(5000) /* where the request has no time of its own */

/* Another node and its answer. */
struct inf_gathered_node {
    char *node_id;
    struct cJSON *record; /* what it says of itself */
    int status;           /* of its answer; 0: it gave none */
    struct cJSON *body;   /* of a 200; NULL: there is none */
    char *problem;        /* then: why; a sentence that names the node */
};

struct inf_gathered {
    struct inf_gathered_node *nodes; /* the master first, as members are */
    size_t count;
};

struct inf_gathering {
    const char *node_filter; /* which nodes are asked (node_filter.h); NULL: all */
    int64_t timeout_ms;      /* negative: as long as is allowed, which is a minute */
    const char *method;      /* NULL: GET; the others get no body */
    /* Appends the path and query of what the others are asked. */
    void (*print_target)(struct inf_call *call, struct inf_buf *out);
    /* Answers the call from this node and the others, which are borrowed for that time. Runs once,
     * now or later; without others in a cluster of one and for another node's question. */
    enum inf_outcome (*answer)(struct inf_call *call, const struct inf_gathered *others,
                               struct inf_error *err);
};

/* What the handler returns. */
enum inf_outcome rest_gather(struct inf_call *call, const struct inf_gathering *gathering,
                             struct inf_error *err);

/* The answer's value at a dotted path; NULL without an answer, too. */
const struct cJSON *rest_gathered_get(const struct inf_gathered_node *node, const char *dotted);
/* Of the nodes, or NULL. */
const struct inf_gathered_node *rest_gathered_find(const struct inf_gathered *others,
                                                   const char *node_id);

#endif
