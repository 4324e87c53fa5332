/* Admission of a request: its documents are checked, looked up in the cache, and the rest gets room
 * in the queue, all of it or nothing. Up to there nothing is copied and nothing has changed: a full
 * queue refuses many thousand requests a second, each of which leaves no trace but its count. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"
#include "inferd/alloc.h"
#include "inferd/units.h"
#include "inferd/wall_clock.h"
#include <stdlib.h>
#include <string.h>

#define SETTINGS_MAX 65536
/* Than measured: a request that is just too late has cost a computation and is of no use. */
#define SLOWER 1.1

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

/* Milliseconds as what Retry-After says: 1..60 seconds. */
static int retry_after(double ms)
{
    double seconds = ms / 1000.0;

    if (seconds < 1.0)
        return 1;
    return seconds > 60.0 ? 60 : (int)seconds;
}

/* The task's settings as text where the request has its own, else "": the part of the cache's key
 * that is not the text. It fails when they are too long to be kept. */
static void settings_text(const struct inf_infer_request *request,
                          const struct inf_inference_config *config, struct inf_buf *out)
{
    struct inf_jsonw w;

    if (request->token_counts)
        inf_buf_puts(out, "counts ");
    if (request->inference_config == NULL)
        return;
    inf_jsonw_init(&w, out);
    inf_inference_config_write(config, &w);
}

/* ---- what can be said before anything is kept ---- */

struct admission {
    struct inf_inference_config *config; /* the effective one; one reference */
    struct inf_buf text;                 /* of its settings */
    const char *settings; /* that text, or ""; NULL: too long, nothing is looked up or kept */
    size_t count;         /* documents */
    size_t reserved;      /* of them, those that there must be room in the queue for */
    int64_t left_ms;      /* of its time; -1: it has no end */
};

static struct inf_cache_key *key_of(const struct inf_deployment *deployment,
                                    const struct admission *admission, const struct cJSON *document)
{
    if (admission->settings == NULL)
        return NULL;
    return inf_cache_key(deployment->cache, admission->settings,
                         inf_infer_text(deployment->worker->runtime, document));
}

/* Documents that the cache does not have. */
static size_t count_misses(const struct inf_deployment *deployment, const struct cJSON *docs,
                           const struct admission *admission)
{
    size_t misses = 0, length = 0;

    for (const struct cJSON *document = inf_json_first(docs); document != NULL;
         document = inf_json_next(document)) {
        struct inf_cache_key *key = key_of(deployment, admission, document);
        misses += inf_cache_find(deployment->cache, key, &length) == NULL;
        free(key);
    }
    return misses;
}

/* What the documents that are before these will take: while nothing was measured, or nothing runs,
 * nothing. */
static double wait_ms(const struct inf_deployment *deployment, size_t documents)
{
    return inf_drain_ms(&deployment->drain, documents, deployment->current);
}

/* When it will be done that has so many documents before it, those that run included. */
static double done_ms(const struct inf_deployment *deployment, const struct admission *admission,
                      size_t ahead)
{
    size_t running = (size_t)(deployment->current > 0 ? deployment->current : 0);

    return SLOWER * wait_ms(deployment, running + ahead + admission->reserved);
}

/* Will it be done when its time is over? Where nothing is before it, it is tried in any case, so
 * that what was measured once does not refuse everything for ever. */
static bool is_in_time(const struct inf_deployment *deployment,
                       const struct inf_infer_request *request, const struct admission *admission)
{
    size_t ahead = inf_queue_ahead(&deployment->queue, &request->client, admission->reserved);

    return admission->reserved == 0 || admission->left_ms < 0 || ahead == 0 ||
           done_ms(deployment, admission, ahead) <= (double)admission->left_ms;
}

static int refuse_hopeless(struct inf_deployment *deployment,
                           const struct inf_infer_request *request,
                           const struct admission *admission, struct inf_error *err)
{
    size_t ahead = inf_queue_ahead(&deployment->queue, &request->client, admission->reserved);
    double done = done_ms(deployment, admission, ahead);
    char done_text[INF_UNITS_TEXT], left_text[INF_UNITS_TEXT], timeout_text[INF_UNITS_TEXT];

    deployment->counters.rejections += (int64_t)admission->count;
    deployment->counters.hopeless += (int64_t)admission->count;
    inf_error_set(
        err, INF_ERR_QUEUE_FULL,
        "inference process queue is too long for the request's timeout [%s]: behind [%zu] "
        "documents it would be done after about [%s], and it has [%s] left",
        inf_time_print(request->timeout_ms, timeout_text), ahead,
        inf_time_print((int64_t)done, done_text), inf_time_print(admission->left_ms, left_text));
    err->retry_after_s = retry_after(done - (double)admission->left_ms);
    return -1;
}

static void set_full_error(const struct inf_deployment *deployment, const char *more,
                           struct inf_error *err)
{
    inf_error_set(err, INF_ERR_QUEUE_FULL,
                  "inference process queue is full. Unable to execute command%s", more);
    err->retry_after_s = retry_after(wait_ms(deployment, deployment->queue.size));
}

/* Room in a full queue for a client with less than its share of it. When several have to give way
 * it may still be too little; then what they left is the next one's. */
static bool make_room(struct inf_deployment *deployment, const struct inf_infer_request *request,
                      const struct admission *admission)
{
    struct inf_ticket *victim = NULL;
    struct inf_error err;

    while (!inf_queue_has_room(&deployment->queue, admission->reserved)) {
        victim = inf_queue_victim(&deployment->queue, &request->client, admission->reserved);
        if (victim == NULL)
            return false;
        set_full_error(deployment, "; it gave way to a client with fewer documents in the queue",
                       &err);
        inf_infer_give_way(victim->infer, &err);
    }
    return true;
}

/* Is there room for all documents, so that the cache need not be asked twice, else for its misses?
 * And will they have their turn in time? */
static int find_room(struct inf_deployment *deployment, const struct inf_infer_request *request,
                     struct admission *admission, struct inf_error *err)
{
    admission->reserved = admission->count;
    if (inf_queue_has_room(&deployment->queue, admission->reserved) &&
        is_in_time(deployment, request, admission))
        return 0;
    admission->reserved = count_misses(deployment, request->docs, admission);
    if (!is_in_time(deployment, request, admission))
        return refuse_hopeless(deployment, request, admission, err);
    if (make_room(deployment, request, admission))
        return 0;
    deployment->counters.rejections += (int64_t)admission->count;
    set_full_error(deployment, "", err);
    return -1;
}

/* May it run? Then there is room. What admission holds is the caller's to drop in any case. */
static int check(struct inf_deployment *deployment, const struct inf_infer_request *request,
                 struct admission *admission, struct inf_error *err)
{
    const struct inf_runtime *runtime = deployment->worker->runtime;

    admission->config = NULL;
    admission->left_ms = inf_infer_left_ms(request);
    inf_buf_init(&admission->text, SETTINGS_MAX);
    if (inf_inference_config_update(runtime->config, deployment->model_id,
                                    request->inference_config, &admission->config, err) != 0 ||
        check_docs(runtime, request->docs, &admission->count, err) != 0)
        return -1;
    settings_text(request, admission->config, &admission->text);
    admission->settings = admission->text.data != NULL ? admission->text.data : "";
    if (admission->text.failed)
        admission->settings = NULL;
    return find_room(deployment, request, admission, err);
}

static void drop(struct admission *admission)
{
    inf_inference_config_unref(admission->config);
    inf_buf_free(&admission->text);
}

/* ---- keeping it ---- */

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
static size_t look_up(struct inf_infer *infer, const struct admission *admission)
{
    struct inf_deployment *deployment = infer->deployment;
    const struct cJSON *document = inf_json_first(infer->request.docs);
    size_t bytes = 0;

    for (size_t i = 0; i < infer->count; i++, document = inf_json_next(document)) {
        struct inf_cache_key *key = key_of(deployment, admission, document);
        size_t length = 0;
        const char *answer = inf_cache_find(deployment->cache, key, &length);

        inf_buf_init(&infer->results[i], INF_RESULT_MAX);
        if (answer != NULL) {
            inf_buf_append(&infer->results[i], answer, length);
            free(key);
        } else {
            infer->jobs[i] = new_job(infer, i, key);
            infer->jobs[i]->text.data = inf_infer_text(infer->runtime, document);
            infer->jobs[i]->text.length = strlen(infer->jobs[i]->text.data);
            infer->remaining++;
            bytes += infer->jobs[i]->text.length;
        }
    }
    return bytes;
}

/* Gives the request its documents. Returns the bytes of text that are to be tokenized. */
static size_t fill(struct inf_infer *infer, const struct admission *admission)
{
    struct inf_deployment *deployment = infer->deployment;
    int64_t now_ms = inf_wall_ms();
    size_t bytes = 0;

    /* The count is bounded by the body that the documents are in. */
    infer->count = admission->count;
    infer->jobs = inf_alloc(infer->count, sizeof(struct inf_job *));
    infer->results = inf_alloc(infer->count, sizeof *infer->results);
    infer->runtime = inf_runtime_ref(deployment->worker->runtime);
    infer->config = inf_inference_config_ref(admission->config);
    infer->remaining = 0;
    inf_queue_reserve(&deployment->queue, &infer->request.client, &infer->ticket,
                      admission->reserved);
    bytes = look_up(infer, admission);
    inf_queue_release(&deployment->queue, &infer->ticket, admission->reserved - infer->remaining);
    for (size_t hits = infer->count - infer->remaining; hits > 0; hits--)
        inf_counters_hit(&deployment->counters, now_ms);
    return bytes;
}

int inf_infer_begin(struct inf_deployment *deployment, const struct inf_infer_request *request,
                    struct inf_infer **ret, struct inf_error *err)
{
    struct inf_infer *infer = NULL;
    struct admission admission;
    size_t bytes = 0;
    int rc = check(deployment, request, &admission, err);

    *ret = NULL;
    if (rc == 0) {
        infer = inf_infer_new(deployment, request);
        bytes = fill(infer, &admission);
    }
    drop(&admission);
    if (rc != 0)
        return -1;
    if (infer->remaining == 0) {
        inf_infer_answer(infer);
        return 0;
    }
    inf_infer_link(infer);
    inf_infer_tokenize(infer, bytes);
    *ret = infer->ended ? NULL : infer;
    return 0;
}

int inf_infer_admit(struct inf_infer *infer, struct inf_error *err)
{
    struct admission admission;
    size_t bytes = 0;
    int rc = check(infer->deployment, &infer->request, &admission, err);

    inf_phases_enter(&infer->phases, INF_PHASE_TOKENIZE, uv_hrtime());
    if (rc == 0) {
        infer->deployment->demand.documents -= (int64_t)infer->remaining;
        bytes = fill(infer, &admission);
        infer->deployment->demand.documents += (int64_t)infer->remaining;
    }
    drop(&admission);
    if (rc != 0)
        return -1;
    if (infer->remaining == 0)
        inf_infer_succeed(infer);
    else
        inf_infer_tokenize(infer, bytes);
    return 0;
}
