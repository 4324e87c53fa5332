/* One request's life: headers, body, handler, answer.
 *
 * libmicrohttpd calls in for the headers, for each piece of the body and for its end. What can be
 * refused by the headers alone is decided at once, but told only when the body has been read away,
 * so that the connection stays in step and can be used again; only a client that waits for
 * "100 Continue", or whose body is too long anyway, is answered early and loses the connection. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "inferd/log.h"
#include "server.h"
#include <assert.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool queue(struct inf_call *call)
{
    bool taken = MHD_queue_response(call->mhd, (unsigned)call->status, call->response) == MHD_YES;
    MHD_destroy_response(call->response);
    call->response = NULL;
    return taken;
}

/* ---- headers ---- */

void inf_call_start(struct inf_call *call, struct MHD_Connection *mhd, const char *uri)
{
    struct inf_connection *connection = call->connection;
    if (call->stage != INF_CALL_NONE)
        inf_call_end(call); /* the request before this one was never shown as complete */
    call->mhd = mhd;
    call->id = ++call->server->next_id;
    call->arrival_ns = uv_hrtime();
    call->uri = inf_arena_copy(&call->arena, uri, strlen(uri));
    size_t path_length = strcspn(uri, "?");
    call->path = inf_arena_copy(&call->arena, uri, path_length);
    call->query = uri[path_length] == '?' ? call->uri + path_length + 1 : NULL;
    call->stage = INF_CALL_HEADERS;
    if (!connection->fresh && !connection->header_begun)
        connection->since_ms = uv_now(call->server->options.loop);
}

static enum MHD_Result take_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                   size_t name_length, const char *value, size_t value_length)
{
    (void)kind;
    inf_headers_add(arg, name, name_length, value != NULL ? value : "", value_length);
    return MHD_YES;
}

static size_t header_size(const struct inf_call *call)
{
    return MHD_get_connection_info(call->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
}

/* Where lines are checked, method and version stand where they were received, too. */
static void take_headers(struct inf_call *call, const char *method, const char *version)
{
    inf_headers_init(&call->headers);
    if (call->server->checks_lines)
        inf_headers_check_lines(&call->headers, version);
    MHD_get_connection_values_n(call->mhd, MHD_HEADER_KIND, take_header, &call->headers);
    if (call->server->checks_lines)
        inf_headers_check_last(&call->headers, method + header_size(call));
}

static int check_header_size(const struct inf_call *call, struct inf_error *err)
{
    size_t size = header_size(call);
    if ((int64_t)size <= call->server->options.max_header_size)
        return 0;
    return inf_error_set(err, INF_ERR_HEADERS_TOO_LARGE,
                         "the request's header of [%zu] bytes exceeds the limit of [%lld]", size,
                         (long long)call->server->options.max_header_size);
}

/* Errors after which nothing more of the connection can be believed. */
static int check_trust(struct inf_call *call, const char *version, struct inf_error *err)
{
    return inf_headers_check_framing(&call->headers, strcmp(version, "HTTP/1.1") != 0, err) != 0 ||
                   check_header_size(call, err) != 0
               ? -1
               : 0;
}

/* Asked before the request is looked at more closely, and only about a long one. */
static bool is_endless(const struct inf_call *call)
{
    struct inf_match match;
    inf_router_match(call->server->router, call->method, call->path, false, &match);
    return match.route != NULL && match.route->endless_body;
}

static int check_length(const struct inf_call *call, struct inf_error *err)
{
    int64_t max = call->server->options.max_content_length;
    if (call->headers.content_length <= max || is_endless(call))
        return 0;
    return inf_error_set(err, INF_ERR_PAYLOAD_TOO_LARGE,
                         "the request body of [%lld] bytes exceeds http.max_content_length [%lld]",
                         (long long)call->headers.content_length, (long long)max);
}

static void forget_body(struct inf_call *call)
{
    call->server->body_bytes -= (int64_t)call->body.length;
    inf_buf_free(&call->body);
}

static void refuse_body(struct inf_call *call)
{
    forget_body(call);
    inf_call_enter(call, INF_CALL_DISCARDING);
}

static bool is_stream(const struct inf_call *call)
{
    return call->match.route != NULL && call->match.route->body == INF_BODY_STREAM;
}

static void begin(struct inf_call *call, bool has_body)
{
    call->begun = true;
    if (inf_call_begin(call, has_body, &call->error) != 0)
        refuse_body(call);
    else
        inf_call_enter(call, is_stream(call) ? INF_CALL_STREAMING : INF_CALL_BUFFERING);
}

/* Answers before the body was read; libmicrohttpd then takes no further request. */
static bool answer_early(struct inf_call *call)
{
    call->must_close = true;
    call->connection->linger = call->headers.chunked || call->headers.content_length > 0;
    inf_call_fail(call, &call->error);
    return queue(call);
}

static void open_stream(struct inf_call *call)
{
    call->opens_later = false;
    inf_call_enter(call, INF_CALL_STREAMING);
    if (call->match.route->on_open(call, &call->error) != 0)
        refuse_body(call);
}

static bool after_begin(struct inf_call *call)
{
    const char *expect = call->headers.text[INF_H_EXPECT];
    bool asks_first = expect != NULL && strcasecmp(expect, "100-continue") == 0;
    if (call->stage == INF_CALL_DISCARDING && asks_first &&
        (call->headers.chunked || call->headers.content_length > 0))
        return answer_early(call);
    return true;
}

/* The gate has spoken: what the headers decide. */
static bool after_gate(struct inf_call *call)
{
    inf_call_enter(call, INF_CALL_DISCARDING);
    if (call->headers.chunked && !call->refused)
        return true;
    call->opens_later = call->server->options.second_look != NULL && !call->looked;
    begin(call, call->headers.content_length > 0);
    call->opens_later = call->opens_later && call->stage == INF_CALL_STREAMING;
    if (call->opens_later) {
        if (inf_call_look_at_door(call, INF_ERR_NONE))
            return true;
        open_stream(call);
    }
    if (call->stage == INF_CALL_DISCARDING && inf_call_look_at_door(call, call->error.code))
        return true;
    return after_begin(call);
}

static bool at_gate(struct inf_call *call)
{
    const struct inf_gate *gate = call->server->options.gate;
    enum inf_admission admission =
        gate != NULL ? gate->authenticate(call, &call->error) : INF_ADMITTED;
    if (admission == INF_ADMITTED_LATER) {
        inf_call_enter(call, INF_CALL_WAITING);
        MHD_suspend_connection(call->mhd);
        return true;
    }
    call->refused = admission == INF_REFUSED;
    return after_gate(call);
}

void inf_call_admit(struct inf_call *call, const struct inf_error *err)
{
    assert(call->stage == INF_CALL_WAITING && !call->begun);
    call->gone = NULL;
    call->refused = err != NULL;
    if (err != NULL)
        call->error = *err;
    inf_call_enter(call, INF_CALL_ADMITTED);
    MHD_resume_connection(call->mhd);
    inf_server_kick(call->server);
}

/* As if nothing had been decided yet. */
static bool begin_again(struct inf_call *call)
{
    inf_gunzip_free(call->gunzip);
    call->gunzip = NULL;
    call->extra = NULL;
    call->begun = call->refused = false;
    inf_call_set_state(call, NULL, NULL);
    inf_call_set_caller(call, NULL, NULL);
    return at_gate(call);
}

static bool after_look(struct inf_call *call)
{
    inf_call_enter(call, INF_CALL_DISCARDING);
    if (call->opens_later)
        open_stream(call);
    else if (call->at_door_again)
        return begin_again(call);
    return after_begin(call);
}

static bool on_headers(struct inf_call *call, const char *method, const char *version)
{
    call->server->active++;
    call->method_text = inf_arena_copy(&call->arena, method, strlen(method));
    call->method = inf_method_parse(method);
    take_headers(call, method, version);
    inf_buf_init(&call->body, (size_t)call->server->options.max_content_length);
    call->connection->fresh = false;
    call->connection->header_begun = false;
    inf_call_enter(call, INF_CALL_DISCARDING);
    if (check_trust(call, version, &call->error) != 0 || check_length(call, &call->error) != 0) {
        call->connection->linger = true;
        return answer_early(call);
    }
    return at_gate(call);
}

/* ---- body ---- */

/* Past the limit in the middle of a chunked body no answer can be queued any more. */
static bool cut_off(struct inf_call *call)
{
    struct inf_error err;
    inf_error_set(&err, INF_ERR_PAYLOAD_TOO_LARGE,
                  "the request body exceeds http.max_content_length [%lld]",
                  (long long)call->server->options.max_content_length);
    call->connection->linger = true;
    inf_connection_abort(call->connection, &err);
    return false;
}

static bool on_body(struct inf_call *call, const char *data, size_t length)
{
    if (!call->begun)
        begin(call, true);
    call->received += (int64_t)length;
    if (call->received > call->server->options.max_content_length && !is_endless(call))
        return cut_off(call);
    if (call->stage == INF_CALL_DISCARDING)
        return true;
    int rc = call->gunzip != NULL ? inf_gunzip_push(call->gunzip, data, length, inf_call_take_bytes,
                                                    call, &call->error)
                                  : inf_call_take_bytes(call, data, length, &call->error);
    if (rc != 0)
        refuse_body(call);
    return true;
}

static void resume(struct inf_call *call)
{
    call->suspended = false;
    inf_connection_progress(call->connection);
    MHD_resume_connection(call->mhd);
    inf_server_kick(call->server);
}

/* Of a chunked body libmicrohttpd hands over all that it has, also behind the piece that it was
 * told to stop at; and it must not be told twice. */
static bool take_piece(struct inf_call *call, const char *data, size_t length)
{
    call->in_body = true;
    bool open = on_body(call, data, length);
    call->in_body = false;
    call->paused = call->paused && call->stage == INF_CALL_STREAMING; /* not when it was refused */
    if (call->paused && !call->suspended) {
        MHD_suspend_connection(call->mhd);
        call->suspended = true;
    } else if (call->suspended && !call->paused) {
        resume(call);
    }
    return open;
}

void inf_call_pause(struct inf_call *call)
{
    call->paused = call->stage == INF_CALL_STREAMING;
}

void inf_call_go_on(struct inf_call *call)
{
    if (!call->paused)
        return;
    call->paused = false;
    if (call->suspended && !call->in_body)
        resume(call);
}

static bool on_complete(struct inf_call *call)
{
    if (!call->begun)
        begin(call, false);
    if (call->stage != INF_CALL_DISCARDING && call->gunzip != NULL &&
        inf_gunzip_end(call->gunzip, &call->error) != 0)
        refuse_body(call);
    if (call->stage == INF_CALL_DISCARDING)
        inf_call_fail(call, &call->error);
    else
        inf_call_run(call);
    forget_body(call);
    if (call->stage == INF_CALL_ANSWERED)
        return queue(call);
    if (call->connection->peer_gone) {
        inf_call_leave(call);
        return false;
    }
    MHD_suspend_connection(call->mhd);
    return true;
}

bool inf_call_step(struct inf_call *call, const char *method, const char *version, const char *data,
                   size_t *size)
{
    size_t length = *size;
    switch (call->stage) {
    case INF_CALL_HEADERS:
        return on_headers(call, method, version);
    case INF_CALL_ADMITTED:
        return after_gate(call);
    case INF_CALL_LOOKED:
        return after_look(call);
    case INF_CALL_BUFFERING:
    case INF_CALL_STREAMING:
    case INF_CALL_DISCARDING:
        *size = 0;
        return length > 0 ? take_piece(call, data, length) : on_complete(call);
    case INF_CALL_ANSWERED:
        return call->response == NULL || queue(call);
    case INF_CALL_NONE:
    case INF_CALL_RUNNING:
    case INF_CALL_WAITING:
    case INF_CALL_GONE:
        break;
    }
    return false;
}

/* ---- the end ---- */

/* Its owner, who has not answered yet, shall forget it. */
static void tell_owner(struct inf_call *call)
{
    if (call->gone != NULL && call->shaping == NULL)
        call->gone(call);
    call->gone = NULL;
}

void inf_call_leave(struct inf_call *call)
{
    assert(call->stage == INF_CALL_WAITING);
    call->stage = INF_CALL_GONE;
    tell_owner(call);
    inf_call_drop_shaping(call);
    inf_call_drop_look(call);
    if (MHD_get_connection_info(call->mhd, MHD_CONNECTION_INFO_CONNECTION_SUSPENDED)->suspended ==
        MHD_YES)
        MHD_resume_connection(call->mhd);
    inf_server_kick(call->server);
}

void inf_call_refuse(struct inf_call *call)
{
    struct inf_error err;
    inf_error_set(&err, INF_ERR_UNAVAILABLE, "the server is stopping");
    err.retry_after_s = 1;
    if (call->suspended) { /* in the middle of its body: no answer can be queued any more */
        call->error = err;
        refuse_body(call);
        inf_call_go_on(call);
        return;
    }
    assert(call->stage == INF_CALL_WAITING);
    tell_owner(call);
    if (call->stage != INF_CALL_WAITING)
        return; /* its owner had the last word */
    inf_call_drop_shaping(call);
    inf_call_drop_look(call);
    inf_call_fail(call, &err);
}

/* One line a request, for whoever looks for what a client saw. Bodies are never logged. */
static void log_end(const struct inf_call *call)
{
    char id[32], status[16], time_us[32];
    if (!inf_log_enabled(INF_LOG_DEBUG))
        return;
    snprintf(id, sizeof id, "%llu", (unsigned long long)call->id);
    snprintf(status, sizeof status, "%d", call->status);
    snprintf(time_us, sizeof time_us, "%llu",
             (unsigned long long)(uv_hrtime() - call->arrival_ns) / 1000);
    inf_log(INF_LOG_DEBUG, "http",
            call->stage == INF_CALL_ANSWERED ? "request answered" : "request abandoned",
            (const char *[]){"request_id", id, "method", call->method_text, "path", call->path,
                             "status", status, "time_us", time_us, NULL});
}

void inf_call_end(struct inf_call *call)
{
    struct inf_connection *connection = call->connection;
    struct inf_server *server = call->server;
    struct inf_arena arena = call->arena;
    bool counted = call->stage != INF_CALL_HEADERS;
    if (call->stage == INF_CALL_WAITING)
        tell_owner(call);
    inf_call_drop_shaping(call);
    inf_call_drop_look(call);
    if (counted)
        log_end(call);
    if (call->free_state != NULL)
        call->free_state(call->state);
    if (call->free_caller != NULL)
        call->free_caller(call->caller);
    if (call->response != NULL)
        MHD_destroy_response(call->response);
    if (call->has_json)
        inf_json_free(&call->json);
    inf_gunzip_free(call->gunzip);
    forget_body(call);
    inf_arena_reset(&arena);
    memset(call, 0, offsetof(struct inf_call, error));
    call->server = server;
    call->connection = connection;
    call->arena = arena;
    call->state = NULL;
    call->free_state = NULL;
    call->gone = NULL;
    call->extra = NULL;
    call->response = NULL;
    inf_connection_progress(connection);
    if (counted)
        inf_server_call_ended(server);
}
