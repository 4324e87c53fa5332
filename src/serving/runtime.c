/* Loading: store (pool) -> JSON and tokenizer (pool) -> receiver (loop). A vocabulary of 30,000
 * tokens takes some 20 ms to read, parse and hash, so none of it happens on the loop. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime.h"
#include "inferd/alloc.h"
#include "inferd/json.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct load {
    uv_work_t work;
    uv_loop_t *loop;
    struct inf_runtime *runtime; /* being made */
    char *config;                /* the stored text */
    char *vocabulary;
    size_t vocabulary_length;
    inf_runtime_loaded loaded;
    void *arg;
    bool failed;
    struct inf_error err;
};

struct inf_runtime *inf_runtime_ref(struct inf_runtime *runtime)
{
    runtime->refs++;
    return runtime;
}

void inf_runtime_unref(struct inf_runtime *runtime)
{
    if (runtime == NULL || --runtime->refs > 0)
        return;
    inf_tokenizer_free(runtime->tokenizer);
    inf_inference_config_unref(runtime->config);
    inf_runtime_free_input(runtime);
    free(runtime->model_id);
    free(runtime);
}

int inf_runtime_read_input(struct inf_runtime *runtime, const char *config, struct inf_json *ret,
                           struct inf_error *err)
{
    static const char *const names[INF_PREFIXES] = {
        [INF_PREFIX_INGEST] = "ingest", [INF_PREFIX_SEARCH] = "search"};
    const struct cJSON *prefixes;
    const char *field;

    if (inf_json_parse_own(config, strlen(config), NULL, ret, err) != 0)
        return -1;
    field = inf_json_string(
        inf_json_first(inf_json_get(inf_json_get(ret->root, "input"), "field_names")));
    runtime->input_field = inf_strdup(field != NULL ? field : "input");
    prefixes = inf_json_get(ret->root, "prefix_strings");
    for (int i = 0; i < INF_PREFIXES; i++) {
        const char *text = inf_json_string(inf_json_get(prefixes, names[i]));

        if (text != NULL)
            runtime->prefixes[i] = inf_strdup(text);
    }
    return 0;
}

void inf_runtime_free_input(struct inf_runtime *runtime)
{
    free(runtime->input_field);
    for (int i = 0; i < INF_PREFIXES; i++)
        free(runtime->prefixes[i]);
}

/* Pool. */
static int parse_config(struct load *load)
{
    struct inf_json json = {0};
    int rc = -1;

    if (inf_runtime_read_input(load->runtime, load->config, &json, &load->err) != 0)
        return -1;
    rc = inf_inference_config_load(inf_json_get(json.root, "inference_config"),
                                   &load->runtime->config, &load->err);
    inf_json_free(&json);
    return rc;
}

/* Pool. */
static int build_tokenizer(struct load *load)
{
    struct inf_json json = {0};
    int rc = -1;

    if (inf_json_parse(load->vocabulary, load->vocabulary_length, NULL, &json, &load->err) != 0)
        return -1;
    rc = inf_tokenizer_new(&load->runtime->config->tokenization, json.root,
                           &load->runtime->tokenizer, &load->err);
    inf_json_free(&json);
    return rc;
}

static void work(uv_work_t *request)
{
    struct load *load = request->data;

    load->failed = parse_config(load) != 0 || build_tokenizer(load) != 0;
}

static void finish(struct load *load)
{
    if (load->failed) {
        inf_runtime_unref(load->runtime);
        load->loaded(load->arg, NULL, &load->err);
    } else {
        load->loaded(load->arg, load->runtime, NULL);
    }
    free(load->config);
    free(load->vocabulary);
    free(load);
}

static void after_work(uv_work_t *request, int status)
{
    struct load *load = request->data;

    if (status != 0 && !load->failed) {
        inf_error_set(&load->err, INF_ERR_UNAVAILABLE, "the server is stopping");
        load->failed = true;
    }
    finish(load);
}

static void on_vocabulary(void *arg, char *text, size_t length, const struct inf_error *err)
{
    struct load *load = arg;

    if (err != NULL) {
        load->err = *err;
        if (err->code == INF_ERR_NOT_FOUND) /* Elasticsearch's text, with its trailing blank */
            inf_error_set(&load->err, INF_ERR_NOT_FOUND,
                          "[%s] Could not find vocabulary document [%s_vocabulary] for model ",
                          load->runtime->model_id, load->runtime->model_id);
        load->failed = true;
        finish(load);
        return;
    }
    load->vocabulary = text;
    load->vocabulary_length = length;
    load->work.data = load;
    uv_queue_work(load->loop, &load->work, work, after_work);
}

void inf_runtime_load(struct uv_loop_s *loop, struct inf_store *store, const char *model_id,
                      inf_runtime_loaded loaded, void *arg)
{
    struct load *load = inf_alloc(1, sizeof *load);
    const struct inf_model *model = inf_store_model(store, model_id);

    load->runtime = inf_alloc(1, sizeof *load->runtime);
    load->loop = loop;
    load->loaded = loaded;
    load->arg = arg;
    load->runtime->refs = 1;
    load->runtime->model_id = inf_strdup(model_id);
    load->config = inf_strdup(model != NULL ? model->config : "{}");
    inf_store_read_vocabulary(store, model_id, on_vocabulary, load);
}
