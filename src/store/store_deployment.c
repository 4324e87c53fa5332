/* store_deployment.c - the desired state: which deployments are to run.
 *
 * A deployment hangs on its model's row: it cannot be stored for a model that is gone, and goes
 * with the model, so that a restart never wants to start what does not exist. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "shared_state.h"
#include "store_state.h"
#include <stdlib.h>

struct deployment_op {
    struct inf_op op;
    char *deployment_id;
    char *model_id; /* NULL for delete, like params */
    char *params;
    bool replace;
    bool is_decided; /* by what the deployments were when so many changes were heard of */
    uint64_t heard;
    inf_store_done done;
    void *arg;
};

static void finish(struct inf_op *base, const struct inf_error *err)
{
    struct deployment_op *op = (struct deployment_op *)base;
    op->done(op->arg, err);
    free(op->deployment_id);
    free(op->model_id);
    free(op->params);
    free(op);
}

static struct deployment_op *new_op(const struct inf_op_type *type, const char *deployment_id,
                                    inf_store_done done, void *arg)
{
    struct deployment_op *op = inf_alloc(1, sizeof *op);
    op->op.type = type;
    op->deployment_id = inf_strdup(deployment_id);
    op->done = done;
    op->arg = arg;
    return op;
}

static int run_put(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    const struct deployment_op *op = (struct deployment_op *)base;
    if (op->is_decided && disk->shared &&
        inf_shared_deployments_changed(disk->shared) != op->heard) {
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "other nodes have changed deployments while it was decided about "
                             "deployment [%s]",
                             op->deployment_id);
    }
    return inf_metadata_put_deployment(disk->metadata, op->deployment_id, op->model_id, op->params,
                                       op->replace, err);
}

static void apply_put(struct inf_index *index, struct inf_op *base)
{
    const struct deployment_op *op = (struct deployment_op *)base;
    struct inf_stored_deployment row = {
        .deployment_id = op->deployment_id, .model_id = op->model_id, .params = op->params};
    inf_index_put_deployment(index, &row);
}

static struct deployment_op *new_put(const char *deployment_id, const char *model_id,
                                     const char *params, bool replace, inf_store_done done,
                                     void *arg)
{
    static const struct inf_op_type type = {.run = run_put, .apply = apply_put, .finish = finish};
    struct deployment_op *op = new_op(&type, deployment_id, done, arg);
    op->model_id = inf_strdup(model_id);
    op->params = inf_strdup(params);
    op->replace = replace;
    return op;
}

void inf_store_put_deployment(struct inf_store *store, const char *deployment_id,
                              const char *model_id, const char *params, bool replace,
                              inf_store_done done, void *arg)
{
    inf_op_queue_push(&store->queue,
                      &new_put(deployment_id, model_id, params, replace, done, arg)->op);
}

void inf_store_decide_deployment(struct inf_store *store, const char *deployment_id,
                                 const char *model_id, const char *params, bool replace,
                                 inf_store_done done, void *arg)
{
    struct deployment_op *op = new_put(deployment_id, model_id, params, replace, done, arg);
    op->is_decided = true;
    op->heard = store->deployments_heard;
    inf_op_queue_push(&store->queue, &op->op);
}

uint64_t inf_store_deployments_heard(const struct inf_store *store)
{
    return store->deployments_heard;
}

static int run_delete(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    const struct deployment_op *op = (struct deployment_op *)base;
    return inf_metadata_delete_deployment(disk->metadata, op->deployment_id, err);
}

static void apply_delete(struct inf_index *index, struct inf_op *base)
{
    inf_index_remove_deployment(index, ((struct deployment_op *)base)->deployment_id);
}

void inf_store_delete_deployment(struct inf_store *store, const char *deployment_id,
                                 inf_store_done done, void *arg)
{
    static const struct inf_op_type type = {
        .run = run_delete, .apply = apply_delete, .finish = finish};
    inf_op_queue_push(&store->queue, &new_op(&type, deployment_id, done, arg)->op);
}
