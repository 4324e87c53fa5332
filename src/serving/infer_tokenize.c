/* A request's texts become tokens, and its documents jobs in the queue. Short texts are tokenized
 * right here (some 10 us each), long ones on the pool; the first document that fails fails the
 * request. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"
#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

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

    if (inf_infer_is_late(infer)) {
        inf_infer_time_out(infer);
        return;
    }
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
    inf_phases_enter(&infer->phases, INF_PHASE_QUEUE, uv_hrtime());
    for (size_t i = 0; i < infer->count; i++)
        if (infer->jobs[i] != NULL)
            inf_queue_push(&deployment->queue, &infer->ticket, infer->jobs[i]);
    inf_dispatch(deployment);
}

static void encoded(uv_work_t *work, int status)
{
    struct inf_infer *infer = work->data;

    infer->tokenizing = false;
    (void)status; /* never cancelled */
    if (infer->ended) {
        inf_infer_free_ended(infer);
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
