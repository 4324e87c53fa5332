/* What the header section alone decides, in the order in which Elasticsearch looks at it: repeated
 * headers, query, route, media types, encoding. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "inferd/reserve.h"
#include "server.h"
#include <string.h>
#include <strings.h>

static int no_route(struct inf_call *call, struct inf_error *err)
{
    char allowed[INF_ALLOW_TEXT];
    unsigned methods = call->match.allowed;
    if (methods != 0) {
        inf_methods_print(methods, ",", allowed);
        inf_call_header(call, "Allow", allowed);
        inf_methods_print(methods, ", ", allowed);
    }
    if (call->method == INF_OPTIONS)
        return 0;
    if (call->method == 0)
        return inf_error_set(err, INF_ERR_METHOD_NOT_ALLOWED, "Unexpected http method: %.32s%s%s%s",
                             call->method_text, methods != 0 ? ", allowed: [" : "",
                             methods != 0 ? allowed : "", methods != 0 ? "]" : "");
    if (methods == 0)
        return inf_error_set(err, INF_ERR_NO_HANDLER,
                             "no handler found for uri [%s] and method [%s]", call->uri,
                             call->method_text);
    return inf_error_set(err, INF_ERR_METHOD_NOT_ALLOWED,
                         "Incorrect HTTP method for uri [%s] and method [%s], allowed: [%s]",
                         call->uri, call->method_text, allowed);
}

static int begin_encoding(struct inf_call *call, bool has_body, struct inf_error *err)
{
    const char *encoding = call->headers.text[INF_H_CONTENT_ENCODING];
    if (!has_body || encoding == NULL || strcasecmp(encoding, "identity") == 0)
        return 0;
    if (strcasecmp(encoding, "gzip") != 0 && strcasecmp(encoding, "x-gzip") != 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Content-Encoding [%s] is not supported", encoding);
    call->gunzip = inf_gunzip_new(
        call->match.route->endless_body ? INT64_MAX : call->server->options.max_content_length);
    return 0;
}

static int begin_stream(struct inf_call *call, bool has_body, struct inf_error *err)
{
    if (!has_body)
        return inf_call_empty_body(call, err);
    if (inf_call_read_params(call, NULL, true, err) != 0)
        return -1;
    return call->opens_later ? 0 : call->match.route->on_open(call, err);
}

/* The media type of an answer must be known even when the request is refused. */
static int negotiate(struct inf_call *call, bool has_body, struct inf_error *err)
{
    const char *const *text = call->headers.text;
    bool lines = call->match.route != NULL && call->match.route->endless_body;
    if (inf_negotiate(text[INF_H_ACCEPT], text[INF_H_CONTENT_TYPE], has_body, lines, &call->media,
                      err) != 0)
        return -1;
    return inf_negotiate_format(call->params.common.format, &call->media, err);
}

/* Somebody whom the gate refused learns nothing but that, in the form that was wished for as far as
 * the wishes can be read. */
static int refuse(struct inf_call *call)
{
    struct inf_error ignored;
    if (inf_query_parse(&call->arena, call->query, &call->pairs, &ignored) == 0 &&
        inf_common_read(&call->pairs, &call->params.common, &ignored) == 0)
        (void)negotiate(call, false, &ignored);
    return -1;
}

static int authorize(struct inf_call *call, struct inf_error *err)
{
    const struct inf_gate *gate = call->server->options.gate;
    return gate != NULL ? gate->authorize(call, call->match.route, err) : 0;
}

int inf_call_begin(struct inf_call *call, bool has_body, struct inf_error *err)
{
    if (call->refused)
        return refuse(call);
    if (!inf_reserve_ready())
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory to take on a request");
    if (inf_headers_check_single(&call->headers, err) != 0 ||
        inf_query_parse(&call->arena, call->query, &call->pairs, err) != 0 ||
        inf_common_read(&call->pairs, &call->params.common, err) != 0)
        return -1;
    const char *const *text = call->headers.text;
    inf_router_match(call->server->router, call->method, call->path,
                     inf_negotiate_oldest(text[INF_H_ACCEPT], text[INF_H_CONTENT_TYPE]),
                     &call->match);
    const struct inf_route *route = call->match.route;
    if (negotiate(call, route != NULL && has_body, err) != 0)
        return -1;
    if (route == NULL)
        return no_route(call, err);
    if (authorize(call, err) != 0)
        return -1;
    if (route->warning != NULL)
        inf_call_warning(call, route->warning);
    if (begin_encoding(call, has_body, err) != 0)
        return -1;
    return route->body == INF_BODY_STREAM ? begin_stream(call, has_body, err) : 0;
}
