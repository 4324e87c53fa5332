/* Changes of users, roles and keys, one after the other.
 *
 * A change reads what is stored and writes it anew, so of two at the same time one would undo the
 * other: a key that was just made invalid would come back with its next update. Hence a line of
 * changes; each begins when the one before it is durable. Another node of a cluster may be faster
 * all the same; then the change is made again from what is stored now. What was remembered of
 * credentials is forgotten before anybody hears that the change is done: all of a role, since many
 * users may have it, else what is of that user or that key. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "security_state.h"
#include <stdlib.h>

#define TRIES_MAX 20

struct inf_change {
    struct inf_link link;
    struct inf_security *security;
    inf_change_make make;
    inf_store_done done;
    void *arg;
    int tries;
    size_t running; /* writes that are not done yet, and `make` itself */
    bool failed;
    struct inf_error err;
};

struct write {
    struct inf_change *change;
    enum inf_object_kind kind;
    char *id;
};

static void start_first(struct inf_security *security);

static void end(struct inf_change *change)
{
    struct inf_security *security = change->security;

    inf_list_remove(&security->changes, &change->link);
    security->change_count--;
    change->done(change->arg, change->failed ? &change->err : NULL);
    free(change);
    start_first(security);
}

static bool was_too_slow(const struct inf_change *change)
{
    return change->failed && change->err.code == INF_ERR_CONFLICT && change->tries < TRIES_MAX &&
           !change->security->closed;
}

static void let_go(struct inf_change *change)
{
    if (--change->running > 0)
        return;
    if (was_too_slow(change))
        start_first(change->security);
    else
        end(change);
}

void inf_security_forget(struct inf_security *security, enum inf_object_kind kind, const char *id)
{
    if (kind == INF_OBJECT_ROLE)
        inf_auth_cache_clear(security->cache);
    else
        inf_auth_cache_forget(security->cache, kind == INF_OBJECT_USER ? id : NULL,
                              kind == INF_OBJECT_API_KEY ? id : NULL);
}

static void on_written(void *arg, const struct inf_error *err)
{
    struct write *write = arg;
    struct inf_change *change = write->change;

    if (err != NULL && !change->failed) {
        change->failed = true;
        change->err = *err;
    }
    /* Also after a failure: who knows what is stored. */
    inf_security_forget(change->security, write->kind, write->id);
    free(write->id);
    free(write);
    let_go(change);
}

static struct write *new_write(struct inf_change *change, enum inf_object_kind kind, const char *id)
{
    struct write *write = inf_alloc(1, sizeof *write);

    *write = (struct write){change, kind, inf_strdup(id)};
    change->running++;
    return write;
}

void inf_change_put(struct inf_change *change, enum inf_object_kind kind, const char *id,
                    const struct inf_buf *text)
{
    inf_store_swap_object(change->security->store, kind, &(struct inf_object){id, NULL, text->data},
                          on_written, new_write(change, kind, id));
}

void inf_change_delete(struct inf_change *change, enum inf_object_kind kind, const char *id)
{
    inf_store_delete_object(change->security->store, kind, id, on_written,
                            new_write(change, kind, id));
}

static void start_first(struct inf_security *security)
{
    struct inf_change *change = INF_LIST_ITEM(security->changes.first, struct inf_change, link);

    if (change == NULL || change->running > 0)
        return;
    change->running = 1;
    change->tries++;
    change->failed = change->make(change, change->arg, &change->err) != 0;
    let_go(change);
}

static void refuse(struct inf_security *security, inf_store_done done, void *arg)
{
    struct inf_error err;

    if (security->closed) {
        inf_error_set(&err, INF_ERR_UNAVAILABLE, "the server is stopping");
    } else {
        inf_error_set(&err, INF_ERR_TOO_MANY, "more than [%d] changes of security wait",
                      INF_CHANGES_WAITING);
        err.retry_after_s = 1;
    }
    done(arg, &err);
}

void inf_security_change(struct inf_security *security, inf_change_make make, inf_store_done done,
                         void *arg)
{
    struct inf_change *change;

    if (security->closed || security->change_count >= INF_CHANGES_WAITING) {
        refuse(security, done, arg);
        return;
    }
    change = inf_alloc(1, sizeof *change);
    change->security = security;
    change->make = make;
    change->done = done;
    change->arg = arg;
    security->change_count++;
    inf_list_append(&security->changes, &change->link);
    start_first(security);
}
