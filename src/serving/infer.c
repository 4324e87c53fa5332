/* A request from its beginning to its answer; admission is admit.c's, waiting for it held.c's,
 * tokens are infer_tokenize.c's. One deadline covers everything from the first byte of the request
 * on; who passes it is told where the time went. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "away.h"
#include "inferd/alloc.h"
#include "inferd/units.h"
#include <stdlib.h>
#include <string.h>

/* A deadline further off says nothing about how long a client waits. */
#define DEADLINE_MAX_MS (INT64_C(24) * 3600 * 1000)
#define NS_PER_MS 1000000

static void on_deadline(uv_timer_t *timer);

/* ---- beginning ---- */

struct inf_infer *inf_infer_new(struct inf_deployment *deployment,
                                const struct inf_infer_request *request)
{
    struct inf_infer *infer = inf_alloc(1, sizeof *infer);

    infer->manager = deployment->manager;
    infer->deployment = deployment;
    infer->request = *request;
    infer->ticket.infer = infer;
    inf_phases_begin(&infer->phases, request->arrival_ns, INF_PHASE_TOKENIZE, uv_hrtime());
    return infer;
}

/* What the deployment's requests still wait for, and how long they can. */
static void count_in(struct inf_infer *infer, int64_t left_ms)
{
    struct inf_demand *demand = &infer->deployment->demand;

    infer->deadline_ms = -1;
    if (left_ms >= 0 && left_ms <= DEADLINE_MAX_MS) {
        infer->deadline_ms = (int64_t)uv_now(infer->manager->loop) + left_ms;
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
    int64_t left_ms = inf_infer_left_ms(&infer->request);

    infer->next = deployment->infers;
    if (infer->next != NULL)
        infer->next->prev = infer;
    deployment->infers = infer;
    count_in(infer, left_ms);
    inf_manager_hold(infer->manager);
    uv_timer_init(infer->manager->loop, &infer->timer);
    infer->timer.data = infer;
    if (left_ms >= 0)
        uv_timer_start(&infer->timer, on_deadline, (uint64_t)left_ms, 0);
}

int64_t inf_infer_left_ms(const struct inf_infer_request *request)
{
    uint64_t passed_ms = (uv_hrtime() - request->arrival_ns) / NS_PER_MS;

    if (request->timeout_ms < 0)
        return -1;
    return passed_ms < (uint64_t)request->timeout_ms ? request->timeout_ms - (int64_t)passed_ms : 0;
}

bool inf_infer_is_late(const struct inf_infer *infer)
{
    return infer->deadline_ms >= 0 && infer->deadline_ms <= (int64_t)uv_now(infer->manager->loop);
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

void inf_infer_free_ended(struct inf_infer *infer)
{
    struct inf_manager *manager = infer->manager;

    if (infer->tokenizing || infer->timer.data != NULL)
        return;
    inf_infer_free(infer);
    inf_manager_let_go(manager);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_infer *infer = handle->data;

    infer->timer.data = NULL;
    inf_infer_free_ended(infer);
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

    inf_away_end(infer);
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
            inf_queue_release(&deployment->queue, &infer->ticket, 1); /* freed with the request */
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

void inf_infer_give_way(struct inf_infer *infer, const struct inf_error *err)
{
    infer->deployment->counters.rejections += (int64_t)infer->remaining;
    infer->deployment->counters.gave_way += (int64_t)infer->remaining;
    end(infer);
    infer->request.done(infer->request.arg, err, NULL);
}

/* Nobody waits for its documents any more: those that no worker has are dropped. */
static void count_abandoned(const struct inf_infer *infer)
{
    struct inf_counters *counters = &infer->deployment->counters;
    int64_t begun = (int64_t)(infer->computing + infer->decoding);

    counters->timeouts += (int64_t)infer->remaining;
    counters->in_vain += begun;
    counters->dropped += (int64_t)infer->remaining - begun;
}

void inf_infer_time_out(struct inf_infer *infer)
{
    struct inf_error err;
    char text[INF_UNITS_TEXT], phases[INF_PHASES_TEXT];

    count_abandoned(infer);
    if (infer->held) {
        inf_held_timeout_error(infer, &err);
    } else {
        inf_phases_print(&infer->phases, uv_hrtime(), phases);
        inf_error_set(&err, INF_ERR_TIMEOUT, "timeout [%s] waiting for inference result%s%s",
                      inf_time_print(infer->request.timeout_ms, text),
                      phases[0] != '\0' ? "; " : "", phases);
    }
    inf_infer_fail(infer, &err);
}

static void on_deadline(uv_timer_t *timer)
{
    inf_infer_time_out(timer->data);
}

void inf_infer_cancel(struct inf_infer *infer)
{
    struct inf_deployment *deployment = infer->deployment;

    count_abandoned(infer);
    deployment->counters.departures += (int64_t)infer->remaining;
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

/* A document of it has begun or ended something. */
static void change_phase(struct inf_infer *infer)
{
    enum inf_phase phase = infer->computing > 0  ? INF_PHASE_COMPUTE
                           : infer->decoding > 0 ? INF_PHASE_DECODE
                                                 : INF_PHASE_QUEUE;

    inf_phases_enter(&infer->phases, phase, uv_hrtime());
}

void inf_infer_job_runs(struct inf_job *job)
{
    job->state = INF_JOB_RUNNING;
    job->infer->computing++;
    change_phase(job->infer);
}

void inf_infer_job_stops(struct inf_job *job)
{
    if (job->infer == NULL)
        return;
    job->infer->computing--;
    change_phase(job->infer);
}

void inf_infer_job_decodes(struct inf_job *job)
{
    job->state = INF_JOB_DECODING;
    job->infer->decoding++;
    change_phase(job->infer);
}

void inf_infer_job_done(struct inf_job *job, struct inf_buf *result, const struct inf_error *err)
{
    struct inf_infer *infer = job->infer;

    if (infer == NULL) {
        inf_job_free(job);
        return;
    }
    if (job->state == INF_JOB_DECODING) {
        infer->decoding--;
        change_phase(infer);
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
