/* store_migrate.c - the state of a data directory, to etcd and back.
 *
 * To etcd: rows go up in pieces, and the cluster's name last, in the transaction that founds it;
 * without the name nobody takes them for a state. Back: the copy is brought up to date, and is none
 * any more; etcd is left as it is, since other nodes may go on with it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "blob.h"
#include "disk.h"
#include "inferd/store_shared.h"
#include "shared_inner.h"
#include "store_state.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A directory without a loop, and the client. */
struct migration {
    struct inf_disk disk;
    struct inf_etcd *etcd;
    const struct inf_etcd_settings *settings;
    char node_id[INF_NAME_SIZE], own_uuid[INF_NAME_SIZE], copy_of[INF_NAME_SIZE];
    struct inf_etcd_pairs state; /* what etcd has */
};

static int begin(struct migration *migration, const char *path, struct inf_error *err)
{
    struct inf_disk *disk = &migration->disk;
    if (inf_disk_open(disk, path, migration->node_id, migration->own_uuid, err) != 0 ||
        inf_metadata_find_name(disk->metadata, INF_NAME_CLUSTER, migration->copy_of, err) != 0) {
        return -1;
    }
    migration->etcd = inf_etcd_new(migration->settings);
    return inf_shared_list(migration->etcd, &migration->state, err);
}

static void end(struct migration *migration)
{
    inf_etcd_pairs_fini(&migration->state);
    inf_etcd_free(migration->etcd);
    inf_disk_close(&migration->disk);
}

/* The name in a transaction of its own. */
static int set_copy_of(struct migration *migration, const char *uuid, struct inf_error *err)
{
    struct inf_metadata *metadata = migration->disk.metadata;
    if (inf_metadata_begin(metadata, err) != 0) {
        return -1;
    }
    return inf_metadata_end(metadata, inf_metadata_set_name(metadata, INF_NAME_CLUSTER, uuid, err),
                            err);
}

/* ---- to etcd ---- */

/* A directory of an older version does not know the hashes of its vocabularies. */
struct unhashed {
    char *model_id;
    int64_t number;
};

static void find_unhashed(void *arg, const struct inf_model_row *row)
{
    static const uint8_t none[INF_SHA256_SIZE];
    struct unhashed *first = arg;
    if (!first->model_id && row->has_vocabulary &&
        memcmp(row->vocabulary_sha256, none, sizeof none) == 0) {
        *first = (struct unhashed){strdup(row->model_id), row->number};
    }
}

static int hash_vocabulary(struct inf_metadata *metadata, const struct unhashed *model,
                           struct inf_error *err)
{
    uint8_t sha256[INF_SHA256_SIZE];
    char *text = NULL;
    size_t length;
    int rc = inf_metadata_read_vocabulary(metadata, model->model_id, &text, &length, err);
    if (rc == 0 && EVP_Digest(text, length, sha256, NULL, EVP_sha256(), NULL) != 1) {
        rc = inf_error_set(err, INF_ERR_MEMORY, "not enough memory for a vocabulary's SHA-256");
    }
    if (rc == 0) {
        rc = inf_metadata_set_vocabulary(metadata, model->number, sha256, err);
    }
    free(text);
    return rc;
}

static int hash_vocabularies(struct inf_metadata *metadata, struct inf_error *err)
{
    int rc = 0;
    for (bool more = true; rc == 0 && more;) {
        struct unhashed model = {NULL, 0};
        rc = inf_metadata_each_model(metadata, find_unhashed, &model, err);
        more = model.model_id != NULL;
        if (rc == 0 && more) {
            rc = hash_vocabulary(metadata, &model, err);
        }
        free(model.model_id);
    }
    return rc;
}

/* What an interrupted migration left goes first; *ret_revision is of the mark that this one's the
 * state will be. */
static int clear(struct migration *migration, int64_t *ret_revision, struct inf_error *err)
{
    struct inf_etcd_txn *gone = inf_etcd_txn_new(migration->etcd);
    struct inf_etcd_txn *mark = inf_etcd_txn_new(migration->etcd);
    inf_etcd_txn_expect(gone, INF_STATE INF_STATE_UUID, 0);
    inf_etcd_txn_delete(gone, INF_STATE, true);
    inf_etcd_txn_expect(mark, INF_STATE INF_STATE_UUID, 0);
    inf_etcd_txn_put(mark, INF_STATE INF_STATE_COMMIT, migration->node_id,
                     strlen(migration->node_id), 0);
    int rc = inf_etcd_txn_commit(migration->etcd, gone, ret_revision, err);
    if (rc == 1) {
        rc = inf_etcd_txn_commit(migration->etcd, mark, ret_revision, err);
    }
    inf_etcd_txn_free(gone);
    inf_etcd_txn_free(mark);
    if (rc == 0) {
        inf_error_set(err, INF_ERR_CONFLICT, "another node has founded the cluster just now");
    }
    return rc == 1 ? 0 : -1;
}

/* As many rows from `at` on as one transaction takes; *at is the first that was left. */
static int send_some(const struct migration *migration, const struct inf_etcd_pairs *rows,
                     int64_t mark, size_t *at, struct inf_error *err)
{
    struct inf_etcd_txn *txn = inf_etcd_txn_new(migration->etcd);
    size_t bytes = 0, first = *at;
    int64_t revision;
    inf_etcd_txn_expect(txn, INF_STATE INF_STATE_COMMIT, mark);
    while (*at < rows->count && *at - first < INF_ETCD_CHANGES_MAX &&
           (*at == first || bytes + rows->items[*at].length <= INF_ETCD_BYTES_MAX)) {
        const struct inf_etcd_pair *row = &rows->items[(*at)++];
        inf_shared_add(txn, row);
        bytes += row->length;
    }
    int rc = inf_etcd_txn_commit(migration->etcd, txn, &revision, err);
    inf_etcd_txn_free(txn);
    if (rc == 0) {
        inf_error_set(err, INF_ERR_CONFLICT, "another migration to this prefix is under way");
    }
    return rc == 1 ? 0 : -1;
}

static int check_row(const struct inf_etcd_pair *row, struct inf_error *err)
{
    if (row->length <= INF_ETCD_BYTES_MAX) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                         "[%.256s] has [%zu] bytes, and an entry of a cluster's state at most "
                         "[%zu]; delete it, or make it shorter",
                         row->key, row->length, INF_ETCD_BYTES_MAX);
}

static int send_all(struct migration *migration, const struct inf_etcd_pairs *rows,
                    struct inf_error *err)
{
    int64_t mark = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (check_row(&rows->items[i], err) != 0) {
            return -1;
        }
    }
    if (clear(migration, &mark, err) != 0) {
        return -1;
    }
    for (size_t at = 0; at < rows->count;) {
        if (send_some(migration, rows, mark, &at, err) != 0) {
            return -1;
        }
    }
    int rc = inf_shared_found(migration->etcd, &migration->disk, migration->own_uuid, mark, err);
    if (rc == 0) {
        inf_error_set(err, INF_ERR_CONFLICT, "another migration to this prefix is under way");
    }
    return rc == 1 ? 0 : -1;
}

static int dump(struct migration *migration, struct inf_etcd_pairs *rows, struct inf_error *err)
{
    struct inf_metadata *metadata = migration->disk.metadata;
    if (inf_metadata_begin(metadata, err) != 0) {
        return -1;
    }
    int rc = hash_vocabularies(metadata, err) != 0 ? -1 : inf_rows_dump(metadata, rows, err);
    return inf_metadata_end(metadata, rc, err);
}

static int move_to_etcd(struct migration *migration, struct inf_etcd_pairs *rows,
                        struct inf_error *err)
{
    const struct inf_etcd_pair *uuid = inf_shared_find(&migration->state, INF_STATE_UUID);
    /* This migration's last step is all that was missing. */
    bool is_there = uuid && strcmp(uuid->value, migration->own_uuid) == 0;
    if (migration->copy_of[0]) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "the data directory [%s] is a copy of cluster [%s] already",
                             migration->disk.dir.path, migration->copy_of);
    }
    if (uuid && !is_there) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "etcd has the state of cluster [%.64s] below [%s] already; a node "
                             "joins it with an empty data directory",
                             uuid->value, migration->settings->prefix);
    }
    return dump(migration, rows, err) != 0 || (!is_there && send_all(migration, rows, err) != 0) ||
                   set_copy_of(migration, migration->own_uuid, err) != 0
               ? -1
               : 0;
}

int inf_store_move_to_etcd(const char *path, const struct inf_etcd_settings *settings,
                           struct inf_buf *report, struct inf_error *err)
{
    struct migration migration = {.settings = settings};
    struct inf_etcd_pairs rows = {0};
    int rc = begin(&migration, path, err);
    if (rc == 0) {
        rc = move_to_etcd(&migration, &rows, err);
    }
    if (rc == 0) {
        inf_buf_printf(report,
                       "The state, [%zu] entries, is in etcd now, as that of cluster [%s]. Set "
                       "[cluster.state] to [etcd] before inferd starts again.\n",
                       rows.count, migration.own_uuid);
    }
    inf_etcd_pairs_fini(&rows);
    end(&migration);
    return rc;
}

/* ---- and back ---- */

/* The first model of which something is on another node only. */
struct lacking {
    struct migration *migration;
    int rc;
    struct inf_error *err;
};

static int check_parts(struct migration *migration, const struct inf_model_row *row,
                       struct inf_error *err)
{
    struct inf_part_row *parts = NULL;
    size_t count = 0;
    bool here = true;
    int rc = inf_metadata_parts(migration->disk.metadata, row->number, &parts, &count, err);
    for (size_t i = 0; i < count && rc == 0 && here; i++) {
        char name[INF_BLOB_NAME];
        rc = inf_blob_exists(&migration->disk.dir, row->number,
                             inf_blob_part_name(parts[i].part, name), parts[i].length, &here, err);
    }
    free(parts);
    return rc != 0 || here ? rc
                           : inf_error_set(err, INF_ERR_CONFLICT,
                                           "a definition part of model [%s] is not on this node",
                                           row->model_id);
}

static void check_model(void *arg, const struct inf_model_row *row)
{
    struct lacking *lacking = arg;
    struct migration *migration = lacking->migration;
    bool here = true;
    char *text = NULL;
    size_t length;
    if (lacking->rc == 0 && row->has_vocabulary) {
        lacking->rc = inf_metadata_read_vocabulary(migration->disk.metadata, row->model_id, &text,
                                                   &length, lacking->err);
        free(text);
    }
    if (lacking->rc == 0 && !row->assembled) {
        lacking->rc = check_parts(migration, row, lacking->err);
    } else if (lacking->rc == 0) {
        lacking->rc = inf_blob_exists(&migration->disk.dir, row->number, INF_DEFINITION_FILE,
                                      row->definition_length, &here, lacking->err);
        if (lacking->rc == 0 && !here) {
            lacking->rc =
                inf_error_set(lacking->err, INF_ERR_CONFLICT,
                              "the definition of model [%s] is not on this node", row->model_id);
        }
    }
}

static int check_files(struct migration *migration, struct inf_error *err)
{
    struct lacking lacking = {.migration = migration, .err = err};
    struct inf_error failure;
    if (inf_metadata_each_model(migration->disk.metadata, check_model, &lacking, &failure) != 0) {
        *err = failure;
        return -1;
    }
    if (lacking.rc != 0 && err->code != INF_ERR_IO) {
        inf_error_set(err, INF_ERR_CONFLICT,
                      "%s; move the state back on a node that has all models, or delete those that "
                      "it has not",
                      err->reason);
    }
    return lacking.rc;
}

static int move_from_etcd(struct migration *migration, size_t *ret_count, struct inf_error *err)
{
    struct inf_metadata *metadata = migration->disk.metadata;
    const struct inf_etcd_pair *uuid = inf_shared_find(&migration->state, INF_STATE_UUID);
    struct inf_row_list applied = {0};
    if (!migration->copy_of[0]) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "the data directory [%s] has a state of its own already",
                             migration->disk.dir.path);
    }
    if (!uuid || strcmp(uuid->value, migration->copy_of) != 0) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "etcd has the state of cluster [%.64s] below [%s], and the data "
                             "directory a copy of [%s]",
                             uuid ? uuid->value : "none", migration->settings->prefix,
                             migration->copy_of);
    }
    if (inf_metadata_begin(metadata, err) != 0) {
        return -1;
    }
    int rc = inf_rows_replace(metadata, &migration->state, &applied, err) != 0 ||
                     check_files(migration, err) != 0 ||
                     inf_metadata_set_name(metadata, INF_NAME_CLUSTER, NULL, err) != 0 ||
                     inf_metadata_set_name(metadata, INF_NAME_SECRET, NULL, err) != 0
                 ? -1
                 : 0;
    inf_row_list_fini(&applied);
    *ret_count = migration->state.count - 3; /* but for the name, the secret and the commit */
    return inf_metadata_end(metadata, rc, err);
}

int inf_store_move_from_etcd(const char *path, const struct inf_etcd_settings *settings,
                             struct inf_buf *report, struct inf_error *err)
{
    struct migration migration = {.settings = settings};
    size_t count = 0;
    int rc = begin(&migration, path, err);
    if (rc == 0) {
        rc = move_from_etcd(&migration, &count, err);
    }
    if (rc == 0) {
        inf_buf_printf(report,
                       "The state of cluster [%s], [%zu] entries, is this node's own now. Set "
                       "[cluster.state] to [embedded] before inferd starts again. What etcd has is "
                       "left as it is.\n",
                       migration.copy_of, count);
    }
    end(&migration);
    return rc;
}
