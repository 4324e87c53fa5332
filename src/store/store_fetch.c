/* store_fetch.c - a definition, or a part of one, that comes from elsewhere: a file like any other,
 * until it has proven to be the one that the cluster's state names. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "blob.h"
#include "inferd/alloc.h"
#include "inferd/store_shared.h"
#include "store_state.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct inf_fetch {
    struct inf_op op;
    struct inf_store *store;
    struct inf_blob blob;
    char *model_id;
    int part; /* -1: it is the whole definition */
    int64_t number, length;
    uint8_t sha256[INF_SHA256_SIZE];
    inf_store_done done;
    void *arg;
};

static int begin(struct inf_store *store, const struct inf_index_model *model,
                 struct inf_fetch **ret, int *ret_fd, struct inf_error *err)
{
    char name[INF_BLOB_NAME];
    snprintf(name, sizeof name, "fetch-%" PRIu64, store->next_temporary++);
    struct inf_fetch *fetch = inf_alloc(1, sizeof *fetch);
    if (inf_blob_begin(&fetch->blob, &store->disk.dir, name, "the definition", err) != 0) {
        free(fetch);
        return -1;
    }
    fetch->store = store;
    fetch->model_id = inf_strdup(model->view.model_id);
    fetch->number = model->number;
    *ret = fetch;
    *ret_fd = fetch->blob.fd;
    return 0;
}

int inf_store_fetch_begin(struct inf_store *store, const char *model_id, struct inf_fetch **ret,
                          int *ret_fd, struct inf_error *err)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    if (!model || !model->view.fully_defined) {
        return inf_metadata_no_model(model_id, err);
    }
    if (begin(store, model, ret, ret_fd, err) != 0) {
        return -1;
    }
    (*ret)->part = -1;
    (*ret)->length = model->definition_length;
    memcpy((*ret)->sha256, model->view.sha256, INF_SHA256_SIZE);
    return 0;
}

int inf_store_fetch_part_begin(struct inf_store *store, const char *model_id, int part,
                               struct inf_fetch **ret, int *ret_fd, struct inf_error *err)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    if (!model) {
        return inf_metadata_no_model(model_id, err);
    }
    if (begin(store, model, ret, ret_fd, err) != 0) {
        return -1;
    }
    (*ret)->part = part;
    return 0;
}

int64_t inf_store_fetch_length(const struct inf_fetch *fetch)
{
    struct stat file;
    return fstat(fetch->blob.fd, &file) == 0 ? file.st_size : 0;
}

int inf_store_fetch_resume(const struct inf_fetch *fetch)
{
    return lseek(fetch->blob.fd, 0, SEEK_END) < 0 ? -1 : fcntl(fetch->blob.fd, F_DUPFD_CLOEXEC, 0);
}

void inf_store_fetch_abort(struct inf_fetch *fetch)
{
    if (fetch) {
        inf_blob_discard(&fetch->blob);
        free(fetch->model_id);
        free(fetch);
    }
}

/* Of a part the row alone knows its length and hash. */
static int read_row(const struct inf_disk *disk, struct inf_fetch *fetch, struct inf_error *err)
{
    struct inf_part_row *rows = NULL;
    size_t count = 0;
    bool found = fetch->part < 0;
    if (!found && inf_metadata_parts(disk->metadata, fetch->number, &rows, &count, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i].part == fetch->part) {
            found = true;
            fetch->length = rows[i].length;
            memcpy(fetch->sha256, rows[i].sha256, INF_SHA256_SIZE);
        }
    }
    free(rows);
    return found ? 0
                 : inf_error_set(err, INF_ERR_NOT_FOUND, "model [%s] has no definition part [%d]",
                                 fetch->model_id, fetch->part);
}

static int check_content(const struct inf_fetch *fetch, struct inf_error *err)
{
    uint8_t sha256[INF_SHA256_SIZE];
    struct stat file;
    if (fstat(fetch->blob.fd, &file) != 0 || file.st_size != fetch->length) {
        return inf_error_set(err, INF_ERR_IO,
                             "what came of model [%s] has [%" PRId64
                             "] bytes, and its definition has "
                             "[%" PRId64 "]",
                             fetch->model_id, (int64_t)file.st_size, fetch->length);
    }
    if (inf_sha256_of_file(fetch->blob.fd, sha256, err) != 0) {
        return -1;
    }
    return memcmp(sha256, fetch->sha256, sizeof sha256) == 0
               ? 0
               : inf_error_set(err, INF_ERR_IO,
                               "what came of model [%s] has another SHA-256 than its definition",
                               fetch->model_id);
}

static int run_commit(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    struct inf_fetch *fetch = (struct inf_fetch *)base;
    uint8_t ignored[INF_SHA256_SIZE]; /* of what was written through the blob, which is nothing */
    int64_t number = 0;
    if (inf_metadata_find_model(disk->metadata, fetch->model_id, &number, err) != 0) {
        return -1;
    }
    if (number != fetch->number) {
        return inf_metadata_no_model(fetch->model_id, err);
    }
    char name[INF_BLOB_NAME] = INF_DEFINITION_FILE;
    if (fetch->part >= 0) {
        inf_blob_part_name(fetch->part, name);
    }
    return read_row(disk, fetch, err) != 0 || check_content(fetch, err) != 0 ||
                   inf_blob_sync(&fetch->blob, ignored, err) != 0 ||
                   inf_blob_place(&fetch->blob, number, name, err) != 0
               ? -1
               : 0;
}

static void undo_commit(const struct inf_disk *disk, struct inf_op *base)
{
    (void)disk;
    inf_blob_discard(&((struct inf_fetch *)base)->blob);
}

static void committed_commit(const struct inf_disk *disk, struct inf_op *base)
{
    (void)disk;
    inf_blob_keep(&((struct inf_fetch *)base)->blob);
}

static void finish_commit(struct inf_op *base, const struct inf_error *err)
{
    struct inf_fetch *fetch = (struct inf_fetch *)base;
    fetch->done(fetch->arg, err);
    inf_store_fetch_abort(fetch); /* what is kept stays */
}

void inf_store_fetch_commit(struct inf_fetch *fetch, inf_store_done done, void *arg)
{
    static const struct inf_op_type type = {.run = run_commit,
                                            .undo = undo_commit,
                                            .committed = committed_commit,
                                            .finish = finish_commit};
    fetch->op.type = &type;
    fetch->op.local = true;
    fetch->done = done;
    fetch->arg = arg;
    inf_op_queue_push(&fetch->store->queue, &fetch->op);
}
