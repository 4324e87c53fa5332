/* task.c - THE table of tasks, and what all of them share around their own functions.
 *
 * A new task is one file with a row and one line here. The tasks of Elasticsearch that inferd does
 * not serve are refused by name, never guessed at. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_row.h"

#include <stdio.h>
#include <string.h>

static const struct inf_task *const tasks[] = {
    &inf_task_pass_through,
    &inf_task_text_embedding,
};
#define TASKS (sizeof tasks / sizeof *tasks)

static const char *const not_served[] = {
    "fill_mask",
    "ner",
    "question_answering",
    "text_classification",
    "text_expansion",
    "text_similarity",
    "zero_shot_classification",
    /* tasks of decision trees */
    "classification",
    "learning_to_rank",
    "regression",
};

#define DEFAULT_RESULTS_FIELD "predicted_value"
#define TRUNCATED_FIELD "is_truncated"
/* The index in which Elasticsearch keeps vocabularies; clients only see it echoed. */
#define VOCABULARY_INDEX ".ml-inference-native-000002"

static const struct inf_task *find(const char *name)
{
    for (size_t i = 0; i < TASKS; i++) {
        if (strcmp(tasks[i]->name, name) == 0) {
            return tasks[i];
        }
    }
    return NULL;
}

/* True for every task of Elasticsearch, served or not. */
static bool is_known(const char *name)
{
    for (size_t i = 0; i < sizeof not_served / sizeof *not_served; i++) {
        if (strcmp(not_served[i], name) == 0) {
            return true;
        }
    }
    return find(name) != NULL;
}

const char *inf_task_name(const struct inf_task *task)
{
    return task->name;
}

void inf_task_names(struct inf_buf *out)
{
    const char *separator = "";
    for (size_t i = 0; i < TASKS; i++) {
        inf_buf_printf(out, "%s%s", separator, tasks[i]->name);
        separator = "|";
    }
}

/* ---- inference_config: parse, load, update, write ---- */

static int find_served(const struct inf_fields *fields, const char *name,
                       const struct inf_task **ret, struct inf_error *err)
{
    struct inf_buf names;
    *ret = find(name);
    if (*ret) {
        return 0;
    }
    if (!is_known(name)) {
        return inf_fields_unknown_name(fields, name, err);
    }
    inf_buf_init(&names, INF_REASON_MAX);
    inf_task_names(&names);
    inf_error_set(err, INF_ERR_BAD_REQUEST,
                  "inference_config [%s] is not supported by inferd yet; supported is [%s]", name,
                  names.data);
    inf_buf_free(&names);
    return -1;
}

/* results_field becomes a key beside is_truncated, so the two must not be one. */
static int parse_results_field(const struct inf_fields *fields, const struct cJSON *member,
                               struct inf_inference_config *ret, struct inf_error *err)
{
    const char *text = NULL;
    if (inf_fields_string(fields, member, &text, err) != 0) {
        return -1;
    }
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof ret->results_field || strcmp(text, TRUNCATED_FIELD) == 0) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "[results_field] must be 1 to %zu bytes long and not [" TRUNCATED_FIELD "]",
                      sizeof ret->results_field - 1);
        return inf_fields_failed(fields, "results_field", err);
    }
    memcpy(ret->results_field, text, length + 1);
    return 0;
}

static int parse_tokenization(const struct inf_fields *fields, const struct cJSON *member,
                              struct inf_inference_config *ret, struct inf_error *err)
{
    char path[256];
    if (inf_fields_object(fields, member, err) != 0) {
        return -1;
    }
    snprintf(path, sizeof path, "%s.tokenization", fields->path);
    return inf_tokenization_parse(member, fields->doc, path, &ret->tokenization, err);
}

static int refuse_vocabulary(const struct inf_fields *fields, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_BAD_REQUEST,
                  "illegal setting [vocabulary] on inference model creation");
    return inf_fields_failed(fields, "vocabulary", err);
}

static int parse_member(const struct inf_fields *fields, const struct cJSON *member, bool stored,
                        struct inf_inference_config *ret, struct inf_error *err)
{
    const char *key = inf_json_key(member);
    if (strcmp(key, "vocabulary") == 0) {
        return stored ? 0 : refuse_vocabulary(fields, err);
    }
    if (strcmp(key, "tokenization") == 0) {
        return parse_tokenization(fields, member, ret, err);
    }
    if (strcmp(key, "results_field") == 0) {
        return parse_results_field(fields, member, ret, err);
    }
    int rc = ret->task->parse ? ret->task->parse(fields, member, ret, err) : 1;
    return rc <= 0 ? rc : inf_fields_unknown(fields, key, err);
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
    if (ret->task->check && ret->task->check(ret, err) != 0) {
        return inf_fields_failed(&fields, "tokenization", err);
    }
    return 0;
}

static int parse_config(const struct cJSON *object, const struct inf_json *doc, bool stored,
                        struct inf_inference_config *ret, struct inf_error *err)
{
    struct inf_fields outer = {
        .doc = doc, .path = "inference_config", .parser = "trained_model_config"};
    struct inf_inference_config config = {0};
    const struct cJSON *named = NULL;
    if (inf_fields_named(&outer, object, "inference_config", &named, err) != 0 ||
        find_served(&outer, inf_json_key(named), &config.task, err) != 0 ||
        inf_tokenization_parse(NULL, doc, "", &config.tokenization, err) != 0 ||
        parse_task(&outer, named, stored, &config, err) != 0) {
        return -1;
    }
    *ret = config;
    return 0;
}

int inf_inference_config_parse(const struct cJSON *object, const struct inf_json *doc,
                               struct inf_inference_config *ret, struct inf_error *err)
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

int inf_inference_config_load(const struct cJSON *object, struct inf_inference_config *ret,
                              struct inf_error *err)
{
    return parse_config(object, NULL, true, ret, err);
}

/* Of an update only these two count for the tasks served so far. */
static int update_member(const struct inf_fields *fields, const struct cJSON *member,
                         struct inf_inference_config *ret, struct inf_error *err)
{
    const char *key = inf_json_key(member);
    if (strcmp(key, "results_field") == 0) {
        return parse_results_field(fields, member, ret, err);
    }
    if (strcmp(key, "tokenization") == 0) {
        struct inf_tokenization base = ret->tokenization;
        if (inf_fields_object(fields, member, err) != 0) {
            return -1;
        }
        return inf_tokenization_update(&base, member, &ret->tokenization, err);
    }
    return inf_fields_unknown(fields, key, err);
}

int inf_inference_config_update(const struct inf_inference_config *base, const char *model_id,
                                const struct cJSON *update, struct inf_inference_config *ret,
                                struct inf_error *err)
{
    struct inf_inference_config config = *base;
    static const char *const members[] = {"tokenization", "results_field", NULL};
    struct inf_fields fields = {
        .path = "", .parser = "cluster:internal/xpack/ml/inference/infer", .known = members};
    const struct cJSON *named = NULL;
    char parser[64];
    if (!update) {
        *ret = config;
        return 0;
    }
    if (inf_fields_named(&fields, update, "inference_config", &named, err) != 0) {
        return -1;
    }
    const char *name = inf_json_key(named);
    if (!is_known(name)) {
        return inf_fields_unknown_name(&fields, name, err);
    }
    if (strcmp(name, base->task->name) != 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Trained model [%s] is configured for task [%s] but called with task "
                             "[%s]",
                             model_id, base->task->name, name);
    }
    snprintf(parser, sizeof parser, "%s_update", name);
    fields.parser = parser;
    for (const struct cJSON *m = inf_json_first(named); m; m = inf_json_next(m)) {
        if (update_member(&fields, m, &config, err) != 0) {
            return -1;
        }
    }
    if (config.task->check && config.task->check(&config, err) != 0) {
        return -1;
    }
    *ret = config;
    return 0;
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

/* ---- text to inputs, output to answer ---- */

int inf_task_encode_text(const struct inf_inference_config *config,
                         const struct inf_tokenizer *tokenizer, const char *text, size_t length,
                         struct inf_encoding *ret, struct inf_error *err)
{
    return inf_tokenizer_encode(tokenizer, &config->tokenization, text, length, ret, err);
}

int inf_task_encode(const struct inf_inference_config *config,
                    const struct inf_tokenizer *tokenizer, const char *text, size_t length,
                    struct inf_encoding *ret, struct inf_error *err)
{
    return config->task->encode(config, tokenizer, text, length, ret, err);
}

void inf_task_results_key(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    inf_jsonw_key(w, *config->results_field ? config->results_field : DEFAULT_RESULTS_FIELD);
}

static void cut_back(struct inf_buf *out, size_t length, bool failed)
{
    out->length = length;
    out->failed = failed;
    if (out->data) {
        out->data[length] = '\0';
    }
}

int inf_task_decode(const struct inf_inference_config *config, const struct inf_encoding *encoding,
                    const struct inf_tensor *output, struct inf_buf *out, struct inf_error *err)
{
    struct inf_jsonw w;
    size_t start = out->length;
    bool failed = out->failed;
    int rc = 0;
    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    rc = config->task->decode(config, encoding, output, &w, err);
    if (rc == 0 && encoding->truncated) {
        inf_jsonw_kv_bool(&w, TRUNCATED_FIELD, true);
    }
    inf_jsonw_end_object(&w);
    if (rc == 0 && out->failed) {
        rc = inf_error_set(err, INF_ERR_INTERNAL, "The result does not fit into [%zu] bytes",
                           out->max);
    }
    if (rc != 0) {
        cut_back(out, start, failed);
    }
    return rc;
}
