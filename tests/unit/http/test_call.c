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

/* ---- a second look ---- */

/* What a server knows, and how it came to know it. */
struct knowledge {
    int asked, looks, opened;
    bool has_it, doubts;
    struct inf_look *look;
};

static enum inf_outcome know(struct inf_call *call, struct inf_error *err)
{
    struct knowledge *knowledge = inf_call_context(call);
    knowledge->asked++;
    inf_call_header(call, "X-Asked", "yes");
    if (knowledge->has_it) {
        inf_call_reply_acknowledged(call);
        return INF_REPLIED;
    }
    inf_error_set(err, INF_ERR_NOT_FOUND, "it is not there");
    return INF_FAILED;
}

static int open_known(struct inf_call *call, struct inf_error *err)
{
    struct knowledge *knowledge = inf_call_context(call);
    knowledge->opened++;
    return knowledge->has_it ? 0 : inf_error_set(err, INF_ERR_NOT_FOUND, "it is not there");
}

static int take_nothing(struct inf_call *call, const char *data, size_t length,
                        struct inf_error *err)
{
    (void)call;
    (void)data;
    (void)length;
    (void)err;
    return 0;
}

static bool doubt(struct inf_call *call, const struct inf_route *route, enum inf_err_code code,
                  struct inf_look *look)
{
    struct knowledge *knowledge = inf_call_context(call);
    assert_non_null(route);
    assert_true(code == INF_ERR_NOT_FOUND || code == INF_ERR_NONE);
    knowledge->looks++;
    if (knowledge->doubts)
        knowledge->look = look;
    return knowledge->doubts;
}

static const struct inf_route known_routes[] = {
    {.methods = INF_GET, .path = "/known", .handler = know},
    {.methods = INF_PUT,
     .path = "/stream",
     .body = INF_BODY_STREAM,
     .on_open = open_known,
     .on_data = take_nothing,
     .handler = know},
    {.path = NULL},
};

static void start_knowing(struct fixture *f, struct knowledge *knowledge)
{
    struct inf_server_options options;
    fixture_options(&options, f, known_routes, knowledge);
    options.second_look = doubt;
    fixture_begin(f, &options);
}

/* The refusal stands, or the handler, asked anew, has another answer. */
static void test_a_second_look_at_an_answer(void **state)
{
    (void)state;
    for (int again = -1; again < 2; again++) { /* -1: nobody doubts it */
        struct fixture f;
        struct knowledge knowledge = {.doubts = again >= 0};
        start_knowing(&f, &knowledge);
        int fd = fixture_send(&f, "GET /known HTTP/1.1\r\nHost: t\r\n\r\n");
        fixture_await(&f, &knowledge.looks, 1);
        knowledge.has_it = true;
        if (again >= 0)
            inf_look_end(knowledge.look, again);
        const char *answer = fixture_read(&f, fd, again == 1 ? "{\"acknowledged\":true}" : "404}");
        assert_non_null(strstr(answer, "X-Asked: yes\r\n"));
        assert_null(strstr(strstr(answer, "X-Asked") + 1, "X-Asked"));
        assert_int_equal(knowledge.asked, again == 1 ? 2 : 1);
        close(fd);
        fixture_end(&f);
    }
}

static void test_a_second_look_before_a_stream(void **state)
{
    (void)state;
    for (int doubts = 0; doubts < 2; doubts++) {
        struct fixture f;
        struct knowledge knowledge = {.doubts = doubts == 1, .has_it = doubts == 0};
        start_knowing(&f, &knowledge);
        int fd = fixture_send(&f, "PUT /stream HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n"
                                  "Content-Type: application/json\r\n\r\nabc");
        fixture_await(&f, &knowledge.looks, 1);
        assert_int_equal(knowledge.opened, doubts == 0 ? 1 : 0);
        knowledge.has_it = true;
        if (doubts == 1)
            inf_look_end(knowledge.look, false);
        fixture_read(&f, fd, "{\"acknowledged\":true}");
        assert_int_equal(knowledge.opened, 1);
        close(fd);
        fixture_end(&f);
    }
}

/* A client that leaves meanwhile, or a server that stops. */
static void test_a_second_look_for_nobody(void **state)
{
    (void)state;
    for (int stops = 0; stops < 2; stops++) {
        struct fixture f;
        struct knowledge knowledge = {.doubts = true};
        start_knowing(&f, &knowledge);
        int fd = fixture_send(&f, "GET /known HTTP/1.1\r\nHost: t\r\n\r\n");
        fixture_await(&f, &knowledge.looks, 1);
        if (stops == 0) {
            close(fd);
            fixture_turn(&f);
        }
        inf_server_stop(f.server);
        f.server = NULL;
        inf_look_end(knowledge.look, true);
        if (stops == 1)
            close(fd);
        fixture_end(&f);
        assert_int_equal(knowledge.asked, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view),
        cmocka_unit_test(test_answer_beyond_its_buffer),
        cmocka_unit_test(test_answer_after_gone_is_dropped),
        cmocka_unit_test(test_fail_later),
        cmocka_unit_test(test_a_second_look_at_an_answer),
        cmocka_unit_test(test_a_second_look_before_a_stream),
        cmocka_unit_test(test_a_second_look_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
