/* A handler's view of its request: plain look-ups and the headers of the answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "server.h"
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <uv.h>

void *inf_call_context(const struct inf_call *call)
{
    return call->server->options.context;
}

uint64_t inf_call_id(const struct inf_call *call)
{
    return call->id;
}

uint64_t inf_call_arrival_ns(const struct inf_call *call)
{
    return call->arrival_ns;
}

int64_t inf_call_passed_ms(const struct inf_call *call)
{
    return (int64_t)((uv_hrtime() - inf_call_arrival_ns(call)) / 1000000);
}

const char *inf_call_path(const struct inf_call *call)
{
    return call->path;
}

const char *inf_call_authorization(const struct inf_call *call)
{
    return call->headers.text[INF_H_AUTHORIZATION];
}

const char *inf_call_uri(const struct inf_call *call)
{
    return call->uri;
}

const char *inf_call_method(const struct inf_call *call)
{
    return call->method_text;
}

const char *inf_call_opaque_id(const struct inf_call *call)
{
    return call->headers.text[INF_H_OPAQUE_ID];
}

bool inf_call_is_relayed(const struct inf_call *call)
{
    return call->headers.text[INF_H_RELAYED] != NULL && !inf_call_came_by_way(call);
}

bool inf_call_came_by_way(const struct inf_call *call)
{
    const char *value = call->headers.text[INF_H_RELAYED];

    return value != NULL && strcmp(value, INF_RELAYED_BY_WAY) == 0;
}

const char *inf_call_path_value(struct inf_call *call, const char *name)
{
    for (size_t i = 0; i < call->match.count; i++) {
        const struct inf_path_value *value = &call->match.values[i];
        const char *text;
        struct inf_error ignored;
        if (strcmp(value->name, name) == 0)
            return inf_percent_decode(&call->arena, value->text, value->length, false, &text,
                                      &ignored) == 0
                       ? text
                       : NULL;
    }
    return NULL;
}

void inf_call_set_caller(struct inf_call *call, void *caller, void (*free_fn)(void *caller))
{
    if (call->free_caller != NULL)
        call->free_caller(call->caller);
    call->caller = caller;
    call->free_caller = free_fn;
}

void *inf_call_caller(const struct inf_call *call)
{
    return call->caller;
}

bool inf_call_has(const struct inf_call *call, const char *name)
{
    return inf_params_get(&call->params, name)->given != 0;
}

const char *inf_call_str(const struct inf_call *call, const char *name)
{
    return inf_params_get(&call->params, name)->text;
}

int64_t inf_call_int(const struct inf_call *call, const char *name)
{
    return inf_params_get(&call->params, name)->number;
}

bool inf_call_bool(const struct inf_call *call, const char *name)
{
    return inf_params_get(&call->params, name)->number != 0;
}

const struct cJSON *inf_call_json(const struct inf_call *call, const char *name)
{
    return inf_params_get(&call->params, name)->json;
}

const struct inf_json *inf_call_body(const struct inf_call *call)
{
    return call->has_json ? &call->json : NULL;
}

bool inf_call_human(const struct inf_call *call)
{
    return call->params.common.human;
}

bool inf_call_wants_text(const struct inf_call *call)
{
    return !call->media.named;
}

const char *inf_call_peer(struct inf_call *call)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(call->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[INET6_ADDRSTRLEN] = "unknown";

    if (info != NULL && info->client_addr->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)info->client_addr)->sin6_addr, text,
                  sizeof text);
    else if (info != NULL && info->client_addr->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)info->client_addr)->sin_addr, text,
                  sizeof text);
    return inf_arena_copy(&call->arena, text, strlen(text));
}

struct inf_client inf_call_client(const struct inf_call *call)
{
    return call->connection->client;
}

void inf_call_connections(const struct inf_call *call, int *ret_open, uint64_t *ret_accepted)
{
    *ret_open = call->server->connection_count;
    *ret_accepted = call->server->accepted;
}

void inf_call_set_state(struct inf_call *call, void *state, void (*free_fn)(void *state))
{
    if (call->free_state != NULL)
        call->free_state(call->state);
    call->state = state;
    call->free_state = free_fn;
}

void *inf_call_state(const struct inf_call *call)
{
    return call->state;
}

void inf_call_on_gone(struct inf_call *call, void (*gone)(struct inf_call *call))
{
    call->gone = gone;
}

struct inf_extra_header **inf_call_last_header(struct inf_call *call)
{
    struct inf_extra_header **last = &call->extra;
    while (*last != NULL)
        last = &(*last)->next;
    return last;
}

void inf_call_header(struct inf_call *call, const char *name, const char *value)
{
    if (!inf_header_value_valid(value, strlen(value)))
        return;
    struct inf_extra_header *extra = inf_arena_alloc(&call->arena, sizeof *extra);
    extra->name = inf_arena_copy(&call->arena, name, strlen(name));
    extra->value = inf_arena_copy(&call->arena, value, strlen(value));
    extra->next = NULL;
    *inf_call_last_header(call) = extra;
}

void inf_call_warning(struct inf_call *call, const char *text)
{
    const struct inf_server_options *options = &call->server->options;
    char *escaped = inf_arena_alloc(&call->arena, 2 * strlen(text) + 1);
    size_t filled = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            escaped[filled++] = '\\';
        escaped[filled++] = *p;
    }
    inf_call_header(call, "Warning",
                    inf_arena_printf(&call->arena, "299 Elasticsearch-%s-%s \"%s\"",
                                     options->version, options->build_hash, escaped));
}
