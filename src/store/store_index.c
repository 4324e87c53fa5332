/* store_index.c - models, deployments and objects in sorted maps. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store_index.h"

#include "inferd/alloc.h"
#include "inferd/strmap.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void free_model(void *value)
{
    struct inf_index_model *model = value;
    free((char *)model->view.model_id);
    free((char *)model->view.config);
    free(model->parts);
    free(model);
}

static void free_deployment(void *value)
{
    struct inf_stored_deployment *deployment = value;
    free((char *)deployment->deployment_id);
    free((char *)deployment->model_id);
    free((char *)deployment->params);
    free(deployment);
}

static void free_object(void *value)
{
    struct inf_object *object = value;
    free((char *)object->id);
    free((char *)object->model_id);
    free((char *)object->text);
    free(object);
}

/* What a change has driven out of a map; NULL is fine. */
static void drop(void *value, void (*free_value)(void *value))
{
    if (value) {
        free_value(value);
    }
}

static const char *deployment_model(const void *value)
{
    return ((const struct inf_stored_deployment *)value)->model_id;
}

static const char *object_model(const void *value)
{
    return ((const struct inf_object *)value)->model_id;
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
    memcpy(model->view.vocabulary_sha256, row->vocabulary_sha256, INF_SHA256_SIZE);
    if (row->assembled) {
        inf_index_set_definition(model, row->definition_length, row->sha256);
    }
    struct inf_index_model *old = inf_strmap_put(index->models, row->model_id, model);
    assert(!old);
    (void)old;
}

/* Removes the values that belong to the model. */
static void remove_of(struct inf_strmap *map, const char *model_id,
                      const char *(*model_of)(const void *value), void (*free_value)(void *value))
{
    for (size_t i = 0; i < inf_strmap_size(map);) {
        const char *key, *owner;
        void *value = inf_strmap_at(map, i, &key);
        owner = model_of(value);
        if (owner && strcmp(owner, model_id) == 0) {
            inf_strmap_remove(map, key);
            free_value(value);
        } else {
            i++;
        }
    }
}

void inf_index_remove_model(struct inf_index *index, const char *model_id)
{
    remove_of(index->deployments, model_id, deployment_model, free_deployment);
    for (int kind = 0; kind < INF_OBJECT_KINDS; kind++) {
        remove_of(index->objects[kind], model_id, object_model, free_object);
    }
    drop(inf_strmap_remove(index->models, model_id), free_model);
}

/* Where part, which is not there, is to be inserted. */
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
    drop(inf_strmap_put(index->deployments, row->deployment_id, deployment), free_deployment);
}

void inf_index_remove_deployment(struct inf_index *index, const char *deployment_id)
{
    drop(inf_strmap_remove(index->deployments, deployment_id), free_deployment);
}

void inf_index_put_object(struct inf_index *index, enum inf_object_kind kind,
                          const struct inf_object *row)
{
    struct inf_object *object = inf_alloc(1, sizeof *object);
    object->id = inf_strdup(row->id);
    object->model_id = row->model_id ? inf_strdup(row->model_id) : NULL;
    object->text = inf_strdup(row->text);
    drop(inf_strmap_put(index->objects[kind], row->id, object), free_object);
}

void inf_index_remove_object(struct inf_index *index, enum inf_object_kind kind, const char *id)
{
    drop(inf_strmap_remove(index->objects[kind], id), free_object);
}

/* ---- loading and freeing ---- */

void inf_index_init(struct inf_index *index)
{
    *index = (struct inf_index){.models = inf_strmap_new(), .deployments = inf_strmap_new()};
    for (int kind = 0; kind < INF_OBJECT_KINDS; kind++) {
        index->objects[kind] = inf_strmap_new();
    }
}

static void load_model(void *arg, const struct inf_model_row *row)
{
    inf_index_add_model(arg, row);
}

static void load_deployment(void *arg, const struct inf_stored_deployment *row)
{
    inf_index_put_deployment(arg, row);
}

/* Where objects of one kind go while they are loaded. */
struct object_loader {
    struct inf_index *index;
    enum inf_object_kind kind;
};

static void load_object(void *arg, const struct inf_object *row)
{
    const struct object_loader *loader = arg;
    inf_index_put_object(loader->index, loader->kind, row);
}

static int load_objects(struct inf_index *index, struct inf_metadata *metadata,
                        struct inf_error *err)
{
    for (int kind = 0; kind < INF_OBJECT_KINDS; kind++) {
        struct object_loader loader = {.index = index, .kind = (enum inf_object_kind)kind};
        if (inf_metadata_each_object(metadata, loader.kind, load_object, &loader, err) != 0) {
            return -1;
        }
    }
    return 0;
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
    inf_index_init(index);
    if (inf_metadata_each_model(metadata, load_model, index, err) != 0 ||
        inf_metadata_each_deployment(metadata, load_deployment, index, err) != 0 ||
        load_objects(index, metadata, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < inf_strmap_size(index->models); i++) {
        if (load_parts(inf_strmap_at(index->models, i, NULL), metadata, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void free_map(struct inf_strmap *map, void (*free_value)(void *value))
{
    for (size_t i = 0; i < inf_strmap_size(map); i++) {
        free_value(inf_strmap_at(map, i, NULL));
    }
    inf_strmap_free(map);
}

void inf_index_free(struct inf_index *index)
{
    if (!index->models) {
        return;
    }
    free_map(index->models, free_model);
    free_map(index->deployments, free_deployment);
    for (int kind = 0; kind < INF_OBJECT_KINDS; kind++) {
        free_map(index->objects[kind], free_object);
    }
    *index = (struct inf_index){.models = NULL};
}
