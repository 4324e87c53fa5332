/* inference_settings.c - the settings of an inference processor, in Elasticsearch's order of
 * complaints. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inference_settings.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

#define TARGET "ml.inference"
#define RESULTS_FIELD "predicted_value"
#define CHUNK_LEAST 8 /* tokens */
#define CHUNK_MOST 1048576

static const char *const config_types[] = {"classification",
                                           "regression",
                                           "fill_mask",
                                           "ner",
                                           "pass_through",
                                           "question_answering",
                                           "text_classification",
                                           "text_embedding",
                                           "text_expansion",
                                           "text_similarity",
                                           "zero_shot_classification"};

static struct inf_field_pair *add_pair(struct inf_field_pair **pairs, size_t *count,
                                       const char *from, const char *to)
{
    *pairs = inf_realloc(*pairs, *count + 1, sizeof **pairs);
    (*pairs)[*count] = (struct inf_field_pair){inf_strdup(from), inf_strdup(to)};
    return &(*pairs)[(*count)++];
}

/* ---- field_map ---- */

static int read_map(struct inf_inference_settings *settings, struct inf_reader *reader,
                    struct inf_error *err)
{
    const struct cJSON *map = inf_reader_any(reader, "field_map");
    const struct cJSON *older = inf_reader_any(reader, "field_mappings");
    const char *name = map != NULL ? "field_map" : "field_mappings";

    if (map == NULL)
        map = older;
    if (map != NULL && !inf_json_is_object(map))
        return inf_reader_fail(reader, name, err, "property isn't a map, but of type [%s]",
                               inf_doc_type(map));
    for (const struct cJSON *one = inf_json_first(map); one != NULL; one = inf_json_next(one)) {
        if (!inf_json_is_string(one))
            return inf_reader_fail(reader, name, err, "[%s] isn't a string, but of type [%s]",
                                   inf_json_key(one), inf_doc_type(one));
        if (settings->mapping_count == INF_INFERENCE_FIELDS)
            return inf_reader_fail(reader, name, err, "has more than [%d] fields",
                                   INF_INFERENCE_FIELDS);
        add_pair(&settings->mappings, &settings->mapping_count, inf_json_key(one),
                 inf_json_string(one));
    }
    return 0;
}

/* ---- input_output ---- */

static int check_unique(const struct inf_inference_settings *settings,
                        const struct inf_reader *reader, const struct inf_field_pair *pair,
                        struct inf_error *err)
{
    for (const struct inf_field_pair *other = settings->outputs; other < pair; other++) {
        if (strcmp(other->from, pair->from) == 0)
            return inf_reader_fail(reader, "input_field", err,
                                   "names must be unique but [%s] is repeated", pair->from);
        if (strcmp(other->to, pair->to) == 0)
            return inf_reader_fail(reader, "output_field", err,
                                   "names must be unique but [%s] is repeated", pair->to);
    }
    return 0;
}

static int read_output(struct inf_inference_settings *settings, const struct inf_reader *reader,
                       const struct cJSON *map, struct inf_error *err)
{
    struct inf_reader inner = {
        .settings = map, .type = reader->type, .tag = reader->tag, .compiling = reader->compiling};
    const char *input, *output;

    if (settings->output_count == INF_INFERENCE_FIELDS)
        return inf_reader_fail(reader, "input_output", err, "has more than [%d] fields",
                               INF_INFERENCE_FIELDS);
    if (inf_reader_string(&inner, "input_field", &input, err) != 0 ||
        inf_reader_string(&inner, "output_field", &output, err) != 0 ||
        inf_reader_end(&inner, err) != 0)
        return -1;
    return check_unique(settings, reader,
                        add_pair(&settings->outputs, &settings->output_count, input, output), err);
}

static int read_outputs(struct inf_inference_settings *settings, struct inf_reader *reader,
                        struct inf_error *err)
{
    const struct cJSON *value = inf_reader_any(reader, "input_output");

    if (value == NULL)
        return 0;
    if (inf_json_is_object(value))
        return read_output(settings, reader, value, err);
    if (!inf_json_is_array(value))
        return inf_reader_fail(reader, "input_output", err, "property isn't a map or list of maps");
    if (inf_json_first(value) == NULL)
        return inf_reader_fail(reader, "input_output", err,
                               "property cannot be empty at least one is required");
    for (const struct cJSON *one = inf_json_first(value); one != NULL; one = inf_json_next(one)) {
        if (!inf_json_is_object(one))
            return inf_reader_fail(reader, "input_output", err, "property isn't a list of maps");
        if (read_output(settings, reader, one, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- inference_config ---- */

static int check_config(const struct cJSON *config, struct inf_error *err)
{
    const struct cJSON *task = inf_json_first(config);
    struct inf_buf names;

    if (!inf_json_is_object(config) || task == NULL || inf_json_next(task) != NULL ||
        !inf_json_is_object(task))
        return inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "inference_config must be an object with one inference type mapped to an object.");
    inf_buf_init(&names, INF_REASON_MAX);
    for (size_t i = 0; i < sizeof config_types / sizeof config_types[0]; i++) {
        if (strcmp(config_types[i], inf_json_key(task)) == 0) {
            inf_buf_free(&names);
            return 0;
        }
        inf_buf_printf(&names, "%s%s", i > 0 ? ", " : "", config_types[i]);
    }
    inf_error_set(err, INF_ERR_BAD_REQUEST,
                  "unrecognized inference configuration type [%s]. Supported types [%s]",
                  inf_json_key(task), names.data);
    inf_buf_free(&names);
    return -1;
}

static int read_config(struct inf_inference_settings *settings, struct inf_reader *reader,
                       struct inf_error *err)
{
    const struct cJSON *config = inf_reader_any(reader, "inference_config");
    const char *results_field;

    if (config == NULL || (inf_json_is_object(config) && inf_json_first(config) == NULL))
        return 0;
    if (check_config(config, err) != 0)
        return -1;
    results_field = inf_json_string(inf_json_get(inf_json_first(config), "results_field"));
    if (results_field != NULL && settings->output_count > 0)
        return inf_reader_fail(
            reader, NULL, err,
            "The [inference_config.results_field] setting is incompatible with using "
            "[input_output]. Prefer to use the [input_output.output_field] option to specify where "
            "to write the inference results to.");
    if (results_field != NULL)
        settings->results_field = inf_strdup(results_field);
    settings->config = inf_json_copy(config);
    return settings->config != NULL ? 0 : inf_doc_no_memory(err);
}

/* ---- chunk (inferd's own) ---- */

/* A whole number within bounds; *ret keeps its value when it is missing. */
static int read_number(struct inf_reader *inner, const struct inf_reader *reader, const char *name,
                       int least, int most, int *ret, struct inf_error *err)
{
    const struct cJSON *value = inf_reader_any(inner, name);
    struct inf_error ignored;
    int64_t number = 0;

    if (value == NULL)
        return 0;
    if (inf_json_int64(value, &number, &ignored) != 0 || number < least || number > most)
        return inf_reader_fail(reader, "chunk", err,
                               "[%s] must be a whole number from [%d] to [%d]", name, least, most);
    *ret = (int)number;
    return 0;
}

static int read_chunk(struct inf_inference_settings *settings, struct inf_reader *reader,
                      struct inf_error *err)
{
    const struct cJSON *value = inf_reader_any(reader, "chunk");
    struct inf_reader inner = {.settings = value,
                               .type = reader->type,
                               .tag = reader->tag,
                               .compiling = reader->compiling};
    int most;

    if (value == NULL)
        return 0;
    if (!inf_json_is_object(value))
        return inf_reader_fail(reader, "chunk", err, "property isn't a map, but of type [%s]",
                               inf_doc_type(value));
    if (settings->output_count != 1)
        return inf_reader_fail(reader, "chunk", err,
                               "option needs [input_output] with one pair of fields");
    settings->in_chunks = true;
    if (read_number(&inner, reader, "max_tokens", CHUNK_LEAST, CHUNK_MOST, &settings->chunk_tokens,
                    err) != 0)
        return -1;
    most = (settings->chunk_tokens > 0 ? settings->chunk_tokens : CHUNK_MOST) / 2;
    if (read_number(&inner, reader, "overlap", 0, most, &settings->chunk_overlap, err) != 0)
        return -1;
    return inf_reader_end(&inner, err);
}

/* ---- the whole ---- */

static int read_target(struct inf_inference_settings *settings, struct inf_reader *reader,
                       struct inf_error *err)
{
    struct inf_buf target;

    if (inf_reader_copy(reader, "target_field", false, &settings->target, err) != 0)
        return -1;
    if (settings->target != NULL && settings->output_count > 0)
        return inf_reader_fail(
            reader, "target_field", err,
            "option is incompatible with [input_output]. Use the [output_field] option to specify "
            "where to write the inference results to.");
    if (settings->target != NULL)
        return 0;
    inf_buf_init(&target, SIZE_MAX / 2);
    inf_buf_puts(&target, TARGET);
    if (reader->tag != NULL)
        inf_buf_printf(&target, ".%s", reader->tag);
    settings->target = inf_buf_take(&target, NULL);
    return settings->target != NULL ? 0 : inf_doc_no_memory(err);
}

int inf_inference_settings_make(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct inf_inference_settings *inference = settings;

    if (inf_reader_copy(reader, "model_id", true, &inference->model_id, err) != 0 ||
        inf_reader_bool(reader, "ignore_missing", &inference->ignore_missing, err) != 0 ||
        read_outputs(inference, reader, err) != 0 || read_target(inference, reader, err) != 0 ||
        read_map(inference, reader, err) != 0)
        return -1;
    if (inference->mapping_count > 0 && inference->output_count > 0)
        return inf_reader_fail(reader, "field_map", err,
                               "option is incompatible with [input_output]. Use the [input_field] "
                               "option to specify which fields to use for inference.");
    if (read_chunk(inference, reader, err) != 0)
        return -1;
    return read_config(inference, reader, err);
}

static void free_pairs(struct inf_field_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(pairs[i].from);
        free(pairs[i].to);
    }
    free(pairs);
}

void inf_inference_settings_destroy(void *settings)
{
    struct inf_inference_settings *inference = settings;

    free_pairs(inference->mappings, inference->mapping_count);
    free_pairs(inference->outputs, inference->output_count);
    inf_json_delete(inference->config);
    free(inference->model_id);
    free(inference->target);
    free(inference->results_field);
}

/* ---- the answer ---- */

/* The base of "a.b.c" is "a.b."; of "c", "". */
static size_t base_length(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL ? (size_t)(dot - path) + 1 : 0;
}

/* Takes value. */
static int set_beside(struct inf_doc *doc, const char *path, const char *name, struct cJSON *value,
                      struct inf_error *err)
{
    struct inf_buf whole;
    int rc;

    inf_buf_init(&whole, SIZE_MAX / 2);
    inf_buf_append(&whole, path, base_length(path));
    inf_buf_puts(&whole, name);
    if (whole.failed) {
        inf_json_delete(value);
        rc = inf_doc_no_memory(err);
    } else {
        rc = inf_doc_set(doc, whole.data, value, err);
    }
    inf_buf_free(&whole);
    return rc;
}

/* Takes answer. The model's word for its answer becomes the output field, the rest goes beside it.
 */
static int write_output(const struct inf_inference_settings *settings, const char *output,
                        struct cJSON *answer, struct inf_doc *doc, struct inf_error *err)
{
    const char *results_field =
        settings->results_field != NULL ? settings->results_field : RESULTS_FIELD;
    struct cJSON *member;
    bool first = true;
    int rc = 0;

    /* A results_field of the model's own stands first in its answer. */
    if (inf_json_find(answer, results_field) != NULL)
        first = false;
    while (rc == 0 && (member = inf_json_begin(answer)) != NULL) {
        const char *name = inf_json_key(member);

        if (first || strcmp(name, results_field) == 0)
            rc = inf_doc_set(doc, output, inf_json_copy(member), err);
        else
            rc = set_beside(doc, output, name, inf_json_copy(member), err);
        first = false;
        inf_json_delete(inf_json_detach(answer, member));
    }
    inf_json_delete(answer);
    return rc;
}

int inf_inference_write_model(const struct inf_inference_settings *settings, struct inf_doc *doc,
                              struct inf_error *err)
{
    return set_beside(doc, settings->outputs[0].to, "model_id",
                      inf_json_new_string(settings->model_id), err);
}

static int write_outputs(const struct inf_inference_settings *settings, struct inf_buf *results,
                         struct inf_doc *doc, struct inf_error *err)
{
    size_t at = 0;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < settings->output_count && at < results->length; i++) {
        /* Where there is one only, its end need not be looked for. */
        struct cJSON *answer = settings->output_count == 1
                                   ? inf_json_parse_shallow(results->data, results->length)
                                   : inf_json_next_joined(results->data, results->length, &at);

        rc = answer != NULL ? write_output(settings, settings->outputs[i].to, answer, doc, err)
                            : inf_doc_no_memory(err);
        if (rc == 0 && i == 0)
            rc = inf_inference_write_model(settings, doc, err);
    }
    return rc;
}

int inf_inference_write(const struct inf_inference_settings *settings, struct inf_buf *results,
                        struct inf_doc *doc, struct inf_error *err)
{
    struct cJSON *answer;

    if (results->failed)
        return inf_error_set(err, INF_ERR_INTERNAL, "the inference results are too large");
    if (results->length == 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_STATE, "Unexpected empty inference response");
    if (settings->output_count > 0)
        return write_outputs(settings, results, doc, err);
    answer = inf_json_parse_shallow(results->data, results->length);
    if (answer != NULL &&
        inf_json_set(answer, "model_id", inf_json_new_string(settings->model_id)) == 0)
        return inf_doc_set(doc, settings->target, answer, err);
    inf_json_delete(answer);
    return inf_doc_no_memory(err);
}
