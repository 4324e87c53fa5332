/* store_sync.c - the copy is brought up to date, for whoever is about to say no by what it has.
 *
 * One question to etcd serves all that came before it was asked, so that refusals, however many,
 * cost it one question at a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "store_state.h"
#include <stdlib.h>

struct waiter {
    struct inf_link link;
    inf_store_done done;
    void *arg;
};

struct sync_op {
    struct inf_op op;
    struct inf_store *store;
    struct inf_list waiters;
};

/* Nothing: that etcd has nothing newer is asked of every operation that changes nothing. */
static int run(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    (void)disk;
    (void)base;
    (void)err;
    return 0;
}

static void ask(struct inf_store *store);

static void finish(struct inf_op *base, const struct inf_error *err)
{
    struct sync_op *op = (struct sync_op *)base;
    struct inf_store *store = op->store;
    store->syncing = false;
    for (struct inf_link *link; (link = op->waiters.first);) {
        struct waiter *waiter = INF_LIST_ITEM(link, struct waiter, link);
        inf_list_remove(&op->waiters, link);
        waiter->done(waiter->arg, err);
        free(waiter);
    }
    free(op);
    if (store->sync_waiters.first && !store->syncing) {
        ask(store);
    }
}

static void ask(struct inf_store *store)
{
    static const struct inf_op_type type = {.run = run, .finish = finish};
    struct sync_op *op = inf_alloc(1, sizeof *op);
    op->op.type = &type;
    op->store = store;
    op->waiters = store->sync_waiters;
    store->sync_waiters = (struct inf_list){0};
    store->syncing = true;
    inf_op_queue_push(&store->queue, &op->op);
}

void inf_store_sync(struct inf_store *store, inf_store_done done, void *arg)
{
    struct waiter *waiter = inf_alloc(1, sizeof *waiter);
    waiter->done = done;
    waiter->arg = arg;
    inf_list_append(&store->sync_waiters, &waiter->link);
    if (!store->syncing) {
        ask(store);
    }
}

uint64_t inf_store_news_ns(const struct inf_store *store)
{
    return store->news_ns;
}
