/* server.h - the server's inside, shared by server.c, connection.c and call.c.
 *
 * Thread: loop only. Owns: libmicrohttpd's daemon, the loop handles, all connections.
 * Bound: options.max_connections; INF_LINGERING connections that are already answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_SERVER_H
#define INFERD_HTTP_SERVER_H

#include "accept.h"
#include "connection.h"
#include "router.h"
#include "tls.h"
#include <uv.h>

struct MHD_Daemon;

enum { INF_LINGERING = 128, INF_BODIES_IN_FLIGHT = 4 };

struct inf_server {
    struct inf_server_options options;
    struct inf_router *router;
    struct MHD_Daemon *daemon;
    struct inf_tls *tls; /* NULL: plain HTTP */
    struct inf_acceptor acceptor;
    uint16_t port;
    uv_poll_t poll;   /* on libmicrohttpd's epoll descriptor */
    uv_timer_t timer; /* libmicrohttpd's own time-out */
    uv_idle_t again;  /* libmicrohttpd has work that no descriptor announces */
    uv_timer_t sweep; /* the deadlines of the connections */
    uv_timer_t drain;
    uv_idle_t drained_soon;
    int open_handles; /* of this struct, plus one for each connection */
    struct inf_connection *connections;
    int connection_count;
    uint64_t accepted; /* connections since the start */
    int lingering;
    int active;                         /* calls that have begun and are not over */
    int64_t body_bytes, body_bytes_max; /* of all buffered bodies */
    uint64_t next_id;
    bool checks_lines; /* of headers, as this libmicrohttpd does not */
    bool draining, stopping, overdue;
    void (*drained)(void *arg);
    void *drained_arg;
};

/* libmicrohttpd must run again soon: a connection was resumed. */
void inf_server_kick(struct inf_server *server);
/* A call is over; ends the draining after the last one. */
void inf_server_call_ended(struct inf_server *server);
/* A handle of the server or of a connection is closed; the last one frees the server. */
void inf_server_handle_closed(struct inf_server *server);

#endif
