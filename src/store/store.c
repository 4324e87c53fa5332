/* store.c - opening, closing and the plain getters.
 *
 * Opening is a chain in which each link needs the one before: the locked directory, the database in
 * it, their agreement (recovery), the index. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/store.h"

#include "inferd/alloc.h"
#include "inferd/strmap.h"
#include "recovery.h"
#include "shared_state.h"
#include "store_state.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* ---- a cluster's state ---- */

static void on_follower(void *arg)
{
    const struct inf_store *store = arg;
    uv_async_send(store->wake);
}

static void on_wake(uv_async_t *async)
{
    struct inf_store *store = async->data;
    inf_op_queue_wake(&store->queue);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void on_row(void *arg, const struct inf_row *row)
{
    static const enum inf_store_news_of of[] = {[INF_ROW_MODEL] = INF_NEWS_MODEL,
                                                [INF_ROW_PART] = INF_NEWS_MODEL,
                                                [INF_ROW_DEPLOYMENT] = INF_NEWS_DEPLOYMENT,
                                                [INF_ROW_OBJECT] = INF_NEWS_OBJECT};
    struct inf_store *store = arg;
    const struct inf_store_news news = {
        .of = of[row->type],
        .kind = row->kind,
        .id = row->type == INF_ROW_OBJECT       ? row->object.id
              : row->type == INF_ROW_DEPLOYMENT ? row->deployment.deployment_id
                                                : row->model_id,
        .deleted = row->deleted && row->type != INF_ROW_PART,
    };
    store->news_ns = uv_hrtime();
    store->deployments_heard += row->type == INF_ROW_DEPLOYMENT;
    if (store->changed) {
        store->changed(store->changed_arg, &news);
    }
}

void inf_store_listen(struct inf_store *store,
                      void (*changed)(void *arg, const struct inf_store_news *news), void *arg)
{
    store->changed = changed;
    store->changed_arg = arg;
}

const char *inf_store_cluster_secret(const struct inf_store *store)
{
    return store->secret[0] ? store->secret : NULL;
}

bool inf_store_is_shared(const struct inf_store *store)
{
    return store->disk.shared != NULL;
}

void inf_store_plan_in_term(struct inf_store *store, int64_t term)
{
    if (store->disk.shared) {
        inf_shared_set_term(store->disk.shared, term);
    }
}

const char *inf_store_lost_reason(struct inf_store *store)
{
    if (!store->disk.shared) {
        return NULL;
    }
    inf_shared_lost_reason(store->disk.shared, store->lost_reason);
    return store->lost_reason[0] ? store->lost_reason : NULL;
}

/* ---- the beginning and the end ---- */

static void free_store(struct inf_store *store)
{
    inf_shared_free(store->disk.shared);
    inf_index_free(&store->index);
    inf_disk_close(&store->disk);
    free(store);
}

/* A copy of a cluster's state, used alone, would take changes that the cluster never sees. */
static int check_own(const struct inf_store *store, struct inf_error *err)
{
    char cluster[INF_NAME_SIZE];
    if (inf_metadata_find_name(store->disk.metadata, INF_NAME_CLUSTER, cluster, err) != 0) {
        return -1;
    }
    if (!cluster[0]) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "the data directory [%s] is a copy of the state of cluster [%s]; set "
                         "[cluster.state] to [etcd], or make the copy this node's own with "
                         "[inferd --migrate-state=embedded]",
                         store->disk.dir.path, cluster);
}

static int open_store(struct uv_loop_s *loop, const char *path,
                      const struct inf_etcd_settings *settings, struct inf_store **ret,
                      struct inf_error *err)
{
    struct inf_store *store = inf_alloc(1, sizeof *store);
    if (inf_disk_open(&store->disk, path, store->node_id, store->cluster_uuid, err) != 0 ||
        (settings ? inf_shared_open(settings, &store->disk, store->node_id, store->cluster_uuid,
                                    &store->disk.shared, err)
                  : check_own(store, err)) != 0 ||
        inf_recover(&store->disk, err) != 0 ||
        inf_index_load(&store->index, store->disk.metadata, err) != 0) {
        free_store(store);
        return -1;
    }
    inf_op_queue_init(&store->queue, loop, &store->disk, &store->index);
    *ret = store;
    return 0;
}

int inf_store_open(struct uv_loop_s *loop, const char *path, struct inf_store **ret,
                   struct inf_error *err)
{
    return open_store(loop, path, NULL, ret, err);
}

int inf_store_open_shared(struct uv_loop_s *loop, const char *path,
                          const struct inf_etcd_settings *settings, struct inf_store **ret,
                          struct inf_error *err)
{
    if (open_store(loop, path, settings, ret, err) != 0) {
        return -1;
    }
    struct inf_store *store = *ret;
    if (inf_metadata_find_name(store->disk.metadata, INF_NAME_SECRET, store->secret, err) != 0) {
        free_store(store);
        return -1;
    }
    store->wake = inf_alloc(1, sizeof *store->wake);
    store->wake->data = store;
    uv_async_init(loop, store->wake, on_wake);
    store->queue.changed = on_row;
    store->queue.changed_arg = store;
    inf_shared_follow(store->disk.shared, on_follower, store);
    return 0;
}

void inf_store_close(struct inf_store *store)
{
    if (!store) {
        return;
    }
    inf_op_queue_close(&store->queue);
    if (store->disk.shared) {
        inf_shared_interrupt(store->disk.shared);
        uv_close((uv_handle_t *)store->wake, free_handle);
    }
    free_store(store);
}

bool inf_store_idle(const struct inf_store *store)
{
    return inf_op_queue_idle(&store->queue);
}

const char *inf_store_node_id(const struct inf_store *store)
{
    return store->node_id;
}

const char *inf_store_cluster_uuid(const struct inf_store *store)
{
    return store->cluster_uuid;
}

const struct inf_model *inf_store_model(const struct inf_store *store, const char *model_id)
{
    const struct inf_index_model *model = inf_index_model(&store->index, model_id);
    return model ? &model->view : NULL;
}

size_t inf_store_model_count(const struct inf_store *store)
{
    return inf_strmap_size(store->index.models);
}

const struct inf_model *inf_store_model_at(const struct inf_store *store, size_t i)
{
    const struct inf_index_model *model = inf_strmap_at(store->index.models, i, NULL);
    return &model->view;
}

size_t inf_store_deployment_count(const struct inf_store *store)
{
    return inf_strmap_size(store->index.deployments);
}

const struct inf_stored_deployment *inf_store_deployment_at(const struct inf_store *store, size_t i)
{
    return inf_strmap_at(store->index.deployments, i, NULL);
}

const struct inf_stored_deployment *inf_store_deployment(const struct inf_store *store,
                                                         const char *deployment_id)
{
    return inf_strmap_get(store->index.deployments, deployment_id);
}

char *inf_store_copy(const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? malloc(length + 1) : NULL;
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

void inf_store_refuse_memory(struct inf_store *store, struct inf_op *op)
{
    inf_error_set(&op->err, INF_ERR_MEMORY, "no memory to store [%zu] bytes", op->size_bytes);
    inf_op_queue_refuse(&store->queue, op);
}
