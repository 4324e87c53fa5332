/* A connection's deadlines, and its client's leaving. */
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

static enum inf_outcome ping(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    inf_call_reply_acknowledged(call);
    return INF_REPLIED;
}

static const struct inf_route routes[] = {
    {.methods = INF_GET, .path = "/wait", .handler = wait_route},
    {.methods = INF_GET, .path = "/", .handler = ping},
    {.methods = INF_POST, .path = "/", .body = INF_BODY_OPTIONAL, .handler = ping, .parser = "p"},
    {.path = NULL},
};

/* It soon loses its patience. */
static void start_hasty(struct fixture *f, struct counts *counts)
{
    struct inf_server_options options;
    fixture_options(&options, f, routes, counts);
    options.header_timeout_ms = options.body_timeout_ms = 100;
    options.idle_timeout_ms = 200;
    fixture_begin(f, &options);
}

static void ends_with(const char *request, const char *expected)
{
    struct fixture f;
    struct counts counts = {0};
    start_hasty(&f, &counts);
    int fd = fixture_send(&f, request);
    const char *received = fixture_read(&f, fd, "");
    if (expected == NULL)
        assert_string_equal(received, "");
    else if (strstr(received, expected) == NULL)
        fail_msg("[%s] is not in [%s]", expected, received);
    close(fd);
    fixture_end(&f);
}

static void test_deadlines(void **state)
{
    (void)state;
    ends_with("", NULL);
    ends_with("GET / HTTP/1.1\r\nHost", "{\"error\":\"the request's header came too slowly\"");
    ends_with("POST / HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
              "Content-Length: 9\r\n\r\n{",
              "{\"error\":\"the request's body came too slowly\",\"status\":408}");
    ends_with("GET / HTTP/1.1\r\nHost: t\r\n\r\n", "{\"acknowledged\":true}"); /* idle */
}

static void test_waiting_has_no_deadline(void **state)
{
    (void)state;
    struct fixture f;
    struct counts counts = {0};
    start_hasty(&f, &counts);
    int fd = fixture_send(&f, "GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
    fixture_await(&f, &counts.waiting, 1);
    for (int i = 0; i < 400; i++)
        fixture_turn(&f);
    assert_int_equal(counts.gone, 0);
    inf_call_reply_acknowledged(counts.call);
    fixture_read(&f, fd, "{\"acknowledged\":true}");
    fixture_await(&f, &counts.freed, 1);
    assert_int_equal(counts.gone, 0);
    close(fd);
    fixture_end(&f);
}

static void test_client_leaves(void **state)
{
    (void)state;
    struct fixture f;
    struct counts counts = {0};
    fixture_start(&f, routes, &counts);
    int fd = fixture_send(&f, "GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
    fixture_await(&f, &counts.waiting, 1);
    close(fd);
    fixture_await(&f, &counts.gone, 1);
    fixture_await(&f, &counts.freed, 1);
    fixture_end(&f);
    assert_int_equal(counts.gone, 1);
    assert_int_equal(counts.freed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_waiting_has_no_deadline),
        cmocka_unit_test(test_client_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
