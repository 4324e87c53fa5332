/* model_rules.c - the numbered rules of PUT model, compatibility 2.1, in their order. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ids.h"
#include "model_config.h"
#include "model_members.h"
#include <stdio.h>
#include <string.h>

/* Order of the complaints, compatibility 2.1. */
enum {
    ORDER_DEFINITION_AND_LOCATION = 2,
    ORDER_MODEL_TYPE,
    ORDER_INFERENCE_CONFIG,
    ORDER_ID,
    ORDER_TAGS,
    ORDER_TAG_IS_ID,
    ORDER_INPUT,
    ORDER_ILLEGAL,
    ORDER_ILLEGAL_FOR_PACKAGED
};

static const char *const set_by_server[] = {"version",
                                            "created_by",
                                            "create_time",
                                            "license_level",
                                            "location",
                                            "metadata.total_feature_importance",
                                            "metadata.model_aliases",
                                            "model_package",
                                            NULL};
static const char *const set_by_package[] = {
    "description",      "definition",       "model_type", "metadata",
    "model_size_bytes", "inference_config", "tags",       NULL};

static void check_id(const char *id, inf_complain complain, void *arg)
{
    char text[INF_REASON_MAX];

    if (!(inf_id_is_packaged(id) ? inf_packaged_id_spelled_well(id) : inf_id_spelled_well(id))) {
        snprintf(
            text, sizeof text,
            "Invalid model_id; '%s' can contain lowercase alphanumeric (a-z and 0-9), hyphens or "
            "underscores; must start and end with alphanumeric",
            id);
        complain(arg, ORDER_ID, text);
    }
    if (!inf_id_short_enough(id)) {
        snprintf(text, sizeof text,
                 "Invalid model_id; '%s' cannot contain more than %d characters.", id, INF_ID_MAX);
        complain(arg, ORDER_ID, text);
    }
}

static void check_tags(const struct cJSON *tags, const char *model_id, inf_complain complain,
                       void *arg)
{
    struct inf_buf bad;
    bool is_id = false;
    char text[INF_REASON_MAX];

    inf_buf_init(&bad, INF_REASON_MAX / 2);
    for (const struct cJSON *item = inf_strings_first(tags); item != NULL;
         item = inf_strings_next(tags, item)) {
        const char *tag = inf_json_string(item);

        if (!inf_id_valid(tag))
            inf_buf_printf(&bad, "%s%s", bad.length > 0 ? ", " : "", tag);
        is_id = is_id || strcmp(tag, model_id) == 0;
    }
    if (bad.length > 0 || bad.failed) {
        snprintf(
            text, sizeof text,
            "Invalid tags [%s]; must only can contain lowercase alphanumeric (a-z and 0-9), "
            "hyphens or underscores, must start and end with alphanumeric, and must be less than "
            "64 characters.",
            bad.data != NULL ? bad.data : "");
        complain(arg, ORDER_TAGS, text);
    }
    if (is_id)
        complain(arg, ORDER_TAG_IS_ID, "none of the tags must equal the model_id");
    inf_buf_free(&bad);
}

/* fields: dotted paths, ended by NULL. */
static void check_illegal(const struct cJSON *root, const char *const *fields, int order,
                          const char *when, inf_complain complain, void *arg)
{
    for (; *fields != NULL; fields++) {
        const struct cJSON *value = inf_json_get_path(root, *fields);
        char text[128];

        if (value == NULL || inf_json_is_null(value))
            continue;
        snprintf(text, sizeof text, "illegal to set [%s] at inference model creation%s", *fields,
                 when);
        complain(arg, order, text);
    }
}

void inf_model_config_check(const struct inf_json *body, const char *model_id,
                            inf_complain complain, void *arg)
{
    const struct cJSON *root = body->root;
    const struct cJSON *names = inf_json_get(inf_json_get(root, "input"), "field_names");
    bool packaged = inf_id_is_packaged(model_id);

    if (inf_has_definition(root) && inf_member_present(root, "location"))
        complain(arg, ORDER_DEFINITION_AND_LOCATION,
                 "[definition] and [location] are both defined but only one can be used.");
    /* The package brings these two. */
    if (!packaged && !inf_member_present(root, "model_type") && !inf_has_definition(root))
        complain(arg, ORDER_MODEL_TYPE, "[model_type] must be set if [definition] is not defined.");
    if (!packaged && !inf_member_present(root, "inference_config"))
        complain(arg, ORDER_INFERENCE_CONFIG, "[inference_config] must not be null.");
    check_id(model_id, complain, arg);
    check_tags(inf_json_get(root, "tags"), model_id, complain, arg);
    if (inf_json_is_array(names) && inf_json_first(names) == NULL)
        complain(arg, ORDER_INPUT, "[input.field_names] must not be empty");
    check_illegal(root, set_by_server, ORDER_ILLEGAL, "", complain, arg);
    if (packaged)
        check_illegal(root, set_by_package, ORDER_ILLEGAL_FOR_PACKAGED, " for packaged model",
                      complain, arg);
}
