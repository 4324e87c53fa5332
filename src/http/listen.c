/* Opens the listening socket here rather than in libmicrohttpd, because only so can a failure say
 * which address was refused and why. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *host, uint16_t port, const char *reason, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_IO, "cannot listen on [%s]:%u: %s", host, port, reason);
}

static int bind_and_listen(int fd, const struct addrinfo *address)
{
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return -1;
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0)
        return -1;
    return listen(fd, SOMAXCONN);
}

static uint16_t bound_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name;
    socklen_t size = sizeof name;
    if (getsockname(fd, &name.any, &size) != 0)
        return 0;
    return ntohs(name.any.sa_family == AF_INET6 ? name.v6.sin6_port : name.v4.sin_port);
}

int inf_listen(const char *host, uint16_t port, uint16_t *ret_port, struct inf_error *err)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    int rc = getaddrinfo(host, service, &hints, &address);
    if (rc != 0)
        return fail(host, port, gai_strerror(rc), err);
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind_and_listen(fd, address) != 0) {
        int saved = errno;
        close(fd);
        fd = -1;
        errno = saved;
    }
    if (fd < 0)
        fail(host, port, strerror(errno), err);
    else
        *ret_port = bound_port(fd);
    freeaddrinfo(address);
    return fd;
}
