/* keeper.c - grant, put, keep alive three times a lease; from the beginning when the lease is gone.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RETRY_MS 500

struct inf_keeper {
    const struct inf_etcd_settings *settings;
    struct inf_etcd *etcd; /* the thread's */
    char *key;
    int64_t lease_s;
    int64_t lease; /* the thread's; 0: there is none */
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    char *value;
    bool is_new; /* the value is not in etcd yet */
    bool stopping;
};

/* ---- the thread ---- */

static int put(struct inf_keeper *keeper, const char *value, struct inf_error *err)
{
    struct inf_etcd_txn *txn = inf_etcd_txn_new(keeper->etcd);
    int64_t revision;
    int rc;

    inf_etcd_txn_repeatable(txn);
    inf_etcd_txn_put(txn, keeper->key, value, strlen(value), keeper->lease);
    rc = inf_etcd_txn_commit(keeper->etcd, txn, &revision, err);
    inf_etcd_txn_free(txn);
    return rc == 1 ? 0 : -1;
}

/* The value that has to be put, or NULL; the caller's to free. */
static char *take_new(struct inf_keeper *keeper)
{
    char *value = NULL;

    pthread_mutex_lock(&keeper->lock);
    if (keeper->is_new)
        value = inf_strdup(keeper->value);
    keeper->is_new = false;
    pthread_mutex_unlock(&keeper->lock);
    return value;
}

static void put_again(struct inf_keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->is_new = true;
    pthread_mutex_unlock(&keeper->lock);
}

static int renew(struct inf_keeper *keeper, struct inf_error *err)
{
    bool alive = false;

    if (keeper->lease != 0 && inf_etcd_keep_alive(keeper->etcd, keeper->lease, &alive, err) != 0)
        return -1;
    if (alive)
        return 0;
    put_again(keeper);
    return inf_etcd_grant(keeper->etcd, keeper->lease_s, &keeper->lease, err);
}

static int keep(struct inf_keeper *keeper, struct inf_error *err)
{
    char *value;
    int rc = 0;

    if (renew(keeper, err) != 0)
        return -1;
    value = take_new(keeper);
    if (value != NULL)
        rc = put(keeper, value, err);
    if (rc != 0)
        put_again(keeper);
    free(value);
    return rc;
}

/* Until there is something to do. false: it is time to end. */
static bool wait_for(struct inf_keeper *keeper, int64_t ms)
{
    struct timespec until;
    int late = 0;
    bool stopping;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&keeper->lock);
    while (!keeper->stopping && !(keeper->is_new && ms > RETRY_MS) && late != ETIMEDOUT)
        late = pthread_cond_timedwait(&keeper->changed, &keeper->lock, &until);
    stopping = keeper->stopping;
    pthread_mutex_unlock(&keeper->lock);
    return !stopping;
}

/* With a client of its own, since the thread's was interrupted. */
static void revoke(const struct inf_keeper *keeper)
{
    struct inf_etcd *etcd = inf_etcd_new(keeper->settings);
    struct inf_error err;

    if (keeper->lease != 0 && inf_etcd_revoke(etcd, keeper->lease, &err) != 0)
        inf_log(INF_LOG_WARN, "cluster", "the cluster will miss this node when its lease is over",
                (const char *[]){"reason", err.reason, NULL});
    inf_etcd_free(etcd);
}

static void *run(void *arg)
{
    struct inf_keeper *keeper = arg;
    struct inf_error err;
    bool going_on = true;

    while (going_on) {
        int rc = keep(keeper, &err);

        going_on = wait_for(keeper, rc == 0 ? keeper->lease_s * 1000 / 3 : RETRY_MS);
    }
    revoke(keeper);
    return NULL;
}

/* ---- the loop ---- */

struct inf_keeper *inf_keeper_start(const struct inf_etcd_settings *settings, const char *key,
                                    const char *value, int64_t lease_s)
{
    struct inf_keeper *keeper = inf_alloc(1, sizeof *keeper);

    keeper->settings = settings;
    keeper->etcd = inf_etcd_new(settings);
    keeper->key = inf_strdup(key);
    keeper->value = inf_strdup(value);
    keeper->lease_s = lease_s;
    keeper->is_new = true;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->changed, NULL);
    if (pthread_create(&keeper->thread, NULL, run, keeper) != 0)
        inf_alloc_failed();
    return keeper;
}

void inf_keeper_update(struct inf_keeper *keeper, const char *value)
{
    pthread_mutex_lock(&keeper->lock);
    if (strcmp(keeper->value, value) != 0) {
        free(keeper->value);
        keeper->value = inf_strdup(value);
        keeper->is_new = true;
        pthread_cond_signal(&keeper->changed);
    }
    pthread_mutex_unlock(&keeper->lock);
}

void inf_keeper_restore(struct inf_keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->is_new = true;
    pthread_cond_signal(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
}

void inf_keeper_leave(struct inf_keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->stopping = true;
    pthread_cond_signal(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
    inf_etcd_interrupt(keeper->etcd);
}

void inf_keeper_end(struct inf_keeper *keeper)
{
    inf_keeper_leave(keeper);
    pthread_join(keeper->thread, NULL);
    inf_etcd_free(keeper->etcd);
    pthread_mutex_destroy(&keeper->lock);
    pthread_cond_destroy(&keeper->changed);
    free(keeper->key);
    free(keeper->value);
    free(keeper);
}
