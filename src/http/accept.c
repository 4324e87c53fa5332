/* accept.c - accept(2) with its bad days. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "accept.h"

#include "inferd/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE 32 /* connections in one turn of the loop */

enum outcome { TAKEN, NONE_WAITS, NONE_POSSIBLE };

static enum outcome failed(struct inf_acceptor *acceptor, int failure)
{
    char text[128];
    if (failure == EAGAIN)
        return NONE_WAITS;
    if (failure != EMFILE && failure != ENFILE && failure != ENOMEM && failure != ENOBUFS)
        return TAKEN; /* that one connection is gone already */
    if (!acceptor->short_of)
        inf_log(INF_LOG_WARN, "http",
                "connections cannot be accepted now; they wait, and it is tried again",
                (const char *[]){"reason", strerror_r(failure, text, sizeof text), NULL});
    acceptor->short_of = true;
    return NONE_POSSIBLE;
}

/* The spare descriptor is for what is made of the connection: one that was accepted with the last
 * one could only be closed again. */
static enum outcome take_one(struct inf_acceptor *acceptor)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int spare = fcntl(acceptor->fd, F_DUPFD_CLOEXEC, 0);
    if (spare < 0)
        return failed(acceptor, errno);
    int fd =
        accept4(acceptor->fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int failure = errno;
    close(spare);
    if (fd < 0)
        return failed(acceptor, failure);
    if (acceptor->short_of)
        inf_log(INF_LOG_INFO, "http", "connections are accepted again", NULL);
    acceptor->short_of = false;
    acceptor->events->accepted(acceptor->arg, fd, (const struct sockaddr *)&address, length);
    return TAKEN;
}

static void on_retry(uv_timer_t *retry)
{
    inf_acceptor_resume(retry->data);
}

static void on_waiting(uv_poll_t *poll, int status, int events)
{
    struct inf_acceptor *acceptor = poll->data;
    enum outcome outcome = TAKEN;
    (void)status;
    (void)events;
    for (int i = 0; i < AT_ONCE && outcome == TAKEN; i++) {
        if (!acceptor->events->has_room(acceptor->arg)) {
            uv_poll_stop(poll);
            return;
        }
        outcome = take_one(acceptor);
    }
    if (outcome == NONE_POSSIBLE) {
        uv_poll_stop(poll);
        uv_timer_start(&acceptor->retry, on_retry, INF_ACCEPT_RETRY_MS, 0);
    }
}

void inf_acceptor_start(struct inf_acceptor *acceptor, uv_loop_t *loop, int fd,
                        const struct inf_acceptor_events *events, void *arg)
{
    *acceptor = (struct inf_acceptor){.fd = fd, .events = events, .arg = arg};
    if (uv_poll_init(loop, &acceptor->poll, fd) != 0)
        abort();
    uv_timer_init(loop, &acceptor->retry);
    acceptor->poll.data = acceptor->retry.data = acceptor;
    inf_acceptor_resume(acceptor);
}

void inf_acceptor_resume(struct inf_acceptor *acceptor)
{
    if (acceptor->fd >= 0 && !uv_is_active((uv_handle_t *)&acceptor->retry) &&
        !uv_is_active((uv_handle_t *)&acceptor->poll))
        uv_poll_start(&acceptor->poll, UV_READABLE, on_waiting);
}

void inf_acceptor_stop(struct inf_acceptor *acceptor)
{
    if (acceptor->fd < 0)
        return;
    uv_poll_stop(&acceptor->poll);
    uv_timer_stop(&acceptor->retry);
    close(acceptor->fd);
    acceptor->fd = -1;
}
