/* blob.h - one file on its way into a model's folder: written, hashed, synced, renamed.
 *
 * The way is begin, write.., sync, place, keep. Until keep, inf_blob_discard removes whatever is on
 * disk, under its temporary or its final name, so every failure has the same one line of clean-up.
 *
 * Thread: one at a time; begin and write run on the loop, the rest on the pool.
 * Owns:   its descriptor and its file until keep. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_BLOB_H
#define INFERD_STORE_BLOB_H

#include "data_dir.h"
#include "inferd/store.h"

#define INF_BLOB_NAME 32
#define INF_DEFINITION_FILE "definition.pt"

struct evp_md_ctx_st;

struct inf_blob {
    const struct inf_data_dir *dir; /* NULL: nothing to discard */
    const char *what;               /* for error texts: "the definition part" */
    int fd;
    int failure;    /* errno of a failed write: such a file is never placed */
    int64_t number; /* of the model's folder once placed, else 0 */
    char name[INF_BLOB_NAME];
    int64_t length;
    struct evp_md_ctx_st *hash; /* of the bytes written so far */
};

/* Creates tmp/<name>; `what` is a string literal. On failure there is nothing to discard. */
int inf_blob_begin(struct inf_blob *blob, const struct inf_data_dir *dir, const char *name,
                   const char *what, struct inf_error *err);
/* Appends and hashes. A failure is remembered and makes inf_blob_sync fail too. */
int inf_blob_write(struct inf_blob *blob, const void *data, size_t length, struct inf_error *err);
/* Counts and hashes bytes that were brought into the file by other means (copy_file_range). */
void inf_blob_account(struct inf_blob *blob, const void *data, size_t length);
/* The content is on disk, its SHA-256 in sha256. No write may follow. */
int inf_blob_sync(struct inf_blob *blob, uint8_t sha256[INF_SHA256_SIZE], struct inf_error *err);
/* Renames it to models/<number>/<name>; durable on return. A file of that name, which no row can be
 * naming, is replaced. */
int inf_blob_place(struct inf_blob *blob, int64_t number, const char *name, struct inf_error *err);
void inf_blob_keep(struct inf_blob *blob);    /* closes; the file stays */
void inf_blob_discard(struct inf_blob *blob); /* closes, removes; fine after keep and when zeroed */

const char *inf_blob_part_name(int part, char name[INF_BLOB_NAME]); /* "part-<n>" */
/* Opens models/<number>/<name> read-only. Not a regular file, or another length than expected: an
 * error that says so. The caller closes *ret_fd. */
int inf_blob_open(const struct inf_data_dir *dir, int64_t number, const char *name,
                  int64_t expected_length, int *ret_fd, struct inf_error *err);
/* *ret: models/<number>/<name> is a regular file of that length. -1 only when that cannot be found
 * out. */
int inf_blob_exists(const struct inf_data_dir *dir, int64_t number, const char *name,
                    int64_t expected_length, bool *ret, struct inf_error *err);
/* Removes models/<number>/<name>; absent is fine, other failures are logged. */
void inf_blob_remove(const struct inf_data_dir *dir, int64_t number, const char *name);

#endif
