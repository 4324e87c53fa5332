/* accept.h - takes connections from a listening socket as long as there is room for them.
 *
 * Without descriptors or memory for one more it tries again every INF_ACCEPT_RETRY_MS, and says so
 * in the log once; whoever connects meanwhile waits in the socket's backlog. libmicrohttpd's own
 * accepting would take the processor until a descriptor is free, or, with a connection open, wait
 * until that one closes.
 *
 * Thread: loop only. Owns: the listening socket. Embedded; its two handles are closed by whoever
 * embeds it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_ACCEPT_H
#define INFERD_HTTP_ACCEPT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <uv.h>

#define INF_ACCEPT_RETRY_MS 100

/* What the acceptor asks and tells. `accepted` owns fd, which does not block; for the time of the
 * call another descriptor can be made. */
struct inf_acceptor_events {
    bool (*has_room)(void *arg);
    void (*accepted)(void *arg, int fd, const struct sockaddr *address, socklen_t length);
};

struct inf_acceptor {
    uv_poll_t poll;
    uv_timer_t retry;
    int fd; /* -1 once stopped */
    const struct inf_acceptor_events *events;
    void *arg;
    bool short_of; /* the last try found no descriptor or no memory */
};

/* Takes fd. Aborts when it is no descriptor that can be watched. */
void inf_acceptor_start(struct inf_acceptor *acceptor, uv_loop_t *loop, int fd,
                        const struct inf_acceptor_events *events, void *arg);
/* There may be room again. */
void inf_acceptor_resume(struct inf_acceptor *acceptor);
/* Closes the socket; a second time does nothing. The handles stay to be closed. */
void inf_acceptor_stop(struct inf_acceptor *acceptor);

#endif
