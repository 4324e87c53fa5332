/* shared_open.c - a node joins its cluster, or founds it.
 *
 * What etcd has is only ever taken over by a directory that is empty or a copy of that very
 * cluster: anything else could delete what somebody has nowhere else. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "shared_inner.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* What is known at first: the copy's cluster, and what etcd has. */
struct joining {
    struct inf_shared *shared;
    const struct inf_disk *disk;
    char copy_of[INF_NAME_SIZE]; /* "" for a directory that is none */
    struct inf_etcd_pairs state; /* keys without "state/" */
};

int inf_shared_list(struct inf_etcd *etcd, struct inf_etcd_pairs *ret, struct inf_error *err)
{
    int rc = inf_etcd_list(etcd, INF_STATE, ret, err);
    for (size_t i = 0; i < ret->count && rc == 0; i++) {
        char *key = ret->items[i].key;
        memmove(key, key + strlen(INF_STATE), strlen(key + strlen(INF_STATE)) + 1);
    }
    return rc;
}

/* A new one, kept in the copy as all names are. */
static int make_secret(struct inf_metadata *metadata, char secret[INF_NAME_SIZE],
                       struct inf_error *err)
{
    if (inf_metadata_begin(metadata, err) != 0) {
        return -1;
    }
    return inf_metadata_end(metadata, inf_metadata_name(metadata, INF_NAME_SECRET, secret, err),
                            err);
}

int inf_shared_found(struct inf_etcd *etcd, const struct inf_disk *disk, const char *cluster_uuid,
                     int64_t commit, struct inf_error *err)
{
    char secret[INF_NAME_SIZE];
    int64_t revision;
    if (make_secret(disk->metadata, secret, err) != 0) {
        return -1;
    }
    struct inf_etcd_txn *txn = inf_etcd_txn_new(etcd);
    inf_etcd_txn_expect(txn, INF_STATE INF_STATE_UUID, 0);
    inf_etcd_txn_expect(txn, INF_STATE INF_STATE_COMMIT, commit);
    inf_etcd_txn_put(txn, INF_STATE INF_STATE_UUID, cluster_uuid, strlen(cluster_uuid), 0);
    inf_etcd_txn_put(txn, INF_STATE INF_STATE_SECRET, secret, strlen(secret), 0);
    inf_etcd_txn_put(txn, INF_STATE INF_STATE_COMMIT, "founded", strlen("founded"), 0);
    int rc = inf_etcd_txn_commit(etcd, txn, &revision, err);
    inf_etcd_txn_free(txn);
    return rc;
}

/* Rows of its own in a directory that is no copy of anything. */
static int check_empty(const struct joining *joining, struct inf_error *err)
{
    struct inf_etcd_pairs rows = {0};
    int rc = inf_rows_dump(joining->disk->metadata, &rows, err);
    if (rc == 0 && rows.count > 0) {
        rc = inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                           "the data directory [%s] has a state of its own, [%zu] entries; move it "
                           "to etcd with [inferd --migrate-state=etcd], or begin with an empty one",
                           joining->disk->dir.path, rows.count);
    }
    inf_etcd_pairs_fini(&rows);
    return rc;
}

/* Lists anew when somebody else founds the cluster at the same time. */
static int found_if_empty(struct joining *joining, const char *uuid, struct inf_error *err)
{
    if (joining->copy_of[0] || inf_shared_find(&joining->state, INF_STATE_UUID)) {
        return 0;
    }
    if (joining->state.count > 0) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "etcd has half of a state below [%s]: a migration to it has not come "
                             "to its end; do it again",
                             joining->shared->settings->prefix);
    }
    if (inf_shared_found(joining->shared->etcd, joining->disk, uuid, 0, err) < 0) {
        return -1;
    }
    inf_etcd_pairs_fini(&joining->state);
    return inf_shared_list(joining->shared->etcd, &joining->state, err);
}

int inf_shared_check_format(const struct inf_etcd_settings *settings,
                            const struct inf_etcd_pairs *pairs, struct inf_error *err)
{
    const struct inf_etcd_pair *format = inf_shared_find(pairs, INF_STATE_FORMAT);
    if (!format || !format->value || strcmp(format->value, INF_FORMAT) == 0) {
        return 0;
    }
    return inf_error_set(
        err, INF_ERR_ILLEGAL_ARGUMENT,
        "etcd has a state of format [%.64s] below [%s], and this version of inferd "
        "knows format [" INF_FORMAT "]; it takes a later version",
        format->value, settings->prefix);
}

static int check_cluster(const struct joining *joining, struct inf_error *err)
{
    const struct inf_etcd_pair *uuid = inf_shared_find(&joining->state, INF_STATE_UUID);
    const struct inf_etcd_pair *secret = inf_shared_find(&joining->state, INF_STATE_SECRET);
    if (uuid && uuid->length == INF_NAME_SIZE - 1 && secret && secret->length > 0 &&
        (!joining->copy_of[0] || strcmp(uuid->value, joining->copy_of) == 0)) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "etcd has the state of cluster [%.64s] below [%s], and the data directory "
                         "[%.256s] a copy of [%s]",
                         uuid ? uuid->value : "none", joining->shared->settings->prefix,
                         joining->disk->dir.path, joining->copy_of[0] ? joining->copy_of : "none");
}

/* The copy becomes what was listed, and a copy of this cluster. */
static int take_over(struct joining *joining, struct inf_error *err)
{
    struct inf_metadata *metadata = joining->disk->metadata;
    const char *uuid = inf_shared_find(&joining->state, INF_STATE_UUID)->value;
    const struct inf_etcd_pair *commit = inf_shared_find(&joining->state, INF_STATE_COMMIT);
    const char *secret = inf_shared_find(&joining->state, INF_STATE_SECRET)->value;
    struct inf_row_list applied = {0};
    if (inf_metadata_begin(metadata, err) != 0) {
        return -1;
    }
    int rc = inf_rows_replace(metadata, &joining->state, &applied, err) != 0 ||
                     inf_metadata_set_name(metadata, INF_NAME_CLUSTER, uuid, err) != 0 ||
                     inf_metadata_set_name(metadata, "cluster_uuid", uuid, err) != 0 ||
                     inf_metadata_set_name(metadata, INF_NAME_SECRET, secret, err) != 0
                 ? -1
                 : 0;
    inf_row_list_fini(&applied);
    snprintf(joining->shared->cluster_uuid, INF_NAME_SIZE, "%s", uuid);
    joining->shared->guard = commit ? commit->revision : 0;
    return inf_metadata_end(metadata, rc, err);
}

static int join(struct joining *joining, const char *uuid, struct inf_error *err)
{
    struct inf_metadata *metadata = joining->disk->metadata;
    if (inf_metadata_find_name(metadata, INF_NAME_CLUSTER, joining->copy_of, err) != 0 ||
        (!joining->copy_of[0] && check_empty(joining, err) != 0)) {
        return -1;
    }
    if (inf_shared_list(joining->shared->etcd, &joining->state, err) != 0) {
        if (!joining->copy_of[0]) {
            return inf_error_set(err, err->code, "a node that is new needs etcd: %s", err->reason);
        }
        inf_log(INF_LOG_WARN, "cluster", "starting with the copy of the cluster's state",
                (const char *[]){"reason", err->reason, NULL});
        snprintf(joining->shared->cluster_uuid, INF_NAME_SIZE, "%s", joining->copy_of);
        return 0;
    }
    return inf_shared_check_format(joining->shared->settings, &joining->state, err) != 0 ||
                   found_if_empty(joining, uuid, err) != 0 || check_cluster(joining, err) != 0 ||
                   take_over(joining, err) != 0
               ? -1
               : 0;
}

int inf_shared_open(const struct inf_etcd_settings *settings, const struct inf_disk *disk,
                    const char *node_id, char cluster_uuid[INF_NAME_SIZE], struct inf_shared **ret,
                    struct inf_error *err)
{
    struct inf_shared *shared = inf_alloc(1, sizeof *shared);
    struct joining joining = {.shared = shared, .disk = disk};
    shared->settings = settings;
    shared->etcd = inf_etcd_new(settings);
    shared->guard = -1;
    snprintf(shared->node_id, sizeof shared->node_id, "%s", node_id);
    pthread_mutex_init(&shared->lock, NULL);
    pthread_cond_init(&shared->told, NULL);
    int rc = getrandom(&shared->changes, sizeof shared->changes, 0) == sizeof shared->changes
                 ? join(&joining, cluster_uuid, err)
                 : inf_error_set(err, INF_ERR_INTERNAL, "the system gives no random bytes");
    inf_etcd_pairs_fini(&joining.state);
    if (rc != 0) {
        inf_shared_free(shared);
        return -1;
    }
    snprintf(cluster_uuid, INF_NAME_SIZE, "%s", shared->cluster_uuid);
    *ret = shared;
    return 0;
}
