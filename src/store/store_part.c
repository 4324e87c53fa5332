/* store_part.c - definition parts on their way in, and the definition on its way out.
 *
 * A part is bound to the number of the model that it was begun for. When that model is deleted in
 * the meantime, the commit finds no row of that number and fails, also when a new model has the
 * same id.
 *
 * A client whose connection broke cannot know whether its part arrived and sends it again. What is
 * stored already is recognized by its SHA-256 and acknowledged without a change. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "assemble.h"
#include "inferd/alloc.h"
#include "store_gather.h"
#include "store_state.h"
#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct inf_part_writer {
    struct inf_op op; /* used by commit */
    struct inf_store *store;
    char *model_id;
    int64_t number;
    struct inf_blob blob;
    struct inf_part_row row;
    struct inf_blob definition; /* when this part completes it */
    uint8_t definition_sha256[INF_SHA256_SIZE];
    bool synced;   /* and hashed, which is done once */
    bool repeated; /* the very same part was stored before */
    bool assembled;
    inf_store_done done;
    void *arg;
};

int inf_store_part_begin(struct inf_store *store, const char *model_id, int part,
                         struct inf_part_writer **ret, struct inf_error *err)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    if (!model) {
        return inf_metadata_no_model(model_id, err);
    }
    char name[INF_BLOB_NAME];
    snprintf(name, sizeof name, "part-%" PRIu64, store->next_temporary++);
    struct inf_part_writer *writer = inf_alloc(1, sizeof *writer);
    if (inf_blob_begin(&writer->blob, &store->disk.dir, name, "the definition part", err) != 0) {
        free(writer);
        return -1;
    }
    writer->store = store;
    writer->model_id = inf_strdup(model_id);
    writer->number = model->number;
    writer->row.part = part;
    *ret = writer;
    return 0;
}

int inf_store_part_write(struct inf_part_writer *writer, const void *data, size_t length,
                         struct inf_error *err)
{
    return inf_blob_write(&writer->blob, data, length, err);
}

void inf_store_part_abort(struct inf_part_writer *writer)
{
    if (writer) {
        inf_blob_discard(&writer->blob);
        inf_blob_discard(&writer->definition);
        free(writer->model_id);
        free(writer);
    }
}

/* ---- commit ---- */

static int check_model(const struct inf_disk *disk, const struct inf_part_writer *writer,
                       struct inf_error *err)
{
    int64_t number = 0;
    if (inf_metadata_find_model(disk->metadata, writer->model_id, &number, err) != 0) {
        return -1;
    }
    return number == writer->number ? 0 : inf_metadata_no_model(writer->model_id, err);
}

static int keep_part(const struct inf_disk *disk, struct inf_part_writer *writer,
                     struct inf_error *err)
{
    char name[INF_BLOB_NAME];
    if (writer->blob.number == 0 &&
        inf_blob_place(&writer->blob, writer->number, inf_blob_part_name(writer->row.part, name),
                       err) != 0) {
        return -1;
    }
    return inf_metadata_insert_part(disk->metadata, writer->number, &writer->row, err);
}

static int sync_part(struct inf_part_writer *writer, struct inf_error *err)
{
    if (!writer->synced && inf_blob_sync(&writer->blob, writer->row.sha256, err) != 0) {
        return -1;
    }
    writer->synced = true;
    return 0;
}

/* In a cluster parts may have gone to different nodes; then they are gathered first
 * (store_gather.c).
 */
static int assemble(const struct inf_disk *disk, struct inf_part_writer *writer,
                    struct inf_error *err)
{
    bool here = true;
    if (disk->shared && inf_gather_check(disk, writer->number, &here, err) != 0) {
        return -1;
    }
    return here ? inf_assemble_if_complete(&disk->dir, disk->metadata, writer->number,
                                           &writer->definition, writer->definition_sha256,
                                           &writer->assembled, err)
                : 0;
}

static int run_commit(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    struct inf_part_writer *writer = (struct inf_part_writer *)base;
    if (writer->assembled) { /* in a transaction that was lost */
        inf_blob_discard(&writer->definition);
        writer->assembled = false;
    }
    if (check_model(disk, writer, err) != 0 || sync_part(writer, err) != 0 ||
        inf_metadata_compare_part(disk->metadata, writer->number, writer->model_id, &writer->row,
                                  &writer->repeated, err) != 0 ||
        (!writer->repeated && keep_part(disk, writer, err) != 0)) {
        return -1;
    }
    return assemble(disk, writer, err);
}

static void undo_commit(const struct inf_disk *disk, struct inf_op *base)
{
    struct inf_part_writer *writer = (struct inf_part_writer *)base;
    (void)disk;
    inf_blob_discard(&writer->blob);
    inf_blob_discard(&writer->definition);
}

static void committed_commit(const struct inf_disk *disk, struct inf_op *base)
{
    struct inf_part_writer *writer = (struct inf_part_writer *)base;
    if (!writer->repeated) {
        inf_blob_keep(&writer->blob);
    }
    if (writer->assembled) {
        inf_blob_keep(&writer->definition);
        inf_gather_remove_parts(disk, writer->number, writer->row.total_parts);
    }
}

static void apply_commit(struct inf_index *index, struct inf_op *base)
{
    const struct inf_part_writer *writer = (struct inf_part_writer *)base;
    struct inf_index_model *model = inf_index_model(index, writer->model_id);
    assert(model && model->number == writer->number);
    if (!writer->repeated) {
        inf_index_add_part(model, &writer->row);
    }
    if (writer->assembled) {
        inf_index_set_definition(model, model->view.stored_length, writer->definition_sha256);
    }
}

static void finish_commit(struct inf_op *base, const struct inf_error *err)
{
    struct inf_part_writer *writer = (struct inf_part_writer *)base;
    writer->done(writer->arg, err);
    inf_store_part_abort(writer); /* what is kept stays; a refused or repeated part's file goes */
}

void inf_store_part_commit(struct inf_part_writer *writer, int64_t total_definition_length,
                           int total_parts, inf_store_done done, void *arg)
{
    static const struct inf_op_type type = {.run = run_commit,
                                            .undo = undo_commit,
                                            .committed = committed_commit,
                                            .apply = apply_commit,
                                            .finish = finish_commit};
    writer->op.type = &type;
    writer->row.total_parts = total_parts;
    writer->row.total_length = total_definition_length;
    writer->row.length = writer->blob.length;
    writer->done = done;
    writer->arg = arg;
    inf_op_queue_push(&writer->store->queue, &writer->op);
}

/* ---- the definition ---- */

static const struct inf_index_part *first_that_differs(const struct inf_index_model *model)
{
    for (size_t i = 1; i < model->part_count; i++) {
        if (model->parts[i].total_length != model->parts[0].total_length) {
            return &model->parts[i];
        }
    }
    return NULL;
}

int inf_store_definition_check(const struct inf_store *store, const char *model_id,
                               struct inf_error *err)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    if (!model) {
        return inf_metadata_unknown_model(model_id, err);
    }
    if (model->part_count == 0) {
        return inf_error_set(err, INF_ERR_NOT_FOUND, "Could not find trained model definition [%s]",
                             model_id);
    }
    const struct inf_index_part *first = &model->parts[0], *other = first_that_differs(model);
    if (other) {
        return inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "[%s] [total_definition_length] must be the same in all model definition parts. The "
            "value [%" PRId64 "] in model definition part [%d] does not match the value "
            "[%" PRId64 "] in part [%d]. Unable to deploy model, please delete and recreate the "
            "model definition",
            model_id, other->total_length, other->part, first->total_length, first->part);
    }
    if (model->view.stored_length != model->view.total_length || !model->view.fully_defined) {
        return inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "Model definition truncated. Unable to deserialize trained model definition [%s]",
            model_id);
    }
    return 0;
}

int inf_store_first_missing_part(const struct inf_store *store, const char *model_id)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    int part = 0;

    if (!model) {
        return -1;
    }
    while ((size_t)part < model->part_count && model->parts[part].part == part) {
        part++;
    }
    return part < model->view.total_parts ? part : -1;
}

static int check_here(const struct inf_store *store, const struct inf_index_model *model,
                      struct inf_error *err)
{
    bool here = true;
    if (store->disk.shared && inf_blob_exists(&store->disk.dir, model->number, INF_DEFINITION_FILE,
                                              model->definition_length, &here, err) != 0) {
        return -1;
    }
    return here ? 0
                : inf_error_set(err, INF_ERR_UNAVAILABLE,
                                "the definition of model [%s] is not on this node",
                                model->view.model_id);
}

bool inf_store_has_definition(const struct inf_store *store, const char *model_id)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    struct inf_error ignored;
    return model && model->view.fully_defined && check_here(store, model, &ignored) == 0;
}

int inf_store_open_definition(const struct inf_store *store, const char *model_id, int *ret_fd,
                              int64_t *ret_size, struct inf_error *err)
{
    if (inf_store_definition_check(store, model_id, err) != 0) {
        return -1;
    }
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    if (check_here(store, model, err) != 0 ||
        inf_blob_open(&store->disk.dir, model->number, INF_DEFINITION_FILE,
                      model->definition_length, ret_fd, err) != 0) {
        return -1;
    }
    *ret_size = model->definition_length;
    return 0;
}

/* ---- its file on this node ---- */

int64_t inf_store_definition_length(const struct inf_store *store, const char *model_id)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    return model && model->view.fully_defined ? model->definition_length : 0;
}

/* models/<number>/definition.pt, for calls that take a path below models_fd. */
static bool print_path(const struct inf_store *store, const char *model_id,
                       char ret[2 * INF_BLOB_NAME])
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    if (model) {
        snprintf(ret, (size_t)2 * INF_BLOB_NAME, "%" PRId64 "/%s", model->number,
                 INF_DEFINITION_FILE);
    }
    return model != NULL;
}

int64_t inf_store_definition_used_ms(const struct inf_store *store, const char *model_id)
{
    char path[2 * INF_BLOB_NAME];
    struct stat file;
    return print_path(store, model_id, path) &&
                   fstatat(store->disk.dir.models_fd, path, &file, AT_SYMLINK_NOFOLLOW) == 0
               ? (int64_t)file.st_mtim.tv_sec * 1000 + file.st_mtim.tv_nsec / 1000000
               : 0;
}

/* Kept as the file's own time, so that it outlives the process. */
void inf_store_use_definition(const struct inf_store *store, const char *model_id)
{
    char path[2 * INF_BLOB_NAME];
    if (print_path(store, model_id, path)) {
        (void)utimensat(store->disk.dir.models_fd, path, NULL, AT_SYMLINK_NOFOLLOW);
    }
}
