/* From a handler's bytes or error to libmicrohttpd's response.
 *
 * What the client wishes besides the answer itself (a filter, indentation, YAML, compression) is
 * done at once to a short answer and on libuv's pool to a long one, so that the loop never works
 * for long on one request. The call waits meanwhile, as for its owner. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "gzip.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "server.h"
#include "shape.h"
#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHAPE_AT_ONCE = 32 * 1024, TYPE_TEXT = 64, MEMORY_RETRY_S = 1 };

/* An answer on its way. */
struct answer {
    int status;
    char content_type[TYPE_TEXT];
    struct inf_shape shape;
    struct inf_buf body;
};

struct inf_shaping {
    uv_work_t work;        /* first: the work's address is the shaping's */
    struct inf_call *call; /* NULL: nobody waits for it any more */
    char *filter_path;
    struct answer answer;
};

void inf_call_enter(struct inf_call *call, enum inf_call_stage stage)
{
    call->stage = stage;
    inf_connection_progress(call->connection);
}

/* ---- the response ---- */

static void answered(struct inf_call *call, int status)
{
    bool waiting = call->stage == INF_CALL_WAITING;
    call->status = status;
    inf_call_enter(call, INF_CALL_ANSWERED);
    if (waiting) {
        MHD_resume_connection(call->mhd);
        inf_server_kick(call->server);
    }
}

static void respond(struct inf_call *call, struct answer *answer)
{
    struct inf_response_head head = {
        .content_type = answer->content_type,
        .opaque_id = call->headers.text[INF_H_OPAQUE_ID],
        .extra = call->extra,
        .gzip = answer->shape.gzip,
        .varies = answer->shape.gzip || answer->body.length >= INF_GZIP_LEAST,
        .close = call->must_close || call->server->draining || call->server->stopping,
    };
    assert(call->response == NULL);
    call->response = inf_response_new(&head, &answer->body);
    answered(call, answer->status);
}

void inf_call_reply_file(struct inf_call *call, int status, const char *content_type, int fd,
                         uint64_t length)
{
    const struct inf_response_head head = {
        .content_type = content_type,
        .opaque_id = call->headers.text[INF_H_OPAQUE_ID],
        .extra = call->extra,
        .close = call->must_close || call->server->draining || call->server->stopping,
    };
    if (call->stage == INF_CALL_GONE) {
        close(fd);
        return;
    }
    assert(call->response == NULL);
    call->response = inf_response_new_file(&head, fd, length);
    answered(call, status);
}

static void shape_on_pool(uv_work_t *work)
{
    struct inf_shaping *shaping = (struct inf_shaping *)work;
    inf_shape_apply(&shaping->answer.shape, &shaping->answer.body);
}

static void on_shaped(uv_work_t *work, int status)
{
    struct inf_shaping *shaping = (struct inf_shaping *)work;
    (void)status;
    if (shaping->call != NULL) {
        shaping->call->shaping = NULL;
        respond(shaping->call, &shaping->answer);
    }
    inf_buf_free(&shaping->answer.body);
    free(shaping->filter_path);
    free(shaping);
}

static void shape_later(struct inf_call *call, const struct answer *answer)
{
    struct inf_shaping *shaping = inf_alloc(1, sizeof *shaping);
    shaping->call = call;
    shaping->answer = *answer;
    if (answer->shape.filter_path != NULL)
        shaping->filter_path = inf_strdup(answer->shape.filter_path);
    shaping->answer.shape.filter_path = shaping->filter_path;
    call->shaping = shaping;
    inf_call_enter(call, INF_CALL_WAITING);
    uv_queue_work(call->server->options.loop, &shaping->work, shape_on_pool, on_shaped);
}

void inf_call_drop_shaping(struct inf_call *call)
{
    if (call->shaping == NULL)
        return;
    call->shaping->call = NULL;
    call->shaping = NULL;
}

static void send_answer(struct inf_call *call, struct answer *answer)
{
    const char *accept_encoding = call->headers.text[INF_H_ACCEPT_ENCODING];
    answer->shape.gzip = answer->body.length >= INF_GZIP_LEAST && inf_gzip_wanted(accept_encoding);
    bool needed = inf_shape_needed(&answer->shape, answer->body.length);
    bool from_handler = call->stage == INF_CALL_RUNNING || call->stage == INF_CALL_WAITING;
    if (needed && from_handler && answer->body.length > SHAPE_AT_ONCE) {
        shape_later(call, answer);
        return;
    }
    if (needed)
        inf_shape_apply(&answer->shape, &answer->body);
    respond(call, answer);
}

/* ---- what handlers call ---- */

/* A call whose client is gone takes no answer; its owner may not know yet. */
static bool takes_no_answer(const struct inf_call *call, struct inf_buf *body)
{
    if (call->stage != INF_CALL_GONE)
        return false;
    if (body != NULL)
        inf_buf_free(body);
    return true;
}

static void start_answer(struct answer *answer, int status, struct inf_buf *body)
{
    *answer = (struct answer){.status = status};
    if (body == NULL)
        return;
    answer->body = *body;
    inf_buf_init(body, body->max);
}

/* What a refusal is about, where it is no error but a body. */
static enum inf_err_code code_of(int status)
{
    return status == 404   ? INF_ERR_NOT_FOUND
           : status == 429 ? INF_ERR_QUEUE_FULL
                           : INF_ERR_CONFLICT;
}

static void reply(struct inf_call *call, int status, enum inf_err_code code, struct inf_buf *body)
{
    struct answer answer;
    const struct inf_common *common = &call->params.common;
    if (body != NULL && body->failed) {
        struct inf_error err;
        if (body->no_memory)
            inf_error_set(&err, INF_ERR_MEMORY, "not enough memory for the answer");
        else
            inf_error_set(&err, INF_ERR_ILLEGAL_STATE, "the answer is too large");
        inf_buf_free(body);
        inf_call_fail(call, &err);
        return;
    }
    if (body != NULL && inf_call_look_at_answer(call, status, code, body))
        return;
    start_answer(&answer, status, body);
    answer.shape = (struct inf_shape){
        .filter_path = common->filter_path, .pretty = common->pretty, .yaml = call->media.yaml};
    inf_media_print(call->media, answer.content_type);
    send_answer(call, &answer);
}

void inf_call_reply(struct inf_call *call, int status, struct inf_buf *body)
{
    if (!takes_no_answer(call, body))
        reply(call, status, code_of(status), body);
}

void inf_call_reply_text(struct inf_call *call, int status, struct inf_buf *body)
{
    struct answer answer;
    if (takes_no_answer(call, body))
        return;
    start_answer(&answer, status, body);
    snprintf(answer.content_type, sizeof answer.content_type, "text/plain; charset=UTF-8");
    send_answer(call, &answer);
}

void inf_call_reply_acknowledged(struct inf_call *call)
{
    struct inf_buf body;
    inf_buf_init(&body, 64);
    inf_buf_puts(&body, "{\"acknowledged\":true}");
    inf_call_reply(call, 200, &body);
}

void inf_call_fail(struct inf_call *call, const struct inf_error *err)
{
    struct inf_buf body;
    int status = inf_err_status(err->code);
    if (takes_no_answer(call, NULL))
        return;
    if (status >= 500 && status != 503)
        inf_logf(INF_LOG_ERROR, "http", "request %llu: %s %.256s failed with %d: %s",
                 (unsigned long long)call->id, call->method_text, call->path, status, err->reason);
    int retry_after_s = err->code == INF_ERR_MEMORY ? MEMORY_RETRY_S : err->retry_after_s;
    if (retry_after_s > 0)
        inf_call_header(call, MHD_HTTP_HEADER_RETRY_AFTER,
                        inf_arena_printf(&call->arena, "%d", retry_after_s));
    for (size_t i = 0; err->code == INF_ERR_UNAUTHENTICATED && inf_challenges[i] != NULL; i++)
        inf_call_header(call, MHD_HTTP_HEADER_WWW_AUTHENTICATE, inf_challenges[i]);
    const char *origin =
        call->params.common.error_trace
            ? inf_arena_printf(&call->arena, "%s %.1024s (request %llu)", call->method_text,
                               call->uri, (unsigned long long)call->id)
            : NULL;
    inf_buf_init(&body, SIZE_MAX / 2);
    inf_response_error(err, origin, &body);
    reply(call, status, err->code, &body);
}
