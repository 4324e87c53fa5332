/* What a worker's process says of itself, by its control channel: that it has loaded the model,
 * what was proven, what fewer bits cost, or why none of it. The process may be in a stranger's
 * hands, so it is heard only with what it can have to say now. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/frame.h"
#include "inferd/log.h"
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

/* A start that asked for fewer bits is refused without; but a deployment that has served in them
 * goes on as it can. */
static bool goes_without(const struct inf_worker *worker)
{
    size_t left = inf_worker_users_begin(worker);
    const struct inf_deployment *deployment = NULL;

    while ((deployment = inf_worker_next_user(worker, &left)) != NULL)
        if (inf_waiters_for(deployment, INF_WAIT_START))
            return false;
    return true;
}

/* What is said of it is the asker's to change, unless there was no memory. */
static void refuse_precision(struct inf_worker *worker, const char *text)
{
    char reason[INF_REASON_MAX];

    worker->refuses_precision = strstr(text, "memory") == NULL;
    snprintf(reason, sizeof reason, "[precision] %s %s", inf_precision_name(worker->precision.type),
             text);
    inf_worker_load_failed(worker, reason);
}

/* With what was kept behind the samples. */
static void send_quantize(struct inf_worker *worker, struct inf_frame_quantize *wanted,
                          const int32_t *samples, const uint8_t *fit, size_t fit_length)
{
    size_t bytes = (size_t)wanted->tensors * wanted->rows * wanted->cols * sizeof *samples;
    char *both = inf_alloc(1, bytes + fit_length);

    wanted->kept_bytes = (uint32_t)fit_length;
    memcpy(both, samples, bytes);
    if (fit_length > 0)
        memcpy(both + bytes, fit, fit_length);
    inf_channel_send(worker->control, INF_FRAME_QUANTIZE, 0, wanted, sizeof *wanted, both,
                     bytes + fit_length, NULL, 0);
    free(both);
}

/* Only the packed encoder can, and what it costs is found with texts that our tokenizer reads. */
static void quantize(struct inf_worker *worker)
{
    struct inf_frame_quantize wanted = {
        .min_cosine = worker->precision.min_cosine,
        .type = worker->precision.type == INF_PRECISION_INT8 ? INF_LINEAR_INT8 : INF_LINEAR_BF16};
    uint8_t *fit = NULL;
    int32_t *samples = NULL;
    size_t fit_length = 0;
    struct inf_error err;
    char reason[INF_REASON_MAX];

    if (!worker->encoder.packed) {
        snprintf(reason, sizeof reason,
                 "is for models that the packed encoder serves, and this one it does not: %s",
                 worker->encoder.words);
        refuse_precision(worker, reason);
    } else if (inf_samples_encode(worker->runtime, &wanted, &samples, &err) != 0) {
        inf_worker_load_failed(worker, err.reason);
    } else {
        worker->is_quantizing = true;
        fit = inf_worker_proof_fit(worker, &fit_length);
        send_quantize(worker, &wanted, samples, fit, fit_length);
    }
    free(fit);
    free(samples);
}

/* A process that could not is of no more use; another one is not asked. */
static void go_on_without(struct inf_worker *worker, const char *text)
{
    inf_log(INF_LOG_WARN, "serving", "the model cannot be had in its precision any more",
            (const char *[]){"model_id", worker->model_id, "precision",
                             inf_precision_name(worker->precision.type), "reason", text, NULL});
    worker->is_plain = true;
    inf_worker_replace(worker);
}

static void not_quantized(struct inf_worker *worker, const char *text)
{
    char reason[INF_REASON_MAX];

    snprintf(reason, sizeof reason, "cannot be had for this model here: %s", text);
    if (goes_without(worker))
        go_on_without(worker, text);
    else
        refuse_precision(worker, reason);
}

/* Is it to be asked for fewer bits? */
static bool wants_fewer_bits(const struct inf_worker *worker)
{
    return worker->precision.type != INF_PRECISION_FP32 && !worker->is_plain &&
           (worker->encoder.packed || !goes_without(worker));
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
    if (wants_fewer_bits(worker))
        quantize(worker);
    else
        prepared(worker);
}

static void on_quantized(struct inf_worker *worker, const void *payload, size_t length)
{
    size_t report = sizeof(struct inf_precision_report);

    inf_worker_encoder_read_precision(worker->precision.type, payload, &worker->encoder);
    if (length > report)
        inf_worker_proof_keep_fit(worker, (const char *)payload + report, length - report);
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
        on_quantized(worker, payload, header->length);
    } else if (header->type == INF_FRAME_SIGNALLED) {
        memcpy(&signalled, payload, sizeof signalled);
        worker->signalled = signalled.number;
        inf_worker_kill(worker); /* it ends by itself, or says only that it does */
    } else {
        inf_reason_read(payload, header->length, reason);
        if (worker->is_quantizing)
            not_quantized(worker, reason);
        else if (!inf_worker_proof_refused(worker, reason))
            inf_worker_load_failed(worker, reason);
    }
}

/* LOADED or LOAD_FAILED, once, and before it what was proven; for fewer bits another answer then;
 * and a last word. */
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
