/* store.c - opening, closing and the plain getters.
 *
 * Opening is a chain in which each link needs the one before: the locked directory, the database in
 * it, their agreement (recovery), the index. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/store.h"

#include "inferd/alloc.h"
#include "inferd/io_error.h"
#include "inferd/strmap.h"
#include "recovery.h"
#include "store_state.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATABASE_FILE "inferd.db"

/* The file is made here, so that it and the files SQLite derives from it are its owner's alone. */
static int open_metadata(struct inf_disk *disk, struct inf_error *err)
{
    int fd = openat(disk->dir.fd, DATABASE_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || fsync(disk->dir.fd) != 0) {
        int failure = errno;
        if (fd >= 0) {
            close(fd);
        }
        return inf_io_error(err, failure, "create inferd.db in the data directory", disk->dir.path);
    }
    close(fd);
    size_t size = strlen(disk->dir.path) + sizeof "/" DATABASE_FILE;
    char *path = inf_alloc(1, size);
    snprintf(path, size, "%s/" DATABASE_FILE, disk->dir.path);
    int rc = inf_metadata_open(path, &disk->metadata, err);
    free(path);
    return rc;
}

static int load_names(struct inf_store *store, struct inf_error *err)
{
    struct inf_metadata *metadata = store->disk.metadata;
    if (inf_metadata_begin(metadata, err) != 0) {
        return -1;
    }
    if (inf_metadata_name(metadata, "node_id", store->node_id, err) != 0 ||
        inf_metadata_name(metadata, "cluster_uuid", store->cluster_uuid, err) != 0) {
        inf_metadata_rollback(metadata);
        return -1;
    }
    return inf_metadata_commit(metadata, err);
}

static void free_store(struct inf_store *store)
{
    inf_index_free(&store->index);
    inf_metadata_close(store->disk.metadata);
    inf_data_dir_close(&store->disk.dir);
    free(store);
}

int inf_store_open(struct uv_loop_s *loop, const char *path, struct inf_store **ret,
                   struct inf_error *err)
{
    struct inf_store *store = inf_alloc(1, sizeof *store);
    if (inf_data_dir_open(&store->disk.dir, path, err) != 0 ||
        open_metadata(&store->disk, err) != 0 || load_names(store, err) != 0 ||
        inf_recover(&store->disk, err) != 0 ||
        inf_index_load(&store->index, store->disk.metadata, err) != 0) {
        free_store(store);
        return -1;
    }
    inf_op_queue_init(&store->queue, loop, &store->disk, &store->index);
    *ret = store;
    return 0;
}

void inf_store_close(struct inf_store *store)
{
    if (!store) {
        return;
    }
    inf_op_queue_close(&store->queue);
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
