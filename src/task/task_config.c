/* task_config.c - inference_config for all tasks: parsed, loaded again, updated by a request,
 * written, counted.
 *
 * A row of the table says which members a task's configuration and its updates have; those that
 * tasks share are read here, the others by the row. An update is a copy with changes, so that a
 * request never sees a half-changed configuration and the model's own is never touched. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_config.h"

#include "inferd/alloc.h"
#include "labels.h"
#include "task_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The index in which Elasticsearch keeps vocabularies; clients only see it echoed. */
#define VOCABULARY_INDEX ".ml-inference-native-000002"

/* ---- a configuration's life ---- */

static char *copy(const char *text)
{
    return text ? inf_strdup(text) : NULL;
}

static struct inf_inference_config *new_config(const struct inf_inference_config *base)
{
    struct inf_inference_config *config = inf_alloc(1, sizeof *config);
    *config = *base;
    config->refs = 1;
    inf_labels_ref(config->classification_labels);
    inf_labels_ref(config->labels);
    config->hypothesis_template = copy(base->hypothesis_template);
    config->text = copy(base->text);
    return config;
}

struct inf_inference_config *inf_inference_config_ref(struct inf_inference_config *config)
{
    config->refs++;
    return config;
}

void inf_inference_config_unref(struct inf_inference_config *config)
{
    if (!config || --config->refs > 0) {
        return;
    }
    inf_labels_unref(config->classification_labels);
    inf_labels_unref(config->labels);
    free(config->hypothesis_template);
    free(config->text);
    free(config);
}

/* ---- members that all tasks share ---- */

static bool is_listed(const char *const *names, const char *name)
{
    for (; *names; names++) {
        if (strcmp(*names, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Keys that stand beside the one of results_field in some task's answer. */
static const char *const answer_keys[] = {
    "is_truncated", "token_counts", "top_classes", "prediction_probability",
    "entities",     "start_offset", "end_offset",  NULL};

static int parse_results_field(const struct inf_fields *fields, const struct cJSON *member,
                               struct inf_inference_config *ret, struct inf_error *err)
{
    const char *text = NULL;
    if (inf_fields_string(fields, member, &text, err) != 0) {
        return -1;
    }
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof ret->results_field) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "[results_field] must be 1 to %zu bytes long; it has [%zu]",
                      sizeof ret->results_field - 1, length);
        return inf_fields_failed(fields, "results_field", err);
    }
    if (is_listed(answer_keys, text)) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "[results_field] must not be [%s], which is another field of an answer",
                      text);
        return inf_fields_failed(fields, "results_field", err);
    }
    memcpy(ret->results_field, text, length + 1);
    return 0;
}

static int parse_tokenization(const struct inf_fields *fields, const struct cJSON *member,
                              bool update, struct inf_inference_config *ret, struct inf_error *err)
{
    struct inf_tokenization base = ret->tokenization;
    char path[256];
    if (inf_fields_object(fields, member, err) != 0) {
        return -1;
    }
    if (update) {
        return inf_tokenization_update(&base, member, &ret->tokenization, err);
    }
    snprintf(path, sizeof path, "%s.tokenization", fields->path);
    return inf_tokenization_parse(member, fields->doc, path, &ret->tokenization, err);
}

/* The member's name is one that fields->known lists. */
static int parse_known(const struct inf_fields *fields, const struct cJSON *member, bool update,
                       struct inf_inference_config *ret, struct inf_error *err)
{
    const char *key = inf_json_key(member);
    if (strcmp(key, "tokenization") == 0) {
        return parse_tokenization(fields, member, update, ret, err);
    }
    if (strcmp(key, "results_field") == 0) {
        return parse_results_field(fields, member, ret, err);
    }
    return ret->task->parse(fields, member, ret, err);
}

static int refuse_vocabulary(const struct inf_fields *fields, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_BAD_REQUEST,
                  "illegal setting [vocabulary] on inference model creation");
    return inf_fields_failed(fields, "vocabulary", err);
}

/* ---- parse, load ---- */

static int parse_member(const struct inf_fields *fields, const struct cJSON *member, bool stored,
                        struct inf_inference_config *ret, struct inf_error *err)
{
    const char *key = inf_json_key(member);
    if (strcmp(key, "vocabulary") == 0) {
        return stored ? 0 : refuse_vocabulary(fields, err);
    }
    if (!is_listed(fields->known, key)) {
        return inf_fields_unknown(fields, key, err);
    }
    return parse_known(fields, member, false, ret, err);
}

static int check_whole(const struct inf_inference_config *config, struct inf_error *err)
{
    if (config->task->check && config->task->check(config, err) != 0) {
        return -1;
    }
    return config->task->check_model ? config->task->check_model(config, err) : 0;
}

static int parse_task(const struct inf_fields *outer, const struct cJSON *named, bool stored,
                      struct inf_inference_config *ret, struct inf_error *err)
{
    char path[128];
    struct inf_fields fields = {
        .doc = outer->doc, .path = path, .parser = ret->task->name, .known = ret->task->members};
    snprintf(path, sizeof path, "%s.%s", outer->path, ret->task->name);
    for (const struct cJSON *m = inf_json_first(named); m; m = inf_json_next(m)) {
        if (parse_member(&fields, m, stored, ret, err) != 0) {
            return -1;
        }
    }
    return check_whole(ret, err) != 0 ? inf_fields_failed(outer, ret->task->name, err) : 0;
}

static int parse_config(const struct cJSON *object, const struct inf_json *doc, bool stored,
                        struct inf_inference_config **ret, struct inf_error *err)
{
    struct inf_fields outer = {
        .doc = doc, .path = "inference_config", .parser = "trained_model_config"};
    struct inf_inference_config base = {0};
    struct inf_inference_config *config = NULL;
    const struct cJSON *named = NULL;
    if (inf_fields_named(&outer, object, "inference_config", &named, err) != 0 ||
        inf_task_find(&outer, inf_json_key(named), &base.task, err) != 0 ||
        inf_tokenization_parse(NULL, doc, "", &base.tokenization, err) != 0) {
        return -1;
    }
    config = new_config(&base);
    if (config->task->defaults) {
        config->task->defaults(config);
    }
    if (parse_task(&outer, named, stored, config, err) != 0) {
        inf_inference_config_unref(config);
        return -1;
    }
    *ret = config;
    return 0;
}

int inf_inference_config_parse(const struct cJSON *object, const struct inf_json *doc,
                               struct inf_inference_config **ret, struct inf_error *err)
{
    struct inf_fields body = {.doc = doc, .path = "", .parser = "trained_model_config"};
    if (parse_config(object, doc, false, ret, err) == 0) {
        return 0;
    }
    /* Only a name that is known and not served comes here as BAD_REQUEST; it stays on top, where
     * clients print it. All else is wrapped as by Elasticsearch's nested parsers. */
    if (err->code == INF_ERR_BAD_REQUEST) {
        return -1;
    }
    return inf_fields_failed(&body, "inference_config", err);
}

int inf_inference_config_load(const struct cJSON *object, struct inf_inference_config **ret,
                              struct inf_error *err)
{
    return parse_config(object, NULL, true, ret, err);
}

/* ---- update ---- */

static int update_members(const struct cJSON *named, struct inf_inference_config *config,
                          struct inf_error *err)
{
    char parser[64];
    struct inf_fields fields = {
        .path = "", .parser = parser, .known = config->task->update_members};
    snprintf(parser, sizeof parser, "%s_update", config->task->name);
    for (const struct cJSON *m = inf_json_first(named); m; m = inf_json_next(m)) {
        if (!is_listed(fields.known, inf_json_key(m))) {
            return inf_fields_unknown(&fields, inf_json_key(m), err);
        }
        if (parse_known(&fields, m, true, config, err) != 0) {
            return -1;
        }
    }
    return config->task->check ? config->task->check(config, err) : 0;
}

int inf_inference_config_update(struct inf_inference_config *base, const char *model_id,
                                const struct cJSON *update, struct inf_inference_config **ret,
                                struct inf_error *err)
{
    struct inf_fields fields = {.path = "", .parser = "cluster:internal/xpack/ml/inference/infer"};
    struct inf_inference_config *config = NULL;
    const struct cJSON *named = NULL;
    if (!update) {
        *ret = inf_inference_config_ref(base);
        return 0;
    }
    if (inf_fields_named(&fields, update, "inference_config", &named, err) != 0) {
        return -1;
    }
    const char *name = inf_json_key(named);
    if (!inf_task_is_known(name)) {
        return inf_fields_unknown_name(&fields, name, err);
    }
    if (strcmp(name, base->task->name) != 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Trained model [%s] is configured for task [%s] but called with task "
                             "[%s]",
                             model_id, base->task->name, name);
    }
    config = new_config(base);
    if (update_members(named, config, err) != 0) {
        inf_inference_config_unref(config);
        return -1;
    }
    *ret = config;
    return 0;
}

/* ---- size, text ---- */

size_t inf_task_extra_bytes(const struct inf_inference_config *config)
{
    size_t template = config->hypothesis_template ? strlen(config->hypothesis_template) : 0;
    size_t bytes = config->text ? strlen(config->text) : 0;
    for (size_t i = 0; i < inf_labels_count(config->labels); i++) {
        bytes += template + strlen(config->labels->names[i]);
    }
    return bytes;
}

void inf_inference_config_write(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, config->task->name);
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "vocabulary");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "index", VOCABULARY_INDEX);
    inf_jsonw_end_object(w);
    inf_jsonw_key(w, "tokenization");
    inf_tokenization_write(&config->tokenization, w);
    if (*config->results_field) {
        inf_jsonw_kv_string(w, "results_field", config->results_field);
    }
    if (config->task->write) {
        config->task->write(config, w);
    }
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}
