/* shared_term.c - plans of all nodes are written by the master alone, as etcd knows it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/cluster.h"
#include "shared_inner.h"

void inf_shared_set_term(struct inf_shared *shared, int64_t term)
{
    pthread_mutex_lock(&shared->lock);
    shared->term = term;
    pthread_mutex_unlock(&shared->lock);
}

static bool has_plan(const struct inf_etcd_pairs *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        if (changes->items[i].value && inf_row_is_plan(changes->items[i].key)) {
            return true;
        }
    }
    return false;
}

/* Another node may be the master by now, and this one not know it yet. */
int inf_shared_expect_term(struct inf_shared *shared, const struct inf_etcd_pairs *changes,
                           struct inf_etcd_txn *txn, struct inf_error *err)
{
    struct inf_buf key;
    if (!has_plan(changes)) {
        return 0;
    }
    pthread_mutex_lock(&shared->lock);
    int64_t term = shared->term;
    pthread_mutex_unlock(&shared->lock);
    if (term == 0) {
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "another node is the master by now");
    }
    inf_buf_init(&key, INF_ETCD_BYTES_MAX);
    inf_buf_printf(&key, INF_MEMBER_FOLDER "%s", shared->node_id);
    inf_etcd_txn_expect_created(txn, key.data, term);
    inf_buf_free(&key);
    return 0;
}
