/* From the queue to an idle allocation, and the answer back to its request.
 *
 * A job that was inside a process that died is a suspect: it is tried again, alone, so that the one
 * that kills takes no other job with it a second time (quarantine.h says how often). An answer is
 * decoded on the loop when it is small (an embedding costs some 20 us) and on the pool when it is
 * large.
 *
 * Where so much waits that no choice of company gets better by waiting, an allocation whose
 * forwards are short is sent the next wave while it computes: it goes on without a turn of this
 * loop in between. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cost_record.h"
#include "infer.h"
#include "inferd/alloc.h"
#include "inferd/reserve.h"
#include "inferd/wall_clock.h"
#include "reason.h"
#include <stdlib.h>
#include <string.h>

#define INLINE_DECODE_BYTES (32 * 1024)
#define AHEAD_BELOW_NS UINT64_C(5000000) /* a text; its answer keeps the loop for some 0.1 ms */

static struct inf_allocation *idle_allocation(struct inf_deployment *deployment)
{
    struct inf_allocation *each = deployment->allocations;

    while (each != NULL && each->phase != INF_ALLOCATION_IDLE)
        each = each->next;
    return each;
}

/* Is the loop's share a part worth mentioning of what a text takes there, and has it nothing after
 * what it computes? */
static bool may_be_ahead(const struct inf_allocation *allocation)
{
    return allocation->phase == INF_ALLOCATION_BUSY && !allocation->retiring &&
           allocation->ahead.count == 0 && allocation->took_ns > 0 &&
           allocation->took_ns < AHEAD_BELOW_NS;
}

/* A busy allocation that the next job may be sent to, or NULL: company is chosen of what waits, and
 * each of the others finds some, so that more than is looked at has to wait. */
static struct inf_allocation *busy_allocation(const struct inf_deployment *deployment)
{
    struct inf_allocation *each = deployment->allocations;

    if (deployment->queue.size <= INF_BATCH_WINDOW)
        return NULL;
    while (each != NULL && !may_be_ahead(each))
        each = each->next;
    return each;
}

/* May the next job go now? Suspects go alone; while one waits or runs, nothing else begins. */
static bool may_run(const struct inf_worker *worker, const struct inf_job *job)
{
    if (worker->exclusive)
        return false;
    if (job->deaths > 0)
        return worker->running == 0;
    return worker->suspects == 0;
}

/* Takes the job out of the queue, into the wave. */
static void take(struct inf_deployment *deployment, struct inf_wave *wave, struct inf_job *job)
{
    struct inf_worker *worker = deployment->worker;

    inf_queue_take(&deployment->queue, job);
    if (job->deaths > 0) {
        worker->suspects--;
        worker->exclusive = true;
    }
    inf_infer_job_runs(job);
    worker->running++;
    wave->jobs[wave->count++] = job;
}

static struct inf_forward forward_of(const struct inf_deployment *deployment,
                                     struct inf_job *const *jobs, size_t count)
{
    size_t rows = (size_t)jobs[0]->encoding.rows;

    if (rows > 1)
        return (struct inf_forward){inf_batch_rows(deployment, jobs[0]), rows,
                                    rows * (size_t)jobs[0]->encoding.cols};
    return (struct inf_forward){count, count, inf_batch_tokens(deployment, jobs, count)};
}

/* The job whose turn it is, and those that go with it. */
static void give(struct inf_deployment *deployment, struct inf_allocation *allocation,
                 struct inf_job *job)
{
    bool is_idle = allocation->phase == INF_ALLOCATION_IDLE;
    struct inf_wave *wave = is_idle ? &allocation->wave : &allocation->ahead;
    struct inf_job *jobs[INF_FRAME_TOGETHER];
    size_t count = inf_batch_choose(deployment, job, jobs);
    int rc = 0;

    allocation->phase = INF_ALLOCATION_BUSY;
    wave->count = wave->answered = 0;
    wave->forward = forward_of(deployment, jobs, count);
    if (is_idle)
        allocation->spare_ns = 0;
    for (size_t i = 0; i < count; i++)
        take(deployment, wave, jobs[i]);
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = inf_allocation_send(allocation, jobs[i]->id, &jobs[i]->encoding, count - 1 - i,
                                 count > 1 ? 1 : wave->forward.rows);
    /* A channel that cannot take it is closed; its event kills the worker, and the jobs come back.
     */
    if (rc != 0)
        inf_worker_kill(deployment->worker);
}

/* What was found out about the next job's input while it waited: it is refused, or becomes a
 * suspect. false: nothing. */
static bool look_at_next(struct inf_deployment *deployment, struct inf_job *job)
{
    struct inf_worker *worker = deployment->worker;
    bool was_suspect = job->deaths > 0;
    struct inf_error err;
    int rc = inf_job_check(deployment, job, &err);

    if (rc == 0 && was_suspect == (job->deaths > 0))
        return false;
    inf_queue_remove(&deployment->queue, job);
    if (rc == 0) {
        inf_job_put_back(deployment, job);
        return true;
    }
    worker->suspects -= was_suspect;
    deployment->counters.errors++;
    inf_infer_job_done(job, NULL, &err);
    return true;
}

void inf_dispatch(struct inf_deployment *deployment)
{
    struct inf_allocation *allocation = NULL;
    struct inf_job *job = NULL;

    if (deployment->held > 0 && deployment->current > 0)
        inf_held_admit(deployment);
    if (deployment->worker == NULL)
        return;
    while ((job = inf_queue_next(&deployment->queue)) != NULL) {
        if (look_at_next(deployment, job))
            continue;
        allocation = idle_allocation(deployment);
        if (allocation == NULL && job->deaths == 0)
            allocation = busy_allocation(deployment);
        if (allocation == NULL || !may_run(deployment->worker, job))
            break;
        give(deployment, allocation, job);
    }
}

void inf_dispatch_worker(struct inf_worker *worker)
{
    struct inf_manager *manager = worker->manager;

    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        struct inf_deployment *deployment = inf_strmap_at(manager->deployments, i, NULL);
        if (deployment->worker == worker)
            inf_dispatch(deployment);
    }
}

/* ---- answers ---- */

/* One answer too large for the loop. */
struct decoding {
    uv_work_t work;
    struct inf_deployment *deployment;
    struct inf_runtime *runtime;
    struct inf_document document;
    struct inf_inference_config *config; /* the document's; one reference */
    struct inf_job *job;
    char *text; /* the document's, where the task reads it; else NULL */
    char *payload;
    struct inf_buf result;
    bool failed;
    struct inf_error err;
};

static void decode_on_pool(uv_work_t *work)
{
    struct decoding *decoding = work->data;
    struct inf_tensor tensor = inf_allocation_tensor(decoding->payload);

    decoding->failed = inf_task_decode(&decoding->document, &decoding->job->encoding, &tensor,
                                       &decoding->result, &decoding->err) != 0;
}

static void decoded(uv_work_t *work, int status)
{
    struct decoding *decoding = work->data;
    struct inf_manager *manager = decoding->deployment->manager;

    (void)status; /* never cancelled */
    decoding->deployment->decoding--;
    inf_infer_job_done(decoding->job, &decoding->result, decoding->failed ? &decoding->err : NULL);
    inf_deployment_progress(decoding->deployment);
    inf_buf_free(&decoding->result);
    inf_inference_config_unref(decoding->config);
    inf_runtime_unref(decoding->runtime);
    free(decoding->text);
    free(decoding->payload);
    free(decoding);
    inf_manager_let_go(manager);
}

static void decode_later(struct inf_job *job, const void *payload, size_t length)
{
    struct decoding *decoding = inf_alloc(1, sizeof *decoding);
    struct inf_infer *infer = job->infer;
    struct inf_error err;

    decoding->payload = inf_reserve_malloc(length);
    if (decoding->payload == NULL) { /* a model picks this size */
        free(decoding);
        inf_error_set(&err, INF_ERR_MEMORY, "no memory for a result of [%zu] bytes", length);
        inf_infer_job_done(job, NULL, &err);
        return;
    }
    memcpy(decoding->payload, payload, length);
    decoding->deployment = infer->deployment;
    decoding->runtime = inf_runtime_ref(infer->runtime);
    decoding->config = inf_inference_config_ref(infer->config);
    if (inf_task_reads_text(infer->config->task))
        decoding->text = inf_strdup(job->text.data);
    decoding->document = inf_infer_document(
        infer, decoding->text != NULL ? (struct inf_text){decoding->text, job->text.length}
                                      : (struct inf_text){"", 0});
    decoding->job = job;
    inf_infer_job_decodes(job);
    inf_buf_init(&decoding->result, INF_RESULT_MAX);
    decoding->deployment->decoding++;
    decoding->work.data = decoding;
    inf_manager_hold(infer->manager);
    uv_queue_work(infer->manager->loop, &decoding->work, decode_on_pool, decoded);
}

static void decode_now(struct inf_job *job, const void *payload)
{
    const struct inf_document document = inf_infer_document(job->infer, job->text);
    struct inf_tensor tensor = inf_allocation_tensor(payload);
    struct inf_buf result;
    struct inf_error err;
    int rc = 0;

    inf_buf_init(&result, INF_RESULT_MAX);
    rc = inf_task_decode(&document, &job->encoding, &tensor, &result, &err);
    inf_infer_job_done(job, &result, rc == 0 ? NULL : &err);
    inf_buf_free(&result);
}

/* What an answer is made from: the model's output and, for some tasks, the text. */
static size_t decoded_bytes(const struct inf_job *job, size_t payload)
{
    return payload + (inf_task_reads_text(job->infer->config->task) ? job->text.length : 0);
}

/* What the worker says that the forward took; but no more than has passed since it was asked, since
 * a made-up number would spoil the deployment's averages for good. */
static uint64_t time_within(const struct inf_frame_result *result, uint64_t passed_ns)
{
    return result->time_ns < passed_ns ? result->time_ns : passed_ns;
}

/* The job's answer, so long after it was sent. The request may have ended meanwhile; then the
 * answer is thrown away. */
static void answered(struct inf_deployment *deployment, struct inf_job *job, uint64_t passed_ns,
                     const struct inf_frame_header *header, const void *payload)
{
    char reason[INF_FRAME_REASON + 1];
    struct inf_error err;

    if (header->type == INF_FRAME_ERROR) {
        deployment->counters.errors++;
        inf_reason_read(payload, header->length, reason);
        inf_error_set(&err, INF_ERR_INTERNAL, "Error in inference process: [%s]", reason);
        inf_infer_job_done(job, NULL, &err);
        return;
    }
    inf_counters_success(&deployment->counters, inf_wall_ms(),
                         (double)time_within(payload, passed_ns) / 1e6);
    if (job->infer == NULL)
        inf_job_free(job);
    else if (decoded_bytes(job, header->length) > INLINE_DECODE_BYTES)
        decode_later(job, payload, header->length);
    else
        decode_now(job, payload);
}

/* The last answer of a forward, or of several with one job's rows, is there: so long do tokens
 * take. */
static void learn(struct inf_deployment *deployment, const struct inf_wave *wave,
                  const struct inf_frame_result *result, uint64_t passed_ns)
{
    struct inf_batching *batching = &deployment->batching;
    const struct inf_forward *forward = &wave->forward;
    size_t forwards = 0;

    if (result->together != forward->rows)
        return;
    forwards = (forward->total + forward->rows - 1) / forward->rows;
    inf_cost_add(&batching->cost, forward->tokens / forwards,
                 (double)time_within(result, passed_ns) * (double)wave->count / (double)forwards /
                     1e6);
    inf_cost_record_learnt(deployment);
    if (forward->rows > batching->most)
        batching->most = forward->rows;
    if (forward->rows > 1) {
        batching->forwards += (int64_t)forwards;
        batching->documents += (int64_t)wave->count;
    }
}

/* Takes the job that was answered out of the allocation, which goes on with what was sent ahead
 * when that was the last of its wave, or else is free. */
static struct inf_job *release(struct inf_allocation *allocation)
{
    struct inf_job *job = allocation->wave.jobs[allocation->wave.answered++];
    struct inf_worker *worker = allocation->deployment->worker;

    worker->running--;
    if (job->deaths > 0)
        worker->exclusive = false;
    if (allocation->wave.answered < allocation->wave.count)
        return job;
    allocation->wave = allocation->ahead;
    allocation->ahead.count = 0;
    allocation->sent_ns = uv_hrtime();
    if (allocation->wave.count > 0)
        return job;
    allocation->phase = INF_ALLOCATION_IDLE;
    if (allocation->retiring)
        inf_allocation_retire(allocation);
    return job;
}

/* The share of each job of the wave in the time that it can have taken, nanoseconds: since it was
 * sent, or, of one that was sent ahead, since the one before was answered, and what that one left
 * of its time, as it ended before its answer was read. */
static uint64_t share_of_time(const struct inf_allocation *allocation)
{
    return (uv_hrtime() - allocation->sent_ns + allocation->spare_ns) / allocation->wave.count;
}

/* The last of the wave was answered. */
static void wave_answered(struct inf_allocation *allocation, const struct inf_frame_header *header,
                          const void *payload, uint64_t share_ns)
{
    struct inf_frame_result result;
    uint64_t taken_ns = share_ns;

    allocation->deployment->counters.occupied_ms +=
        (double)(uv_hrtime() - allocation->sent_ns) / 1e6;
    if (header->type == INF_FRAME_RESULT) {
        memcpy(&result, payload, sizeof result);
        taken_ns = time_within(&result, share_ns);
        learn(allocation->deployment, &allocation->wave, &result, share_ns);
    }
    allocation->took_ns = taken_ns;
    allocation->spare_ns = (share_ns - taken_ns) * allocation->wave.count;
}

void inf_dispatch_answered(struct inf_allocation *allocation, const struct inf_frame_header *header,
                           const void *payload)
{
    struct inf_deployment *deployment = allocation->deployment;
    struct inf_worker *worker = deployment->worker;
    bool was_last = allocation->wave.answered + 1 == allocation->wave.count;
    uint64_t passed_ns = share_of_time(allocation);
    struct inf_job *job = NULL;

    if (was_last)
        wave_answered(allocation, header, payload, passed_ns);
    job = release(allocation); /* the allocation may be gone */
    inf_worker_succeeded(worker);
    inf_infer_job_stops(job);
    inf_drain_add(&deployment->drain, (double)passed_ns / 1e6);
    if (header->type == INF_FRAME_RESULT)
        inf_worker_check_answer(worker, &job->encoding, payload, header->length);
    if (job->deaths > 0)
        inf_quarantine_answered(&worker->quarantine, &job->encoding, inf_wall_ms());
    /* The next job first: the allocation computes while this answer is decoded and sent. */
    if (was_last && (job->deaths > 0 || worker->suspects > 0))
        inf_dispatch_worker(worker);
    else if (was_last)
        inf_dispatch(deployment);
    answered(deployment, job, passed_ns, header, payload);
    inf_deployment_progress(deployment);
}
