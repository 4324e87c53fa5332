/* Deadlines and departures.
 *
 * libmicrohttpd's own time-out starts anew with every byte, so a client that sends a byte now and
 * then would hold a connection for ever; and it does not look at a suspended connection at all, so
 * a client that leaves while its inference is queued would not be noticed. Hence each connection
 * has a duplicate of its descriptor here. It is watched for the end of the stream, which costs
 * nothing while nothing happens, and a periodic sweep compares the kernel's byte counters with the
 * deadlines, so that no request pays for them.
 *
 * The same duplicate lets an answer survive that was given before its request was read: closing a
 * socket with unread bytes resets the connection and may destroy the answer on its way, so the rest
 * is read away for a while first. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"

#include "inferd/alloc.h"
#include "inferd/buf.h"
#include "inferd/log.h"
#include "server.h"
#include "tcp_counters.h"
#include <fcntl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A body or an answer makes progress when it moves at least this much a second. */
enum { LEAST_BYTES_PER_S = 1024, LINGER_MS = 2000, LINGER_READ = 64 * 1024, ABORT_TEXT = 4096 };

static void link_in(struct inf_connection *connection)
{
    struct inf_server *server = connection->server;
    connection->next = server->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    server->connections = connection;
    server->connection_count++;
    server->accepted++;
    server->open_handles++;
}

static void unlink_out(struct inf_connection *connection)
{
    struct inf_server *server = connection->server;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    server->connection_count--;
}

static void on_closed(uv_handle_t *handle)
{
    struct inf_connection *connection = (struct inf_connection *)handle;
    struct inf_server *server = connection->server;
    inf_arena_free(&connection->call.arena);
    inf_tls_detach(connection->tls);
    free(connection);
    inf_server_handle_closed(server);
}

void inf_connection_close(struct inf_connection *connection)
{
    if (connection->linger)
        connection->server->lingering--;
    unlink_out(connection);
    uv_close((uv_handle_t *)&connection->watch, on_closed);
    close(connection->fd);
    connection->fd = -1;
}

/* libmicrohttpd's epoll is edge-triggered and reads once an edge, so it misses an end of stream
 * that came together with the last bytes. Shutting the reading side, which is at its end anyway,
 * makes another edge. The edge is lost when the first is still to be handled; the sweep repeats it.
 */
static void show_end_of_stream(struct inf_connection *connection)
{
    if (connection->call.stage != INF_CALL_ANSWERED)
        shutdown(connection->fd, SHUT_RD);
}

static void on_left(uv_poll_t *watch, int status, int events)
{
    (void)status;
    (void)events;
    struct inf_connection *connection = (struct inf_connection *)watch;
    uv_poll_stop(watch);
    connection->peer_gone = true;
    if (connection->call.stage == INF_CALL_WAITING)
        inf_call_leave(&connection->call);
    else if (connection->call.suspended)
        inf_call_refuse(&connection->call);
    else
        show_end_of_stream(connection);
}

struct inf_connection *inf_connection_new(struct inf_server *server, int socket_fd,
                                          const struct sockaddr *address)
{
    int fd = fcntl(socket_fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        inf_logf(INF_LOG_WARN, "http", "connection refused: %s", strerror(errno));
        shutdown(socket_fd, SHUT_RDWR);
        return NULL;
    }
    struct inf_connection *connection = inf_alloc(1, sizeof *connection);
    connection->server = server;
    connection->fd = fd;
    connection->client = inf_client_of_address(address);
    connection->fresh = true;
    connection->call.server = server;
    connection->call.connection = connection;
    connection->since_ms = uv_now(server->options.loop);
    if (uv_poll_init(server->options.loop, &connection->watch, fd) != 0) {
        close(fd);
        free(connection);
        shutdown(socket_fd, SHUT_RDWR);
        return NULL;
    }
    uv_poll_start(&connection->watch, UV_DISCONNECT, on_left);
    link_in(connection);
    return connection;
}

/* ---- reading the rest of a request away ---- */

static void on_rest(uv_poll_t *watch, int status, int events)
{
    (void)events;
    char scratch[LINGER_READ];
    struct inf_connection *connection = (struct inf_connection *)watch;
    ssize_t count = status == 0 ? recv(connection->fd, scratch, sizeof scratch, MSG_DONTWAIT) : 0;
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    inf_connection_close(connection);
}

void inf_connection_detach(struct inf_connection *connection)
{
    struct inf_server *server = connection->server;
    connection->detached = true;
    connection->linger = connection->linger && !connection->peer_gone && !server->stopping &&
                         server->lingering < INF_LINGERING;
    if (!connection->linger) {
        inf_connection_close(connection);
        return;
    }
    server->lingering++;
    shutdown(connection->fd, SHUT_WR);
    connection->since_ms = uv_now(server->options.loop);
    uv_poll_start(&connection->watch, UV_READABLE | UV_DISCONNECT, on_rest);
}

/* ---- ending a connection from here ---- */

void inf_connection_abort(struct inf_connection *connection, const struct inf_error *err)
{
    struct inf_buf body, text;
    int status = inf_err_status(err->code);
    if (connection->tls != NULL)
        return; /* only libmicrohttpd's own turn may use the session */
    inf_buf_init(&body, ABORT_TEXT);
    inf_buf_init(&text, ABORT_TEXT);
    inf_response_error(err, NULL, &body);
    if (!body.failed) {
        inf_buf_printf(&text,
                       "HTTP/1.1 %d %s\r\nX-elastic-product: Elasticsearch\r\n"
                       "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                       "Connection: close\r\n\r\n%s",
                       status, MHD_get_reason_phrase_for((unsigned)status), body.length, body.data);
        /* Nothing else is on its way, so this fits the socket's buffer; if not, it is lost. */
        ssize_t ignored = send(connection->fd, text.data, text.length, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)ignored;
    }
    inf_buf_free(&body);
    inf_buf_free(&text);
}

static void cut(struct inf_connection *connection)
{
    shutdown(connection->fd, SHUT_RDWR);
}

void inf_connection_close_idle(struct inf_connection *connection)
{
    int unread = 0;
    if (connection->detached || connection->call.stage != INF_CALL_NONE)
        return;
    if (ioctl(connection->fd, FIONREAD, &unread) == 0 && unread > 0)
        return;
    cut(connection);
}

/* ---- deadlines ---- */

void inf_connection_progress(struct inf_connection *connection)
{
    connection->since_ms = 0;
}

static void too_slow(struct inf_connection *connection, const char *what)
{
    struct inf_error err;
    inf_error_set(&err, INF_ERR_REQUEST_TIMEOUT, "the request's %s came too slowly", what);
    inf_connection_abort(connection, &err);
    cut(connection);
}

/* Whether `bytes`, a counter that only grows, has not moved fast enough for timeout_ms. */
static bool stalled(struct inf_connection *connection, uint64_t now_ms, uint64_t bytes,
                    int64_t timeout_ms)
{
    uint64_t elapsed_ms = now_ms - connection->since_ms;
    uint64_t moved = bytes - connection->bytes;
    if (connection->since_ms == 0 ||
        (moved > 0 && moved * 1000 >= elapsed_ms * LEAST_BYTES_PER_S)) {
        connection->since_ms = now_ms;
        connection->bytes = bytes;
        return false;
    }
    return elapsed_ms > (uint64_t)timeout_ms;
}

static bool passed(const struct inf_connection *connection, uint64_t now_ms, int64_t timeout_ms)
{
    return now_ms - connection->since_ms > (uint64_t)timeout_ms;
}

/* Between two requests: the first byte of the next one ends the idle time and begins the header's.
 */
static void sweep_idle(struct inf_connection *connection, uint64_t now_ms)
{
    const struct inf_server_options *options = &connection->server->options;
    uint64_t received, acknowledged;
    if (connection->server->draining) {
        inf_connection_close_idle(connection);
        return;
    }
    inf_tcp_counters(connection->fd, &received, &acknowledged);
    if (connection->fresh || connection->header_begun) {
        if (!passed(connection, now_ms, options->header_timeout_ms))
            return;
        if (received > connection->bytes)
            too_slow(connection, "header");
        else
            cut(connection);
    } else if (connection->since_ms == 0) {
        connection->since_ms = now_ms;
        connection->bytes = received;
    } else if (received > connection->bytes) {
        connection->since_ms = now_ms;
        connection->header_begun = true;
    } else if (passed(connection, now_ms, options->idle_timeout_ms)) {
        cut(connection);
    }
}

void inf_connection_sweep(struct inf_connection *connection, uint64_t now_ms)
{
    const struct inf_server_options *options = &connection->server->options;
    struct inf_call *call = &connection->call;
    uint64_t received, acknowledged;
    if (connection->detached) {
        if (passed(connection, now_ms, LINGER_MS))
            inf_connection_close(connection);
        return;
    }
    if (connection->peer_gone)
        show_end_of_stream(connection);
    switch (call->stage) {
    case INF_CALL_NONE:
        sweep_idle(connection, now_ms);
        break;
    case INF_CALL_HEADERS:
        if (passed(connection, now_ms, options->header_timeout_ms))
            too_slow(connection, "header");
        break;
    case INF_CALL_BUFFERING:
    case INF_CALL_STREAMING:
    case INF_CALL_DISCARDING:
        if (call->suspended)
            break;
        if (stalled(connection, now_ms, (uint64_t)call->received, options->body_timeout_ms))
            too_slow(connection, "body");
        break;
    case INF_CALL_ANSWERED:
        inf_tcp_counters(connection->fd, &received, &acknowledged);
        if (stalled(connection, now_ms, acknowledged, options->body_timeout_ms))
            cut(connection);
        break;
    case INF_CALL_ADMITTED:
    case INF_CALL_LOOKED:
    case INF_CALL_RUNNING:
    case INF_CALL_WAITING:
    case INF_CALL_GONE:
        break;
    }
}
