/* store.h - what survives: models, definition parts, vocabularies, deployments, in one directory.
 *
 * Metadata is SQLite (WAL, synchronous=FULL), definitions are files. An operation's callback runs
 * only after its effect is on disk, so whatever was acknowledged survives kill -9 and power loss; a
 * half-finished upload is visible as such and nothing else is ever half-visible. At open, temporary
 * files are removed and a definition whose parts are all there but was not assembled is assembled.
 *
 * Thread: loop only. Mutations are queued and run on libuv's pool in their order; the index is
 *         changed on the loop, right before the callback, so a getter never shows what is not on
 *         disk. A callback never runs before the call that it belongs to returns.
 * Owns:   everything it returns (borrowed until the next mutation of that model).
 * Bound:  1024 waiting operations with 256 MiB of text; one more fails with QUEUE_FULL (429).
 * Errors: a full disk, quota or file size limit is INSUFFICIENT_STORAGE (507), other I/O is IO; the
 *         store goes on. The process has to ignore SIGXFSZ, else a file size limit ends it.
 * Layout: <path.data>/inferd.db, <path.data>/models/<number>/part-<n>, .../definition.pt, and tmp/
 *         for files on their way in. The number is the store's own; no path is ever made from a
 *         client's string. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_H
#define INFERD_STORE_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct inf_store;

#define INF_SHA256_SIZE 32

#define INF_SHA256_TEXT 65 /* in hexadecimal, with the NUL */

/* In lower case. Returns ret. Any thread, as the next two. */
const char *inf_sha256_print(const uint8_t sha256[INF_SHA256_SIZE], char ret[INF_SHA256_TEXT]);
bool inf_sha256_spelled_well(const char *text); /* 64 hexadecimal digits in lower case */
/* Of a file from its beginning to its end, by pread. 0, or -1 with IO. Blocks. */
int inf_sha256_of_file(int fd, uint8_t ret[INF_SHA256_SIZE], struct inf_error *err);
/* The same of length bytes from `from` on; of fewer, where the file ends before. */
int inf_sha256_of_range(int fd, int64_t from, int64_t length, uint8_t ret[INF_SHA256_SIZE],
                        struct inf_error *err);

struct inf_model {
    const char *model_id;
    const char *config; /* JSON text: the stored config as GET echoes it, defaults included */
    int64_t create_time_ms;
    bool has_vocabulary;
    uint8_t vocabulary_sha256[INF_SHA256_SIZE]; /* when has_vocabulary; zero: never computed */
    int parts_stored;                           /* rows of parts */
    int total_parts;                            /* of the lowest stored part; 0 when none */
    int64_t total_length;  /* total_definition_length of the lowest stored part; 0 when none */
    int64_t stored_length; /* sum of the stored parts' raw bytes */
    bool fully_defined;    /* definition.pt exists and its hash is known */
    uint8_t sha256[INF_SHA256_SIZE]; /* of definition.pt, when fully_defined */
};

struct inf_stored_deployment {
    const char *deployment_id;
    const char *model_id;
    const char *params; /* JSON text, serving's own */
};

/* err == NULL means done and durable. Runs on the loop. */
typedef void (*inf_store_done)(void *arg, const struct inf_error *err);

/* Opens or creates the directory (mode 0700), takes an exclusive lock on it, recovers, loads the
 * index. Blocks; call before the loop runs. A directory in use by another process is an error that
 * says so. */
int inf_store_open(struct uv_loop_s *loop, const char *path, struct inf_store **ret,
                   struct inf_error *err);
/* Waits for the running operation, refuses queued ones with UNAVAILABLE, closes; the callbacks run
 * before this returns. Not from within a callback of the store. Part writers have to be committed
 * or aborted before. The loop has to run once more before uv_loop_close. NULL is fine. */
void inf_store_close(struct inf_store *store);
bool inf_store_idle(const struct inf_store *store); /* nothing queued or running */

/* Stable random names made at the first open: 22 characters of base64url each. */
const char *inf_store_node_id(const struct inf_store *store);
const char *inf_store_cluster_uuid(const struct inf_store *store);

/* ---- models ---- */
const struct inf_model *inf_store_model(const struct inf_store *store, const char *model_id);
size_t inf_store_model_count(const struct inf_store *store);
const struct inf_model *inf_store_model_at(const struct inf_store *store,
                                           size_t i); /* by id, ascending */

/* ALREADY_EXISTS "Trained machine learning model [x] already exists"; BAD_REQUEST when the id is an
 * alias. config is copied. */
void inf_store_put_model(struct inf_store *store, const char *model_id, const char *config,
                         int64_t create_time_ms, inf_store_done done, void *arg);
/* 0, or what inf_store_put_model would say of an id that is an alias. Loop, index only. */
int inf_store_check_model_id(const struct inf_store *store, const char *model_id,
                             struct inf_error *err);
/* Removes model, parts, definition, vocabulary, stored deployments and objects of it. NOT_FOUND
 * "Could not find trained model [x]". */
void inf_store_delete_model(struct inf_store *store, const char *model_id, inf_store_done done,
                            void *arg);

/* ---- definition parts: streamed, never whole in memory ---- */
struct inf_part_writer; /* one part on its way in */
/* Begins a part (NOT_FOUND when the model is missing). Writes go to a temporary file. */
int inf_store_part_begin(struct inf_store *store, const char *model_id, int part,
                         struct inf_part_writer **ret, struct inf_error *err);
/* Appends raw (decoded) bytes: a page-cache write plus the running SHA-256. After a failure only
 * abort is of use: commit would fail too. */
int inf_store_part_write(struct inf_part_writer *writer, const void *data, size_t length,
                         struct inf_error *err);
void inf_store_part_abort(struct inf_part_writer *writer); /* NULL is fine; removes the file */
/* Takes the writer, also on failure. NOT_FOUND when the model was deleted meanwhile; ALREADY_EXISTS
 * "Trained machine learning model chunked doc [id][part] already exists" when the part is stored
 * with other bytes or totals; done without a change when the very same is stored. fsync, rename,
 * row; then, when every part is there and the lengths agree, the definition is assembled, hashed,
 * synced and renamed before `done` runs. */
void inf_store_part_commit(struct inf_part_writer *writer, int64_t total_definition_length,
                           int total_parts, inf_store_done done, void *arg);
/* Why _start cannot use the definition, in Elasticsearch's order (8.1 #12, #13, #14), or 0. Loop,
 * index only. */
int inf_store_definition_check(const struct inf_store *store, const char *model_id,
                               struct inf_error *err);
/* The lowest part that was not stored yet, or -1: none is missing, or it is not known how many
 * there are. */
int inf_store_first_missing_part(const struct inf_store *store, const char *model_id);
/* A read-only, close-on-exec descriptor of definition.pt; the caller closes it. */
int inf_store_open_definition(const struct inf_store *store, const char *model_id, int *ret_fd,
                              int64_t *ret_size, struct inf_error *err);

/* ---- vocabularies ---- */
/* text: the request's JSON object {"vocabulary":[..],"merges":[..],"scores":[..]}, checked by the
 * caller; copied. ALREADY_EXISTS "Trained machine learning model vocabulary [x] already exists"
 * when another text is stored; done without a change when the very same is. */
void inf_store_put_vocabulary(struct inf_store *store, const char *model_id, const char *text,
                              size_t length, inf_store_done done, void *arg);
/* Reads it back on the pool, after what was queued before; `text` is malloc'ed, NUL-terminated
 * beyond length, and the receiver's; NULL with err. NOT_FOUND with the text of a failed start
 * (compatibility 8.1). */
void inf_store_read_vocabulary(struct inf_store *store, const char *model_id,
                               void (*done)(void *arg, char *text, size_t length,
                                            const struct inf_error *err),
                               void *arg);

/* ---- deployments: the desired state ---- */
size_t inf_store_deployment_count(const struct inf_store *store);
const struct inf_stored_deployment *inf_store_deployment_at(const struct inf_store *store,
                                                            size_t i);
/* NULL: there is none of that id. */
const struct inf_stored_deployment *inf_store_deployment(const struct inf_store *store,
                                                         const char *deployment_id);
/* Inserts; replaces only if `replace`, else BAD_REQUEST with Elasticsearch's text. NOT_FOUND "No
 * known trained model with model_id [x]" when the model is gone. */
void inf_store_put_deployment(struct inf_store *store, const char *deployment_id,
                              const char *model_id, const char *params, bool replace,
                              inf_store_done done, void *arg);
void inf_store_delete_deployment(struct inf_store *store, const char *deployment_id,
                                 inf_store_done done, void *arg); /* absent is fine */

/* ---- objects: small named documents of other modules, by kind ---- */
enum inf_object_kind {
    INF_OBJECT_ALIAS,      /* id: model alias, model_id: what it stands for */
    INF_OBJECT_SETTING,    /* id: name of a setting or of a document of settings, text: its value */
    INF_OBJECT_MEMORY,     /* id: model id, text: what its worker was measured to take */
    INF_OBJECT_VETTING,    /* id: model id, text: the report on its definition */
    INF_OBJECT_APPROVAL,   /* id: SHA-256 of a definition, text: who let it pass and why */
    INF_OBJECT_USER,       /* id: user name, text: roles, password hash and what is said of them */
    INF_OBJECT_ROLE,       /* id: role name, text: its descriptor */
    INF_OBJECT_API_KEY,    /* id: the key's, text: its owner, hash and rights */
    INF_OBJECT_PIPELINE,   /* id: of an ingest pipeline, text: its definition */
    INF_OBJECT_ENDPOINT,   /* id: of an inference endpoint, text: its configuration */
    INF_OBJECT_PROOF,      /* id: SHA-256 of a definition, text: what was proven of it */
    INF_OBJECT_ASSIGNMENT, /* id: deployment id, text: which nodes run how much of it */
    INF_OBJECT_COST,       /* id: that and threads, text: what forwards of so many tokens take */
    INF_OBJECT_FIT,        /* id: SHA-256 and precision, text: how a model was fitted to it */
    INF_OBJECT_KINDS
};

struct inf_object {
    const char *id;
    const char *model_id; /* the object goes when this model is deleted; NULL: it belongs to none */
    const char *text;     /* its owner's own, usually JSON; never NULL */
};

const struct inf_object *inf_store_object(const struct inf_store *store, enum inf_object_kind kind,
                                          const char *id); /* NULL: there is none */
size_t inf_store_object_count(const struct inf_store *store, enum inf_object_kind kind);
const struct inf_object *inf_store_object_at(const struct inf_store *store,
                                             enum inf_object_kind kind,
                                             size_t i); /* by id, ascending */
/* Inserts; replaces only if `replace`, else ALREADY_EXISTS (checked where it is written, so of two
 * at once one fails). Strings are copied; model_id may be NULL; NOT_FOUND "No known trained model
 * with model_id [x]" when it is gone. An alias that is the id of a model is a BAD_REQUEST. */
void inf_store_put_object(struct inf_store *store, enum inf_object_kind kind,
                          const struct inf_object *object, bool replace, inf_store_done done,
                          void *arg);
/* The same, replacing what inf_store_object shows at this moment, be it that there is none;
 * CONFLICT when it is another by the time of writing: of a cluster's nodes another was faster. */
void inf_store_swap_object(struct inf_store *store, enum inf_object_kind kind,
                           const struct inf_object *object, inf_store_done done, void *arg);
void inf_store_delete_object(struct inf_store *store, enum inf_object_kind kind, const char *id,
                             inf_store_done done, void *arg); /* absent is fine */

#endif
