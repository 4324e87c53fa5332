/* One request's life as its handler sees it. */
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

static int second_freed;

static enum inf_outcome look(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    struct counts *counts = inf_call_context(call);
    struct inf_buf body;
    inf_buf_init(&body, 1000);
    assert_string_equal(inf_call_path(call), "/look/a%2Fb");
    assert_string_equal(inf_call_str(call, "id"), "a/b");
    assert_true(inf_call_has(call, "id"));
    assert_false(inf_call_has(call, "n"));
    assert_int_equal(inf_call_int(call, "n"), 7);
    assert_true(inf_call_bool(call, "flag"));
    assert_true(inf_call_human(call));
    assert_true(inf_call_id(call) > 0);
    assert_true(inf_call_arrival_ns(call) > 0 && inf_call_arrival_ns(call) <= uv_hrtime());
    assert_non_null(inf_call_body(call));
    assert_true(inf_json_true(inf_call_json(call, "flag")));
    inf_call_set_state(call, &counts->freed, free_state);
    inf_call_set_state(call, &second_freed, free_state); /* frees the first */
    assert_int_equal(counts->freed, 1);
    assert_ptr_equal(inf_call_state(call), &second_freed);
    inf_call_header(call, "X-Good", "v");
    inf_call_header(call, "X-Bad", "a\r\nX-Injected: b");
    inf_call_warning(call, "say \"hi\"");
    inf_buf_puts(&body, "[1]");
    inf_call_reply(call, 201, &body);
    return INF_LATER; /* answered already: taken as such */
}

static enum inf_outcome overflow(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    struct inf_buf body;
    inf_buf_init(&body, 3);
    inf_buf_puts(&body, "too long");
    inf_call_reply(call, 200, &body);
    return INF_REPLIED;
}

static const struct inf_param params[] = {
    {.name = "id", .type = INF_P_STRING, .in = INF_IN_PATH},
    {.name = "n", .type = INF_P_INT, .in = INF_IN_QUERY, .dflt = "7"},
    {.name = "flag", .type = INF_P_BOOL, .in = INF_IN_BODY},
    {.name = NULL},
};
static const struct inf_route routes[] = {
    {.methods = INF_GET, .path = "/wait", .handler = wait_route},
    {.methods = INF_GET, .path = "/overflow", .handler = overflow},
    {.methods = INF_POST,
     .path = "/look/{id}",
     .params = params,
     .body = INF_BODY_REQUIRED,
     .parser = "look",
     .handler = look},
    {.path = NULL},
};

static void test_view(void **state)
{
    (void)state;
    struct fixture f;
    struct counts counts = {0};
    second_freed = 0;
    fixture_start(&f, routes, &counts);
    int fd = fixture_send(&f, "POST /look/a%2Fb?human HTTP/1.1\r\nHost: t\r\nContent-Length: 13\r\n"
                              "Content-Type: application/json\r\n\r\n{\"flag\":true}");
    const char *answer = fixture_read(&f, fd, "[1]");
    assert_memory_equal(answer, "HTTP/1.1 201 ", 13);
    assert_non_null(strstr(answer, "X-Good: v\r\n"));
    assert_null(strstr(answer, "X-Injected"));
    assert_non_null(strstr(answer, "Warning: 299 Elasticsearch-9.2.0-abc \"say \\\"hi\\\"\"\r\n"));
    fixture_await(&f, &second_freed, 1);
    close(fd);
    fixture_end(&f);
    assert_int_equal(counts.freed, 1);
    assert_int_equal(second_freed, 1);
}

static void test_answer_beyond_its_buffer(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, routes, NULL);
    int fd = fixture_send(&f, "GET /overflow HTTP/1.1\r\nHost: t\r\n\r\n");
    assert_memory_equal(fixture_read(&f, fd, "the answer is too large"), "HTTP/1.1 500 ", 13);
    close(fd);
    fixture_end(&f);
}

/* An owner that answers although it was told that the client is gone does no harm. */
static void answer_when_gone(struct inf_call *call)
{
    struct inf_buf body;
    on_gone(call);
    inf_buf_init(&body, 100);
    inf_buf_puts(&body, "{}");
    inf_call_reply(call, 200, &body);
    assert_null(body.data);
}

static void test_answer_after_gone_is_dropped(void **state)
{
    (void)state;
    struct fixture f;
    struct counts counts = {0};
    fixture_start(&f, routes, &counts);
    int fd = fixture_send(&f, "GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
    fixture_await(&f, &counts.waiting, 1);
    inf_call_on_gone(counts.call, answer_when_gone);
    close(fd);
    fixture_await(&f, &counts.freed, 1);
    fixture_end(&f);
}

static void test_fail_later(void **state)
{
    (void)state;
    struct fixture f;
    struct counts counts = {0};
    struct inf_error err;
    fixture_start(&f, routes, &counts);
    int fd = fixture_send(&f, "GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
    fixture_await(&f, &counts.waiting, 1);
    inf_error_set(&err, INF_ERR_QUEUE_FULL, "full");
    err.retry_after_s = 5;
    inf_call_fail(counts.call, &err);
    const char *answer = fixture_read(&f, fd, "\"status\":429}");
    assert_memory_equal(answer, "HTTP/1.1 429 ", 13);
    assert_non_null(strstr(answer, "Retry-After: 5\r\n"));
    assert_int_equal(counts.gone, 0);
    close(fd);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view),
        cmocka_unit_test(test_answer_beyond_its_buffer),
        cmocka_unit_test(test_answer_after_gone_is_dropped),
        cmocka_unit_test(test_fail_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
