/* model_config.c - from the body of PUT model to the text that is stored and echoed.
 *
 * Elasticsearch judges a configuration in two steps: a strict parse, whose complaints name a place
 * in the body, and a numbered list of broken rules. The route table and this file are the first
 * step, model_rules.c is the second. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "model_config.h"

#include "inferd/fields.h"
#include "model_members.h"
#include <string.h>
#include <strings.h>

#define PARSER "trained_model_config"
#define CONFIG_VERSION "12.0.0" /* of Elasticsearch's ML configurations since 8.10 */
#define INDEX_NAME ".ml-inference-native-000002"

static const char *const input_members[] = {"field_names", NULL};
static const char *const prefix_members[] = {"search", "ingest", NULL};

/* ---- the parse ---- */

/* What is well-formed and legal, but beyond a server of PyTorch models. */
static int check_servable(const struct cJSON *root, const char *model_id, struct inf_error *err)
{
    const char *type = inf_json_string(inf_json_get(root, "model_type"));

    if (type == NULL || strcasecmp(type, "pytorch") != 0)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "model [%s] of type [%s] cannot be stored; inferd serves models of "
                             "[model_type] [pytorch] only",
                             model_id, type != NULL ? type : "tree_ensemble");
    if (inf_has_definition(root))
        return inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "the definition of model [%s] of type [pytorch] must be uploaded in parts; "
            "see PUT _ml/trained_models/{model_id}/definition/{part}",
            model_id);
    if (model_id[0] == '.')
        return inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "model [%s] is a packaged model that must be downloaded; inferd does not "
            "download models, so import it under a [model_id] without the leading dot",
            model_id);
    return 0;
}

/* fields.h knows no arrays: every element of value, which stands at path, must be a string. */
static int check_strings(const struct inf_json *body, const char *path, const struct cJSON *value,
                         struct inf_error *err)
{
    int line, column;

    for (const struct cJSON *item = inf_strings_first(value); item != NULL;
         item = inf_strings_next(value, item)) {
        if (inf_json_is_string(item))
            continue;
        inf_json_locate(body, path, &line, &column);
        return inf_error_set(err, INF_ERR_X_CONTENT_PARSE,
                             "[%d:%d] [" PARSER "_input] %s doesn't support values of type: %s",
                             line, column, inf_json_key(value), inf_json_token(item));
    }
    return 0;
}

static int parse_input(const struct inf_json *body, struct inf_error *err)
{
    struct inf_fields fields = {
        .doc = body, .path = "input", .parser = PARSER "_input", .known = input_members};
    const struct cJSON *input = inf_json_get(body->root, "input");
    bool named = false;

    if (input == NULL || inf_json_is_null(input))
        return 0;
    for (const struct cJSON *member = inf_json_first(input); member != NULL;
         member = inf_json_next(member)) {
        const char *ignored;

        if (strcmp(inf_json_key(member), "field_names") != 0)
            return inf_fields_unknown(&fields, inf_json_key(member), err);
        named = true;
        if (!inf_json_is_array(member) && inf_fields_string(&fields, member, &ignored, err) != 0)
            return -1;
        if (check_strings(body, "input.field_names", member, err) != 0)
            return -1;
    }
    if (named)
        return 0;
    fields = (struct inf_fields){.doc = body, .path = "", .parser = PARSER};
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "Required [field_names]");
    return inf_fields_failed(&fields, "input", err);
}

static int parse_prefix_strings(const struct inf_json *body, struct inf_error *err)
{
    struct inf_fields fields = {
        .doc = body, .path = "prefix_strings", .parser = "prefix_strings", .known = prefix_members};
    const struct cJSON *prefixes = inf_json_get(body->root, "prefix_strings");
    const char *ignored;

    if (prefixes == NULL || inf_json_is_null(prefixes))
        return 0;
    for (const struct cJSON *member = inf_json_first(prefixes); member != NULL;
         member = inf_json_next(member)) {
        const char *key = inf_json_key(member);

        if (strcmp(key, "search") != 0 && strcmp(key, "ingest") != 0)
            return inf_fields_unknown(&fields, key, err);
        if (inf_fields_string(&fields, member, &ignored, err) != 0)
            return -1;
    }
    if (inf_json_first(prefixes) != NULL)
        return 0;
    fields = (struct inf_fields){.doc = body, .path = "", .parser = PARSER};
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "one of [search] or [ingest] must be set in [prefix_strings]");
    return inf_fields_failed(&fields, "prefix_strings", err);
}

static int parse_field_map(const struct inf_json *body, struct inf_error *err)
{
    struct inf_fields fields = {.doc = body, .path = "default_field_map", .parser = PARSER};
    const struct cJSON *map = inf_json_get(body->root, "default_field_map");
    const char *ignored;

    for (const struct cJSON *member = inf_json_first(map); member != NULL;
         member = inf_json_next(member))
        if (inf_fields_string(&fields, member, &ignored, err) != 0)
            return -1;
    return 0;
}

/* The first of the names that is there; an absent number is 0. */
static int parse_count(const struct cJSON *root, const char *name, const char *old_name,
                       int64_t *ret, struct inf_error *err)
{
    const struct cJSON *value = inf_json_get(root, name);

    if (value == NULL && old_name != NULL)
        value = inf_json_get(root, old_name);
    *ret = 0;
    if (value != NULL && inf_json_int64(value, ret, err) != 0)
        return -1;
    if (*ret < 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "[%s] must be greater than or equal to 0", name);
    return 0;
}

/* ---- the text ---- */

static void write_strings(const struct cJSON *strings, struct inf_jsonw *w)
{
    inf_jsonw_begin_array(w);
    for (const struct cJSON *item = inf_strings_first(strings); item != NULL;
         item = inf_strings_next(strings, item))
        inf_jsonw_string(w, inf_json_string(item));
    inf_jsonw_end_array(w);
}

static void write_optional(const struct cJSON *root, const char *key, struct inf_jsonw *w)
{
    if (!inf_member_present(root, key))
        return;
    inf_jsonw_key(w, key);
    inf_jsonw_value(w, inf_json_get(root, key));
}

static void write_input(const struct cJSON *root, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "input");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "field_names");
    if (inf_member_present(root, "input")) {
        write_strings(inf_json_get(inf_json_get(root, "input"), "field_names"), w);
    } else {
        inf_jsonw_begin_array(w);
        inf_jsonw_string(w, "input");
        inf_jsonw_end_array(w);
    }
    inf_jsonw_end_object(w);
}

static void write_location(struct inf_jsonw *w)
{
    inf_jsonw_key(w, "location");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "index");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "name", INDEX_NAME);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

int inf_model_config_build(const struct inf_json *body, const char *model_id, int64_t now_ms,
                           struct inf_buf *ret, struct inf_error *err)
{
    const struct cJSON *root = body->root;
    struct inf_inference_config inference;
    int64_t model_size, operations;
    struct inf_jsonw w;

    if (check_servable(root, model_id, err) != 0 ||
        inf_inference_config_parse(inf_json_get(root, "inference_config"), body, &inference, err) !=
            0 ||
        parse_input(body, err) != 0 || parse_prefix_strings(body, err) != 0 ||
        parse_field_map(body, err) != 0 ||
        parse_count(root, "model_size_bytes", "estimated_heap_memory_usage_bytes", &model_size,
                    err) != 0 ||
        parse_count(root, "estimated_operations", NULL, &operations, err) != 0)
        return -1;
    inf_jsonw_init(&w, ret);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "model_id", model_id);
    inf_jsonw_kv_string(&w, "model_type", "pytorch");
    write_optional(root, "platform_architecture", &w);
    inf_jsonw_kv_string(&w, "created_by", "api_user");
    inf_jsonw_kv_string(&w, "version", CONFIG_VERSION);
    inf_jsonw_kv_int(&w, "create_time", now_ms);
    inf_jsonw_kv_int(&w, "model_size_bytes", model_size);
    inf_jsonw_kv_int(&w, "estimated_operations", operations);
    inf_jsonw_kv_string(&w, "license_level", "platinum");
    write_optional(root, "description", &w);
    inf_jsonw_key(&w, "tags");
    write_strings(inf_json_get(root, "tags"), &w);
    write_optional(root, "metadata", &w);
    write_input(root, &w);
    write_optional(root, "default_field_map", &w);
    inf_jsonw_key(&w, "inference_config");
    inf_inference_config_write(&inference, &w);
    write_location(&w);
    write_optional(root, "prefix_strings", &w);
    inf_jsonw_end_object(&w);
    if (ret->failed)
        return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                             "the configuration of model [%s] is larger than [%zu] bytes", model_id,
                             ret->max);
    return 0;
}
