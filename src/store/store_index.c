/* store_index.c - models and deployments in two sorted maps. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store_index.h"

#include "inferd/alloc.h"
#include "inferd/strmap.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void free_model(struct inf_index_model *model)
{
    free((char *)model->view.model_id);
    free((char *)model->view.config);
    free(model->parts);
    free(model);
}

static void free_deployment(struct inf_stored_deployment *deployment)
{
    if (deployment) {
        free((char *)deployment->deployment_id);
        free((char *)deployment->model_id);
        free((char *)deployment->params);
        free(deployment);
    }
}

struct inf_index_model *inf_index_model(const struct inf_index *index, const char *model_id)
{
    return inf_strmap_get(index->models, model_id);
}

void inf_index_add_model(struct inf_index *index, const struct inf_model_row *row)
{
    struct inf_index_model *model = inf_alloc(1, sizeof *model);
    model->number = row->number;
    model->view = (struct inf_model){
        .model_id = inf_strdup(row->model_id),
        .config = inf_strdup(row->config),
        .create_time_ms = row->create_time_ms,
        .has_vocabulary = row->has_vocabulary,
    };
    if (row->assembled) {
        inf_index_set_definition(model, row->definition_length, row->sha256);
    }
    struct inf_index_model *old = inf_strmap_put(index->models, row->model_id, model);
    assert(!old);
    (void)old;
}

static void remove_deployments_of(struct inf_index *index, const char *model_id)
{
    for (size_t i = 0; i < inf_strmap_size(index->deployments);) {
        const char *key;
        struct inf_stored_deployment *deployment = inf_strmap_at(index->deployments, i, &key);
        if (strcmp(deployment->model_id, model_id) == 0) {
            inf_strmap_remove(index->deployments, key);
            free_deployment(deployment);
        } else {
            i++;
        }
    }
}

void inf_index_remove_model(struct inf_index *index, const char *model_id)
{
    remove_deployments_of(index, model_id);
    struct inf_index_model *model = inf_strmap_remove(index->models, model_id);
    if (model) {
        free_model(model);
    }
}

/* Position of part, or where it would be inserted. */
static size_t find_part(const struct inf_index_model *model, int part)
{
    size_t low = 0, high = model->part_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (model->parts[middle].part < part) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool inf_index_has_part(const struct inf_index_model *model, int part)
{
    size_t i = find_part(model, part);
    return i < model->part_count && model->parts[i].part == part;
}

void inf_index_add_part(struct inf_index_model *model, const struct inf_part_row *row)
{
    if (model->part_count == model->part_capacity) {
        model->part_capacity = model->part_capacity ? model->part_capacity * 2 : 8;
        model->parts = inf_realloc(model->parts, model->part_capacity, sizeof *model->parts);
    }
    size_t i = find_part(model, row->part);
    memmove(model->parts + i + 1, model->parts + i, (model->part_count - i) * sizeof *model->parts);
    model->parts[i] = (struct inf_index_part){.part = row->part,
                                              .total_parts = row->total_parts,
                                              .total_length = row->total_length,
                                              .length = row->length};
    model->part_count++;
    model->view.parts_stored++;
    model->view.stored_length += row->length;
    model->view.total_parts = model->parts[0].total_parts;
    model->view.total_length = model->parts[0].total_length;
}

void inf_index_set_definition(struct inf_index_model *model, int64_t length,
                              const uint8_t sha256[INF_SHA256_SIZE])
{
    model->definition_length = length;
    model->view.fully_defined = true;
    memcpy(model->view.sha256, sha256, INF_SHA256_SIZE);
}

void inf_index_put_deployment(struct inf_index *index, const struct inf_stored_deployment *row)
{
    struct inf_stored_deployment *deployment = inf_alloc(1, sizeof *deployment);
    deployment->deployment_id = inf_strdup(row->deployment_id);
    deployment->model_id = inf_strdup(row->model_id);
    deployment->params = inf_strdup(row->params);
    free_deployment(inf_strmap_put(index->deployments, row->deployment_id, deployment));
}

void inf_index_remove_deployment(struct inf_index *index, const char *deployment_id)
{
    free_deployment(inf_strmap_remove(index->deployments, deployment_id));
}

/* ---- loading and freeing ---- */

static void load_model(void *arg, const struct inf_model_row *row)
{
    inf_index_add_model(arg, row);
}

static void load_deployment(void *arg, const struct inf_stored_deployment *row)
{
    inf_index_put_deployment(arg, row);
}

static int load_parts(struct inf_index_model *model, struct inf_metadata *metadata,
                      struct inf_error *err)
{
    struct inf_part_row *rows = NULL;
    size_t count = 0;
    if (inf_metadata_parts(metadata, model->number, &rows, &count, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        inf_index_add_part(model, &rows[i]);
    }
    free(rows);
    return 0;
}

int inf_index_load(struct inf_index *index, struct inf_metadata *metadata, struct inf_error *err)
{
    *index = (struct inf_index){.models = inf_strmap_new(), .deployments = inf_strmap_new()};
    if (inf_metadata_each_model(metadata, load_model, index, err) != 0 ||
        inf_metadata_each_deployment(metadata, load_deployment, index, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < inf_strmap_size(index->models); i++) {
        if (load_parts(inf_strmap_at(index->models, i, NULL), metadata, err) != 0) {
            return -1;
        }
    }
    return 0;
}

void inf_index_free(struct inf_index *index)
{
    const char *key;
    if (!index->models) {
        return;
    }
    while (inf_strmap_size(index->models) > 0) {
        struct inf_index_model *model = inf_strmap_at(index->models, 0, &key);
        inf_strmap_remove(index->models, key);
        free_model(model);
    }
    while (inf_strmap_size(index->deployments) > 0) {
        struct inf_stored_deployment *deployment = inf_strmap_at(index->deployments, 0, &key);
        inf_strmap_remove(index->deployments, key);
        free_deployment(deployment);
    }
    inf_strmap_free(index->models);
    inf_strmap_free(index->deployments);
    *index = (struct inf_index){.models = NULL};
}
