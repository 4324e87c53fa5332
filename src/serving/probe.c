/* A probe sends the warm-up of a first allocation, by itself, and waits for the figures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "reason.h"
#include "warmup.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct waiter {
    struct waiter *next;
    inf_probe_done done;
    void *arg;
};

struct inf_probe {
    struct inf_manager *manager;
    struct inf_worker *worker;
    struct inf_channel *channel; /* NULL until the worker is ready */
    int threads;
    int forwards_left; /* the first is the longest */
    bool measured;     /* and warm: all that is missing is the record of it */
    uv_timer_t timer;
    struct waiter *waiters;
};

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_probe *probe = handle->data;
    struct inf_manager *manager = probe->manager;

    free(probe);
    inf_manager_let_go(manager);
}

static void end(struct inf_probe *probe, enum inf_probe_outcome outcome, const char *text)
{
    struct waiter *waiter = probe->waiters;

    probe->waiters = NULL;
    inf_channel_close(probe->channel);
    probe->channel = NULL;
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        waiter->done(waiter->arg, outcome, text);
        free(waiter);
        waiter = next;
    }
    probe->worker->probe = NULL;
    inf_worker_release(probe->worker);
    uv_close((uv_handle_t *)&probe->timer, on_timer_closed);
}

void inf_probe_fail(struct inf_probe *probe, enum inf_probe_outcome outcome, const char *text)
{
    end(probe, outcome, text);
}

int inf_probe_threads(const struct inf_probe *probe)
{
    return probe->channel != NULL ? probe->threads : 0;
}

static void on_timeout(uv_timer_t *timer)
{
    end(timer->data, INF_PROBE_TIMEOUT, "");
}

/* ---- the forwards ---- */

static bool is_longest(const struct inf_probe *probe)
{
    return probe->forwards_left > INF_WARMUPS;
}

static void send_forward(struct inf_probe *probe)
{
    struct inf_encoding encoding = {0};
    struct inf_error err;

    if (inf_warmup_encode(probe->worker->runtime, is_longest(probe), &encoding, &err) != 0) {
        end(probe, INF_PROBE_FAILED, err.reason);
        return;
    }
    if (inf_allocation_send_on(probe->channel, 0, &encoding) != 0)
        inf_worker_kill(probe->worker);
    inf_encoding_free(&encoding);
}

static int expected(void *arg, const struct inf_frame_header *header)
{
    const struct inf_probe *probe = arg;

    return probe->forwards_left > 0 && inf_allocation_may_answer(header, 0) ? 0 : -1;
}

static void on_frame(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct inf_probe *probe = arg;
    char reason[INF_FRAME_REASON + 1];
    struct inf_error err;

    if (!inf_allocation_is_answer(header, payload, 0)) {
        inf_worker_condemn(probe->worker, INF_BAD_ANSWER);
    } else if (header->type == INF_FRAME_ERROR && !is_longest(probe)) {
        inf_reason_read(payload, header->length, reason);
        end(probe, INF_PROBE_FAILED, reason);
    } else if (--probe->forwards_left > 0) {
        send_forward(probe);
    } else if (inf_warmup_check(probe->worker->runtime, payload, header->length, &err) != 0) {
        end(probe, INF_PROBE_FAILED, err.reason);
    } else {
        inf_worker_warmed(probe->worker);
    }
}

static void on_closed(void *arg, const char *why)
{
    struct inf_probe *probe = arg;

    inf_worker_channel_closed(probe->worker, why); /* its end is told as inf_probe_fail */
}

static const struct inf_channel_events events = {expected, on_frame, on_closed};

void inf_probe_ready(struct inf_probe *probe)
{
    struct inf_error err;
    int peer = -1;

    if (inf_channel_open(probe->manager->loop, &events, probe, &probe->channel, &peer, &err) != 0) {
        end(probe, INF_PROBE_FAILED, err.reason);
        return;
    }
    if (inf_worker_allocate(probe->worker, probe->threads, false, peer) != 0)
        inf_worker_kill(probe->worker);
    close(peer);
    send_forward(probe);
}

/* Ends with the record in the store, so that who asks next finds it there. */
void inf_probe_recorded(struct inf_probe *probe)
{
    if (probe->measured && probe->worker->memory.recording == 0)
        end(probe, INF_PROBE_FINE, "");
}

void inf_probe_measured(struct inf_probe *probe, const struct inf_frame_measured *seen)
{
    if (seen->asked.occasion == INF_MEMORY_WARMED && probe->forwards_left == 0) {
        probe->measured = true;
        inf_probe_recorded(probe);
    }
}

/* ---- begin ---- */

static struct inf_probe *running(const struct inf_manager *manager)
{
    for (const struct inf_worker *worker = manager->workers; worker != NULL; worker = worker->next)
        if (worker->probe != NULL)
            return worker->probe;
    return NULL;
}

static struct inf_probe *begin(struct inf_manager *manager, const char *model_id, int threads,
                               int64_t timeout_ms)
{
    struct inf_probe *probe = inf_alloc(1, sizeof *probe);

    probe->manager = manager;
    probe->threads = threads;
    probe->forwards_left = INF_WARMUPS + 1;
    probe->worker = inf_worker_acquire(manager, model_id, &(struct inf_precision){0});
    probe->worker->probe = probe;
    uv_timer_init(manager->loop, &probe->timer);
    probe->timer.data = probe;
    inf_manager_hold(manager);
    uv_timer_start(&probe->timer, on_timeout, (uint64_t)timeout_ms, 0);
    return probe;
}

void inf_probe_model(struct inf_manager *manager, const char *model_id, int threads,
                     int64_t timeout_ms, inf_probe_done done, void *arg)
{
    struct inf_probe *probe = running(manager);
    struct waiter *waiter = NULL;
    bool begun = probe == NULL;

    if (begun) {
        probe = begin(manager, model_id, threads, timeout_ms);
    } else if (strcmp(probe->worker->model_id, model_id) != 0) {
        done(arg, INF_PROBE_BUSY, "");
        return;
    }
    waiter = inf_alloc(1, sizeof *waiter);
    *waiter = (struct waiter){probe->waiters, done, arg};
    probe->waiters = waiter;
    if (begun && probe->worker->state == INF_WORKER_READY)
        inf_probe_ready(probe);
}
