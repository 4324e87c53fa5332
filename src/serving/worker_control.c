/* What a worker's process says of itself, by its control channel: that it has loaded the model,
 * what was proven, how much int8 costs, or why none of it. The process may be in a stranger's
 * hands, so it is heard only with what it can have to say now. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"
#include "inferd/frame.h"
#include "reason.h"
#include "samples.h"
#include "worker.h"
#include "worker_users.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The model is loaded as it is to serve; the answer makes the worker READY. */
static void prepared(struct inf_worker *worker)
{
    inf_worker_memory_ask(worker, INF_MEMORY_LOADED);
}

/* A start that asked for int8 is refused without; but a deployment that has served in it goes on as
 * it can. */
static bool goes_without_int8(const struct inf_worker *worker)
{
    size_t left = inf_worker_users_begin(worker);
    const struct inf_deployment *deployment = NULL;

    if (worker->check.is_disproven)
        return true;
    while ((deployment = inf_worker_next_user(worker, &left)) != NULL)
        if (inf_waiters_of_start(deployment))
            return false;
    return worker->proof.is_of_precision;
}

/* Only the packed encoder can, and what it costs is found with texts that our tokenizer reads. */
static void quantize(struct inf_worker *worker)
{
    struct inf_frame_quantize wanted = {.min_cosine = worker->precision.min_cosine};
    int32_t *samples = NULL;
    struct inf_error err;
    char reason[INF_REASON_MAX];

    if (!worker->encoder.packed) {
        snprintf(reason, sizeof reason,
                 "[precision] int8 is for models that the packed encoder serves, and this one it "
                 "does not: %s",
                 worker->encoder.words);
        inf_worker_load_failed(worker, reason);
    } else if (inf_samples_encode(worker->runtime, &wanted, &samples, &err) != 0) {
        inf_worker_load_failed(worker, err.reason);
    } else {
        worker->is_quantizing = true;
        inf_channel_send(worker->control, INF_FRAME_QUANTIZE, 0, &wanted, sizeof wanted, samples,
                         (size_t)wanted.tensors * wanted.rows * wanted.cols * sizeof *samples, NULL,
                         0);
    }
    free(samples);
}

static void on_loaded(struct inf_worker *worker, const void *payload)
{
    struct inf_frame_loaded loaded;

    memcpy(&loaded, payload, sizeof loaded);
    worker->loaded = true;
    worker->sandbox = loaded.sandbox;
    inf_worker_encoder_read(&loaded, &worker->encoder);
    if (worker->check.is_disproven)
        snprintf(worker->encoder.words, sizeof worker->encoder.words, "%s", worker->check.why);
    inf_worker_proof_loaded(worker, worker->encoder.how);
    if (worker->precision.is_int8 && (worker->encoder.packed || !goes_without_int8(worker)))
        quantize(worker);
    else
        prepared(worker);
}

static void on_frame(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct inf_worker *worker = arg;
    struct inf_frame_signalled signalled;
    char reason[INF_FRAME_REASON + 1];

    if (header->type == INF_FRAME_LOADED) {
        on_loaded(worker, payload);
    } else if (header->type == INF_FRAME_PROVEN) {
        inf_worker_proof_keep(worker, payload, header->length);
    } else if (header->type == INF_FRAME_QUANTIZED) {
        worker->is_quantizing = false;
        inf_worker_encoder_read_precision(payload, &worker->encoder);
        prepared(worker);
    } else if (header->type == INF_FRAME_SIGNALLED) {
        memcpy(&signalled, payload, sizeof signalled);
        worker->signalled = signalled.number;
        inf_worker_kill(worker); /* it ends by itself, or says only that it does */
    } else {
        inf_reason_read(payload, header->length, reason);
        if (!inf_worker_proof_refused(worker, reason))
            inf_worker_load_failed(worker, reason);
    }
}

/* LOADED or LOAD_FAILED, once, and before it what was proven; for int8 another answer then; and a
 * last word. */
static bool is_expected(const struct inf_worker *worker, uint32_t type)
{
    if (type == INF_FRAME_SIGNALLED)
        return worker->signalled == 0;
    if (worker->state != INF_WORKER_LOADING)
        return false;
    if (worker->loaded)
        return worker->is_quantizing &&
               (type == INF_FRAME_QUANTIZED || type == INF_FRAME_LOAD_FAILED);
    return type == INF_FRAME_LOADED || type == INF_FRAME_LOAD_FAILED ||
           (type == INF_FRAME_PROVEN && !worker->proof.proven);
}

static int expected(void *arg, const struct inf_frame_header *header)
{
    return is_expected(arg, header->type) ? 0 : -1;
}

static void on_closed(void *arg, const char *why)
{
    inf_worker_channel_closed(arg, why);
}

const struct inf_channel_events inf_worker_control = {expected, on_frame, on_closed};
