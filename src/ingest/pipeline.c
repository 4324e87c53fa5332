/* pipeline.c - from a definition to a pipeline, and what can be asked of one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

#define DEFINITION_MAX ((size_t)16 << 20)

/* ---- making ---- */

static int check_type(const struct inf_reader *reader, const char *name, const char *wanted,
                      bool right, struct inf_error *err)
{
    const struct cJSON *value = inf_json_get(reader->settings, name);

    return right ? 0
                 : inf_reader_fail(reader, name, err, "property isn't a %s, but of type [%s]",
                                   wanted, inf_doc_type(value));
}

static int check_unknown(const struct inf_reader *reader, const char *id, struct inf_error *err)
{
    static const char *const known[] = {
        "processors", "on_failure", "description",         "version",
        "_meta",      "deprecated", "field_access_pattern"};

    for (const struct cJSON *member = inf_json_first(reader->settings); member != NULL;
         member = inf_json_next(member)) {
        size_t i = 0;

        while (i < sizeof known / sizeof known[0] && strcmp(known[i], inf_json_key(member)) != 0)
            i++;
        if (i == sizeof known / sizeof known[0])
            return inf_reader_fail(
                reader, NULL, err,
                "pipeline [%s] doesn't support one or more provided configuration parameters [%s]",
                id, inf_json_key(member));
    }
    return 0;
}

static int read_version(struct inf_pipeline *pipeline, struct inf_reader *reader,
                        struct inf_error *err)
{
    const struct cJSON *version = inf_reader_any(reader, "version");

    if (version == NULL)
        return 0;
    if (!inf_json_is_number(version) || inf_json_int64(version, &pipeline->version, err) != 0 ||
        pipeline->version < 0 || pipeline->version > INT32_MAX)
        return inf_reader_fail(reader, "version", err, "property must be an integer from 0 to %d",
                               INT32_MAX);
    return 0;
}

static int read_members(struct inf_pipeline *pipeline, struct inf_reader *reader,
                        struct inf_error *err)
{
    const struct cJSON *meta = inf_reader_any(reader, "_meta");
    const struct cJSON *deprecated = inf_reader_any(reader, "deprecated");
    const struct cJSON *description = inf_reader_any(reader, "description");
    const struct cJSON *list = inf_reader_any(reader, "processors");
    const struct cJSON *rescue = inf_reader_any(reader, "on_failure");

    if (list == NULL)
        return inf_reader_fail(reader, "processors", err, "required property is missing");
    if (check_type(reader, "processors", "list", inf_json_is_array(list), err) != 0 ||
        check_type(reader, "on_failure", "list", rescue == NULL || inf_json_is_array(rescue),
                   err) != 0 ||
        check_type(reader, "description", "string",
                   description == NULL || inf_json_is_string(description), err) != 0 ||
        check_type(reader, "_meta", "map", meta == NULL || inf_json_is_object(meta), err) != 0 ||
        check_type(reader, "deprecated", "boolean",
                   deprecated == NULL || inf_json_is_bool(deprecated), err) != 0)
        return -1;
    if (rescue != NULL && inf_json_first(rescue) == NULL)
        return inf_reader_fail(reader, NULL, err,
                               "pipeline [%s] cannot have an empty on_failure option defined",
                               pipeline->id);
    if (read_version(pipeline, reader, err) != 0)
        return -1;
    return inf_processors_make(reader->compiling, list, &pipeline->processors, err) != 0 ||
                   (rescue != NULL &&
                    inf_processors_make(reader->compiling, rescue, &pipeline->on_failure, err) != 0)
               ? -1
               : 0;
}

int inf_pipeline_compile(struct inf_ingest *ingest, const char *id, const struct cJSON *definition,
                         struct inf_pipeline **ret, struct inf_error *err)
{
    struct inf_compiling compiling = {.ingest = ingest};
    struct inf_reader reader = {.settings = definition, .compiling = &compiling};
    struct inf_pipeline *pipeline = inf_alloc(1, sizeof *pipeline);
    struct inf_buf text;
    struct inf_jsonw w;

    pipeline->refs = 1;
    pipeline->version = -1;
    pipeline->id = inf_strdup(id);
    inf_buf_init(&text, DEFINITION_MAX);
    inf_jsonw_init(&w, &text);
    inf_jsonw_value(&w, definition);
    if (text.failed)
        inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                      "the definition of pipeline [%s] is longer than [%zu] bytes", id,
                      DEFINITION_MAX);
    else if (read_members(pipeline, &reader, err) == 0 && check_unknown(&reader, id, err) == 0) {
        pipeline->text = inf_buf_take(&text, NULL);
        *ret = pipeline;
        return 0;
    }
    inf_buf_free(&text);
    inf_pipeline_unref(pipeline);
    return -1;
}

struct inf_pipeline *inf_pipeline_ref(struct inf_pipeline *pipeline)
{
    pipeline->refs++;
    return pipeline;
}

void inf_pipeline_unref(struct inf_pipeline *pipeline)
{
    if (pipeline == NULL || --pipeline->refs > 0)
        return;
    inf_processors_free(&pipeline->processors);
    inf_processors_free(&pipeline->on_failure);
    free(pipeline->id);
    free(pipeline->text);
    free(pipeline);
}

const char *inf_pipeline_id(const struct inf_pipeline *pipeline)
{
    return pipeline->id;
}

const char *inf_pipeline_text(const struct inf_pipeline *pipeline)
{
    return pipeline->text;
}

/* ---- who it uses ---- */

static int count_inference(const struct inf_processors *processors, const char *model_id)
{
    int count = 0;

    for (size_t i = 0; i < processors->count; i++) {
        const struct inf_processor *processor = processors->items[i];
        const char *id = inf_processor_model_id(processor);

        count += id != NULL && (model_id == NULL || strcmp(id, model_id) == 0);
        count += count_inference(&processor->on_failure, model_id);
        if (processor->row->inside != NULL)
            count += count_inference(processor->row->inside(processor->settings), model_id);
    }
    return count;
}

int inf_pipeline_count_inference(const struct inf_pipeline *pipeline, const char *model_id)
{
    return count_inference(&pipeline->processors, model_id) +
           count_inference(&pipeline->on_failure, model_id);
}

bool inf_pipeline_uses(const struct inf_pipeline *pipeline, const char *id)
{
    return inf_pipeline_count_inference(pipeline, id) > 0;
}

/* ---- counts ---- */

static void take_counts(struct inf_counts *counts, const struct inf_counts *before)
{
    *counts = *before;
    counts->current = 0; /* what runs goes on counting in the old one */
}

void inf_pipeline_take_counts(struct inf_pipeline *pipeline, const struct inf_pipeline *before)
{
    const struct inf_processors *now = &pipeline->processors, *old = &before->processors;

    take_counts(&pipeline->counts, &before->counts);
    pipeline->bytes_in = before->bytes_in;
    pipeline->bytes_out = before->bytes_out;
    for (size_t i = 0; i < now->count && i < old->count; i++)
        if (now->items[i]->row == old->items[i]->row)
            take_counts(&now->items[i]->counts, &old->items[i]->counts);
}
