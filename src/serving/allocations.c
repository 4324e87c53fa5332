/* The allocations of a deployment: threads of the worker, each behind a channel of its own. Opened
 * when the worker is ready, warmed up, watched, closed when the worker or the deployment ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"
#include "inferd/log.h"
#include <string.h>
#include <unistd.h>

#define WARMUPS 3
#define WARMUP_TEXT "Is this model ready to answer?"
#define MAX_DEATHS 2

static void send_warmup(struct inf_allocation *allocation);
static void warmed_up(struct inf_allocation *allocation);

bool inf_allocations_busy(const struct inf_deployment *deployment)
{
    for (int i = 0; i < deployment->number_of_allocations; i++)
        if (deployment->allocations[i].phase == INF_ALLOCATION_BUSY)
            return true;
    return false;
}

int inf_allocation_send(struct inf_allocation *allocation, uint64_t id,
                        const struct inf_encoding *encoding)
{
    struct inf_frame_infer request = {.tensors = (uint32_t)encoding->tensors,
                                      .rows = (uint32_t)encoding->rows,
                                      .cols = (uint32_t)encoding->cols};
    size_t bytes = (size_t)encoding->tensors * (size_t)encoding->rows * (size_t)encoding->cols *
                   sizeof *encoding->data;

    allocation->sent_ns = uv_hrtime();
    return inf_channel_send(allocation->channel, INF_FRAME_INFER, id, &request, sizeof request,
                            encoding->data, bytes, NULL, 0);
}

void inf_allocation_reason(const struct inf_frame_header *header, const void *payload,
                           char text[INF_FRAME_REASON + 1])
{
    size_t length = header->length < INF_FRAME_REASON ? header->length : INF_FRAME_REASON;

    memcpy(text, payload, length);
    text[length] = '\0';
}

struct inf_tensor inf_allocation_tensor(const void *payload)
{
    const struct inf_frame_result *result = payload;
    struct inf_tensor tensor = {.dtype = (enum inf_dtype)result->dtype,
                                .rank = (int)result->rank,
                                .data = (const char *)payload + sizeof *result};

    memcpy(tensor.shape, result->shape, sizeof tensor.shape);
    return tensor;
}

/* ---- warm-up and canary ---- */

static int encode_warmup(const struct inf_deployment *deployment, struct inf_encoding *ret,
                         struct inf_error *err)
{
    const struct inf_runtime *runtime = deployment->worker->runtime;

    return inf_task_encode(&runtime->config, runtime->tokenizer, WARMUP_TEXT,
                           sizeof WARMUP_TEXT - 1, ret, err);
}

/* Can the task read what the model answered? */
static int canary(const struct inf_deployment *deployment, const void *payload,
                  struct inf_error *err)
{
    struct inf_tensor tensor = inf_allocation_tensor(payload);
    struct inf_encoding encoding = {0};
    struct inf_buf result;
    int rc = 0;

    inf_buf_init(&result, INF_RESULT_MAX);
    rc = encode_warmup(deployment, &encoding, err);
    if (rc == 0)
        rc =
            inf_task_decode(&deployment->worker->runtime->config, &encoding, &tensor, &result, err);
    inf_encoding_free(&encoding);
    inf_buf_free(&result);
    return rc;
}

/* The first two forwards of a thread are many times slower than the rest, so three are made before
 * the allocation counts; the last one's answer must make sense to the task. */
static void warmup_answered(struct inf_allocation *allocation,
                            const struct inf_frame_header *header, const void *payload)
{
    struct inf_deployment *deployment = allocation->deployment;
    char reason[INF_FRAME_REASON + 1];
    struct inf_error err;

    if (header->type == INF_FRAME_ERROR) {
        inf_allocation_reason(header, payload, reason);
        inf_deployment_failed(deployment, reason);
        return;
    }
    if (--allocation->warmups_left > 0) {
        send_warmup(allocation);
        return;
    }
    if (canary(deployment, payload, &err) != 0)
        inf_deployment_failed(deployment, err.reason);
    else
        warmed_up(allocation);
}

static void send_warmup(struct inf_allocation *allocation)
{
    struct inf_deployment *deployment = allocation->deployment;
    struct inf_encoding encoding = {0};
    struct inf_error err;

    if (encode_warmup(deployment, &encoding, &err) != 0) {
        inf_deployment_failed(deployment, err.reason);
        return;
    }
    if (inf_allocation_send(allocation, 0, &encoding) != 0)
        inf_worker_kill(deployment->worker);
    inf_encoding_free(&encoding);
}

static void warmed_up(struct inf_allocation *allocation)
{
    struct inf_deployment *deployment = allocation->deployment;

    allocation->phase = INF_ALLOCATION_IDLE;
    deployment->current++;
    if (deployment->state == INF_DEPLOYMENT_STARTING) {
        deployment->state = INF_DEPLOYMENT_STARTED;
        deployment->serving = true;
        inf_log(INF_LOG_INFO, "serving", "deployment started",
                (const char *[]){"deployment_id", deployment->id, "model_id", deployment->model_id,
                                 NULL});
    }
    inf_waiters_settle(deployment);
    inf_dispatch(deployment);
}

/* ---- channels ---- */

static void on_frame(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct inf_allocation *allocation = arg;
    bool expected = (allocation->phase == INF_ALLOCATION_WARMING && header->id == 0) ||
                    (allocation->phase == INF_ALLOCATION_BUSY && header->id == allocation->job->id);

    if (!expected || (header->type == INF_FRAME_RESULT &&
                      inf_frame_check_result(payload, header->length) != 0)) {
        inf_worker_kill(allocation->deployment->worker); /* a worker that talks nonsense */
        return;
    }
    if (allocation->phase == INF_ALLOCATION_WARMING)
        warmup_answered(allocation, header, payload);
    else
        inf_dispatch_answered(allocation, header, payload);
}

static void on_closed(void *arg)
{
    struct inf_allocation *allocation = arg;

    inf_worker_kill(allocation->deployment->worker);
}

static const struct inf_channel_events channel_events = {on_frame, on_closed};

int inf_allocations_open(struct inf_deployment *deployment, struct inf_error *err)
{
    for (int i = 0; i < deployment->number_of_allocations; i++) {
        struct inf_allocation *allocation = &deployment->allocations[i];
        int peer = -1, rc = 0;

        if (inf_channel_open(deployment->manager->loop, &channel_events, allocation,
                             &allocation->channel, &peer, err) != 0)
            return -1;
        allocation->phase = INF_ALLOCATION_WARMING;
        allocation->warmups_left = WARMUPS;
        rc = inf_worker_allocate(deployment->worker, deployment->threads_per_allocation,
                                 deployment->low_priority, peer);
        close(peer);
        if (rc != 0)
            inf_worker_kill(deployment->worker);
        else
            send_warmup(allocation);
        if (allocation->channel == NULL)
            return 0; /* the warm-up could not even be made, and has failed the deployment */
    }
    return 0;
}

/* What becomes of a job whose process died under it. */
static void job_lost(struct inf_deployment *deployment, struct inf_job *job, const char *how)
{
    struct inf_error err;

    job->deaths++;
    if (job->deaths >= MAX_DEATHS)
        inf_quarantine_add(&deployment->worker->quarantine, &job->encoding, inf_manager_now_ms());
    if (job->infer == NULL) {
        inf_job_free(job);
    } else if (deployment->state == INF_DEPLOYMENT_STOPPING && !deployment->finish_pending_work) {
        inf_deployment_cancel_error(&err);
        inf_infer_job_done(job, NULL, &err);
    } else if (job->deaths < MAX_DEATHS) {
        inf_queue_push_front(&deployment->queue, job);
        deployment->worker->suspects++;
    } else {
        deployment->counters.errors++;
        inf_error_set(&err, INF_ERR_INTERNAL,
                      "Error in inference process: [inference native process died unexpectedly "
                      "with failure [%s]]",
                      how);
        inf_infer_job_done(job, NULL, &err);
    }
}

void inf_allocations_close(struct inf_deployment *deployment, const char *how)
{
    for (int i = deployment->number_of_allocations - 1; i >= 0; i--) {
        struct inf_allocation *allocation = &deployment->allocations[i];
        struct inf_job *job = allocation->job;

        inf_channel_close(allocation->channel);
        allocation->channel = NULL;
        allocation->phase = INF_ALLOCATION_ABSENT;
        allocation->job = NULL;
        if (job != NULL) {
            deployment->worker->running--;
            if (job->deaths > 0)
                deployment->worker->exclusive = false;
            job_lost(deployment, job, how);
        }
    }
    deployment->current = 0;
}

void inf_allocations_watch(struct inf_deployment *deployment, uint64_t now_ns, uint64_t limit_ns)
{
    for (int i = 0; i < deployment->number_of_allocations; i++) {
        struct inf_allocation *allocation = &deployment->allocations[i];

        if ((allocation->phase != INF_ALLOCATION_BUSY &&
             allocation->phase != INF_ALLOCATION_WARMING) ||
            now_ns - allocation->sent_ns <= limit_ns)
            continue;
        inf_log(INF_LOG_ERROR, "serving",
                "a forward ran longer than engine.forward_timeout; its process is ended",
                (const char *[]){"deployment_id", deployment->id, NULL});
        if (allocation->job != NULL)
            allocation->job->deaths = MAX_DEATHS; /* it shall not be tried again */
        inf_worker_kill(deployment->worker);
        return;
    }
}
