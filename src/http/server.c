/* libmicrohttpd inside the libuv loop.
 *
 * libmicrohttpd has one epoll descriptor for all its sockets. The loop watches that descriptor and
 * lets libmicrohttpd run when it is readable; no thread and no lock is involved. Two kinds of work
 * are announced by no descriptor: connections just resumed, and data that libmicrohttpd has read
 * but not yet looked at. For both an idle handle keeps the loop from blocking until it has run
 * again, so that any number of answers given in one turn of the loop cost one run. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include "listen.h"
#include <assert.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CONNECTION_MEMORY = 16 * 1024, /* besides the header, which lies there as text and as a list */
    SWEEP_LEAST_MS = 20,
    SWEEP_MOST_MS = 1000,
    LAST_WORDS_MS = 1000, /* for the 503 answers after the deadline of a drain */
    STOP_ROUNDS = 64
};

/* ---- running libmicrohttpd ---- */

static void on_again(uv_idle_t *again);

static void on_timer(uv_timer_t *timer);

static void pump(struct inf_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    uv_idle_stop(&server->again);
    MHD_run(server->daemon);
    inf_acceptor_resume(&server->acceptor); /* a connection may be gone */
    if (MHD_get_timeout(server->daemon, &timeout_ms) != MHD_YES)
        uv_timer_stop(&server->timer);
    else if (timeout_ms == 0)
        uv_idle_start(&server->again, on_again);
    else
        uv_timer_start(&server->timer, on_timer, timeout_ms, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    pump(poll->data);
}

static void on_timer(uv_timer_t *timer)
{
    pump(timer->data);
}

static void on_again(uv_idle_t *again)
{
    pump(again->data);
}

void inf_server_kick(struct inf_server *server)
{
    if (!server->stopping)
        uv_idle_start(&server->again, on_again);
}

static void on_sweep(uv_timer_t *sweep)
{
    struct inf_server *server = sweep->data;
    uint64_t now_ms = uv_now(server->options.loop);
    struct inf_connection *next;
    for (struct inf_connection *c = server->connections; c != NULL; c = next) {
        next = c->next;
        inf_connection_sweep(c, now_ms);
    }
    if (server->connections == NULL)
        uv_timer_stop(sweep);
}

static uint64_t sweep_ms(const struct inf_server_options *options)
{
    int64_t least = options->header_timeout_ms;
    if (options->body_timeout_ms < least)
        least = options->body_timeout_ms;
    if (options->idle_timeout_ms < least)
        least = options->idle_timeout_ms;
    least /= 4;
    return (uint64_t)(least < SWEEP_LEAST_MS  ? SWEEP_LEAST_MS
                      : least > SWEEP_MOST_MS ? SWEEP_MOST_MS
                                              : least);
}

/* ---- what libmicrohttpd calls ---- */

static struct inf_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void attach_tls(struct inf_connection *connection, struct MHD_Connection *mhd)
{
    connection->tls = inf_tls_attach(
        connection->server->tls,
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct inf_server *server = arg;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*socket_context != NULL)
            inf_connection_detach(*socket_context);
        *socket_context = NULL;
        /* libmicrohttpd counts it until its next run; then there is room for another one. */
        inf_server_kick(server);
        return;
    }
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *socket_context = inf_connection_new(
        server, fd, MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    if (*socket_context != NULL && server->tls != NULL)
        attach_tls(*socket_context, mhd);
    if (!uv_is_active((uv_handle_t *)&server->sweep)) {
        uint64_t period_ms = sweep_ms(&server->options);
        uv_timer_start(&server->sweep, on_sweep, period_ms, period_ms);
    }
}

static void *on_request_line(void *arg, const char *uri, struct MHD_Connection *mhd)
{
    (void)arg;
    struct inf_connection *connection = connection_of(mhd);
    if (connection == NULL)
        return NULL;
    inf_call_start(&connection->call, mhd, uri);
    return &connection->call;
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *mhd, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *size, void **context)
{
    (void)arg;
    (void)mhd;
    (void)url;
    if (*context == NULL)
        return MHD_NO;
    return inf_call_step(*context, method, version, data, size) ? MHD_YES : MHD_NO;
}

static void on_completed(void *arg, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)arg;
    (void)mhd;
    (void)code;
    if (*context != NULL)
        inf_call_end(*context);
    *context = NULL;
}

/* Paths and queries are decoded by decode.c, after they were split; libmicrohttpd need not try. */
static size_t leave_escaped(void *arg, struct MHD_Connection *mhd, char *text)
{
    (void)arg;
    (void)mhd;
    return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void on_log(void *arg, const char *format,
                                                         va_list arguments)
{
    char text[256];
    (void)arg;
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\r\n")] = '\0';
    inf_logf(INF_LOG_DEBUG, "http", "%s", text);
}

/* ---- accepting ---- */

static bool has_room(void *arg)
{
    const struct inf_server *server = arg;
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
               ->num_connections < (unsigned)server->options.max_connections;
}

/* libmicrohttpd closes what it does not take: more than one address may have, say. */
static void accepted(void *arg, int fd, const struct sockaddr *address, socklen_t length)
{
    struct inf_server *server = arg;
    (void)MHD_add_connection(server->daemon, fd, address, length);
    inf_server_kick(server);
}

/* ---- start ---- */

/* Never asked, see tls.c; libmicrohttpd wants this or a certificate. */
static int no_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                          const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                          gnutls_pcert_st **ret, unsigned *ret_count, gnutls_privkey_t *ret_key)
{
    (void)session;
    (void)authorities;
    (void)count;
    (void)algorithms;
    (void)algorithm_count;
    (void)ret;
    (void)ret_count;
    (void)ret_key;
    return -1;
}

static struct MHD_Daemon *start_daemon(struct inf_server *server)
{
    const struct inf_server_options *options = &server->options;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, NULL},
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    if (server->tls != NULL) {
        tls[0].ptr_value = (void *)inf_tls_priorities(server->tls);
        tls[1].ptr_value = (void *)no_certificate;
    } else {
        tls[0].option = MHD_OPTION_END;
    }
    /* libmicrohttpd clears all of it after each request, so what is not needed costs time. */
    size_t memory = CONNECTION_MEMORY + 2 * (size_t)options->max_header_size;
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            (server->tls != NULL ? MHD_USE_TLS : MHD_NO_FLAG),
        0, NULL, NULL, on_access, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)options->max_connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)options->max_connections_per_address,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory, MHD_OPTION_CONNECTION_TIMEOUT, 0U,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, server, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static void start_handles(struct inf_server *server, int listen_fd)
{
    static const struct inf_acceptor_events events = {has_room, accepted};
    struct uv_loop_s *loop = server->options.loop;
    int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    int rc = uv_poll_init(loop, &server->poll, fd);
    assert(rc == 0);
    (void)rc;
    uv_timer_init(loop, &server->timer);
    uv_idle_init(loop, &server->again);
    uv_timer_init(loop, &server->sweep);
    uv_timer_init(loop, &server->drain);
    uv_idle_init(loop, &server->drained_soon);
    server->poll.data = server->timer.data = server->again.data = server;
    server->sweep.data = server->drain.data = server->drained_soon.data = server;
    inf_acceptor_start(&server->acceptor, loop, listen_fd, &events, server);
    server->open_handles = 8;
    uv_poll_start(&server->poll, UV_READABLE, on_readable);
}

int inf_server_start(const struct inf_server_options *options, struct inf_server **ret,
                     struct inf_error *err)
{
    uint16_t port;
    struct inf_tls *tls = NULL;
    if (options->tls != NULL && inf_tls_new(options->tls, &tls, err) != 0)
        return -1;
    int listen_fd = inf_listen(options->host, options->port, &port, err);
    if (listen_fd < 0) {
        inf_tls_free(tls);
        return -1;
    }
    struct inf_server *server = inf_alloc(1, sizeof *server);
    server->options = *options;
    server->port = port;
    server->tls = tls;
    server->body_bytes_max = options->max_content_length <= INT64_MAX / INF_BODIES_IN_FLIGHT
                                 ? options->max_content_length * INF_BODIES_IN_FLIGHT
                                 : INT64_MAX;
    server->checks_lines = strncmp(MHD_get_version(), "0.", 2) == 0;
    server->router = inf_router_new(options->routes, options->gate != NULL);
    server->daemon = start_daemon(server);
    if (server->daemon == NULL) {
        inf_error_set(err, INF_ERR_IO, "the HTTP server could not be started: %s", strerror(errno));
        close(listen_fd);
        inf_router_free(server->router);
        inf_tls_free(tls);
        free(server);
        return -1;
    }
    start_handles(server, listen_fd);
    *ret = server;
    return 0;
}

int inf_server_reload_tls(struct inf_server *server, struct inf_error *err)
{
    return server->tls != NULL ? inf_tls_reload(server->tls, err) : 0;
}

uint16_t inf_server_port(const struct inf_server *server)
{
    return server->port;
}

/* ---- drain and stop ---- */

static void refuse_waiting(struct inf_server *server)
{
    for (struct inf_connection *c = server->connections; c != NULL; c = c->next)
        if (!c->detached && (c->call.stage == INF_CALL_WAITING || c->call.suspended))
            inf_call_refuse(&c->call);
}

static void on_drained(uv_idle_t *idle)
{
    struct inf_server *server = idle->data;
    uv_idle_stop(idle);
    uv_timer_stop(&server->drain);
    void (*drained)(void *arg) = server->drained;
    server->drained = NULL;
    if (drained != NULL)
        drained(server->drained_arg);
}

static void on_drain_deadline(uv_timer_t *timer)
{
    struct inf_server *server = timer->data;
    if (server->overdue) {
        on_drained(&server->drained_soon);
        return;
    }
    server->overdue = true;
    refuse_waiting(server);
    uv_timer_start(&server->drain, on_drain_deadline, LAST_WORDS_MS, 0);
}

void inf_server_call_ended(struct inf_server *server)
{
    server->active--;
    if (server->draining && !server->stopping && server->active == 0 && server->drained != NULL)
        uv_idle_start(&server->drained_soon, on_drained);
}

void inf_server_drain(struct inf_server *server, int64_t deadline_ms, void (*drained)(void *arg),
                      void *arg)
{
    assert(!server->draining && !server->stopping);
    server->draining = true;
    server->drained = drained;
    server->drained_arg = arg;
    inf_acceptor_stop(&server->acceptor);
    for (struct inf_connection *c = server->connections; c != NULL; c = c->next)
        inf_connection_close_idle(c);
    uv_timer_start(&server->drain, on_drain_deadline, deadline_ms > 0 ? (uint64_t)deadline_ms : 0,
                   0);
    if (server->active == 0)
        uv_idle_start(&server->drained_soon, on_drained);
}

void inf_server_handle_closed(struct inf_server *server)
{
    if (--server->open_handles > 0)
        return;
    inf_router_free(server->router);
    inf_tls_free(server->tls);
    free(server);
}

static void on_server_handle_closed(uv_handle_t *handle)
{
    inf_server_handle_closed(handle->data);
}

void inf_server_stop(struct inf_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    server->stopping = true;
    inf_acceptor_stop(&server->acceptor);
    refuse_waiting(server);
    /* The resumed connections must have run before the daemon may be stopped; the rounds beyond
     * give their answers a chance to be sent. */
    int round = 0;
    do {
        MHD_run(server->daemon);
    } while (++round < STOP_ROUNDS && MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES &&
             timeout_ms == 0);
    uv_poll_stop(&server->poll);
    MHD_stop_daemon(server->daemon);
    while (server->connections != NULL)
        inf_connection_close(server->connections);
    server->acceptor.poll.data = server->acceptor.retry.data = server;
    uv_close((uv_handle_t *)&server->acceptor.poll, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->acceptor.retry, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->poll, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->timer, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->again, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->sweep, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->drain, on_server_handle_closed);
    uv_close((uv_handle_t *)&server->drained_soon, on_server_handle_closed);
}
