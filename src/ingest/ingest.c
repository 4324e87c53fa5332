/* ingest.c - all pipelines: what is stored of them, and what is in force. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/ingest.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include "pipeline.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INFERENCE_PROCESSORS 50 /* xpack.ml.max_inference_processors */

/* ---- the beginning and the end ---- */

/* NULL, and logged, when it is none that can be used. */
static struct inf_pipeline *compile_stored(struct inf_ingest *ingest,
                                           const struct inf_object *object)
{
    struct inf_pipeline *pipeline = NULL;
    struct inf_json definition;
    struct inf_error err;
    int rc = inf_json_parse_own(object->text, strlen(object->text), NULL, &definition, &err);

    if (rc == 0) {
        rc = inf_pipeline_compile(ingest, object->id, definition.root, &pipeline, &err);
        inf_json_free(&definition);
    }
    if (rc != 0)
        inf_log(INF_LOG_ERROR, "ingest", "a stored pipeline cannot be used",
                (const char *[]){"pipeline", object->id, "reason", err.reason, NULL});
    return rc == 0 ? pipeline : NULL;
}

struct inf_ingest *inf_ingest_new(struct inf_store *store, struct inf_manager *manager)
{
    struct inf_ingest *ingest = inf_alloc(1, sizeof *ingest);

    ingest->store = store;
    ingest->manager = manager;
    ingest->pipelines = inf_strmap_new();
    ingest->queued = inf_strmap_new();
    for (size_t i = 0; i < inf_store_object_count(store, INF_OBJECT_PIPELINE); i++) {
        const struct inf_object *object = inf_store_object_at(store, INF_OBJECT_PIPELINE, i);
        struct inf_pipeline *pipeline = compile_stored(ingest, object);

        if (pipeline != NULL)
            inf_strmap_put(ingest->pipelines, object->id, pipeline);
    }
    return ingest;
}

void inf_ingest_free(struct inf_ingest *ingest)
{
    if (ingest == NULL)
        return;
    for (size_t i = 0; i < inf_strmap_size(ingest->pipelines); i++)
        inf_pipeline_unref(inf_strmap_at(ingest->pipelines, i, NULL));
    inf_strmap_free(ingest->pipelines);
    inf_strmap_free(ingest->queued);
    free(ingest);
}

size_t inf_ingest_count(const struct inf_ingest *ingest)
{
    return inf_strmap_size(ingest->pipelines);
}

struct inf_pipeline *inf_ingest_at(const struct inf_ingest *ingest, size_t i)
{
    return inf_strmap_at(ingest->pipelines, i, NULL);
}

struct inf_pipeline *inf_ingest_find(const struct inf_ingest *ingest, const char *id)
{
    return inf_strmap_get(ingest->pipelines, id);
}

bool inf_ingest_uses(const struct inf_ingest *ingest, const char *id)
{
    return inf_ingest_users(ingest, (const char *const[]){id, NULL}) > 0;
}

/* ---- changing ---- */

/* A pipeline on its way into the store or, NULL, out of it. */
struct change {
    struct inf_ingest *ingest;
    struct inf_pipeline *pipeline;
    char *id;
    inf_store_done done;
    void *arg;
};

static void put_in_force(struct inf_ingest *ingest, const char *id, struct inf_pipeline *pipeline)
{
    struct inf_pipeline *old = pipeline != NULL ? inf_strmap_put(ingest->pipelines, id, pipeline)
                                                : inf_strmap_remove(ingest->pipelines, id);

    if (old != NULL && pipeline != NULL)
        inf_pipeline_take_counts(pipeline, old);
    inf_pipeline_unref(old);
}

void inf_ingest_hear(struct inf_ingest *ingest, const char *id)
{
    const struct inf_object *object = inf_store_object(ingest->store, INF_OBJECT_PIPELINE, id);

    put_in_force(ingest, id, object != NULL ? compile_stored(ingest, object) : NULL);
}

static void changed(void *arg, const struct inf_error *err)
{
    struct change *change = arg;
    struct inf_ingest *ingest = change->ingest;

    if (change->pipeline != NULL && inf_strmap_get(ingest->queued, change->id) == change->pipeline)
        inf_strmap_remove(ingest->queued, change->id);
    if (err == NULL)
        put_in_force(ingest, change->id, change->pipeline);
    else
        inf_pipeline_unref(change->pipeline);
    change->done(change->arg, err);
    free(change->id);
    free(change);
}

static struct change *new_change(struct inf_ingest *ingest, const char *id,
                                 struct inf_pipeline *pipeline, inf_store_done done, void *arg)
{
    struct change *change = inf_alloc(1, sizeof *change);

    *change = (struct change){
        .ingest = ingest, .pipeline = pipeline, .id = inf_strdup(id), .done = done, .arg = arg};
    return change;
}

/* The pipeline as the next writer finds it. */
static const struct inf_pipeline *latest(const struct inf_ingest *ingest, const char *id)
{
    const struct inf_pipeline *queued = inf_strmap_get(ingest->queued, id);

    return queued != NULL ? queued : inf_ingest_find(ingest, id);
}

static int check_version(const struct inf_ingest *ingest, const char *id, int64_t wanted,
                         const struct inf_pipeline *fresh, struct inf_error *err)
{
    const struct inf_pipeline *old = latest(ingest, id);

    if (old == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "version conflict, required version [%lld] for pipeline [%s] but no "
                             "pipeline was found",
                             (long long)wanted, id);
    if (old->version != wanted) {
        char has[24] = "null";

        if (old->version >= 0)
            snprintf(has, sizeof has, "%lld", (long long)old->version);
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "version conflict, required version [%lld] for pipeline [%s] but "
                             "current version is [%s]",
                             (long long)wanted, id, has);
    }
    if (fresh->version == wanted)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "cannot update pipeline [%s] with the same version [%lld]", id,
                             (long long)wanted);
    return 0;
}

static int check_room(const struct inf_ingest *ingest, const char *id, struct inf_error *err)
{
    if (latest(ingest, id) != NULL ||
        inf_strmap_size(ingest->pipelines) + inf_strmap_size(ingest->queued) < INF_PIPELINES)
        return 0;
    return inf_error_set(err, INF_ERR_CONFLICT,
                         "pipeline [%s] would be more than the [%d] that are kept", id,
                         INF_PIPELINES);
}

static int check_count(const struct inf_ingest *ingest, const struct inf_pipeline *fresh,
                       struct inf_error *err)
{
    int count = inf_pipeline_count_inference(fresh, NULL);

    if (count == 0)
        return 0;
    for (size_t i = 0; i < inf_ingest_count(ingest); i++)
        if (strcmp(inf_ingest_at(ingest, i)->id, fresh->id) != 0)
            count += inf_pipeline_count_inference(inf_ingest_at(ingest, i), NULL);
    if (count <= MAX_INFERENCE_PROCESSORS)
        return 0;
    return inf_error_set(err, INF_ERR_CONFLICT,
                         "Max number of inference processors reached, total inference processors "
                         "[%d]. Adjust the setting [xpack.ml.max_inference_processors]: [%d] if a "
                         "greater number is desired.",
                         count, MAX_INFERENCE_PROCESSORS);
}

/* With if_version and without a version of its own, a definition gets the next one. */
static struct cJSON *with_next_version(const struct cJSON *definition, int64_t version)
{
    struct cJSON *copy = inf_json_copy(definition);

    if (copy != NULL && inf_json_set(copy, "version", inf_json_new_int(version)) == 0)
        return copy;
    inf_json_delete(copy);
    return NULL;
}

static int compile(struct inf_ingest *ingest, const char *id, const struct cJSON *definition,
                   int64_t if_version, struct inf_pipeline **ret, struct inf_error *err)
{
    struct cJSON *copy = NULL;
    int rc;

    if (if_version >= 0 && inf_json_get(definition, "version") == NULL) {
        copy = with_next_version(definition, if_version + 1);
        if (copy == NULL)
            return inf_doc_no_memory(err);
    }
    rc = inf_pipeline_compile(ingest, id, copy != NULL ? copy : definition, ret, err);
    inf_json_delete(copy);
    return rc;
}

int inf_ingest_put(struct inf_ingest *ingest, const char *id, const struct cJSON *definition,
                   int64_t if_version, inf_store_done done, void *arg, struct inf_error *err)
{
    struct inf_pipeline *pipeline;

    if (compile(ingest, id, definition, if_version, &pipeline, err) != 0)
        return -1;
    if (check_room(ingest, id, err) != 0 ||
        (if_version >= 0 && check_version(ingest, id, if_version, pipeline, err) != 0) ||
        check_count(ingest, pipeline, err) != 0) {
        inf_pipeline_unref(pipeline);
        return -1;
    }
    inf_strmap_put(ingest->queued, id, pipeline);
    inf_store_put_object(ingest->store, INF_OBJECT_PIPELINE,
                         &(struct inf_object){.id = id, .text = pipeline->text}, true, changed,
                         new_change(ingest, id, pipeline, done, arg));
    return 0;
}

void inf_ingest_delete(struct inf_ingest *ingest, const char *id, inf_store_done done, void *arg)
{
    inf_store_delete_object(ingest->store, INF_OBJECT_PIPELINE, id, changed,
                            new_change(ingest, id, NULL, done, arg));
}
