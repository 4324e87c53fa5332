/* store_gather.c - parts of one definition that went to different nodes.
 *
 * Each node keeps the parts that were sent to it. Who got the last one brings the others, each of
 * which proves itself by its hash, and makes the definition of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store_gather.h"

#include "assemble.h"
#include "inferd/alloc.h"
#include "store_state.h"
#include <stdlib.h>
#include <string.h>

/* ---- the pool's questions ---- */

int inf_gather_check(const struct inf_disk *disk, int64_t number, bool *ret_here,
                     struct inf_error *err)
{
    struct inf_part_row *rows = NULL;
    size_t count = 0;
    bool ready = false;
    *ret_here = true;
    if (inf_metadata_ready_to_assemble(disk->metadata, number, &ready, err) != 0 ||
        (ready && inf_metadata_parts(disk->metadata, number, &rows, &count, err) != 0)) {
        return -1;
    }
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0 && *ret_here; i++) {
        char name[INF_BLOB_NAME];
        rc = inf_blob_exists(&disk->dir, number, inf_blob_part_name(rows[i].part, name),
                             rows[i].length, ret_here, err);
    }
    free(rows);
    return rc;
}

void inf_gather_remove_parts(const struct inf_disk *disk, int64_t number, int total_parts)
{
    for (int part = 0; part < total_parts; part++) {
        char name[INF_BLOB_NAME];
        inf_blob_remove(&disk->dir, number, inf_blob_part_name(part, name));
    }
}

/* ---- the loop's questions ---- */

bool inf_store_awaits_assembly(const struct inf_store *store, const char *model_id)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    return model && !model->view.fully_defined && model->part_count > 0 &&
           model->view.parts_stored == model->view.total_parts &&
           model->view.stored_length == model->view.total_length;
}

static bool is_part_here(const struct inf_store *store, const struct inf_index_model *model,
                         const struct inf_index_part *part)
{
    char name[INF_BLOB_NAME];
    struct inf_error ignored;
    bool here = false;
    return inf_blob_exists(&store->disk.dir, model->number, inf_blob_part_name(part->part, name),
                           part->length, &here, &ignored) == 0 &&
           here;
}

int inf_store_first_part_elsewhere(const struct inf_store *store, const char *model_id)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    for (size_t i = 0; model && i < model->part_count; i++) {
        if (!is_part_here(store, model, &model->parts[i])) {
            return model->parts[i].part;
        }
    }
    return -1;
}

int inf_store_open_part(const struct inf_store *store, const char *model_id, int part, int *ret_fd,
                        int64_t *ret_size, struct inf_error *err)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    for (size_t i = 0; model && i < model->part_count; i++) {
        char name[INF_BLOB_NAME];
        if (model->parts[i].part == part && is_part_here(store, model, &model->parts[i])) {
            *ret_size = model->parts[i].length;
            return inf_blob_open(&store->disk.dir, model->number, inf_blob_part_name(part, name),
                                 *ret_size, ret_fd, err);
        }
    }
    return inf_error_set(err, INF_ERR_NOT_FOUND,
                         "definition part [%d] of model [%s] is not on this node", part, model_id);
}

/* ---- operations ---- */

struct gather_op {
    struct inf_op op;
    char *model_id;
    int64_t number, length;
    int total_parts;
    struct inf_blob definition;
    uint8_t sha256[INF_SHA256_SIZE];
    bool assembled;
    inf_store_done done; /* NULL: nobody waits */
    void *arg;
};

static void finish(struct inf_op *base, const struct inf_error *err)
{
    struct gather_op *op = (struct gather_op *)base;
    if (op->done) {
        op->done(op->arg, err);
    }
    free(op->model_id);
    free(op);
}

static struct gather_op *new_op(const struct inf_store *store, const struct inf_op_type *type,
                                const char *model_id, inf_store_done done, void *arg)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    struct gather_op *op = inf_alloc(1, sizeof *op);
    op->op.type = type;
    op->model_id = inf_strdup(model_id);
    op->number = model ? model->number : 0;
    op->total_parts = model ? model->view.total_parts : 0;
    op->definition = (struct inf_blob){.fd = -1};
    op->done = done;
    op->arg = arg;
    return op;
}

static int check_number(const struct inf_disk *disk, const struct gather_op *op,
                        struct inf_error *err)
{
    int64_t number = 0;
    if (inf_metadata_find_model(disk->metadata, op->model_id, &number, err) != 0) {
        return -1;
    }
    return number == op->number ? 0 : inf_metadata_no_model(op->model_id, err);
}

/* ---- assemble ---- */

static int run_assemble(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    struct gather_op *op = (struct gather_op *)base;
    if (op->assembled) { /* in a transaction that was lost */
        inf_blob_discard(&op->definition);
    }
    op->assembled = false;
    if (check_number(disk, op, err) != 0 ||
        inf_assemble_if_complete(&disk->dir, disk->metadata, op->number, &op->definition,
                                 op->sha256, &op->assembled, err) != 0) {
        return -1;
    }
    op->length = op->definition.length;
    return 0;
}

static void undo_assemble(const struct inf_disk *disk, struct inf_op *base)
{
    (void)disk;
    inf_blob_discard(&((struct gather_op *)base)->definition);
}

static void committed_assemble(const struct inf_disk *disk, struct inf_op *base)
{
    struct gather_op *op = (struct gather_op *)base;
    if (op->assembled) {
        inf_blob_keep(&op->definition);
        inf_gather_remove_parts(disk, op->number, op->total_parts);
    }
}

static void apply_assemble(struct inf_index *index, struct inf_op *base)
{
    const struct gather_op *op = (struct gather_op *)base;
    struct inf_index_model *model = inf_index_model(index, op->model_id);
    if (op->assembled && model && model->number == op->number) {
        inf_index_set_definition(model, op->length, op->sha256);
    }
}

void inf_store_assemble(struct inf_store *store, const char *model_id, inf_store_done done,
                        void *arg)
{
    static const struct inf_op_type type = {.run = run_assemble,
                                            .undo = undo_assemble,
                                            .committed = committed_assemble,
                                            .apply = apply_assemble,
                                            .finish = finish};
    inf_op_queue_push(&store->queue, &new_op(store, &type, model_id, done, arg)->op);
}

/* ---- drop ---- */

static int run_drop_parts(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    struct gather_op *op = (struct gather_op *)base;
    if (check_number(disk, op, err) != 0) {
        return -1;
    }
    inf_gather_remove_parts(disk, op->number, op->total_parts);
    return 0;
}

void inf_store_drop_parts(struct inf_store *store, const char *model_id)
{
    static const struct inf_op_type type = {.run = run_drop_parts, .finish = finish};
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    bool any = false;
    for (size_t i = 0; model && model->view.fully_defined && i < model->part_count && !any; i++) {
        any = is_part_here(store, model, &model->parts[i]);
    }
    if (any) {
        struct gather_op *op = new_op(store, &type, model_id, NULL, NULL);
        op->op.local = true;
        inf_op_queue_push(&store->queue, &op->op);
    }
}

static int run_drop_definition(const struct inf_disk *disk, struct inf_op *base,
                               struct inf_error *err)
{
    struct gather_op *op = (struct gather_op *)base;
    if (check_number(disk, op, err) != 0) {
        return -1;
    }
    inf_blob_remove(&disk->dir, op->number, INF_DEFINITION_FILE);
    return 0;
}

void inf_store_drop_definition(struct inf_store *store, const char *model_id, inf_store_done done,
                               void *arg)
{
    static const struct inf_op_type type = {.run = run_drop_definition, .finish = finish};
    struct gather_op *op = new_op(store, &type, model_id, done, arg);
    op->op.local = true;
    inf_op_queue_push(&store->queue, &op->op);
}
