/* metadata.h - the rows behind the store, one function a question.
 *
 * A change belongs to a transaction: begin, changes, commit. Savepoints let one change of several
 * in a transaction fail alone. Errors that a user causes (exists, not found) carry Elasticsearch's
 * text. Thread: one at a time; the loop while opening and closing, the pool in between. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_METADATA_H
#define INFERD_STORE_METADATA_H

#include "inferd/store.h"

#define INF_NAME_SIZE 23 /* 22 characters of base64url: 128 random bits */

struct inf_etcd_pairs;
struct inf_metadata;

/* Pointers in rows are valid for the time of the callback. */
struct inf_model_row {
    int64_t number; /* never used twice, also not after a delete */
    const char *model_id;
    const char *config;
    int64_t create_time_ms;
    bool has_vocabulary;
    bool assembled; /* models/<number>/definition.pt has this length and hash */
    int64_t definition_length;
    uint8_t sha256[INF_SHA256_SIZE];
    uint8_t vocabulary_sha256[INF_SHA256_SIZE]; /* when has_vocabulary; zero: never computed */
};

struct inf_part_row {
    int part;
    int total_parts;
    int64_t total_length;
    int64_t length;
    uint8_t sha256[INF_SHA256_SIZE];
};

/* path: inferd.db, existing or empty. */
int inf_metadata_open(const char *path, struct inf_metadata **ret, struct inf_error *err);
void inf_metadata_close(struct inf_metadata *metadata); /* NULL is fine */

int inf_metadata_begin(struct inf_metadata *metadata, struct inf_error *err);
/* Durable, or undone. Undone may be in doubt: when the log was written but could not be synced, a
 * crash could bring the change back, until something else is written in its place. That is tried at
 * once and before each transaction. */
int inf_metadata_commit(struct inf_metadata *metadata, struct inf_error *err);
bool inf_metadata_in_doubt(const struct inf_metadata *metadata);
/* Tries to end the doubt; outside of a transaction. 0: there is none, or none any more. */
int inf_metadata_settle(struct inf_metadata *metadata);
void inf_metadata_rollback(struct inf_metadata *metadata);
/* Commits where rc is 0; else it rolls back, and err is the caller's. 0, or -1. */
int inf_metadata_end(struct inf_metadata *metadata, int rc, struct inf_error *err);
int inf_metadata_savepoint(struct inf_metadata *metadata, struct inf_error *err);
/* Ends the savepoint, keeping or undoing what came after it. -1: the whole transaction is lost. */
int inf_metadata_end_savepoint(struct inf_metadata *metadata, bool keep);

/* The random name stored under key, made at the first call. Inside a transaction. */
int inf_metadata_name(struct inf_metadata *metadata, const char *key, char name[INF_NAME_SIZE],
                      struct inf_error *err);

/* The name stored under key, which is text as above, is this one from now on; NULL: there is none.
 * Inside a transaction. */
int inf_metadata_set_name(struct inf_metadata *metadata, const char *key, const char *name,
                          struct inf_error *err);
/* "" when there is none. */
int inf_metadata_find_name(struct inf_metadata *metadata, const char *key, char name[INF_NAME_SIZE],
                           struct inf_error *err);

/* Until it is called with NULL, each change of a row that belongs to the whole cluster is added to
 * `to`, as it stands in etcd (row_text.h). Of a row that is changed twice the later one counts. */
void inf_metadata_record(struct inf_metadata *metadata, struct inf_etcd_pairs *to);

/* ---- what a user reads when a row is missing or there already; they return -1 ---- */
int inf_metadata_no_model(const char *model_id, struct inf_error *err);
int inf_metadata_unknown_model(const char *model_id, struct inf_error *err); /* of a start */

/* ---- models ---- */
int inf_metadata_insert_model(struct inf_metadata *metadata, const char *model_id,
                              const char *config, int64_t create_time_ms, int64_t *ret_number,
                              struct inf_error *err);
/* NOT_FOUND "Could not find trained model [x]". */
int inf_metadata_find_model(struct inf_metadata *metadata, const char *model_id,
                            int64_t *ret_number, struct inf_error *err);
/* With its parts, vocabulary and deployments. */
int inf_metadata_delete_model(struct inf_metadata *metadata, int64_t number, struct inf_error *err);
/* Of one model by its id; 1: there is one, 0: there is none, -1 with err. visit as below. */
int inf_metadata_visit_model(struct inf_metadata *metadata, const char *model_id,
                             void (*visit)(void *arg, const struct inf_model_row *row), void *arg,
                             struct inf_error *err);
int inf_metadata_each_model(struct inf_metadata *metadata,
                            void (*visit)(void *arg, const struct inf_model_row *row), void *arg,
                            struct inf_error *err);

/* ---- parts and definitions ---- */
/* *ret_stored: the very same part is stored. ALREADY_EXISTS with Elasticsearch's text when it is
 * stored with other content. */
int inf_metadata_compare_part(struct inf_metadata *metadata, int64_t number, const char *model_id,
                              const struct inf_part_row *row, bool *ret_stored,
                              struct inf_error *err);
int inf_metadata_insert_part(struct inf_metadata *metadata, int64_t number,
                             const struct inf_part_row *row, struct inf_error *err);
int inf_metadata_delete_part(struct inf_metadata *metadata, int64_t number, int part,
                             struct inf_error *err);
/* All parts of a model by part; *ret is malloc'ed and the caller's, also when empty. */
int inf_metadata_parts(struct inf_metadata *metadata, int64_t number, struct inf_part_row **ret,
                       size_t *ret_count, struct inf_error *err);
/* *ret: every part is there, all agree on the totals, the lengths add up, and nothing was
 * assembled. */
int inf_metadata_ready_to_assemble(struct inf_metadata *metadata, int64_t number, bool *ret,
                                   struct inf_error *err);
/* sha256 NULL: not assembled (any more). */
int inf_metadata_set_definition(struct inf_metadata *metadata, int64_t number, int64_t length,
                                const uint8_t *sha256, struct inf_error *err);

/* ---- vocabularies ---- */
/* Fine when the very same text is stored; ALREADY_EXISTS when another one is. */
int inf_metadata_put_vocabulary(struct inf_metadata *metadata, int64_t number, const char *model_id,
                                const char *text, size_t length, struct inf_error *err);
/* There is a vocabulary with this hash, its text on another node. */
int inf_metadata_set_vocabulary(struct inf_metadata *metadata, int64_t number,
                                const uint8_t sha256[INF_SHA256_SIZE], struct inf_error *err);
/* *ret is malloc'ed, NUL-terminated beyond its length, and the caller's. */
int inf_metadata_read_vocabulary(struct inf_metadata *metadata, const char *model_id, char **ret,
                                 size_t *ret_length, struct inf_error *err);

/* ---- deployments ---- */
int inf_metadata_put_deployment(struct inf_metadata *metadata, const char *deployment_id,
                                const char *model_id, const char *params, bool replace,
                                struct inf_error *err);
int inf_metadata_delete_deployment(struct inf_metadata *metadata, const char *deployment_id,
                                   struct inf_error *err);
int inf_metadata_each_deployment(struct inf_metadata *metadata,
                                 void (*visit)(void *arg, const struct inf_stored_deployment *row),
                                 void *arg, struct inf_error *err);

/* ---- objects ---- */
int inf_metadata_alias_is_model(struct inf_error *err); /* texts, as above */
int inf_metadata_model_is_alias(const char *model_id, struct inf_error *err);
/* 1: there is one, 0: there is none, -1 with err. */
int inf_metadata_has_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                            const char *id, struct inf_error *err);
/* 1: it has this text, or with text NULL: there is none. 0: it is otherwise; -1 with err. */
int inf_metadata_object_is(struct inf_metadata *metadata, enum inf_object_kind kind, const char *id,
                           const char *text, struct inf_error *err);
/* Also fails for an alias that is the id of a model, as inf_metadata_insert_model does for an id
 * that is an alias. */
int inf_metadata_put_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                            const struct inf_object *object, bool replace, struct inf_error *err);
int inf_metadata_delete_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                               const char *id, struct inf_error *err);
int inf_metadata_each_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                             void (*visit)(void *arg, const struct inf_object *row), void *arg,
                             struct inf_error *err);

#endif
