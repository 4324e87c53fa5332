/* chunking.c - a long text in pieces that a model takes: here, where its tokenizer is, or by
 * another node of the cluster that serves it. The text is copied, since whoever asked may leave
 * meanwhile. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "choose_node.h"
#include "command.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/inference.h"
#include "inferd/reserve.h"
#include "inferd/serving_cluster.h"
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
    /* Away: */
    char *id, *node_id;
    struct inf_errand *errand; /* NULL: none, or a node is waited for */
    bool is_again, begun;      /* begun: inf_manager_chunk has returned */
    bool failed;               /* before that, with err */
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

static struct inf_chunking *chunking_new(struct inf_manager *manager,
                                         const struct inf_chunk_request *request,
                                         struct inf_error *err)
{
    char *text = inf_reserve_malloc(request->length + 1);
    struct inf_chunking *chunking = NULL;

    if (text == NULL) {
        inf_error_set(err, INF_ERR_MEMORY, "not enough memory for a text of [%zu] bytes",
                      request->length);
        return NULL;
    }
    memcpy(text, request->text, request->length);
    text[request->length] = '\0';
    chunking = inf_alloc(1, sizeof *chunking);
    chunking->manager = manager;
    chunking->request = *request;
    chunking->request.text = text;
    chunking->text = text;
    inf_manager_hold(manager);
    return chunking;
}

static void begin_here(struct inf_chunking *chunking, const struct inf_deployment *deployment)
{
    chunking->runtime = inf_runtime_ref(deployment->worker->runtime);
    chunking->places = deployment->queue.capacity;
    chunking->work.data = chunking;
    uv_queue_work(chunking->manager->loop, &chunking->work, cut, after);
}

static struct inf_chunking *cut_here(struct inf_manager *manager,
                                     const struct inf_deployment *deployment,
                                     const struct inf_chunk_request *request, struct inf_error *err)
{
    struct inf_chunk_request wanted = *request;
    struct inf_chunking *chunking = NULL;

    if (check(deployment->worker->runtime, &wanted, err) == 0)
        chunking = chunking_new(manager, &wanted, err);
    if (chunking == NULL)
        return NULL;
    begin_here(chunking, deployment);
    return chunking;
}

/* ---- by another node ---- */

static void come_back(struct inf_chunking *chunking)
{
    chunking->errand = NULL;
    if (chunking->node_id != NULL)
        inf_manager_came_back(chunking->manager, chunking->id, chunking->node_id);
    free(chunking->node_id);
    chunking->node_id = NULL;
}

static void free_away(struct inf_chunking *chunking)
{
    struct inf_manager *manager = chunking->manager;

    come_back(chunking);
    free(chunking->id);
    free(chunking->text);
    free(chunking);
    inf_manager_let_go(manager);
}

/* Before inf_manager_chunk has returned, its caller gets the error from there. */
static void end_away(struct inf_chunking *chunking, const struct inf_error *err,
                     const struct inf_chunk *chunks, size_t count)
{
    if (!chunking->begun) {
        chunking->failed = true;
        chunking->err = *err;
        return;
    }
    if (chunking->request.done != NULL)
        chunking->request.done(chunking->request.arg, err, chunks, count);
    free_away(chunking);
}

static void find_way(struct inf_chunking *chunking, const char *not_node);

static void on_errand(void *arg, bool reached, const struct inf_error *err,
                      const struct inf_chunk *chunks, size_t count)
{
    struct inf_chunking *chunking = arg;
    char *node_id = inf_strdup(chunking->node_id);

    come_back(chunking);
    if (reached || chunking->is_again) {
        end_away(chunking, err, chunks, count);
    } else {
        chunking->is_again = true;
        find_way(chunking, node_id);
    }
    free(node_id);
}

static void on_node(void *arg, const struct inf_error *err, const struct inf_deployment *deployment)
{
    struct inf_chunking *chunking = arg;

    (void)deployment;
    chunking->is_again = false;
    if (err != NULL || chunking->request.done == NULL)
        end_away(chunking, err, NULL, 0);
    else
        find_way(chunking, NULL);
}

/* It runs here by now: as if it had just come, but that its text is here. */
static void turn_back(struct inf_chunking *chunking)
{
    struct inf_error err;
    const struct inf_deployment *deployment =
        inf_command_served(chunking->manager, chunking->id, &err);

    if (deployment == NULL || check(deployment->worker->runtime, &chunking->request, &err) != 0) {
        end_away(chunking, &err, NULL, 0);
        return;
    }
    free(chunking->id);
    chunking->id = NULL;
    begin_here(chunking, deployment);
}

static void find_way(struct inf_chunking *chunking, const char *not_node)
{
    struct inf_manager *manager = chunking->manager;
    struct inf_deployment *deployment = inf_command_resolve(manager, chunking->id);
    enum inf_way way = deployment != NULL
                           ? inf_choose_again(deployment, not_node, &chunking->node_id)
                           : INF_WAY_HERE;

    if (way == INF_WAY_AWAY)
        chunking->errand =
            manager->errands->send_text(manager->errands->arg, chunking->node_id, deployment->id,
                                        &chunking->request, on_errand, chunking);
    else if (way == INF_WAY_HERE)
        turn_back(chunking);
    else
        inf_manager_await_node(manager, chunking->id, -1, on_node, chunking);
}

static struct inf_chunking *cut_away(struct inf_manager *manager, const char *id,
                                     const struct inf_chunk_request *request, struct inf_error *err)
{
    const struct inf_deployment *deployment = inf_command_resolve(manager, id);
    struct inf_chunking *chunking = chunking_new(manager, request, err);

    if (chunking == NULL)
        return NULL;
    chunking->id = inf_strdup(deployment->id);
    find_way(chunking, NULL);
    chunking->begun = true;
    if (!chunking->failed)
        return chunking;
    *err = chunking->err;
    free_away(chunking);
    return NULL;
}

/* ---- which way ---- */

static bool may_be_away(const struct inf_manager *manager, const char *id,
                        const struct inf_chunk_request *request)
{
    const struct inf_deployment *deployment = inf_command_resolve(manager, id);

    return !request->stays && manager->errands != NULL && manager->nodes.count > 1 &&
           !manager->stopping && deployment != NULL &&
           (deployment->worker == NULL || deployment->worker->runtime == NULL);
}

struct inf_chunking *inf_manager_chunk(struct inf_manager *manager, const char *id,
                                       const struct inf_chunk_request *request,
                                       struct inf_error *err)
{
    const struct inf_deployment *deployment = NULL;

    if (may_be_away(manager, id, request))
        return cut_away(manager, id, request, err);
    deployment = inf_command_served(manager, id, err);
    return deployment != NULL ? cut_here(manager, deployment, request, err) : NULL;
}

/* Where a node is waited for, the wait goes on to its end. */
void inf_chunking_cancel(struct inf_chunking *chunking)
{
    chunking->request.done = NULL;
    if (chunking->errand == NULL)
        return;
    chunking->manager->errands->cancel(chunking->errand);
    free_away(chunking);
}
