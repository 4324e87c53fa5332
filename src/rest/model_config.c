/* model_config.c - the text of a model's configuration, as it is stored and echoed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "model_config.h"

#include "model_members.h"

#define CONFIG_VERSION "12.0.0" /* of Elasticsearch's ML configurations since 8.10 */
#define INDEX_NAME ".ml-inference-native-000002"

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

int inf_model_config_print(const struct inf_json *body, const char *model_id,
                           const struct inf_model_config *config, int64_t now_ms,
                           struct inf_buf *ret, struct inf_error *err)
{
    const struct cJSON *root = body->root;
    struct inf_jsonw w;

    inf_jsonw_init(&w, ret);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "model_id", model_id);
    inf_jsonw_kv_string(&w, "model_type", "pytorch");
    write_optional(root, "platform_architecture", &w);
    inf_jsonw_kv_string(&w, "created_by", "api_user");
    inf_jsonw_kv_string(&w, "version", CONFIG_VERSION);
    inf_jsonw_kv_int(&w, "create_time", now_ms);
    inf_jsonw_kv_int(&w, "model_size_bytes", config->model_size_bytes);
    inf_jsonw_kv_int(&w, "estimated_operations", config->estimated_operations);
    inf_jsonw_kv_string(&w, "license_level", "platinum");
    write_optional(root, "description", &w);
    inf_jsonw_key(&w, "tags");
    write_strings(inf_json_get(root, "tags"), &w);
    write_optional(root, "metadata", &w);
    write_input(root, &w);
    write_optional(root, "default_field_map", &w);
    inf_jsonw_key(&w, "inference_config");
    inf_inference_config_write(config->inference, &w);
    write_location(&w);
    write_optional(root, "prefix_strings", &w);
    inf_jsonw_end_object(&w);
    if (ret->failed)
        return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                             "the configuration of model [%s] is larger than [%zu] bytes", model_id,
                             ret->max);
    return 0;
}
