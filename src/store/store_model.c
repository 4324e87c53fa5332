/* store_model.c - operations on models and their vocabularies.
 *
 * Each operation is a struct that begins with struct inf_op, and a table of its steps. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "store_state.h"
#include <stdlib.h>
#include <string.h>

/* One struct for put, delete and put vocabulary: a model, maybe a text, and who wants to know. */
struct model_op {
    struct inf_op op;
    char *model_id;
    char *text; /* config or vocabulary; NULL for delete */
    size_t text_length;
    int64_t create_time_ms;
    int64_t number;                  /* set by run */
    uint8_t sha256[INF_SHA256_SIZE]; /* of the vocabulary, likewise */
    inf_store_done done;
    void *arg;
};

static void finish_model_op(struct inf_op *base, const struct inf_error *err)
{
    struct model_op *op = (struct model_op *)base;
    op->done(op->arg, err);
    free(op->model_id);
    free(op->text);
    free(op);
}

static struct model_op *new_op(const struct inf_op_type *type, const char *model_id,
                               inf_store_done done, void *arg)
{
    struct model_op *op = inf_alloc(1, sizeof *op);
    op->op.type = type;
    op->model_id = inf_strdup(model_id);
    op->done = done;
    op->arg = arg;
    return op;
}

/* Gives op its text and queues it. */
static void push_with_text(struct inf_store *store, struct model_op *op, const char *text,
                           size_t length)
{
    op->text = inf_store_copy(text, length);
    op->text_length = length;
    op->op.size_bytes = length;
    if (op->text) {
        inf_op_queue_push(&store->queue, &op->op);
    } else {
        inf_store_refuse_memory(store, &op->op);
    }
}

/* ---- put model ---- */

static int run_put(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    struct model_op *op = (struct model_op *)base;
    return inf_metadata_insert_model(disk->metadata, op->model_id, op->text, op->create_time_ms,
                                     &op->number, err);
}

static void apply_put(struct inf_index *index, struct inf_op *base)
{
    const struct model_op *op = (struct model_op *)base;
    struct inf_model_row row = {.number = op->number,
                                .model_id = op->model_id,
                                .config = op->text,
                                .create_time_ms = op->create_time_ms};
    inf_index_add_model(index, &row);
}

void inf_store_put_model(struct inf_store *store, const char *model_id, const char *config,
                         int64_t create_time_ms, inf_store_done done, void *arg)
{
    static const struct inf_op_type type = {
        .run = run_put, .apply = apply_put, .finish = finish_model_op};
    struct model_op *op = new_op(&type, model_id, done, arg);
    op->create_time_ms = create_time_ms;
    push_with_text(store, op, config, strlen(config));
}

/* ---- delete model ---- */

static int run_delete(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    struct model_op *op = (struct model_op *)base;
    if (inf_metadata_find_model(disk->metadata, op->model_id, &op->number, err) != 0) {
        return -1;
    }
    return inf_metadata_delete_model(disk->metadata, op->number, err);
}

/* Only now, with the rows durably gone: the other way round a crash would leave rows without files.
 */
static void committed_delete(const struct inf_disk *disk, struct inf_op *base)
{
    inf_data_dir_remove_folder(&disk->dir, ((struct model_op *)base)->number);
}

static void apply_delete(struct inf_index *index, struct inf_op *base)
{
    inf_index_remove_model(index, ((struct model_op *)base)->model_id);
}

void inf_store_delete_model(struct inf_store *store, const char *model_id, inf_store_done done,
                            void *arg)
{
    static const struct inf_op_type type = {.run = run_delete,
                                            .committed = committed_delete,
                                            .apply = apply_delete,
                                            .finish = finish_model_op};
    inf_op_queue_push(&store->queue, &new_op(&type, model_id, done, arg)->op);
}

/* ---- put vocabulary ---- */

static void see_vocabulary(void *arg, const struct inf_model_row *row)
{
    memcpy(((struct model_op *)arg)->sha256, row->vocabulary_sha256, INF_SHA256_SIZE);
}

static int run_put_vocabulary(const struct inf_disk *disk, struct inf_op *base,
                              struct inf_error *err)
{
    struct model_op *op = (struct model_op *)base;
    if (inf_metadata_find_model(disk->metadata, op->model_id, &op->number, err) != 0) {
        return -1;
    }
    return inf_metadata_put_vocabulary(disk->metadata, op->number, op->model_id, op->text,
                                       op->text_length, err) != 0 ||
                   inf_metadata_visit_model(disk->metadata, op->model_id, see_vocabulary, op, err) <
                       0
               ? -1
               : 0;
}

static void apply_put_vocabulary(struct inf_index *index, struct inf_op *base)
{
    const struct model_op *op = (struct model_op *)base;
    struct inf_index_model *model = inf_index_model(index, op->model_id);
    model->view.has_vocabulary = true;
    memcpy(model->view.vocabulary_sha256, op->sha256, INF_SHA256_SIZE);
}

void inf_store_put_vocabulary(struct inf_store *store, const char *model_id, const char *text,
                              size_t length, inf_store_done done, void *arg)
{
    static const struct inf_op_type type = {
        .run = run_put_vocabulary, .apply = apply_put_vocabulary, .finish = finish_model_op};
    push_with_text(store, new_op(&type, model_id, done, arg), text, length);
}

/* ---- read vocabulary ---- */

struct read_op {
    struct inf_op op;
    char *model_id;
    char *text; /* the receiver's once finished */
    size_t length;
    void (*done)(void *arg, char *text, size_t length, const struct inf_error *err);
    void *arg;
};

static int run_read(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    struct read_op *op = (struct read_op *)base;
    return inf_metadata_read_vocabulary(disk->metadata, op->model_id, &op->text, &op->length, err);
}

/* Read in a transaction that was lost: what was read may never have been stored. */
static void undo_read(const struct inf_disk *disk, struct inf_op *base)
{
    struct read_op *op = (struct read_op *)base;
    (void)disk;
    free(op->text);
    op->text = NULL;
    op->length = 0;
}

static void finish_read(struct inf_op *base, const struct inf_error *err)
{
    struct read_op *op = (struct read_op *)base;
    op->done(op->arg, op->text, op->length, err);
    free(op->model_id);
    free(op);
}

void inf_store_read_vocabulary(struct inf_store *store, const char *model_id,
                               void (*done)(void *arg, char *text, size_t length,
                                            const struct inf_error *err),
                               void *arg)
{
    static const struct inf_op_type type = {
        .run = run_read, .undo = undo_read, .finish = finish_read};
    struct read_op *op = inf_alloc(1, sizeof *op);
    op->op.type = &type;
    op->op.local = true;
    op->model_id = inf_strdup(model_id);
    op->done = done;
    op->arg = arg;
    inf_op_queue_push(&store->queue, &op->op);
}
