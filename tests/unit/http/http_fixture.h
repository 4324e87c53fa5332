/* http_fixture.h - a server inside the test's own loop, and clients as plain sockets.
 *
 * Everything runs in one thread: waiting means turning the loop until something is there. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TESTS_HTTP_FIXTURE_H
#define INFERD_TESTS_HTTP_FIXTURE_H

#include "inferd/http.h"
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum {
    FIXTURE_TURNS = 10000,
    FIXTURE_TEXT = 8192,
    FIXTURE_PATIENCE_MS = 10000 /* so that nothing ends by it on a busy machine */
};

struct fixture {
    uv_loop_t loop;
    struct inf_server *server;
    char received[FIXTURE_TEXT]; /* by the last fixture_read */
};

static inline void fixture_options(struct inf_server_options *options, struct fixture *fixture,
                                   const struct inf_route *routes, void *context)
{
    *options = (struct inf_server_options){
        .loop = &fixture->loop,
        .host = "127.0.0.1",
        .routes = routes,
        .context = context,
        .version = "9.2.0",
        .build_hash = "abc",
        .max_content_length = 10000,
        .max_header_size = 4096,
        .max_connections = 50,
        .header_timeout_ms = FIXTURE_PATIENCE_MS,
        .body_timeout_ms = FIXTURE_PATIENCE_MS,
        .idle_timeout_ms = 2 * FIXTURE_PATIENCE_MS,
    };
}

static inline void fixture_begin(struct fixture *fixture, const struct inf_server_options *options)
{
    struct inf_error err;
    memset(fixture, 0, sizeof *fixture);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(inf_server_start(options, &fixture->server, &err), 0);
}

static inline void fixture_start(struct fixture *fixture, const struct inf_route *routes,
                                 void *context)
{
    struct inf_server_options options;
    fixture_options(&options, fixture, routes, context);
    fixture_begin(fixture, &options);
}

/* Stops the server if it runs, and sees that no handle is left. */
static inline void fixture_end(struct fixture *fixture)
{
    if (fixture->server != NULL)
        inf_server_stop(fixture->server);
    fixture->server = NULL;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static inline void fixture_turn(struct fixture *fixture)
{
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    usleep(1000);
}

/* Turns the loop until *flag is at least value. */
static inline void fixture_await(struct fixture *fixture, const int *flag, int value)
{
    for (int i = 0; i < FIXTURE_TURNS && *flag < value; i++)
        fixture_turn(fixture);
    assert_true(*flag >= value);
}

static inline int fixture_connect(struct fixture *fixture)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(inf_server_port(fixture->server)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline int fixture_send(struct fixture *fixture, const char *text)
{
    int fd = fixture_connect(fixture);
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    return fd;
}

/* Turns the loop until the received bytes hold `mark`; "" waits for the end of the stream. */
static inline const char *fixture_read(struct fixture *fixture, int fd, const char *mark)
{
    size_t length = 0;
    fixture->received[0] = '\0';
    for (int i = 0; i < FIXTURE_TURNS; i++) {
        if (fixture->server != NULL)
            fixture_turn(fixture);
        ssize_t count =
            recv(fd, fixture->received + length, FIXTURE_TEXT - 1 - length, MSG_DONTWAIT);
        if (count == 0 && mark[0] == '\0')
            return fixture->received;
        if (count > 0) {
            length += (size_t)count;
            fixture->received[length] = '\0';
        }
        if (mark[0] != '\0' && strstr(fixture->received, mark) != NULL)
            return fixture->received;
    }
    fail_msg("[%s] did not come, but [%s]", mark, fixture->received);
    return NULL;
}

#endif
