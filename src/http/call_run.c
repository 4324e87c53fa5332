/* From a complete request to its handler. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "server.h"
#include <assert.h>
#include <string.h>

int inf_call_empty_body(const struct inf_call *call, struct inf_error *err)
{
    const char *text = call->match.route->empty_body;
    return text != NULL ? inf_error_set(err, INF_ERR_BAD_REQUEST, "%s", text)
                        : inf_error_set(err, INF_ERR_PARSE, "request body is required");
}

static void warn_of_fractions(struct inf_call *call)
{
    for (size_t i = 0; i < call->params.count; i++) {
        const struct inf_value *value = &call->params.values[i];
        if (value->param->type == INF_P_BYTES && value->given != 0 &&
            strchr(value->text, '.') != NULL)
            inf_call_warning(
                call, inf_arena_printf(&call->arena,
                                       "Fractional bytes values are deprecated. Use non-fractional "
                                       "bytes values instead: [%s] found for setting [%s]",
                                       value->text, value->param->name));
    }
}

int inf_call_read_params(struct inf_call *call, const struct inf_json *body, bool has_body,
                         struct inf_error *err)
{
    const struct inf_route *route = call->match.route;
    struct inf_params *params = &call->params;
    struct inf_validation validation = {.arena = &call->arena};
    if (inf_params_begin(params, route, &call->arena, &call->match, err) != 0)
        return -1;
    if (body != NULL && inf_params_body(params, body, err) != 0)
        return -1;
    if (inf_params_query(params, &call->pairs, call->path, has_body, err) != 0)
        return -1;
    if (has_body && route->body == INF_BODY_NONE)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "request [%s %s] does not support having a body", call->method_text,
                             call->path);
    warn_of_fractions(call);
    inf_params_check(params, &validation);
    if (route->validate != NULL)
        route->validate(call, &validation);
    return inf_validation_end(&validation, err);
}

int inf_call_validate(struct inf_call *call,
                      void (*check)(struct inf_call *call, struct inf_validation *validation),
                      struct inf_error *err)
{
    struct inf_validation validation = {.arena = &call->arena};
    check(call, &validation);
    return inf_validation_end(&validation, err);
}

/* ?source= stands for a body where one is allowed. */
static int take_source(struct inf_call *call, struct inf_error *err)
{
    const struct inf_common *common = &call->params.common;
    struct inf_media ignored;
    if (call->body.length > 0 || common->source == NULL)
        return 0;
    if (common->source_content_type == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "source and source_content_type parameters are required");
    if (inf_negotiate(NULL, common->source_content_type, true, false, &ignored, err) != 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Unknown value for source_content_type [%s]",
                             common->source_content_type);
    if (inf_buf_puts(&call->body, common->source) != 0)
        return call->body.no_memory
                   ? inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [source]")
                   : inf_error_set(err, INF_ERR_PAYLOAD_TOO_LARGE, "[source] is too long");
    call->server->body_bytes += (int64_t)call->body.length;
    return 0;
}

static int read_body(struct inf_call *call, struct inf_error *err)
{
    const struct inf_route *route = call->match.route;
    bool has_body = call->body.length > 0;
    if (route->body == INF_BODY_NONE)
        return inf_call_read_params(call, NULL, has_body, err);
    if (!has_body && route->body == INF_BODY_REQUIRED)
        return inf_call_empty_body(call, err);
    if (has_body) {
        if (inf_json_parse(call->body.data, call->body.length, NULL, &call->json, err) != 0)
            return -1;
        call->has_json = true;
    }
    return inf_call_read_params(call, has_body ? &call->json : NULL, has_body, err);
}

static int prepare(struct inf_call *call, struct inf_error *err)
{
    if (call->server->stopping)
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "the server is stopping");
    if (call->match.route->body == INF_BODY_STREAM)
        return 0;
    if (call->match.route->body != INF_BODY_NONE && take_source(call, err) != 0)
        return -1;
    return read_body(call, err);
}

void inf_call_run(struct inf_call *call)
{
    const struct inf_route *route = call->match.route;
    struct inf_error *err = &call->error;
    if (route == NULL) {
        inf_call_reply_text(call, 200, NULL); /* OPTIONS; the Allow header is there */
        return;
    }
    if (prepare(call, err) != 0) {
        inf_call_fail(call, err);
        return;
    }
    call->stage = INF_CALL_RUNNING;
    call->extra_mark = inf_call_last_header(call);
    enum inf_outcome outcome = route->handler(call, err);
    if (outcome == INF_FAILED)
        inf_call_fail(call, err);
    else if (outcome == INF_LATER && call->stage == INF_CALL_RUNNING)
        call->stage = INF_CALL_WAITING;
    assert(call->stage == INF_CALL_ANSWERED || call->stage == INF_CALL_WAITING);
}
