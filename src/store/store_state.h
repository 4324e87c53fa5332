/* store_state.h - the store itself, for the files that implement its face (store*.c).
 *
 * Thread: loop; `disk` is the pool's while the queue runs a batch, but for the directory's
 * descriptors. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_STORE_STATE_H
#define INFERD_STORE_STORE_STATE_H

#include "inferd/list.h"
#include "inferd/store_shared.h"
#include "op_queue.h"

struct inf_store {
    struct inf_disk disk;
    struct inf_index index;
    struct inf_op_queue queue;
    uint64_t next_temporary; /* number in the next part's temporary name */
    char node_id[INF_NAME_SIZE];
    char cluster_uuid[INF_NAME_SIZE];
    struct uv_async_s *wake; /* by the follower of a cluster's state; NULL: there is none */
    void (*changed)(void *arg, const struct inf_store_news *news);
    void *changed_arg;
    uint64_t deployments_heard; /* changes of other nodes that the index shows */
    uint64_t news_ns;           /* when the index has last changed by another node, by uv_hrtime */
    struct inf_list sync_waiters;     /* for the question to etcd that is asked next */
    bool syncing;                     /* one is on its way */
    char secret[INF_NAME_SIZE];       /* of the cluster; "": the node is alone */
    char lost_reason[INF_REASON_MAX]; /* the last that was asked for */
};

/* A copy of length client bytes with a NUL behind them, or NULL: such sizes fail instead of
 * aborting. */
char *inf_store_copy(const char *text, size_t length);
/* op->err for a failed inf_store_copy; then refuses op. */
void inf_store_refuse_memory(struct inf_store *store, struct inf_op *op);

#endif
