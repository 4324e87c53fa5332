/* chunking.c - a long text in pieces that a model takes. Its own copy of the text goes to the pool,
 * since whoever asked may leave meanwhile. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/inference.h"
#include "inferd/reserve.h"
#include <stdlib.h>
#include <string.h>

struct inf_chunking {
    uv_work_t work;
    struct inf_manager *manager;
    struct inf_runtime *runtime;
    struct inf_chunk_request request; /* done NULL: cancelled */
    char *text;
    size_t places; /* in the deployment's queue */
    struct inf_text_chunk *pieces;
    struct inf_chunk *chunks;
    size_t count;
    int rc;
    struct inf_error err;
};

/* ---- on the pool ---- */

static int describe(struct inf_chunking *chunking)
{
    struct inf_chunk *chunks = NULL;

    if (chunking->count > chunking->places)
        return inf_error_set(&chunking->err, INF_ERR_ILLEGAL_ARGUMENT,
                             "the text has [%zu] chunks, more than the [%zu] places of the "
                             "deployment's queue; shorten it, or take larger chunks",
                             chunking->count, chunking->places);
    chunks = inf_reserve_calloc(chunking->count, sizeof *chunks);
    if (chunks == NULL)
        return inf_error_set(&chunking->err, INF_ERR_MEMORY, "not enough memory for [%zu] chunks",
                             chunking->count);
    for (size_t i = 0; i < chunking->count; i++) {
        const struct inf_text_chunk *piece = &chunking->pieces[i];
        chunks[i] = (struct inf_chunk){(size_t)(piece->text.data - chunking->text),
                                       piece->text.length, piece->start, piece->end};
    }
    chunking->chunks = chunks;
    return 0;
}

static void cut(uv_work_t *work)
{
    struct inf_chunking *chunking = work->data;
    const struct inf_chunk_request *request = &chunking->request;
    const struct inf_tokenization *settings = &chunking->runtime->config->tokenization;

    chunking->rc = inf_text_chunks(
        chunking->runtime->tokenizer, settings, (struct inf_text){chunking->text, request->length},
        request->max_tokens, request->overlap, &chunking->pieces, &chunking->count, &chunking->err);
    if (chunking->rc == 0)
        chunking->rc = describe(chunking);
}

/* ---- on the loop ---- */

static void after(uv_work_t *work, int status)
{
    struct inf_chunking *chunking = work->data;
    struct inf_manager *manager = chunking->manager;

    (void)status; /* never cancelled */
    if (chunking->request.done != NULL)
        chunking->request.done(chunking->request.arg, chunking->rc == 0 ? NULL : &chunking->err,
                               chunking->chunks, chunking->count);
    inf_runtime_unref(chunking->runtime);
    free(chunking->pieces);
    free(chunking->chunks);
    free(chunking->text);
    free(chunking);
    inf_manager_let_go(manager);
}

/* Of what the model takes. */
static int check(const struct inf_runtime *runtime, struct inf_chunk_request *request,
                 struct inf_error *err)
{
    int most = runtime->config->tokenization.max_sequence_length;

    if (request->max_tokens == 0)
        request->max_tokens = most;
    if (request->max_tokens > most)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "chunks of [%d] tokens are longer than the [%d] that the model takes",
                             request->max_tokens, most);
    return 0;
}

struct inf_chunking *inf_manager_chunk(struct inf_manager *manager, const char *id,
                                       const struct inf_chunk_request *request,
                                       struct inf_error *err)
{
    const struct inf_deployment *deployment = inf_command_served(manager, id, err);
    struct inf_chunk_request wanted = *request;
    struct inf_chunking *chunking = NULL;
    char *text = NULL;

    if (deployment == NULL || check(deployment->worker->runtime, &wanted, err) != 0)
        return NULL;
    text = inf_reserve_malloc(request->length + 1);
    if (text == NULL) {
        inf_error_set(err, INF_ERR_MEMORY, "not enough memory for a text of [%zu] bytes",
                      request->length);
        return NULL;
    }
    memcpy(text, request->text, request->length);
    chunking = inf_alloc(1, sizeof *chunking);
    chunking->manager = manager;
    chunking->runtime = inf_runtime_ref(deployment->worker->runtime);
    chunking->request = wanted;
    chunking->text = text;
    chunking->places = deployment->queue.capacity;
    chunking->work.data = chunking;
    inf_manager_hold(manager);
    uv_queue_work(manager->loop, &chunking->work, cut, after);
    return chunking;
}

void inf_chunking_cancel(struct inf_chunking *chunking)
{
    chunking->request.done = NULL;
}
