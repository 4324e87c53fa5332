/* etcd_follower.c - a list, and then a watch from just behind it; after a failure a watch from
 * where it was, and a list again only where etcd has forgotten what lies between. A watch on which
 * nothing comes for a while is begun anew: a member that hangs tells nothing, and its kernel keeps
 * the connection. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/etcd.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define PAUSE_MS 200

struct inf_etcd_follower {
    struct inf_etcd *etcd;
    char *key;
    void (*told)(void *arg, const struct inf_etcd_news *news);
    void (*lost)(void *arg, const struct inf_error *err);
    void *arg;
    int64_t next; /* revision to watch from; 0: list first */
    pthread_t thread;
    pthread_mutex_t lock; /* of stopping */
    pthread_cond_t stop;
    bool stopping;
};

static void on_changed(void *arg, const struct inf_etcd_pairs *changes)
{
    struct inf_etcd_follower *follower = arg;
    const struct inf_etcd_news news = {.pairs = changes};

    follower->told(follower->arg, &news);
    follower->next = changes->items[changes->count - 1].revision + 1;
}

static int list(struct inf_etcd_follower *follower, struct inf_error *err)
{
    struct inf_etcd_pairs pairs;
    const struct inf_etcd_news news = {.whole = true, .pairs = &pairs};
    int rc = inf_etcd_list(follower->etcd, follower->key, &pairs, err);

    if (rc == 0) {
        follower->told(follower->arg, &news);
        follower->next = pairs.revision + 1;
    }
    inf_etcd_pairs_fini(&pairs);
    return rc;
}

/* After it lost etcd, a follower that need not list has to see that etcd is there again. */
static int greet(struct inf_etcd_follower *follower, struct inf_error *err)
{
    struct inf_etcd_pairs none = {0};
    const struct inf_etcd_news news = {.pairs = &none};
    int rc = inf_etcd_get(follower->etcd, follower->key, &none, err);
    bool is_older = rc == 0 && none.revision + 1 < follower->next;

    inf_etcd_pairs_fini(&none);
    if (is_older) /* somebody has brought a backup back */
        return list(follower, err);
    if (rc == 0)
        follower->told(follower->arg, &news);
    return rc;
}

static bool is_over(struct inf_etcd_follower *follower, int64_t pause_ms)
{
    struct timespec until;
    bool over;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)pause_ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&follower->lock);
    if (!follower->stopping && pause_ms > 0)
        pthread_cond_timedwait(&follower->stop, &follower->lock, &until);
    over = follower->stopping;
    pthread_mutex_unlock(&follower->lock);
    return over;
}

static void *run(void *arg)
{
    struct inf_etcd_follower *follower = arg;
    struct inf_error err;
    int64_t pause_ms = 0;

    while (!is_over(follower, pause_ms)) {
        int rc = follower->next == 0 ? list(follower, &err) : greet(follower, &err);

        if (rc == 0)
            rc = inf_etcd_watch(follower->etcd, follower->key, follower->next, on_changed, follower,
                                &err);
        pause_ms = rc == 1 ? 0 : PAUSE_MS;
        if (rc == 1)
            continue;
        if (err.code == INF_ERR_CONFLICT)
            follower->next = 0;
        else if (!is_over(follower, 0))
            follower->lost(follower->arg, &err);
    }
    return NULL;
}

struct inf_etcd_follower *inf_etcd_follow(const struct inf_etcd_settings *settings, const char *key,
                                          void (*told)(void *arg, const struct inf_etcd_news *news),
                                          void (*lost)(void *arg, const struct inf_error *err),
                                          void *arg)
{
    struct inf_etcd_follower *follower = inf_alloc(1, sizeof *follower);

    follower->etcd = inf_etcd_new(settings);
    follower->key = inf_strdup(key);
    follower->told = told;
    follower->lost = lost;
    follower->arg = arg;
    pthread_mutex_init(&follower->lock, NULL);
    pthread_cond_init(&follower->stop, NULL);
    if (pthread_create(&follower->thread, NULL, run, follower) != 0)
        inf_alloc_failed();
    return follower;
}

void inf_etcd_refollow(struct inf_etcd_follower *follower)
{
    inf_etcd_nudge(follower->etcd);
}

void inf_etcd_unfollow(struct inf_etcd_follower *follower)
{
    if (follower == NULL)
        return;
    pthread_mutex_lock(&follower->lock);
    follower->stopping = true;
    pthread_cond_signal(&follower->stop);
    pthread_mutex_unlock(&follower->lock);
    inf_etcd_interrupt(follower->etcd);
    pthread_join(follower->thread, NULL);
    inf_etcd_free(follower->etcd);
    pthread_mutex_destroy(&follower->lock);
    pthread_cond_destroy(&follower->stop);
    free(follower->key);
    free(follower);
}
