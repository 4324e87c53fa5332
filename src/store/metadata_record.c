/* metadata_record.c - which rows a change has changed, noted down for the other nodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "row_text.h"
#include "statements.h"
#include <stdlib.h>
#include <string.h>

void inf_metadata_record(struct inf_metadata *metadata, struct inf_etcd_pairs *to)
{
    metadata->recording = to;
}

/* The pair just added replaces an earlier one of its key, since a transaction names each once. */
static void keep_latest(struct inf_etcd_pairs *pairs)
{
    struct inf_etcd_pair *latest = &pairs->items[pairs->count - 1];
    for (size_t i = 0; i + 1 < pairs->count; i++) {
        if (strcmp(pairs->items[i].key, latest->key) == 0) {
            free(pairs->items[i].key);
            free(pairs->items[i].value);
            pairs->items[i] = *latest;
            pairs->count--;
            return;
        }
    }
}

void inf_recording_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                          const struct inf_object *object)
{
    if (metadata->recording && inf_object_kind_is_shared(kind)) {
        inf_row_add_object(metadata->recording, kind, object);
        keep_latest(metadata->recording);
    }
}

void inf_recording_no_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                             const char *id)
{
    if (metadata->recording && inf_object_kind_is_shared(kind)) {
        inf_row_add_deleted_object(metadata->recording, kind, id);
        keep_latest(metadata->recording);
    }
}

void inf_recording_deployment(struct inf_metadata *metadata, const char *deployment_id,
                              const char *model_id, const char *params)
{
    if (metadata->recording) {
        const struct inf_stored_deployment row = {deployment_id, model_id, params};
        inf_row_add_deployment(metadata->recording, &row);
        keep_latest(metadata->recording);
    }
}

void inf_recording_no_deployment(struct inf_metadata *metadata, const char *deployment_id)
{
    if (metadata->recording) {
        inf_row_add_deleted_deployment(metadata->recording, deployment_id);
        keep_latest(metadata->recording);
    }
}

static void add_model(void *arg, const struct inf_model_row *row)
{
    inf_row_add_model(arg, row);
    keep_latest(arg);
}

/* Calls `add` with each row that `which` finds for a model; the recording is its argument. */
static int each_of_model(struct inf_metadata *metadata, enum inf_statement which, int64_t number,
                         void (*add)(struct inf_etcd_pairs *to, sqlite3_stmt *row),
                         struct inf_error *err)
{
    sqlite3_stmt *list = inf_statement_use(metadata, which);
    sqlite3_bind_int64(list, 1, number);
    int found;
    while ((found = inf_statement_next(metadata, list, err)) == 1) {
        add(metadata->recording, list);
    }
    inf_statement_done(list);
    return found;
}

static void add_model_row(struct inf_etcd_pairs *to, sqlite3_stmt *row)
{
    inf_statement_visit_model(row, add_model, to);
}

int inf_recording_model(struct inf_metadata *metadata, int64_t number, struct inf_error *err)
{
    if (!metadata->recording) {
        return 0;
    }
    return each_of_model(metadata, INF_SQL_READ_MODEL, number, add_model_row, err);
}

/* The id of a model, for what hangs on it. */
static void keep_id(void *arg, const struct inf_model_row *row)
{
    char **id = arg;
    *id = strdup(row->model_id);
}

static int find_id(struct inf_metadata *metadata, int64_t number, char **ret, struct inf_error *err)
{
    sqlite3_stmt *read = inf_statement_use(metadata, INF_SQL_READ_MODEL);
    sqlite3_bind_int64(read, 1, number);
    int found = inf_statement_next(metadata, read, err);
    *ret = NULL;
    if (found == 1) {
        inf_statement_visit_model(read, keep_id, ret);
    }
    inf_statement_done(read);
    return found < 0 ? -1 : 0;
}

int inf_recording_part(struct inf_metadata *metadata, int64_t number,
                       const struct inf_part_row *row, struct inf_error *err)
{
    char *id = NULL;
    if (!metadata->recording) {
        return 0;
    }
    if (find_id(metadata, number, &id, err) != 0) {
        return -1;
    }
    if (id) {
        inf_row_add_part(metadata->recording, id, row);
        keep_latest(metadata->recording);
    }
    free(id);
    return 0;
}

static void add_no_deployment(struct inf_etcd_pairs *to, sqlite3_stmt *row)
{
    inf_row_add_deleted_deployment(to, inf_statement_text(row, 0));
    keep_latest(to);
}

static void add_no_object(struct inf_etcd_pairs *to, sqlite3_stmt *row)
{
    const char *name = inf_statement_text(row, 0);
    enum inf_object_kind kind;
    if (inf_object_kind_find(name, strlen(name), &kind) && inf_object_kind_is_shared(kind)) {
        inf_row_add_deleted_object(to, kind, inf_statement_text(row, 1));
        keep_latest(to);
    }
}

int inf_recording_no_model(struct inf_metadata *metadata, int64_t number, struct inf_error *err)
{
    char *id = NULL;
    int rc = 0;
    if (!metadata->recording) {
        return 0;
    }
    if (find_id(metadata, number, &id, err) != 0) {
        return -1;
    }
    if (id) {
        inf_row_add_deleted_model(metadata->recording, id);
        keep_latest(metadata->recording);
        inf_row_add_deleted_parts(metadata->recording, id);
        rc = each_of_model(metadata, INF_SQL_DEPLOYMENTS_OF_MODEL, number, add_no_deployment,
                           err) != 0 ||
                     each_of_model(metadata, INF_SQL_OBJECTS_OF_MODEL, number, add_no_object,
                                   err) != 0
                 ? -1
                 : 0;
    }
    free(id);
    return rc;
}
