/* The allocations of a deployment: threads of the worker, each behind a channel of its own. Opened
 * when the worker is ready, warmed up, watched, retired when fewer are assigned, closed when the
 * worker or the deployment ends. One that retires while a frame is inside stays until the answer:
 * so no request is dropped, and a forward that hangs is still watched. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"
#include "inferd/alloc.h"
#include "reason.h"
#include "trial.h"
#include "warmup.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)

static int send_warmup(struct inf_allocation *allocation);
static void warmed_up(struct inf_allocation *allocation);

bool inf_allocations_busy(const struct inf_deployment *deployment)
{
    for (const struct inf_allocation *each = deployment->allocations; each != NULL;
         each = each->next)
        if (each->phase == INF_ALLOCATION_BUSY)
            return true;
    return false;
}

static int send_infer(struct inf_channel *channel, uint64_t id, const struct inf_encoding *encoding,
                      size_t more, size_t at_once)
{
    struct inf_frame_infer request = {.tensors = (uint32_t)encoding->tensors,
                                      .rows = (uint32_t)encoding->rows,
                                      .cols = (uint32_t)encoding->cols,
                                      .reduce = (uint32_t)encoding->reduce,
                                      .position = (uint32_t)encoding->position,
                                      .more = (uint32_t)more,
                                      .at_once = (uint32_t)at_once};
    size_t bytes = (size_t)encoding->tensors * (size_t)encoding->rows * (size_t)encoding->cols *
                   sizeof *encoding->data;

    _Static_assert(sizeof request.padding == sizeof encoding->padding &&
                       INF_FRAME_PAD_COLUMN == INF_PAD_COLUMN,
                   "both say it alike");
    memcpy(request.padding, encoding->padding, sizeof request.padding);
    return inf_channel_send(channel, INF_FRAME_INFER, id, &request, sizeof request, encoding->data,
                            bytes, NULL, 0);
}

int inf_allocation_send_on(struct inf_channel *channel, uint64_t id,
                           const struct inf_encoding *encoding)
{
    return send_infer(channel, id, encoding, 0, 1);
}

int inf_allocation_send(struct inf_allocation *allocation, uint64_t id,
                        const struct inf_encoding *encoding, size_t more, size_t at_once)
{
    if (allocation->ahead.count == 0) /* what is sent ahead begins when the wave before has ended */
        allocation->sent_ns = allocation->seen_ns = uv_hrtime();
    return send_infer(allocation->channel, id, encoding, more, at_once);
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

/* ---- warm-up ---- */

/* A model whose memory is unknown computes its longest text first, only to be measured: what comes
 * of that does not matter. */
static bool is_longest(const struct inf_allocation *allocation)
{
    return allocation->warmups_left > INF_WARMUPS;
}

static void warmup_answered(struct inf_allocation *allocation,
                            const struct inf_frame_header *header, const void *payload)
{
    struct inf_deployment *deployment = allocation->deployment;
    char reason[INF_FRAME_REASON + 1];
    struct inf_error err;

    if (allocation->retiring) {
        allocation->phase = INF_ALLOCATION_IDLE;
        inf_allocation_retire(allocation);
    } else if (allocation->trial != NULL) {
        if (inf_trial_answered(allocation, header, payload))
            warmed_up(allocation);
    } else if (header->type == INF_FRAME_ERROR && !is_longest(allocation)) {
        inf_reason_read(payload, header->length, reason);
        inf_deployment_failed(deployment, reason);
    } else if (--allocation->warmups_left > 0) {
        (void)send_warmup(allocation);
    } else if (inf_warmup_check(deployment->worker->runtime, payload, header->length, &err) != 0) {
        inf_deployment_failed(deployment, err.reason);
    } else {
        if (!inf_trial_begin(allocation, payload))
            warmed_up(allocation);
    }
}

/* -1: it could not even be made, which has failed the deployment; the allocation is gone. */
static int send_warmup(struct inf_allocation *allocation)
{
    struct inf_deployment *deployment = allocation->deployment;
    struct inf_encoding encoding = {0};
    struct inf_error err;

    if (inf_warmup_encode(deployment->worker->runtime, is_longest(allocation), &encoding, &err) !=
        0) {
        inf_deployment_failed(deployment, err.reason);
        return -1;
    }
    if (inf_allocation_send(allocation, 0, &encoding, 0, 1) != 0)
        inf_worker_kill(deployment->worker);
    inf_encoding_free(&encoding);
    return 0;
}

static void warmed_up(struct inf_allocation *allocation)
{
    struct inf_deployment *deployment = allocation->deployment;

    allocation->phase = INF_ALLOCATION_IDLE;
    deployment->current++;
    inf_deployment_answers(deployment);
    inf_worker_warmed(deployment->worker);
    inf_waiters_settle(deployment);
    inf_dispatch(deployment);
}

/* ---- channels ---- */

bool inf_allocation_may_answer(const struct inf_frame_header *header, uint64_t id)
{
    return header->id == id &&
           (header->type == INF_FRAME_ERROR || header->type == INF_FRAME_RESULT);
}

bool inf_allocation_is_answer(const struct inf_frame_header *header, const void *payload,
                              uint64_t id)
{
    if (!inf_allocation_may_answer(header, id))
        return false;
    return header->type == INF_FRAME_ERROR || inf_frame_check_result(payload, header->length) == 0;
}

/* Of the frame that may come now. A warm-up's is 0, which no job has. */
static uint64_t awaited_id(const struct inf_allocation *allocation)
{
    return allocation->phase == INF_ALLOCATION_WARMING
               ? 0
               : allocation->wave.jobs[allocation->wave.answered]->id;
}

static void grant(const struct inf_allocation *allocation, int64_t ns)
{
    inf_worker_cpu_grant(allocation->deployment->worker, ns,
                         allocation->deployment->threads_per_allocation);
}

static int expected(void *arg, const struct inf_frame_header *header)
{
    const struct inf_allocation *allocation = arg;

    if (allocation->phase == INF_ALLOCATION_IDLE)
        return -1;
    return inf_allocation_may_answer(header, awaited_id(allocation)) ? 0 : -1;
}

static void on_frame(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct inf_allocation *allocation = arg;

    uint64_t now_ns = uv_hrtime();

    grant(allocation, (int64_t)(now_ns - allocation->seen_ns));
    allocation->seen_ns = now_ns;
    if (!inf_allocation_is_answer(header, payload, awaited_id(allocation)))
        inf_worker_condemn(allocation->deployment->worker, INF_BAD_ANSWER);
    else if (allocation->phase == INF_ALLOCATION_WARMING)
        warmup_answered(allocation, header, payload);
    else
        inf_dispatch_answered(allocation, header, payload);
}

static void on_closed(void *arg, const char *why)
{
    struct inf_allocation *allocation = arg;

    inf_worker_channel_closed(allocation->deployment->worker, why);
}

static const struct inf_channel_events channel_events = {expected, on_frame, on_closed};

static int open_one(struct inf_deployment *deployment, struct inf_error *err)
{
    struct inf_allocation *allocation = inf_alloc(1, sizeof *allocation);
    int peer = -1, rc = 0;

    allocation->deployment = deployment;
    allocation->warmups_left = INF_WARMUPS + (inf_worker_is_measured(deployment->worker) ? 0 : 1);
    if (inf_channel_open(deployment->manager->loop, &channel_events, allocation,
                         &allocation->channel, &peer, err) != 0) {
        free(allocation);
        return -1;
    }
    allocation->next = deployment->allocations;
    deployment->allocations = allocation;
    rc = inf_worker_allocate(deployment->worker, deployment->threads_per_allocation,
                             deployment->low_priority, peer);
    close(peer);
    if (rc != 0)
        inf_worker_kill(deployment->worker);
    else if (send_warmup(allocation) != 0)
        return inf_error_set(err, INF_ERR_INTERNAL, "%s", deployment->reason);
    return 0;
}

/* ---- as many as are assigned ---- */

static int count_staying(const struct inf_deployment *deployment)
{
    int count = 0;

    for (const struct inf_allocation *each = deployment->allocations; each != NULL;
         each = each->next)
        count += !each->retiring;
    return count;
}

void inf_allocation_retire(struct inf_allocation *allocation)
{
    struct inf_allocation **link = &allocation->deployment->allocations;

    while (*link != allocation)
        link = &(*link)->next;
    *link = allocation->next;
    if (allocation->phase !=
        INF_ALLOCATION_IDLE) /* it goes on inside, with nobody to see its end */
        grant(allocation,
              inf_config_ms(allocation->deployment->manager->config, "engine.forward_timeout") *
                  NS_PER_MS);
    inf_trial_abandon(allocation, NULL);
    inf_channel_close(allocation->channel);
    free(allocation);
}

/* The one that is missed least: still warming up, else idle, else any. */
static struct inf_allocation *least_missed(const struct inf_deployment *deployment)
{
    struct inf_allocation *found = NULL;

    for (struct inf_allocation *each = deployment->allocations; each != NULL; each = each->next)
        if (!each->retiring && (found == NULL || each->phase < found->phase))
            found = each;
    return found;
}

static void retire_one(struct inf_deployment *deployment)
{
    struct inf_allocation *allocation = least_missed(deployment);

    deployment->current -= allocation->phase != INF_ALLOCATION_WARMING;
    allocation->retiring = true;
    if (allocation->phase == INF_ALLOCATION_IDLE)
        inf_allocation_retire(allocation);
}

static bool bring_one_back(struct inf_deployment *deployment)
{
    for (struct inf_allocation *each = deployment->allocations; each != NULL; each = each->next)
        if (each->retiring) {
            each->retiring = false;
            deployment->current += each->phase != INF_ALLOCATION_WARMING;
            return true;
        }
    return false;
}

int inf_allocations_adjust(struct inf_deployment *deployment, struct inf_error *err)
{
    int staying = count_staying(deployment);

    for (; staying > deployment->assigned; staying--)
        retire_one(deployment);
    for (; staying < deployment->assigned; staying++)
        if (!bring_one_back(deployment) && open_one(deployment, err) != 0)
            return -1;
    return 0;
}

/* ---- the end of a process ---- */

static void lose(struct inf_deployment *deployment, struct inf_job *job,
                 const struct inf_death *death)
{
    deployment->worker->running--;
    if (job->deaths > 0)
        deployment->worker->exclusive = false;
    inf_job_lost(deployment, job, death);
}

void inf_allocations_close(struct inf_deployment *deployment, const struct inf_death *death)
{
    deployment->current = 0;
    while (deployment->allocations != NULL) {
        struct inf_allocation *allocation = deployment->allocations;
        struct inf_wave wave = allocation->wave, ahead = allocation->ahead;

        inf_trial_abandon(allocation, death);
        inf_allocation_retire(allocation);
        for (size_t i = 0; i < ahead.count; i++) /* which it had not begun */
            lose(deployment, ahead.jobs[i], NULL);
        for (size_t i = wave.answered; i < wave.count; i++)
            lose(deployment, wave.jobs[i], death);
    }
}

void inf_allocations_watch(struct inf_deployment *deployment, uint64_t now_ns, uint64_t limit_ns)
{
    for (struct inf_allocation *each = deployment->allocations; each != NULL; each = each->next) {
        if (each->phase == INF_ALLOCATION_IDLE || now_ns - each->sent_ns <= limit_ns)
            continue;
        /* Alone, it shall not be tried again. */
        if (each->wave.count - each->wave.answered == 1)
            each->wave.jobs[each->wave.answered]->overdue = true;
        inf_worker_condemn(deployment->worker,
                           "an inference took longer than engine.forward_timeout");
        return;
    }
}
