/* statements.h - the prepared statements behind metadata.h and how one is run.
 *
 * Private to metadata.c (open, transactions, names) and metadata_*.c (one function a question).
 * The way is use, bind, then change, or next.. and done. Thread: as metadata.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_STATEMENTS_H
#define INFERD_STORE_STATEMENTS_H

#include "metadata.h"
#include <sqlite3.h>

enum inf_statement {
    INF_SQL_BEGIN,
    INF_SQL_COMMIT,
    INF_SQL_ROLLBACK,
    INF_SQL_SAVEPOINT,
    INF_SQL_ROLLBACK_TO,
    INF_SQL_RELEASE,
    INF_SQL_FIND_NAME,
    INF_SQL_PUT_NAME,
    INF_SQL_DELETE_NAME,
    INF_SQL_COUNT_DOUBT,
    INF_SQL_INSERT_MODEL,
    INF_SQL_FIND_MODEL,
    INF_SQL_DELETE_MODEL,
    INF_SQL_LIST_MODELS,
    INF_SQL_READ_MODEL,
    INF_SQL_READ_MODEL_BY_ID,
    INF_SQL_FIND_PART,
    INF_SQL_INSERT_PART,
    INF_SQL_DELETE_PART,
    INF_SQL_LIST_PARTS,
    INF_SQL_SUM_PARTS,
    INF_SQL_SET_DEFINITION,
    INF_SQL_INSERT_VOCABULARY,
    INF_SQL_FIND_VOCABULARY,
    INF_SQL_READ_VOCABULARY,
    INF_SQL_SET_VOCABULARY,
    INF_SQL_PUT_DEPLOYMENT,
    INF_SQL_DELETE_DEPLOYMENT,
    INF_SQL_LIST_DEPLOYMENTS,
    INF_SQL_DEPLOYMENTS_OF_MODEL,
    INF_SQL_FIND_OBJECT,
    INF_SQL_OBJECT_IS,
    INF_SQL_PUT_OBJECT,
    INF_SQL_DELETE_OBJECT,
    INF_SQL_LIST_OBJECTS,
    INF_SQL_OBJECTS_OF_MODEL,
    INF_SQL_COUNT
};

struct inf_metadata {
    sqlite3 *db;
    sqlite3_stmt *statements[INF_SQL_COUNT];
    struct inf_etcd_pairs *recording; /* where changes are noted down; NULL: nowhere */
    bool in_doubt; /* a commit failed, and its frames may still stand at the end of the log */
};

/* All of them; on failure the ones that were made are still to be finalized. */
int inf_statements_prepare(struct inf_metadata *metadata, struct inf_error *err);
void inf_statements_finalize(struct inf_metadata *metadata);

/* The statement, reset and without bindings. */
sqlite3_stmt *inf_statement_use(struct inf_metadata *metadata, enum inf_statement which);
/* Text is borrowed until the statement is done. */
void inf_statement_bind_text(sqlite3_stmt *statement, int at, const char *text);
/* Runs a change to its end and resets; action is for the error text: "write". */
int inf_statement_change(struct inf_metadata *metadata, sqlite3_stmt *statement, const char *action,
                         struct inf_error *err);
/* Steps a query. 1: a row, 0: no more rows, -1 with err. End with inf_statement_done. */
int inf_statement_next(struct inf_metadata *metadata, sqlite3_stmt *statement,
                       struct inf_error *err);
void inf_statement_done(sqlite3_stmt *statement);
/* Columns of the present row. Text is valid until the next step; NULL reads as "". */
const char *inf_statement_text(sqlite3_stmt *statement, int column);
/* False for NULL and for anything that is no SHA-256. */
bool inf_statement_sha256(sqlite3_stmt *statement, int column, uint8_t sha256[INF_SHA256_SIZE]);

/* Of the present row, which is one of a model's. */
void inf_statement_visit_model(sqlite3_stmt *statement,
                               void (*visit)(void *arg, const struct inf_model_row *row),
                               void *arg);

/* ---- metadata_record.c: what changes is noted down, where that was asked for ---- */
void inf_recording_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                          const struct inf_object *object);
void inf_recording_no_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                             const char *id);
void inf_recording_deployment(struct inf_metadata *metadata, const char *deployment_id,
                              const char *model_id, const char *params);
void inf_recording_no_deployment(struct inf_metadata *metadata, const char *deployment_id);
/* These read what there is: a model and part after the change, what goes with a model before it. */
int inf_recording_model(struct inf_metadata *metadata, int64_t number, struct inf_error *err);
int inf_recording_part(struct inf_metadata *metadata, int64_t number,
                       const struct inf_part_row *row, struct inf_error *err);
int inf_recording_no_model(struct inf_metadata *metadata, int64_t number, struct inf_error *err);

#endif
