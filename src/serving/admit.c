/* Admission of a request: its documents are checked, looked up in the cache, and the rest gets room
 * in the queue, all of it or nothing. Up to there nothing has changed; a refusal leaves no trace
 * but its count. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"
#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

#define SETTINGS_MAX 65536

/* Every document must have the input field as a string. */
static int check_docs(const struct inf_runtime *runtime, const struct cJSON *docs,
                      size_t *ret_count, struct inf_error *err)
{
    *ret_count = 0;
    for (const struct cJSON *document = inf_json_first(docs); document != NULL;
         document = inf_json_next(document)) {
        const struct cJSON *value = inf_json_get_path(document, runtime->input_field);
        struct inf_buf shown;
        struct inf_jsonw w;

        if (value == NULL || inf_json_is_null(value))
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "Input field [%s] does not exist in the source document",
                                 runtime->input_field);
        if (!inf_json_is_string(value)) {
            inf_buf_init(&shown, INF_REASON_MAX);
            inf_jsonw_init(&w, &shown);
            inf_jsonw_value(&w, value);
            inf_error_set(err, INF_ERR_BAD_REQUEST,
                          "Input value [%s] for field [%s] must be a string",
                          shown.data != NULL ? shown.data : "", runtime->input_field);
            inf_buf_free(&shown);
            return -1;
        }
        *ret_count += 1;
    }
    return 0;
}

/* Seconds until the queue will have drained, from what forwards have taken so far; 1..60. */
static int retry_after(const struct inf_deployment *deployment)
{
    const struct inf_counters *counters = &deployment->counters;
    int64_t computed = inf_counters_computed(counters);
    double each = computed > 0 ? counters->time_ms / (double)computed : 10.0;
    double seconds =
        each * (double)deployment->queue.size / (double)deployment->number_of_allocations / 1000.0;

    if (seconds < 1.0)
        return 1;
    return seconds > 60.0 ? 60 : (int)seconds;
}

/* The task's settings as text where the request has its own, else "": the part of the cache's key
 * that is not the text. */
static int settings_text(const struct cJSON *inference_config,
                         const struct inf_inference_config *config, struct inf_buf *out,
                         struct inf_error *err)
{
    struct inf_jsonw w;

    if (inference_config == NULL || inf_json_is_null(inference_config))
        return 0;
    inf_jsonw_init(&w, out);
    inf_inference_config_write(config, &w);
    if (out->failed)
        return inf_error_set(err, INF_ERR_INTERNAL, "the task's settings are too long to be kept");
    return 0;
}

static struct inf_job *new_job(struct inf_infer *infer, size_t i, struct inf_cache_key *key)
{
    struct inf_job *job = inf_alloc(1, sizeof *job);

    job->infer = infer;
    job->index = i;
    job->id = ++infer->manager->next_job;
    job->key = key;
    return job;
}

/* Takes what the cache has; the other documents get jobs. Returns the bytes of their texts. */
static size_t look_up(struct inf_infer *infer, const struct cJSON *docs, const char *settings)
{
    struct inf_cache *cache = infer->deployment->cache;
    const struct cJSON *document = inf_json_first(docs);
    size_t bytes = 0;

    for (size_t i = 0; i < infer->count; i++, document = inf_json_next(document)) {
        const char *text = inf_infer_text(infer->runtime, document);
        struct inf_cache_key *key = inf_cache_key(cache, settings, text);
        size_t length = 0;
        const char *answer = inf_cache_find(cache, key, &length);

        inf_buf_init(&infer->results[i], INF_RESULT_MAX);
        if (answer != NULL) {
            inf_buf_append(&infer->results[i], answer, length);
            free(key);
        } else {
            infer->jobs[i] = new_job(infer, i, key);
            infer->remaining++;
            bytes += strlen(text);
        }
    }
    return bytes;
}

/* In no list and without a timer yet. */
static struct inf_infer *new_infer(struct inf_deployment *deployment,
                                   const struct inf_inference_config *config, size_t count)
{
    struct inf_infer *infer = inf_alloc(1, sizeof *infer);

    /* count is bounded by the body that the documents are in. */
    infer->jobs = inf_alloc(count, sizeof(struct inf_job *));
    infer->results = inf_alloc(count, sizeof *infer->results);
    infer->manager = deployment->manager;
    infer->deployment = deployment;
    infer->runtime = inf_runtime_ref(deployment->worker->runtime);
    infer->config = *config;
    infer->count = count;
    return infer;
}

static void link_infer(struct inf_infer *infer, int64_t timeout_ms)
{
    struct inf_deployment *deployment = infer->deployment;

    infer->next = deployment->infers;
    if (infer->next != NULL)
        infer->next->prev = infer;
    deployment->infers = infer;
    inf_manager_hold(infer->manager);
    uv_timer_init(infer->manager->loop, &infer->timer);
    infer->timer.data = infer;
    infer->timeout_ms = timeout_ms;
    if (timeout_ms >= 0)
        uv_timer_start(&infer->timer, inf_infer_deadline, (uint64_t)timeout_ms, 0);
}

static int refuse(struct inf_infer *infer, struct inf_error *err)
{
    struct inf_deployment *deployment = infer->deployment;

    deployment->counters.rejections += (int64_t)infer->count;
    inf_error_set(err, INF_ERR_QUEUE_FULL,
                  "inference process queue is full. Unable to execute command");
    err->retry_after_s = retry_after(deployment);
    inf_infer_free(infer);
    return -1;
}

int inf_infer_begin(struct inf_deployment *deployment, const char *model_id,
                    const struct cJSON *docs, const struct cJSON *inference_config,
                    int64_t timeout_ms, inf_infer_done done, void *arg, struct inf_infer **ret,
                    struct inf_error *err)
{
    struct inf_runtime *runtime = deployment->worker->runtime;
    struct inf_inference_config config;
    struct inf_infer *infer = NULL;
    struct inf_buf settings;
    size_t count = 0, bytes = 0;
    int64_t now_ms = inf_manager_now_ms();

    inf_buf_init(&settings, SETTINGS_MAX);
    if (inf_inference_config_update(&runtime->config, model_id, inference_config, &config, err) !=
            0 ||
        check_docs(runtime, docs, &count, err) != 0 ||
        settings_text(inference_config, &config, &settings, err) != 0) {
        inf_buf_free(&settings);
        return -1;
    }
    infer = new_infer(deployment, &config, count);
    bytes = look_up(infer, docs, settings.data != NULL ? settings.data : "");
    inf_buf_free(&settings);
    if (!inf_queue_reserve(&deployment->queue, infer->remaining))
        return refuse(infer, err);
    for (size_t hits = count - infer->remaining; hits > 0; hits--)
        inf_counters_hit(&deployment->counters, now_ms);
    infer->done = done;
    infer->arg = arg;
    link_infer(infer, timeout_ms);
    if (infer->remaining == 0)
        inf_infer_succeed(infer);
    else
        inf_infer_tokenize(infer, docs, bytes);
    *ret = infer->ended ? NULL : infer;
    return 0;
}
