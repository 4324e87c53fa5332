/* model_view.c - reads stored configurations: for the answer of GET, and single fields of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/units.h"
#include "model_config.h"
#include "model_members.h"
#include <string.h>

int inf_model_config_open(const char *config, struct inf_json *ret, struct inf_error *err)
{
    if (inf_json_parse_own(config, strlen(config), NULL, ret, err) == 0)
        return 0;
    return inf_error_wrap(err, INF_ERR_ILLEGAL_STATE, "the stored model configuration is damaged");
}

/* The readable twin stands before the number, as XContentBuilder writes it. */
static void write_human_twin(const struct cJSON *member, struct inf_jsonw *w)
{
    char text[INF_UNITS_TEXT];
    int64_t value;
    struct inf_error ignored;

    if (strcmp(inf_json_key(member), "create_time") == 0 &&
        inf_json_int64(member, &value, &ignored) == 0)
        inf_jsonw_kv_string(w, "create_time_string", inf_iso8601_print(value, text));
    else if (strcmp(inf_json_key(member), "model_size_bytes") == 0 &&
             inf_json_int64(member, &value, &ignored) == 0)
        inf_jsonw_kv_string(w, "model_size", inf_bytes_print(value, text));
}

static bool is_generated(const char *key)
{
    static const char *const generated[] = {"created_by",           "version",
                                            "create_time",          "model_size_bytes",
                                            "estimated_operations", "license_level"};

    for (size_t i = 0; i < sizeof generated / sizeof generated[0]; i++)
        if (strcmp(key, generated[i]) == 0)
            return true;
    return false;
}

static void write_aliases(const struct inf_model_view *view, struct inf_jsonw *w)
{
    if (view->alias_count == 0)
        return;
    inf_jsonw_key(w, "model_aliases");
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < view->alias_count; i++)
        inf_jsonw_string(w, view->aliases[i]->id);
    inf_jsonw_end_array(w);
}

/* Stored metadata, if any, and what the server adds to it. */
static void write_metadata(const struct cJSON *metadata, const struct inf_model_view *view,
                           struct inf_jsonw *w)
{
    inf_jsonw_key(w, "metadata");
    inf_jsonw_begin_object(w);
    inf_jsonw_members(w, metadata);
    write_aliases(view, w);
    inf_jsonw_end_object(w);
}

static void write_member(const struct cJSON *member, const struct inf_model_view *view,
                         struct inf_jsonw *w)
{
    const char *key = inf_json_key(member);

    if (view->exclude_generated && is_generated(key))
        return;
    if (view->human)
        write_human_twin(member, w);
    if (strcmp(key, "metadata") == 0) {
        write_metadata(member, view, w);
        return;
    }
    inf_jsonw_key(w, key);
    inf_jsonw_value(w, member);
}

int inf_model_config_write(const char *config, const struct inf_model_view *view,
                           struct inf_jsonw *w, struct inf_error *err)
{
    struct inf_json doc;

    if (inf_model_config_open(config, &doc, err) != 0)
        return -1;
    inf_jsonw_begin_object(w);
    for (const struct cJSON *member = inf_json_first(doc.root); member != NULL;
         member = inf_json_next(member)) {
        write_member(member, view, w);
        /* Metadata stands behind the tags; aliases make some where there is none. */
        if (strcmp(inf_json_key(member), "tags") == 0 && view->alias_count > 0 &&
            inf_json_get(doc.root, "metadata") == NULL)
            write_metadata(NULL, view, w);
    }
    if (view->definition_status)
        inf_jsonw_kv_bool(w, "fully_defined", view->fully_defined);
    if (view->write_more != NULL)
        view->write_more(view->arg, w);
    inf_jsonw_end_object(w);
    inf_json_free(&doc);
    return 0;
}

int inf_model_config_inference(const char *config, struct inf_inference_config **ret,
                               struct inf_error *err)
{
    struct inf_json doc;
    int rc;

    if (inf_model_config_open(config, &doc, err) != 0)
        return -1;
    rc = inf_inference_config_load(inf_json_get(doc.root, "inference_config"), ret, err);
    inf_json_free(&doc);
    return rc;
}

void inf_model_config_tags(const struct cJSON *config, bool (*visit)(void *arg, const char *tag),
                           void *arg)
{
    const struct cJSON *tags = inf_json_get(config, "tags");

    for (const struct cJSON *item = inf_strings_first(tags); item != NULL;
         item = inf_strings_next(tags, item))
        if (!visit(arg, inf_json_string(item)))
            return;
}
