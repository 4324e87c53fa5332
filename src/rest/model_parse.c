/* model_parse.c - the strict parse of the body of PUT model: what ObjectParser would refuse inside
 * the members, with the place where it stands. The route table has checked the members' own types.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ids.h"
#include "inferd/fields.h"
#include "model_config.h"
#include "model_members.h"
#include <string.h>
#include <strings.h>

#define PARSER "trained_model_config"

static const char *const input_members[] = {"field_names", NULL};
static const char *const prefix_members[] = {"search", "ingest", NULL};

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

/* Tree models have other tasks and definitions, so they are refused before those are looked at. */
static int check_type(const struct cJSON *root, const char *model_id, struct inf_error *err)
{
    const char *type = inf_json_string(inf_json_get(root, "model_type"));

    if (type == NULL && inf_has_definition(root))
        type = "tree_ensemble"; /* what a definition without a type is */
    if (type == NULL || strcasecmp(type, "pytorch") == 0)
        return 0;
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "model [%s] of type [%s] cannot be stored; inferd serves models of "
                         "[model_type] [pytorch] only",
                         model_id, type);
}

int inf_model_config_parse(const struct inf_json *body, const char *model_id,
                           struct inf_model_config *ret, struct inf_error *err)
{
    const struct cJSON *root = body->root;

    *ret = (struct inf_model_config){.model_size_bytes = 0};
    if (inf_member_present(root, "definition") && inf_member_present(root, "compressed_definition"))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "both [compressed_definition] and [definition] cannot be set.");
    if (check_type(root, model_id, err) != 0)
        return -1;
    if (inf_member_present(root, "inference_config") &&
        inf_inference_config_parse(inf_json_get(root, "inference_config"), body, &ret->inference,
                                   err) != 0)
        return -1;
    if (parse_input(body, err) != 0 || parse_prefix_strings(body, err) != 0 ||
        parse_field_map(body, err) != 0 ||
        parse_count(root, "model_size_bytes", "estimated_heap_memory_usage_bytes",
                    &ret->model_size_bytes, err) != 0)
        return -1;
    return parse_count(root, "estimated_operations", NULL, &ret->estimated_operations, err);
}

void inf_model_config_fini(struct inf_model_config *config)
{
    inf_inference_config_unref(config->inference);
    config->inference = NULL;
}

int inf_model_config_servable(const struct inf_json *body, const char *model_id,
                              struct inf_error *err)
{
    if (inf_has_definition(body->root))
        return inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "the definition of model [%s] of type [pytorch] must be uploaded in parts; "
            "see PUT _ml/trained_models/{model_id}/definition/{part}",
            model_id);
    if (inf_id_is_packaged(model_id))
        return inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "model [%s] is a packaged model that must be downloaded; inferd does not "
            "download models, so import it under a [model_id] without the leading dot",
            model_id);
    return 0;
}
