/* connection.h - one client's connection: its deadlines and whether the client is still there.
 *
 * Thread: loop only. Owns: a duplicate of the socket's descriptor, watched for the client's
 * leaving. Bound: one call at a time; pipelined requests wait in libmicrohttpd. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_CONNECTION_H
#define INFERD_HTTP_CONNECTION_H

#include "call.h"
#include "inferd/client.h"
#include <uv.h>

struct sockaddr;
struct inf_tls_loaded;

struct inf_connection {
    uv_poll_t watch; /* first: the handle's address is the connection's */
    struct inf_server *server;
    struct inf_connection *previous, *next;
    int fd;
    struct inf_client client;
    struct inf_tls_loaded *tls; /* what its handshake used; NULL: plain HTTP */
    bool peer_gone;             /* the client closed its side */
    bool linger;       /* answered before its request was read: read the rest away, then close */
    bool detached;     /* libmicrohttpd has closed it */
    uint64_t since_ms; /* start of the present stage's deadline; 0: the sweep sets it */
    uint64_t bytes;    /* the counter of the present stage at since_ms */
    bool fresh;        /* no request has begun on it yet */
    bool header_begun; /* bytes of the next request are there */
    struct inf_call call;
};

/* Made when libmicrohttpd accepts. NULL when the socket cannot be watched: it was shut down. */
struct inf_connection *inf_connection_new(struct inf_server *server, int socket_fd,
                                          const struct sockaddr *address);
/* libmicrohttpd is about to close its descriptor. */
void inf_connection_detach(struct inf_connection *connection);
/* The call's stage changed: its deadline starts anew. */
void inf_connection_progress(struct inf_connection *connection);
/* Ends the connection while no answer is on its way: sends the error as a last answer, unless it
 * would have to be encrypted, and shuts the connection down. libmicrohttpd sees the end of the
 * stream and closes. */
void inf_connection_abort(struct inf_connection *connection, const struct inf_error *err);
/* Shuts down when no request is on it. */
void inf_connection_close_idle(struct inf_connection *connection);
/* Closes one that lingers at once. */
void inf_connection_close(struct inf_connection *connection);
/* Looks at the deadlines. now_ms: uv_now. */
void inf_connection_sweep(struct inf_connection *connection, uint64_t now_ms);

#endif
