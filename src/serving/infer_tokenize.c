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
static int check_all(struct inf_infer *infer)
{
    for (size_t i = 0; i < infer->count; i++)
        if (infer->jobs[i] != NULL &&
            inf_job_check(infer->deployment, infer->jobs[i], &infer->err) != 0)
            return -1;
    return 0;
}

/* A suspect holds all others up wherever it waits, so it waits where it goes next. */
static void queue_up(struct inf_infer *infer, struct inf_job *job)
{
    struct inf_queue *queue = &infer->deployment->queue;

    if (job->deaths == 0) {
        inf_queue_push(queue, &infer->ticket, job);
        return;
    }
    inf_queue_release(queue, &infer->ticket, 1);
    inf_job_put_back(infer->deployment, job);
}

static void enqueue(struct inf_infer *infer)
{
    struct inf_deployment *deployment = infer->deployment;

    if (inf_infer_is_late(infer)) {
        inf_infer_time_out(infer);
        return;
    }
    if (check_all(infer) != 0) {
        deployment->counters.errors++;
        inf_infer_fail(infer, &infer->err);
        return;
    }
    inf_phases_enter(&infer->phases, INF_PHASE_QUEUE, uv_hrtime());
    for (size_t i = 0; i < infer->count; i++)
        if (infer->jobs[i] != NULL)
            queue_up(infer, infer->jobs[i]);
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
