/* call_body.c - a piece of a request's body, into memory as far as there is room for it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "server.h"

enum { RESERVE_AT_ONCE = 4 * 1024 * 1024 };

/* Bytes of buffered bodies of one client. It is asked for only while half of the room is taken. */
static int64_t buffered_of(const struct inf_server *server, const struct inf_client *client)
{
    int64_t bytes = 0;
    for (const struct inf_connection *c = server->connections; c != NULL; c = c->next)
        if (inf_client_is(&c->client, client))
            bytes += (int64_t)c->call.body.length;
    return bytes;
}

/* Half of the room is whoever comes first's; of the other half no client gets what would be more
 * than half of all. */
static bool may_buffer(const struct inf_call *call, int64_t length)
{
    const struct inf_server *server = call->server;
    int64_t half = server->body_bytes_max / 2;
    if (server->body_bytes + length <= half)
        return true;
    return server->body_bytes + length <= server->body_bytes_max &&
           buffered_of(server, &call->connection->client) + length <= half;
}

int inf_call_take_bytes(void *arg, const char *data, size_t length, struct inf_error *err)
{
    struct inf_call *call = arg;
    struct inf_server *server = call->server;
    if (call->stage == INF_CALL_STREAMING)
        return call->match.route->on_data(call, data, length, err);
    if (call->body.data == NULL && call->gunzip == NULL && call->headers.content_length > 0 &&
        call->headers.content_length <= RESERVE_AT_ONCE)
        inf_buf_reserve(&call->body, (size_t)call->headers.content_length);
    if (!may_buffer(call, (int64_t)length)) {
        inf_error_set(err, INF_ERR_TOO_MANY, "too many bytes of request bodies are in flight");
        err->retry_after_s = 1;
        return -1;
    }
    if (inf_buf_append(&call->body, data, length) != 0)
        return call->body.no_memory
                   ? inf_error_set(err, INF_ERR_MEMORY,
                                   "not enough memory for a request body of more than [%zu] bytes",
                                   call->body.length)
                   : inf_error_set(err, INF_ERR_PAYLOAD_TOO_LARGE,
                                   "the request body exceeds http.max_content_length");
    server->body_bytes += (int64_t)length;
    return 0;
}
