/* rest_peer.c - GET /_inferd/definition, /_inferd/part and /_inferd/vocabulary, POST
 * /_inferd/chunks: what nodes of a cluster get from each other. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/inference.h"
#include "inferd/serving_cluster.h"
#include "inferd/store_shared.h"
#include "relay.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

#define VOCABULARY_MAX ((size_t)1 << 30)

enum inf_outcome rest_peer_part(struct inf_call *call, struct inf_error *err)
{
    int64_t size;
    int fd;

    if (inf_store_open_part(rest_app(call)->store, inf_call_str(call, "model_id"),
                            (int)inf_call_int(call, "part"), &fd, &size, err) != 0)
        return INF_FAILED;
    inf_call_reply_file(call, 200, "application/octet-stream", fd, (uint64_t)size);
    return INF_REPLIED;
}

enum inf_outcome rest_peer_definition(struct inf_call *call, struct inf_error *err)
{
    struct inf_store *store = rest_app(call)->store;
    const char *model_id = inf_call_str(call, "model_id");
    int64_t size;
    int fd;

    if (inf_store_model(store, model_id) == NULL || !inf_store_has_definition(store, model_id)) {
        inf_error_set(err, INF_ERR_NOT_FOUND, "the definition of model [%s] is not on this node",
                      model_id);
        return INF_FAILED;
    }
    if (inf_store_open_definition(store, model_id, &fd, &size, err) != 0)
        return INF_FAILED;
    inf_call_reply_file(call, 200, "application/octet-stream", fd, (uint64_t)size);
    return INF_REPLIED;
}

static void answer(struct inf_call *call, const char *text, size_t length,
                   const struct inf_error *failed)
{
    struct inf_error err;
    struct inf_buf body;

    inf_buf_init(&body, VOCABULARY_MAX);
    if (failed != NULL) {
        inf_error_set(&err, INF_ERR_NOT_FOUND, "%s", failed->reason);
        inf_call_fail(call, &err);
    } else if (inf_buf_append(&body, text, length) != 0) {
        inf_error_set(&err, INF_ERR_MEMORY, "no memory for a vocabulary");
        inf_call_fail(call, &err);
    } else {
        inf_call_reply(call, 200, &body);
    }
}

static void on_vocabulary(void *arg, char *text, size_t length, const struct inf_error *err)
{
    struct inf_call *call = rest_pending_call(arg);

    if (call != NULL)
        answer(call, text, length, err);
    rest_pending_end(arg);
    free(text);
}

enum inf_outcome rest_peer_vocabulary(struct inf_call *call, struct inf_error *err)
{
    struct rest_pending *pending = rest_pending_new(call, NULL, NULL);

    (void)err;
    rest_pending_begin(pending);
    inf_store_read_vocabulary(rest_app(call)->store, inf_call_str(call, "model_id"), on_vocabulary,
                              pending);
    return rest_pending_outcome(pending);
}

/* ---- texts ---- */

static void write_chunks(const struct inf_chunk *chunks, size_t count, struct inf_buf *body)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "chunks");
    inf_jsonw_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        inf_jsonw_begin_array(&w);
        inf_jsonw_int(&w, (int64_t)chunks[i].from);
        inf_jsonw_int(&w, (int64_t)chunks[i].length);
        inf_jsonw_int(&w, chunks[i].start);
        inf_jsonw_int(&w, chunks[i].end);
        inf_jsonw_end_array(&w);
    }
    inf_jsonw_end_array(&w);
    inf_jsonw_end_object(&w);
}

static void on_chunks(void *arg, const struct inf_error *failed, const struct inf_chunk *chunks,
                      size_t count)
{
    struct inf_call *call = rest_pending_call(arg);
    struct inf_error err;
    struct inf_buf body;

    if (call != NULL && failed != NULL) {
        inf_call_fail(call, failed);
    } else if (call != NULL) {
        inf_buf_init(&body, INF_RESPONSE_MAX);
        write_chunks(chunks, count, &body);
        if (rest_reply(call, &body, &err) == INF_FAILED)
            inf_call_fail(call, &err);
    }
    rest_pending_end(arg);
}

static enum inf_outcome chunk_here(struct inf_call *call, struct inf_error *err)
{
    const char *id = inf_call_str(call, "model_id"), *text = inf_call_str(call, "text");
    struct rest_pending *pending = rest_pending_new(call, NULL, NULL);
    const struct inf_chunk_request request = {.text = text,
                                              .length = strlen(text),
                                              .max_tokens = (int)inf_call_int(call, "max_tokens"),
                                              .overlap = (int)inf_call_int(call, "overlap"),
                                              .stays = true,
                                              .done = on_chunks,
                                              .arg = pending};

    rest_pending_begin(pending);
    if (inf_manager_chunk(rest_app(call)->manager, id, &request, err) == NULL) {
        rest_pending_end(pending);
        return INF_FAILED;
    }
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_peer_chunks(struct inf_call *call, struct inf_error *err)
{
    const struct rest_relayed way = {
        .id = inf_call_str(call, "model_id"), .timeout_ms = -1, .here = chunk_here};

    return rest_relay(call, &way, err);
}
