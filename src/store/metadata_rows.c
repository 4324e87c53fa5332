/* metadata_rows.c - one function a question: models, parts, vocabularies, deployments.
 *
 * A change that a user can get wrong (exists, missing) sets Elasticsearch's text here, where the
 * row is seen, and nowhere above. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"
#include "inferd/alloc.h"
#include "statements.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int inf_metadata_no_model(const char *model_id, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_NOT_FOUND, "Could not find trained model [%s]", model_id);
}

int inf_metadata_unknown_model(const char *model_id, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_NOT_FOUND, "No known trained model with model_id [%s]",
                         model_id);
}

/* ---- models ---- */

int inf_metadata_insert_model(struct inf_metadata *metadata, const char *model_id,
                              const char *config, int64_t create_time_ms, int64_t *ret_number,
                              struct inf_error *err)
{
    int alias = inf_metadata_has_object(metadata, INF_OBJECT_ALIAS, model_id, err);
    if (alias != 0) {
        return alias < 0 ? -1 : inf_metadata_model_is_alias(model_id, err);
    }
    sqlite3_stmt *insert = inf_statement_use(metadata, INF_SQL_INSERT_MODEL);
    inf_statement_bind_text(insert, 1, model_id);
    inf_statement_bind_text(insert, 2, config);
    sqlite3_bind_int64(insert, 3, create_time_ms);
    if (inf_statement_change(metadata, insert, "write", err) != 0) {
        if (sqlite3_errcode(metadata->db) == SQLITE_CONSTRAINT) {
            return inf_error_set(err, INF_ERR_ALREADY_EXISTS,
                                 "Trained machine learning model [%s] already exists", model_id);
        }
        return -1;
    }
    *ret_number = sqlite3_last_insert_rowid(metadata->db);
    return inf_recording_model(metadata, *ret_number, err);
}

int inf_metadata_find_model(struct inf_metadata *metadata, const char *model_id,
                            int64_t *ret_number, struct inf_error *err)
{
    sqlite3_stmt *find = inf_statement_use(metadata, INF_SQL_FIND_MODEL);
    inf_statement_bind_text(find, 1, model_id);
    int found = inf_statement_next(metadata, find, err);
    if (found == 1) {
        *ret_number = sqlite3_column_int64(find, 0);
    }
    inf_statement_done(find);
    if (found == 0) {
        return inf_metadata_no_model(model_id, err);
    }
    return found < 0 ? -1 : 0;
}

int inf_metadata_delete_model(struct inf_metadata *metadata, int64_t number, struct inf_error *err)
{
    if (inf_recording_no_model(metadata, number, err) != 0) {
        return -1;
    }
    sqlite3_stmt *delete = inf_statement_use(metadata, INF_SQL_DELETE_MODEL);
    sqlite3_bind_int64(delete, 1, number);
    return inf_statement_change(metadata, delete, "write", err);
}

void inf_statement_visit_model(sqlite3_stmt *statement,
                               void (*visit)(void *arg, const struct inf_model_row *row), void *arg)
{
    struct inf_model_row row = {
        .number = sqlite3_column_int64(statement, 0),
        .model_id = inf_statement_text(statement, 1),
        .config = inf_statement_text(statement, 2),
        .create_time_ms = sqlite3_column_int64(statement, 3),
        .definition_length = sqlite3_column_int64(statement, 4),
        .has_vocabulary = sqlite3_column_int(statement, 6) != 0,
    };
    row.assembled = inf_statement_sha256(statement, 5, row.sha256);
    (void)inf_statement_sha256(statement, 7, row.vocabulary_sha256);
    visit(arg, &row);
}

int inf_metadata_each_model(struct inf_metadata *metadata,
                            void (*visit)(void *arg, const struct inf_model_row *row), void *arg,
                            struct inf_error *err)
{
    sqlite3_stmt *list = inf_statement_use(metadata, INF_SQL_LIST_MODELS);
    int found;
    while ((found = inf_statement_next(metadata, list, err)) == 1) {
        inf_statement_visit_model(list, visit, arg);
    }
    inf_statement_done(list);
    return found;
}

int inf_metadata_visit_model(struct inf_metadata *metadata, const char *model_id,
                             void (*visit)(void *arg, const struct inf_model_row *row), void *arg,
                             struct inf_error *err)
{
    sqlite3_stmt *read = inf_statement_use(metadata, INF_SQL_READ_MODEL_BY_ID);
    inf_statement_bind_text(read, 1, model_id);
    int found = inf_statement_next(metadata, read, err);
    if (found == 1) {
        inf_statement_visit_model(read, visit, arg);
    }
    inf_statement_done(read);
    return found;
}

/* ---- parts and definitions ---- */

static void bind_part(sqlite3_stmt *statement, int64_t number, const struct inf_part_row *row)
{
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_int(statement, 2, row->part);
    sqlite3_bind_int(statement, 3, row->total_parts);
    sqlite3_bind_int64(statement, 4, row->total_length);
    sqlite3_bind_int64(statement, 5, row->length);
    sqlite3_bind_blob(statement, 6, row->sha256, INF_SHA256_SIZE, SQLITE_STATIC);
}

/* Runs `find`, whose one column tells whether what is stored is the same. 1: it is, 0: nothing is
 * stored, -1 with err, `exists` when something else is. */
static int compare_stored(struct inf_metadata *metadata, sqlite3_stmt *find,
                          const struct inf_error *exists, struct inf_error *err)
{
    int found = inf_statement_next(metadata, find, err);
    bool same = found == 1 && sqlite3_column_int(find, 0) != 0;
    inf_statement_done(find);
    if (found == 1 && !same) {
        *err = *exists;
        return -1;
    }
    return found;
}

int inf_metadata_compare_part(struct inf_metadata *metadata, int64_t number, const char *model_id,
                              const struct inf_part_row *row, bool *ret_stored,
                              struct inf_error *err)
{
    struct inf_error exists;
    inf_error_set(&exists, INF_ERR_ALREADY_EXISTS,
                  "Trained machine learning model chunked doc [%s][%d] already exists", model_id,
                  row->part);
    sqlite3_stmt *find = inf_statement_use(metadata, INF_SQL_FIND_PART);
    bind_part(find, number, row);
    int found = compare_stored(metadata, find, &exists, err);
    *ret_stored = found == 1;
    return found < 0 ? -1 : 0;
}

int inf_metadata_insert_part(struct inf_metadata *metadata, int64_t number,
                             const struct inf_part_row *row, struct inf_error *err)
{
    sqlite3_stmt *insert = inf_statement_use(metadata, INF_SQL_INSERT_PART);
    bind_part(insert, number, row);
    return inf_statement_change(metadata, insert, "write", err) != 0
               ? -1
               : inf_recording_part(metadata, number, row, err);
}

int inf_metadata_delete_part(struct inf_metadata *metadata, int64_t number, int part,
                             struct inf_error *err)
{
    sqlite3_stmt *delete = inf_statement_use(metadata, INF_SQL_DELETE_PART);
    sqlite3_bind_int64(delete, 1, number);
    sqlite3_bind_int(delete, 2, part);
    return inf_statement_change(metadata, delete, "write", err);
}

int inf_metadata_parts(struct inf_metadata *metadata, int64_t number, struct inf_part_row **ret,
                       size_t *ret_count, struct inf_error *err)
{
    struct inf_part_row *rows = NULL;
    size_t count = 0, capacity = 0;
    sqlite3_stmt *list = inf_statement_use(metadata, INF_SQL_LIST_PARTS);
    sqlite3_bind_int64(list, 1, number);
    int found;
    while ((found = inf_statement_next(metadata, list, err)) == 1) {
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            rows = inf_realloc(rows, capacity, sizeof *rows);
        }
        rows[count] = (struct inf_part_row){
            .part = sqlite3_column_int(list, 0),
            .total_parts = sqlite3_column_int(list, 1),
            .total_length = sqlite3_column_int64(list, 2),
            .length = sqlite3_column_int64(list, 3),
        };
        if (!inf_statement_sha256(list, 4, rows[count].sha256)) {
            found = inf_error_set(err, INF_ERR_IO, "a stored part's SHA-256 is damaged");
            break;
        }
        count++;
    }
    inf_statement_done(list);
    if (found < 0) {
        free(rows);
        return -1;
    }
    *ret = rows;
    *ret_count = count;
    return 0;
}

int inf_metadata_ready_to_assemble(struct inf_metadata *metadata, int64_t number, bool *ret,
                                   struct inf_error *err)
{
    sqlite3_stmt *sum = inf_statement_use(metadata, INF_SQL_SUM_PARTS);
    sqlite3_bind_int64(sum, 1, number);
    int found = inf_statement_next(metadata, sum, err);
    *ret = found == 1 && sqlite3_column_int(sum, 0) == 1; /* NULL, without any part, reads as 0 */
    inf_statement_done(sum);
    return found < 0 ? -1 : 0;
}

int inf_metadata_set_definition(struct inf_metadata *metadata, int64_t number, int64_t length,
                                const uint8_t *sha256, struct inf_error *err)
{
    sqlite3_stmt *set = inf_statement_use(metadata, INF_SQL_SET_DEFINITION);
    sqlite3_bind_int64(set, 1, number);
    if (sha256) {
        sqlite3_bind_int64(set, 2, length);
        sqlite3_bind_blob(set, 3, sha256, INF_SHA256_SIZE, SQLITE_STATIC);
    }
    return inf_statement_change(metadata, set, "write", err) != 0
               ? -1
               : inf_recording_model(metadata, number, err);
}

/* ---- vocabularies ---- */

static sqlite3_stmt *use_vocabulary(struct inf_metadata *metadata, enum inf_statement which,
                                    int64_t number, const char *text, size_t length)
{
    sqlite3_stmt *statement = inf_statement_use(metadata, which);
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_text64(statement, 2, text, length, SQLITE_STATIC, SQLITE_UTF8);
    return statement;
}

/* The hash of the vocabulary that a model has, here or on another node. */
struct known_vocabulary {
    bool there;
    uint8_t sha256[INF_SHA256_SIZE];
};

static void see_vocabulary(void *arg, const struct inf_model_row *row)
{
    struct known_vocabulary *known = arg;
    known->there = row->has_vocabulary;
    memcpy(known->sha256, row->vocabulary_sha256, INF_SHA256_SIZE);
}

/* Its text is not here. Another node may have it: then it has to be the same. */
static int insert_vocabulary(struct inf_metadata *metadata, int64_t number, const char *model_id,
                             const char *text, size_t length, const struct inf_error *exists,
                             struct inf_error *err)
{
    struct known_vocabulary known = {.there = false};
    uint8_t sha256[INF_SHA256_SIZE];
    if (EVP_Digest(text, length, sha256, NULL, EVP_sha256(), NULL) != 1) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for a vocabulary's SHA-256");
    }
    if (inf_metadata_visit_model(metadata, model_id, see_vocabulary, &known, err) < 0) {
        return -1;
    }
    if (known.there && memcmp(known.sha256, sha256, sizeof sha256) != 0) {
        *err = *exists;
        return -1;
    }
    if (inf_statement_change(
            metadata, use_vocabulary(metadata, INF_SQL_INSERT_VOCABULARY, number, text, length),
            "write", err) != 0) {
        return -1;
    }
    return known.there ? 0 : inf_metadata_set_vocabulary(metadata, number, sha256, err);
}

int inf_metadata_put_vocabulary(struct inf_metadata *metadata, int64_t number, const char *model_id,
                                const char *text, size_t length, struct inf_error *err)
{
    struct inf_error exists;
    inf_error_set(&exists, INF_ERR_ALREADY_EXISTS,
                  "Trained machine learning model vocabulary [%s] already exists", model_id);
    int found = compare_stored(
        metadata, use_vocabulary(metadata, INF_SQL_FIND_VOCABULARY, number, text, length), &exists,
        err);
    if (found != 0) {
        return found < 0 ? -1 : 0;
    }
    return insert_vocabulary(metadata, number, model_id, text, length, &exists, err);
}

int inf_metadata_set_vocabulary(struct inf_metadata *metadata, int64_t number,
                                const uint8_t sha256[INF_SHA256_SIZE], struct inf_error *err)
{
    sqlite3_stmt *set = inf_statement_use(metadata, INF_SQL_SET_VOCABULARY);
    sqlite3_bind_int64(set, 1, number);
    sqlite3_bind_blob(set, 2, sha256, INF_SHA256_SIZE, SQLITE_STATIC);
    return inf_statement_change(metadata, set, "write", err) != 0
               ? -1
               : inf_recording_model(metadata, number, err);
}

/* Asked when there is no text here. */
static bool is_elsewhere(struct inf_metadata *metadata, const char *model_id)
{
    struct known_vocabulary known = {.there = false};
    struct inf_error ignored;
    return inf_metadata_visit_model(metadata, model_id, see_vocabulary, &known, &ignored) == 1 &&
           known.there;
}

int inf_metadata_read_vocabulary(struct inf_metadata *metadata, const char *model_id, char **ret,
                                 size_t *ret_length, struct inf_error *err)
{
    sqlite3_stmt *read = inf_statement_use(metadata, INF_SQL_READ_VOCABULARY);
    inf_statement_bind_text(read, 1, model_id);
    int rc = inf_statement_next(metadata, read, err);
    if (rc == 1) {
        const char *text = inf_statement_text(read, 0);
        size_t length = (size_t)sqlite3_column_bytes(read, 0);
        char *copy = malloc(length + 1);
        if (copy) {
            memcpy(copy, text, length);
            copy[length] = '\0';
            *ret = copy;
            *ret_length = length;
        }
        rc = copy ? 0 : inf_error_set(err, INF_ERR_MEMORY, "no memory for a vocabulary");
    } else if (rc == 0 && is_elsewhere(metadata, model_id)) {
        rc = inf_error_set(err, INF_ERR_UNAVAILABLE,
                           "the vocabulary of model [%s] is not on this node", model_id);
    } else if (rc == 0) {
        /* compatibility 8.1: the trailing blank is Elasticsearch's. */
        rc = inf_error_set(err, INF_ERR_NOT_FOUND,
                           "[%s] Could not find vocabulary document [%s_vocabulary] for model ",
                           model_id, model_id);
    }
    inf_statement_done(read);
    return rc;
}

/* ---- deployments ---- */

int inf_metadata_put_deployment(struct inf_metadata *metadata, const char *deployment_id,
                                const char *model_id, const char *params, bool replace,
                                struct inf_error *err)
{
    int64_t ignored;
    if (inf_metadata_find_model(metadata, model_id, &ignored, err) != 0) {
        return err->code == INF_ERR_NOT_FOUND ? inf_metadata_unknown_model(model_id, err) : -1;
    }
    sqlite3_stmt *put = inf_statement_use(metadata, INF_SQL_PUT_DEPLOYMENT);
    inf_statement_bind_text(put, 1, deployment_id);
    inf_statement_bind_text(put, 2, model_id);
    inf_statement_bind_text(put, 3, params);
    sqlite3_bind_int(put, 4, replace);
    if (inf_statement_change(metadata, put, "write", err) != 0) {
        return -1;
    }
    if (sqlite3_changes(metadata->db) == 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Could not start model deployment because an existing deployment with "
                             "the same id [%s] exist",
                             deployment_id);
    }
    inf_recording_deployment(metadata, deployment_id, model_id, params);
    return 0;
}

int inf_metadata_delete_deployment(struct inf_metadata *metadata, const char *deployment_id,
                                   struct inf_error *err)
{
    sqlite3_stmt *delete = inf_statement_use(metadata, INF_SQL_DELETE_DEPLOYMENT);
    inf_statement_bind_text(delete, 1, deployment_id);
    if (inf_statement_change(metadata, delete, "write", err) != 0) {
        return -1;
    }
    if (sqlite3_changes(metadata->db) > 0) {
        inf_recording_no_deployment(metadata, deployment_id);
    }
    return 0;
}

int inf_metadata_each_deployment(struct inf_metadata *metadata,
                                 void (*visit)(void *arg, const struct inf_stored_deployment *row),
                                 void *arg, struct inf_error *err)
{
    sqlite3_stmt *list = inf_statement_use(metadata, INF_SQL_LIST_DEPLOYMENTS);
    int found;
    while ((found = inf_statement_next(metadata, list, err)) == 1) {
        struct inf_stored_deployment row = {
            .deployment_id = inf_statement_text(list, 0),
            .model_id = inf_statement_text(list, 1),
            .params = inf_statement_text(list, 2),
        };
        visit(arg, &row);
    }
    inf_statement_done(list);
    return found;
}
