/* shared_state.c - what others change, from the follower's thread to the copy; and one's own
 * changes, from the copy to etcd. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_state.h"

#include "disk.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "shared_inner.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOST_S 2
#define NEWS_MS 1000 /* by then a follower has heard of what etcd has */

/* ---- what the follower tells ---- */

static void copy_pairs(const struct inf_etcd_pairs *from, struct inf_etcd_pairs *to)
{
    for (size_t i = 0; i < from->count; i++) {
        inf_etcd_pairs_add(to, from->items[i].key + strlen(INF_STATE), from->items[i].value);
        to->items[i].revision = from->items[i].revision;
    }
    to->revision = from->revision;
}

static void on_told(void *arg, const struct inf_etcd_news *news)
{
    struct inf_shared *shared = arg;
    struct inf_shared_piece *piece = NULL;
    int64_t revision = news->pairs->revision;
    if (news->whole || news->pairs->count > 0) {
        piece = inf_alloc(1, sizeof *piece);
        piece->whole = news->whole;
        copy_pairs(news->pairs, &piece->pairs);
        if (!news->whole) {
            revision = piece->pairs.items[piece->pairs.count - 1].revision;
        }
    }
    pthread_mutex_lock(&shared->lock);
    if (shared->lost[0]) {
        inf_log(INF_LOG_INFO, "cluster", "etcd answers again", NULL);
    }
    shared->lost[0] = '\0';
    if (piece) {
        inf_list_append(&shared->pieces, &piece->link);
        shared->told_revision = revision;
    }
    pthread_cond_broadcast(&shared->told);
    pthread_mutex_unlock(&shared->lock);
    if (piece) {
        shared->wake(shared->wake_arg);
    }
}

static time_t now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* for_s: so long already. */
static void note_lost(struct inf_shared *shared, const struct inf_error *err, time_t for_s)
{
    pthread_mutex_lock(&shared->lock);
    if (!shared->lost[0]) {
        shared->lost_since = now_s() - for_s;
        inf_log(INF_LOG_WARN, "cluster", "etcd is lost: nothing can be changed, serving goes on",
                (const char *[]){"reason", err->reason, NULL});
    }
    snprintf(shared->lost, sizeof shared->lost, "%s", err->reason);
    pthread_mutex_unlock(&shared->lock);
}

static void on_lost(void *arg, const struct inf_error *err)
{
    note_lost(arg, err, 0);
}

void inf_shared_follow(struct inf_shared *shared, void (*wake)(void *arg), void *arg)
{
    shared->wake = wake;
    shared->wake_arg = arg;
    shared->follower = inf_etcd_follow(shared->settings, INF_STATE, on_told, on_lost, shared);
}

void inf_shared_lost_reason(struct inf_shared *shared, char ret[INF_REASON_MAX])
{
    pthread_mutex_lock(&shared->lock);
    snprintf(ret, INF_REASON_MAX, "%s", shared->estranged[0] ? shared->estranged : shared->lost);
    pthread_mutex_unlock(&shared->lock);
}

/* ---- into the copy ---- */

const struct inf_etcd_pair *inf_shared_find(const struct inf_etcd_pairs *pairs, const char *key)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (strcmp(pairs->items[i].key, key) == 0) {
            return &pairs->items[i];
        }
    }
    return NULL;
}

static struct inf_shared_piece *first_piece(struct inf_shared *shared)
{
    pthread_mutex_lock(&shared->lock);
    struct inf_link *first = shared->pieces.first;
    pthread_mutex_unlock(&shared->lock);
    return INF_LIST_ITEM(first, struct inf_shared_piece, link);
}

static void drop_piece(struct inf_shared *shared, struct inf_shared_piece *piece)
{
    pthread_mutex_lock(&shared->lock);
    inf_list_remove(&shared->pieces, &piece->link);
    pthread_mutex_unlock(&shared->lock);
    inf_etcd_pairs_fini(&piece->pairs);
    free(piece);
}

/* Somebody has emptied etcd or put another cluster's state there: taking that over would delete
 * what this node has. */
static bool is_estranged(struct inf_shared *shared, const struct inf_shared_piece *piece)
{
    const struct inf_etcd_pair *uuid = inf_shared_find(&piece->pairs, INF_STATE_UUID);
    const char *here = shared->cluster_uuid, *there = uuid ? uuid->value : NULL;
    struct inf_error unknown;
    bool is_known = inf_shared_check_format(shared->settings, &piece->pairs, &unknown) == 0;
    pthread_mutex_lock(&shared->lock);
    bool was = shared->estranged[0] != '\0';
    if (piece->whole || uuid) {
        shared->estranged[0] = '\0';
        if (!there || strcmp(there, here) != 0) {
            snprintf(shared->estranged, sizeof shared->estranged,
                     "etcd has the state of cluster [%s] below [%s], this node that of [%s]",
                     there ? there : "none", shared->settings->prefix, here);
        }
    }
    if (!is_known) { /* until it is read as a whole again, where that has gone back */
        snprintf(shared->estranged, sizeof shared->estranged, "%s", unknown.reason);
    }
    bool is = shared->estranged[0] != '\0';
    pthread_mutex_unlock(&shared->lock);
    if (is && !was) {
        inf_log(INF_LOG_ERROR, "cluster", "what etcd has is not taken over",
                (const char *[]){"reason", shared->estranged, NULL});
    }
    return is;
}

/* What follows the guard, one change after the other. */
static int apply_changes(const struct inf_etcd_pairs *pairs, int64_t guard,
                         struct inf_metadata *metadata, struct inf_row_list *applied,
                         struct inf_error *err)
{
    for (size_t i = 0, end; i < pairs->count; i = end) {
        end = i + 1;
        while (end < pairs->count && pairs->items[end].revision == pairs->items[i].revision) {
            end++;
        }
        if (pairs->items[i].revision > guard &&
            inf_rows_apply(metadata, pairs->items + i, end - i, applied, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int apply_piece(const struct inf_shared *shared, const struct inf_shared_piece *piece,
                       struct inf_metadata *metadata, struct inf_row_list *applied,
                       struct inf_error *err)
{
    if (inf_metadata_begin(metadata, err) != 0) {
        return -1;
    }
    int rc = piece->whole ? inf_rows_replace(metadata, &piece->pairs, applied, err)
                          : apply_changes(&piece->pairs, shared->guard, metadata, applied, err);
    return inf_metadata_end(metadata, rc, err);
}

/* The change that the copy has come to with it. Somebody who changes a key by hand writes no
 * commit, so what a node will find there is still the one before. */
static int64_t guard_of(const struct inf_shared *shared, const struct inf_shared_piece *piece)
{
    for (size_t i = piece->pairs.count; i > 0; i--) {
        if (strcmp(piece->pairs.items[i - 1].key, INF_STATE_COMMIT) == 0) {
            return piece->pairs.items[i - 1].revision;
        }
    }
    return piece->whole ? 0 : shared->guard;
}

static bool is_old(const struct inf_shared *shared, const struct inf_shared_piece *piece)
{
    const struct inf_etcd_pairs *pairs = &piece->pairs;
    return piece->whole ? pairs->revision < shared->guard
                        : pairs->items[pairs->count - 1].revision <= shared->guard;
}

static void remove_folders(const struct inf_disk *disk, const struct inf_row_list *applied,
                           size_t from)
{
    for (size_t i = from; i < applied->count; i++) {
        const struct inf_row *row = &applied->items[i];
        if (row->type == INF_ROW_MODEL && row->deleted) {
            inf_data_dir_remove_folder(&disk->dir, row->model.number);
        }
    }
}

int inf_shared_catch_up(struct inf_shared *shared, const struct inf_disk *disk,
                        struct inf_row_list *applied, struct inf_error *err)
{
    for (struct inf_shared_piece *piece; (piece = first_piece(shared));) {
        size_t before = applied->count;
        if (!is_old(shared, piece) && !is_estranged(shared, piece)) {
            struct inf_row_list rows = {0};
            if (apply_piece(shared, piece, disk->metadata, &rows, err) != 0) {
                inf_row_list_fini(&rows);
                return -1;
            }
            shared->guard = guard_of(shared, piece);
            for (size_t i = 0; i < rows.count; i++) {
                shared->deployments_changed += rows.items[i].type == INF_ROW_DEPLOYMENT;
            }
            inf_row_list_move(applied, &rows);
            remove_folders(disk, applied, before);
        }
        drop_piece(shared, piece);
    }
    return 0;
}

uint64_t inf_shared_deployments_changed(const struct inf_shared *shared)
{
    return shared->deployments_changed;
}

/* ---- one's own changes ---- */

/* Every text of a commit is another one, so that its writer knows it again. */
static void make_token(struct inf_shared *shared, char token[INF_TOKEN_SIZE])
{
    snprintf(token, INF_TOKEN_SIZE, "%s %016" PRIx64, shared->node_id, shared->changes++);
}

static enum inf_shared_verdict refuse(struct inf_error *err)
{
    struct inf_error why = *err;
    inf_error_set(err, why.code, "the cluster's state cannot be changed now: %s", why.reason);
    err->retry_after_s = 1;
    return INF_SHARED_FAILED;
}

/* Each change names the one before it: if etcd has taken this one, then as the first behind the
 * copy, however many have come after it. `latest` is the last of them. 1: it was taken, as
 * shared->committed; 0: it was not; -1 with err: etcd cannot say, since it has forgotten. */
static int is_next(struct inf_shared *shared, const char *token, int64_t latest,
                   struct inf_error *err)
{
    int64_t before = shared->guard, first = latest;
    int is_ours = 0; /* as the caller has seen of the latest */
    while (first - before > 1) {
        int64_t middle = before + (first - before) / 2;
        struct inf_etcd_pairs pairs;
        int rc = inf_etcd_get_at(shared->etcd, INF_STATE INF_STATE_COMMIT, middle, &pairs, err);
        if (rc == 0 && pairs.count > 0 && pairs.items[0].revision > shared->guard) {
            first = pairs.items[0].revision;
            is_ours = strcmp(pairs.items[0].value, token) == 0;
        } else {
            before = middle;
        }
        inf_etcd_pairs_fini(&pairs);
        if (rc != 0) {
            return -1;
        }
    }
    shared->committed = first;
    return is_ours;
}

/* Other nodes have changed something since. The change may have been taken before that: its answer
 * was lost, and it was sent again. */
static enum inf_shared_verdict look_back(struct inf_shared *shared, const char *token,
                                         int64_t latest, struct inf_error *err)
{
    shared->target = latest;
    switch (token ? is_next(shared, token, latest, err) : 0) {
    case 0:
        return INF_SHARED_STALE;
    case 1:
        return INF_SHARED_CURRENT;
    default:
        return refuse(err);
    }
}

/* token NULL: nothing was written. */
static enum inf_shared_verdict look(struct inf_shared *shared, const char *token,
                                    struct inf_error *err)
{
    struct inf_etcd_pairs pairs = {0};
    int rc = inf_etcd_get(shared->etcd, INF_STATE INF_STATE_COMMIT, &pairs, err);
    int64_t revision = pairs.count > 0 ? pairs.items[0].revision : 0;
    bool is_ours = pairs.count > 0 && token && strcmp(pairs.items[0].value, token) == 0;
    inf_etcd_pairs_fini(&pairs);
    if (rc != 0) {
        return refuse(err);
    }
    if (is_ours) {
        shared->committed = revision;
        return INF_SHARED_CURRENT;
    }
    if (revision != shared->guard) {
        return look_back(shared, token, revision, err);
    }
    if (token) {
        inf_error_set(err, INF_ERR_UNAVAILABLE, "etcd has not taken a change");
        return refuse(err);
    }
    return INF_SHARED_CURRENT;
}

/* With etcd lost for a while, changes are refused at once: each would wait for its time-out, and
 * the next ones behind it. */
static enum inf_shared_verdict check_sense(struct inf_shared *shared, struct inf_error *err)
{
    char reason[INF_REASON_MAX];
    pthread_mutex_lock(&shared->lock);
    snprintf(reason, sizeof reason, "%s",
             shared->estranged[0] ? shared->estranged
             : shared->lost[0]    ? shared->lost
                                  : "what etcd has is not known yet");
    bool is_estranged = shared->estranged[0] != '\0';
    bool is_lost = shared->lost[0] != '\0' && now_s() - shared->lost_since > LOST_S;
    pthread_mutex_unlock(&shared->lock);
    if (!is_estranged && !is_lost && shared->guard >= 0) {
        return INF_SHARED_CURRENT;
    }
    inf_error_set(err, INF_ERR_UNAVAILABLE, "%s", reason);
    return refuse(err);
}

static int check_size(const struct inf_etcd_pairs *changes, struct inf_error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < changes->count; i++) {
        bytes += strlen(changes->items[i].key) + changes->items[i].length;
    }
    if (changes->count > INF_ETCD_CHANGES_MAX) {
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "this changes [%zu] entries of the cluster's state, of which [%d] can "
                             "be changed at once; delete some of a model's aliases and deployments "
                             "before it",
                             changes->count, INF_ETCD_CHANGES_MAX);
    }
    if (bytes > INF_ETCD_BYTES_MAX) {
        return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                             "this has [%zu] bytes, and an entry of the cluster's state at most "
                             "[%zu]",
                             bytes, INF_ETCD_BYTES_MAX);
    }
    return 0;
}

void inf_shared_add(struct inf_etcd_txn *txn, const struct inf_etcd_pair *row)
{
    struct inf_buf key;
    inf_buf_init(&key, INF_ETCD_BYTES_MAX * 2);
    inf_buf_printf(&key, INF_STATE "%s", row->key);
    if (row->value) {
        inf_etcd_txn_put(txn, key.data, row->value, row->length, 0);
    } else {
        inf_etcd_txn_delete(txn, key.data, key.data[key.length - 1] == '/');
    }
    inf_buf_free(&key);
}

enum inf_shared_verdict inf_shared_commit(struct inf_shared *shared,
                                          const struct inf_etcd_pairs *changes,
                                          struct inf_error *err)
{
    char token[INF_TOKEN_SIZE];
    if (check_size(changes, err) != 0 || check_sense(shared, err) == INF_SHARED_FAILED) {
        return INF_SHARED_FAILED;
    }
    make_token(shared, token);
    struct inf_etcd_txn *txn = inf_etcd_txn_new(shared->etcd);
    inf_etcd_txn_repeatable(txn); /* since it names the change that it follows */
    if (inf_shared_expect_term(shared, changes, txn, err) != 0) {
        inf_etcd_txn_free(txn);
        return refuse(err);
    }
    inf_etcd_txn_expect(txn, INF_STATE INF_STATE_COMMIT, shared->guard);
    inf_etcd_txn_put(txn, INF_STATE INF_STATE_COMMIT, token, strlen(token), 0);
    for (size_t i = 0; i < changes->count; i++) {
        inf_shared_add(txn, &changes->items[i]);
    }
    int rc = inf_etcd_txn_commit(shared->etcd, txn, &shared->committed, err);
    inf_etcd_txn_free(txn);
    if (rc == 1) {
        return INF_SHARED_CURRENT;
    }
    if (rc == 0) {
        return look(shared, token, err);
    }
    /* The follower's connection may just stand still; a new one tells when etcd answers again. */
    note_lost(shared, err, LOST_S + 1);
    inf_etcd_refollow(shared->follower);
    return refuse(err);
}

enum inf_shared_verdict inf_shared_check(struct inf_shared *shared, struct inf_error *err)
{
    return check_sense(shared, err) == INF_SHARED_FAILED ? INF_SHARED_FAILED
                                                         : look(shared, NULL, err);
}

void inf_shared_committed(struct inf_shared *shared)
{
    shared->guard = shared->committed;
}

/* ms: at most. */
static bool await_news(struct inf_shared *shared, int64_t ms)
{
    struct timespec end;
    int late = 0;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += ms % 1000 * 1000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    pthread_mutex_lock(&shared->lock);
    while (shared->told_revision < shared->target && !shared->stopping && late != ETIMEDOUT) {
        late = pthread_cond_timedwait(&shared->told, &shared->lock, &end);
    }
    bool is_told = shared->told_revision >= shared->target;
    pthread_mutex_unlock(&shared->lock);
    return is_told;
}

int inf_shared_await(struct inf_shared *shared, struct inf_error *err)
{
    if (await_news(shared, NEWS_MS)) {
        return 0;
    }
    inf_etcd_refollow(shared->follower); /* a member may be stuck without closing a connection */
    if (await_news(shared, shared->settings->timeout_ms)) {
        return 0;
    }
    inf_error_set(err, INF_ERR_UNAVAILABLE,
                  "etcd does not tell what other nodes have changed, up to revision [%" PRId64 "]",
                  shared->target);
    refuse(err);
    return -1;
}

/* ---- the end ---- */

void inf_shared_interrupt(struct inf_shared *shared)
{
    pthread_mutex_lock(&shared->lock);
    shared->stopping = true;
    pthread_cond_broadcast(&shared->told);
    pthread_mutex_unlock(&shared->lock);
    inf_etcd_interrupt(shared->etcd);
    inf_etcd_unfollow(shared->follower);
    shared->follower = NULL;
}

void inf_shared_free(struct inf_shared *shared)
{
    if (!shared) {
        return;
    }
    for (struct inf_shared_piece *piece; (piece = first_piece(shared));) {
        drop_piece(shared, piece);
    }
    inf_etcd_free(shared->etcd);
    pthread_mutex_destroy(&shared->lock);
    pthread_cond_destroy(&shared->told);
    free(shared);
}
