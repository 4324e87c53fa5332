/* A request from its beginning to its answer; admission is admit.c's, waiting for it held.c's.
 * Short texts are tokenized right here (some 10 us each), long ones on the pool; the first document
 * that fails fails the request; one deadline covers everything. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"
#include "inferd/alloc.h"
#include "inferd/units.h"
#include <stdlib.h>
#include <string.h>

/* A deadline further off says nothing about how long a client waits. */
#define DEADLINE_MAX_MS (INT64_C(24) * 3600 * 1000)

static void on_deadline(uv_timer_t *timer);

/* ---- beginning ---- */

struct inf_infer *inf_infer_new(struct inf_deployment *deployment,
                                const struct inf_infer_request *request)
{
    struct inf_infer *infer = inf_alloc(1, sizeof *infer);

    infer->manager = deployment->manager;
    infer->deployment = deployment;
    infer->request = *request;
    return infer;
}

/* What the deployment's requests still wait for, and how long they can. */
static void count_in(struct inf_infer *infer)
{
    struct inf_demand *demand = &infer->deployment->demand;
    int64_t timeout_ms = infer->request.timeout_ms;

    infer->deadline_ms = -1;
    if (timeout_ms >= 0 && timeout_ms <= DEADLINE_MAX_MS) {
        infer->deadline_ms = (int64_t)uv_now(infer->manager->loop) + timeout_ms;
        demand->deadlines++;
        demand->deadline_sum_ms += infer->deadline_ms;
    }
    demand->documents += (int64_t)infer->remaining;
}

static void count_out(const struct inf_infer *infer)
{
    struct inf_demand *demand = &infer->deployment->demand;

    if (infer->deadline_ms >= 0) {
        demand->deadlines--;
        demand->deadline_sum_ms -= infer->deadline_ms;
    }
    demand->documents -= (int64_t)infer->remaining;
}

void inf_infer_link(struct inf_infer *infer)
{
    struct inf_deployment *deployment = infer->deployment;

    infer->next = deployment->infers;
    if (infer->next != NULL)
        infer->next->prev = infer;
    deployment->infers = infer;
    count_in(infer);
    inf_manager_hold(infer->manager);
    uv_timer_init(infer->manager->loop, &infer->timer);
    infer->timer.data = infer;
    if (infer->request.timeout_ms >= 0)
        uv_timer_start(&infer->timer, on_deadline, (uint64_t)infer->request.timeout_ms, 0);
}

/* ---- ending ---- */

void inf_infer_free(struct inf_infer *infer)
{
    for (size_t i = 0; i < infer->count; i++) {
        inf_job_free(infer->jobs[i]);
        inf_buf_free(&infer->results[i]);
    }
    inf_inference_config_unref(infer->config);
    inf_runtime_unref(infer->runtime);
    free(infer->jobs);
    free(infer->results);
    free(infer->texts);
    free(infer);
}

static void free_ended(struct inf_infer *infer)
{
    struct inf_manager *manager = infer->manager;

    inf_infer_free(infer);
    inf_manager_let_go(manager);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_infer *infer = handle->data;

    infer->timer.data = NULL;
    if (!infer->tokenizing)
        free_ended(infer);
}

static void drop_queued(struct inf_deployment *deployment, struct inf_job *job)
{
    inf_queue_remove(&deployment->queue, job);
    if (job->deaths > 0) {
        deployment->worker->suspects--;
        inf_job_free(job);
        inf_dispatch_worker(deployment->worker); /* others held back for this suspect */
    } else {
        inf_job_free(job);
    }
}

/* Parts the request from everything; its running jobs find nobody when they end. */
static void end(struct inf_infer *infer)
{
    struct inf_deployment *deployment = infer->deployment;

    count_out(infer);
    deployment->held -= infer->held;
    infer->ended = true;
    infer->deployment = NULL;
    if (infer->prev != NULL)
        infer->prev->next = infer->next;
    else
        deployment->infers = infer->next;
    if (infer->next != NULL)
        infer->next->prev = infer->prev;
    for (size_t i = 0; i < infer->count; i++) {
        struct inf_job *job = infer->jobs[i];
        if (job == NULL)
            continue;
        job->infer = NULL;
        if (job->state == INF_JOB_QUEUED) {
            infer->jobs[i] = NULL;
            drop_queued(deployment, job);
        } else if (job->state == INF_JOB_TOKENIZING) {
            inf_queue_release(&deployment->queue, 1); /* freed with the request */
        } else {
            infer->jobs[i] = NULL; /* its allocation, or the pool, has it */
        }
    }
    uv_close((uv_handle_t *)&infer->timer, on_timer_closed);
}

void inf_infer_fail(struct inf_infer *infer, const struct inf_error *err)
{
    struct inf_deployment *deployment = infer->deployment;

    end(infer);
    infer->request.done(infer->request.arg, err, NULL);
    inf_deployment_progress(deployment);
}

static void on_deadline(uv_timer_t *timer)
{
    struct inf_infer *infer = timer->data;
    struct inf_error err;
    char text[INF_UNITS_TEXT];

    infer->deployment->counters.timeouts += (int64_t)infer->remaining;
    if (infer->held)
        inf_held_timeout_error(infer, &err);
    else
        inf_error_set(&err, INF_ERR_TIMEOUT, "timeout [%s] waiting for inference result",
                      inf_time_print(infer->request.timeout_ms, text));
    inf_infer_fail(infer, &err);
}

void inf_infer_cancel(struct inf_infer *infer)
{
    struct inf_deployment *deployment = infer->deployment;

    deployment->counters.timeouts += (int64_t)infer->remaining;
    end(infer);
    inf_deployment_progress(deployment);
}

/* All results as one, in the first one's buffer. */
static int join(struct inf_infer *infer, struct inf_error *err)
{
    struct inf_buf *all = &infer->results[0];

    for (size_t i = 1; i < infer->count; i++) {
        inf_buf_append(all, ",", 1);
        inf_buf_append(all, infer->results[i].data, infer->results[i].length);
        inf_buf_free(&infer->results[i]);
    }
    return all->failed ? inf_error_set(err, INF_ERR_INTERNAL,
                                       "the results are longer than one answer may be")
                       : 0;
}

void inf_infer_succeed(struct inf_infer *infer)
{
    struct inf_error err;

    if (join(infer, &err) != 0) {
        inf_infer_fail(infer, &err);
        return;
    }
    end(infer);
    infer->request.done(infer->request.arg, NULL, &infer->results[0]);
}

void inf_infer_answer(struct inf_infer *infer)
{
    struct inf_error err;
    int rc = join(infer, &err);

    infer->request.done(infer->request.arg, rc == 0 ? NULL : &err,
                        rc == 0 ? &infer->results[0] : NULL);
    inf_infer_free(infer);
}

void inf_infer_job_done(struct inf_job *job, struct inf_buf *result, const struct inf_error *err)
{
    struct inf_infer *infer = job->infer;

    if (infer == NULL) {
        inf_job_free(job);
        return;
    }
    infer->jobs[job->index] = NULL;
    if (err != NULL) {
        inf_job_free(job);
        inf_infer_fail(infer, err);
        return;
    }
    inf_cache_insert(infer->deployment->cache, job->key, result->data, result->length);
    job->key = NULL;
    infer->results[job->index] = *result;
    inf_buf_init(result, result->max);
    inf_job_free(job);
    infer->deployment->demand.documents--;
    if (--infer->remaining == 0)
        inf_infer_succeed(infer);
}

static bool all_waiting(const struct inf_infer *infer)
{
    for (size_t i = 0; i < infer->count; i++) {
        const struct inf_job *job = infer->jobs[i];
        if (job != NULL && (job->state == INF_JOB_RUNNING || job->state == INF_JOB_DECODING))
            return false;
    }
    return true;
}

void inf_infer_fail_all(struct inf_deployment *deployment, const struct inf_error *err,
                        bool only_waiting)
{
    struct inf_infer *next = NULL;
    struct inf_error held_err;

    for (struct inf_infer *infer = deployment->infers; infer != NULL; infer = next) {
        next = infer->next;
        if (only_waiting && !all_waiting(infer))
            continue;
        if (infer->held) {
            if (inf_held_error(infer, err, &held_err))
                inf_infer_fail(infer, &held_err);
            continue;
        }
        if (err->code == INF_ERR_QUEUE_FULL)
            deployment->counters.rejections += (int64_t)infer->remaining;
        inf_infer_fail(infer, err);
    }
}

/* ---- tokenizing ---- */

struct inf_document inf_infer_document(const struct inf_infer *infer, struct inf_text text)
{
    return (struct inf_document){.config = infer->config,
                                 .tokenizer = infer->runtime->tokenizer,
                                 .text = text,
                                 .token_counts = infer->request.token_counts};
}

static int encode(struct inf_infer *infer, size_t i, struct inf_text text)
{
    const struct inf_document document = inf_infer_document(infer, text);

    return inf_task_encode(&document, &infer->jobs[i]->encoding, &infer->err);
}

/* The jobs stay as long as this runs; of their texts only the copies are there for sure. */
static void encode_on_pool(uv_work_t *work)
{
    struct inf_infer *infer = work->data;
    struct inf_text text = {infer->texts, 0};

    for (size_t i = 0; i < infer->count && !infer->failed; i++) {
        if (infer->jobs[i] == NULL)
            continue;
        text.length = infer->jobs[i]->text.length;
        infer->failed = encode(infer, i, text) != 0;
        text.data += text.length;
    }
}

/* One document that is known to kill its process is enough to refuse the request. */
static bool is_quarantined(const struct inf_infer *infer)
{
    int64_t now_ms = inf_manager_now_ms();

    for (size_t i = 0; i < infer->count; i++)
        if (infer->jobs[i] != NULL && inf_quarantine_has(&infer->deployment->worker->quarantine,
                                                         &infer->jobs[i]->encoding, now_ms))
            return true;
    return false;
}

static void enqueue(struct inf_infer *infer)
{
    struct inf_deployment *deployment = infer->deployment;

    if (is_quarantined(infer)) {
        deployment->counters.errors++;
        inf_error_set(
            &infer->err, INF_ERR_UNAVAILABLE,
            "Error in inference process: [this input has ended the inference process twice "
            "and is refused for [%d] minutes]",
            INF_QUARANTINE_MS / 60000);
        infer->err.retry_after_s = INF_QUARANTINE_MS / 1000;
        inf_infer_fail(infer, &infer->err);
        return;
    }
    for (size_t i = 0; i < infer->count; i++)
        if (infer->jobs[i] != NULL)
            inf_queue_push(&deployment->queue, infer->jobs[i]);
    inf_dispatch(deployment);
}

static void encoded(uv_work_t *work, int status)
{
    struct inf_infer *infer = work->data;

    infer->tokenizing = false;
    (void)status; /* never cancelled */
    if (infer->ended) {
        if (infer->timer.data == NULL) /* else its close callback frees the request */
            free_ended(infer);
    } else if (infer->failed) {
        inf_infer_fail(infer, &infer->err);
    } else {
        enqueue(infer);
    }
}

const char *inf_infer_text(const struct inf_runtime *runtime, const struct cJSON *document)
{
    return inf_json_string(inf_json_get_path(document, runtime->input_field));
}

static void tokenize_on_pool(struct inf_infer *infer, size_t bytes)
{
    char *to = NULL;

    /* The texts are in memory already, inside a body of bounded length. */
    to = infer->texts = inf_alloc(bytes + 1, 1);
    for (size_t i = 0; i < infer->count; i++) {
        if (infer->jobs[i] != NULL) {
            memcpy(to, infer->jobs[i]->text.data, infer->jobs[i]->text.length);
            to += infer->jobs[i]->text.length;
        }
    }
    infer->tokenizing = true;
    infer->work.data = infer;
    uv_queue_work(infer->manager->loop, &infer->work, encode_on_pool, encoded);
}

void inf_infer_tokenize(struct inf_infer *infer, size_t bytes)
{
    bool quick = bytes + infer->remaining * inf_task_extra_bytes(infer->config) <=
                 inf_tokenization_quick_bytes(&infer->config->tokenization);

    if (!quick) {
        tokenize_on_pool(infer, bytes);
        return;
    }
    for (size_t i = 0; i < infer->count; i++) {
        if (infer->jobs[i] != NULL && encode(infer, i, infer->jobs[i]->text) != 0) {
            inf_infer_fail(infer, &infer->err);
            return;
        }
    }
    enqueue(infer);
}
