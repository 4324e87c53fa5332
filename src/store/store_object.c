/* store_object.c - small named documents of other modules: aliases, dynamic settings, measured
 * memory.
 *
 * The store knows of a document only its kind, its name and whose it is; the text is its owner's
 * own. That is all that is needed to keep it, to find it and to let it go with its model. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/strmap.h"
#include "store_state.h"
#include <stdlib.h>
#include <string.h>

struct object_op {
    struct inf_op op;
    enum inf_object_kind kind;
    bool replace;
    bool swaps; /* only if the text is still `was` */
    char *was;  /* NULL: there is none */
    char *id;
    char *model_id; /* NULL: it belongs to none */
    char *text;     /* NULL for delete */
    inf_store_done done;
    void *arg;
};

const struct inf_object *inf_store_object(const struct inf_store *store, enum inf_object_kind kind,
                                          const char *id)
{
    return inf_strmap_get(store->index.objects[kind], id);
}

size_t inf_store_object_count(const struct inf_store *store, enum inf_object_kind kind)
{
    return inf_strmap_size(store->index.objects[kind]);
}

const struct inf_object *inf_store_object_at(const struct inf_store *store,
                                             enum inf_object_kind kind, size_t i)
{
    return inf_strmap_at(store->index.objects[kind], i, NULL);
}

int inf_store_check_model_id(const struct inf_store *store, const char *model_id,
                             struct inf_error *err)
{
    return inf_store_object(store, INF_OBJECT_ALIAS, model_id)
               ? inf_metadata_model_is_alias(model_id, err)
               : 0;
}

static struct inf_object object_of(const struct object_op *op)
{
    return (struct inf_object){.id = op->id, .model_id = op->model_id, .text = op->text};
}

static void finish(struct inf_op *base, const struct inf_error *err)
{
    struct object_op *op = (struct object_op *)base;
    op->done(op->arg, err);
    free(op->id);
    free(op->model_id);
    free(op->text);
    free(op->was);
    free(op);
}

static struct object_op *new_op(const struct inf_op_type *type, enum inf_object_kind kind,
                                const char *id, inf_store_done done, void *arg)
{
    struct object_op *op = inf_alloc(1, sizeof *op);
    op->op.type = type;
    op->kind = kind;
    op->op.local = !inf_object_kind_is_shared(kind);
    op->id = inf_strdup(id);
    op->done = done;
    op->arg = arg;
    return op;
}

static int run_put(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    const struct object_op *op = (struct object_op *)base;
    struct inf_object object = object_of(op);
    int same =
        op->swaps ? inf_metadata_object_is(disk->metadata, op->kind, op->id, op->was, err) : 1;

    if (same == 0)
        inf_error_set(err, INF_ERR_CONFLICT, "%s [%s] was changed at the same moment",
                      inf_object_kind_name(op->kind), op->id);
    if (same != 1)
        return -1;
    return inf_metadata_put_object(disk->metadata, op->kind, &object, op->replace, err);
}

static void apply_put(struct inf_index *index, struct inf_op *base)
{
    const struct object_op *op = (struct object_op *)base;
    struct inf_object object = object_of(op);
    inf_index_put_object(index, op->kind, &object);
}

static struct object_op *new_put(enum inf_object_kind kind, const struct inf_object *object,
                                 bool replace, inf_store_done done, void *arg)
{
    static const struct inf_op_type type = {.run = run_put, .apply = apply_put, .finish = finish};
    struct object_op *op = new_op(&type, kind, object->id, done, arg);
    size_t length = strlen(object->text);
    op->replace = replace;
    op->model_id = object->model_id ? inf_strdup(object->model_id) : NULL;
    op->text = inf_store_copy(object->text, length);
    op->op.size_bytes = length;
    return op;
}

static void push(struct inf_store *store, struct object_op *op)
{
    if (op->text) {
        inf_op_queue_push(&store->queue, &op->op);
    } else {
        inf_store_refuse_memory(store, &op->op);
    }
}

void inf_store_put_object(struct inf_store *store, enum inf_object_kind kind,
                          const struct inf_object *object, bool replace, inf_store_done done,
                          void *arg)
{
    push(store, new_put(kind, object, replace, done, arg));
}

void inf_store_swap_object(struct inf_store *store, enum inf_object_kind kind,
                           const struct inf_object *object, inf_store_done done, void *arg)
{
    const struct inf_object *now = inf_store_object(store, kind, object->id);
    struct object_op *op = new_put(kind, object, true, done, arg);

    op->swaps = true;
    op->was = now ? inf_strdup(now->text) : NULL;
    push(store, op);
}

static int run_delete(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    const struct object_op *op = (struct object_op *)base;
    return inf_metadata_delete_object(disk->metadata, op->kind, op->id, err);
}

static void apply_delete(struct inf_index *index, struct inf_op *base)
{
    const struct object_op *op = (struct object_op *)base;
    inf_index_remove_object(index, op->kind, op->id);
}

void inf_store_delete_object(struct inf_store *store, enum inf_object_kind kind, const char *id,
                             inf_store_done done, void *arg)
{
    static const struct inf_op_type type = {
        .run = run_delete, .apply = apply_delete, .finish = finish};
    inf_op_queue_push(&store->queue, &new_op(&type, kind, id, done, arg)->op);
}
