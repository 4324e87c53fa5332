/* Start, drain and stop of a server in the loop. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_fixture.h"
#include <stdlib.h>

struct counts {
    int waiting, gone, freed, drained;
    struct inf_call *call;
};

static void free_state(void *state)
{
    (*(int *)state)++;
}

static void on_gone(struct inf_call *call)
{
    struct counts *counts = inf_call_context(call);
    counts->gone++;
}

static enum inf_outcome wait_route(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    struct counts *counts = inf_call_context(call);
    counts->call = call;
    counts->waiting++;
    inf_call_set_state(call, &counts->freed, free_state);
    inf_call_on_gone(call, on_gone);
    return INF_LATER;
}

static const struct inf_route routes[] = {
    {.methods = INF_GET, .path = "/wait", .handler = wait_route},
    {.path = NULL},
};

#define WAIT "GET /wait HTTP/1.1\r\nHost: t\r\n\r\n"

static void on_drained(void *arg)
{
    struct counts *counts = arg;
    counts->drained++;
}

static void test_start_says_why_it_fails(void **state)
{
    (void)state;
    struct fixture f;
    struct inf_server_options options;
    struct inf_server *second = NULL;
    struct inf_error err;
    fixture_start(&f, routes, NULL);
    fixture_options(&options, &f, routes, NULL);
    options.port = inf_server_port(f.server);
    assert_int_equal(inf_server_start(&options, &second, &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
    assert_null(second);
    fixture_end(&f);
}

static void test_stop_answers_what_waits(void **state)
{
    (void)state;
    struct fixture f;
    struct counts counts = {0};
    fixture_start(&f, routes, &counts);
    int fds[3];
    for (int i = 0; i < 3; i++)
        fds[i] = fixture_send(&f, WAIT);
    int idle = fixture_connect(&f);
    fixture_await(&f, &counts.waiting, 3);
    fixture_end(&f);
    assert_int_equal(counts.gone, 3);
    assert_int_equal(counts.freed, 3);
    for (int i = 0; i < 3; i++) {
        const char *answer = fixture_read(&f, fds[i], "");
        assert_memory_equal(answer, "HTTP/1.1 503 ", 13);
        assert_non_null(strstr(answer, "the server is stopping"));
        close(fds[i]);
    }
    close(idle);
}

static void test_drain_without_calls(void **state)
{
    (void)state;
    struct fixture f;
    struct counts counts = {0};
    fixture_start(&f, routes, &counts);
    inf_server_drain(f.server, 100000, on_drained, &counts);
    assert_int_equal(counts.drained, 0); /* never inside the call */
    fixture_await(&f, &counts.drained, 1);
    fixture_end(&f);
    assert_int_equal(counts.drained, 1);
}

static void test_drain_waits_for_the_last_call(void **state)
{
    (void)state;
    struct fixture f;
    struct counts counts = {0};
    struct inf_buf body;
    fixture_start(&f, routes, &counts);
    int fd = fixture_send(&f, WAIT);
    fixture_await(&f, &counts.waiting, 1);
    inf_server_drain(f.server, 100000, on_drained, &counts);
    for (int i = 0; i < 50; i++)
        fixture_turn(&f);
    assert_int_equal(counts.drained, 0);
    inf_buf_init(&body, 100);
    inf_buf_puts(&body, "{}");
    inf_call_reply(counts.call, 200, &body);
    assert_non_null(strstr(fixture_read(&f, fd, ""), "Connection: close"));
    fixture_await(&f, &counts.drained, 1);
    assert_int_equal(counts.gone, 0);
    close(fd);
    fixture_end(&f);
}

static void test_drain_deadline(void **state)
{
    (void)state;
    struct fixture f;
    struct counts counts = {0};
    fixture_start(&f, routes, &counts);
    int fd = fixture_send(&f, WAIT);
    fixture_await(&f, &counts.waiting, 1);
    inf_server_drain(f.server, 20, on_drained, &counts);
    assert_memory_equal(fixture_read(&f, fd, ""), "HTTP/1.1 503 ", 13);
    fixture_await(&f, &counts.drained, 1);
    assert_int_equal(counts.gone, 1);
    close(fd);
    fixture_end(&f);
    assert_int_equal(counts.drained, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_says_why_it_fails),
        cmocka_unit_test(test_stop_answers_what_waits),
        cmocka_unit_test(test_drain_without_calls),
        cmocka_unit_test(test_drain_waits_for_the_last_call),
        cmocka_unit_test(test_drain_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
