/* Parameters of every type and place, and what is said of wrong ones. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "params.h"
#include <string.h>

enum { ANYWHERE = INF_IN_QUERY | INF_IN_BODY };

static const struct inf_check positive[] = {
    {.min = 1, .max = INT64_MAX, .order = 7, .text = "must be positive"}, {.text = NULL}};
static const struct inf_check power[] = {
    {.min = 1, .max = 32, .power_of_two = true, .order = 3, .text = "must be a power"},
    {.text = NULL}};
static const struct inf_param rows[] = {
    {.name = "id", .type = INF_P_STRING, .in = INF_IN_PATH | INF_IN_BODY},
    {.name = "count", .type = INF_P_INT, .in = ANYWHERE, .dflt = "1", .checks = positive},
    {.name = "threads", .type = INF_P_INT, .in = ANYWHERE, .checks = power},
    {.name = "timeout", .type = INF_P_TIME, .in = ANYWHERE, .dflt = "30s", .checks = positive},
    {.name = "size", .type = INF_P_BYTES, .in = ANYWHERE},
    {.name = "wait_for",
     .type = INF_P_ENUM,
     .in = ANYWHERE,
     .choices = "started|starting",
     .enum_class = "a.State"},
    {.name = "force", .type = INF_P_BOOL, .in = ANYWHERE},
    {.name = "docs", .type = INF_P_ANY, .in = INF_IN_BODY, .required = true},
    {.name = "tags", .type = INF_P_STRINGS, .in = INF_IN_BODY},
    {.name = "map", .type = INF_P_OBJECT, .in = INF_IN_BODY},
    {.name = "ids", .type = INF_P_LIST, .in = INF_IN_QUERY},
    {.name = NULL},
};
static const struct inf_route route = {
    .methods = INF_POST, .path = "/m/{id}", .params = rows, .parser = "p"};
static const struct inf_route replaced = {.methods = INF_POST,
                                          .path = "/m/{id}",
                                          .params = rows,
                                          .parser = "p",
                                          .body_replaces_query = true};

struct fixture {
    struct inf_arena arena;
    struct inf_params params;
    struct inf_json json;
    struct inf_error err;
};

static void finish(struct fixture *fixture)
{
    inf_json_free(&fixture->json);
    inf_arena_free(&fixture->arena);
}

/* Reads path, body (NULL: none) and query as a request does; 0 or -1 with fixture->err. */
static int read_all(struct fixture *fixture, const struct inf_route *row, const char *body,
                    const char *query)
{
    struct inf_match match = {.route = row, .count = 1, .values = {{"id", "m%2F1", 5}}};
    struct inf_query pairs;
    memset(fixture, 0, sizeof *fixture);
    struct inf_params *params = &fixture->params;
    if (inf_query_parse(&fixture->arena, query, &pairs, &fixture->err) != 0 ||
        inf_params_begin(params, row, &fixture->arena, &match, &fixture->err) != 0)
        return -1;
    if (body != NULL) {
        assert_int_equal(inf_json_parse(body, strlen(body), NULL, &fixture->json, &fixture->err),
                         0);
        if (inf_params_body(params, &fixture->json, &fixture->err) != 0)
            return -1;
    }
    return inf_params_query(params, &pairs, "/m/m%2F1", body != NULL, &fixture->err);
}

static void test_defaults_and_path(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(read_all(&f, &route, NULL, NULL), 0);
    assert_string_equal(inf_params_get(&f.params, "id")->text, "m/1");
    assert_int_equal(inf_params_get(&f.params, "id")->given, INF_IN_PATH);
    assert_int_equal(inf_params_get(&f.params, "count")->number, 1);
    assert_int_equal(inf_params_get(&f.params, "count")->given, 0);
    assert_int_equal(inf_params_get(&f.params, "timeout")->number, 30000);
    assert_null(inf_params_get(&f.params, "size")->text);
    assert_null(inf_params_get(&f.params, "wait_for")->text);
    finish(&f);
}

static void test_query_overrides_body(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(
        read_all(&f, &route,
                 "{\"count\":\"5\",\"timeout\":\"2s\",\"size\":\"1kb\",\"force\":true,"
                 "\"wait_for\":\"STARTING\",\"id\":\"other\",\"tags\":\"t\",\"map\":null}",
                 "count=6&id=query&force=false&ids=a%2Cb,c"),
        0);
    assert_int_equal(inf_params_get(&f.params, "count")->number, 6);
    assert_int_equal(inf_params_get(&f.params, "count")->given, INF_IN_QUERY);
    assert_int_equal(inf_params_get(&f.params, "timeout")->number, 2000);
    assert_int_equal(inf_params_get(&f.params, "timeout")->given, INF_IN_BODY);
    assert_int_equal(inf_params_get(&f.params, "size")->number, 1024);
    assert_int_equal(inf_params_get(&f.params, "force")->number, 0);
    assert_string_equal(inf_params_get(&f.params, "wait_for")->text, "starting");
    assert_string_equal(inf_params_get(&f.params, "id")->text, "m/1");
    assert_string_equal(inf_json_string(inf_params_get(&f.params, "id")->json), "other");
    assert_true(inf_json_is_null(inf_params_get(&f.params, "map")->json));
    assert_string_equal(inf_params_get(&f.params, "ids")->text, "a,b,c");
    finish(&f);
}

static void refused(const struct inf_route *row, const char *body, const char *query,
                    enum inf_err_code code, const char *reason, const char *cause)
{
    struct fixture f;
    assert_int_equal(read_all(&f, row, body, query), -1);
    assert_string_equal(f.err.reason, reason);
    assert_int_equal(f.err.code, code);
    if (cause != NULL)
        assert_string_equal(f.err.cause, cause);
    finish(&f);
}

static void test_wrong_query(void **state)
{
    (void)state;
    refused(&route, NULL, "count=4.5", INF_ERR_ILLEGAL_ARGUMENT,
            "Failed to parse int parameter [count] with value [4.5]", "For input string: \"4.5\"");
    refused(&route, NULL, "count=2147483648", INF_ERR_ILLEGAL_ARGUMENT,
            "Failed to parse int parameter [count] with value [2147483648]",
            "For input string: \"2147483648\"");
    refused(&route, NULL, "force=True", INF_ERR_ILLEGAL_ARGUMENT,
            "Failed to parse value [True] as only [true] or [false] are allowed.", "");
    refused(&route, NULL, "wait_for=start", INF_ERR_ILLEGAL_ARGUMENT,
            "No enum constant a.State.START", "");
    refused(&route, NULL, "wait_for=", INF_ERR_ILLEGAL_ARGUMENT, "No enum constant a.State.", "");
    refused(&route, NULL, "timeout=1.5s", INF_ERR_ILLEGAL_ARGUMENT,
            "failed to parse [1.5s], fractional time values are not supported", NULL);
    refused(&route, NULL, "size=5", INF_ERR_PARSE,
            "failed to parse setting [size] with value [5] as a size in bytes: unit is missing or "
            "unrecognized",
            NULL);
}

static void test_unrecognized(void **state)
{
    (void)state;
    refused(&route, NULL, "zz=1", INF_ERR_ILLEGAL_ARGUMENT,
            "request [/m/m%2F1] contains unrecognized parameter: [zz]", "");
    refused(&route, NULL, "timeot=1", INF_ERR_ILLEGAL_ARGUMENT,
            "request [/m/m%2F1] contains unrecognized parameter: [timeot] -> did you mean "
            "[timeout]?",
            "");
    refused(&route, NULL, "zz=1&idx=2&zz=3", INF_ERR_ILLEGAL_ARGUMENT,
            "request [/m/m%2F1] contains unrecognized parameters: [idx] -> did you mean any of "
            "[id, ids]?, [zz]",
            "");
    refused(&route, NULL, "source={}", INF_ERR_ILLEGAL_ARGUMENT,
            "request [/m/m%2F1] contains unrecognized parameter: [source] -> did you mean "
            "[force]?",
            "");
    refused(&route, NULL, "docs=1", INF_ERR_ILLEGAL_ARGUMENT,
            "request [/m/m%2F1] contains unrecognized parameter: [docs]", "");
}

static void test_body_replaces_query(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(read_all(&f, &replaced, NULL, "count=2"), 0);
    assert_int_equal(inf_params_get(&f.params, "count")->number, 2);
    finish(&f);
    assert_int_equal(read_all(&f, &replaced, "{\"count\":3}", "pretty&id=x"), 0);
    assert_int_equal(inf_params_get(&f.params, "count")->number, 3);
    finish(&f);
    refused(&replaced, "{}", "count=2", INF_ERR_ILLEGAL_ARGUMENT,
            "request [/m/m%2F1] contains unrecognized parameter: [count]", "");
}

static void test_wrong_body(void **state)
{
    (void)state;
    refused(&route, "[]", NULL, INF_ERR_X_CONTENT_PARSE,
            "[1:1] [p] Expected START_OBJECT but was: START_ARRAY", "");
    refused(&route, "{\"a\\u0301\":1}", NULL, INF_ERR_X_CONTENT_PARSE,
            "[1:2] [p] unknown field [a\xcc\x81]", "");
    refused(&route, "{\"force\":1}", NULL, INF_ERR_X_CONTENT_PARSE,
            "[1:2] [p] force doesn't support values of type: VALUE_NUMBER", "");
    refused(&route, "{\n \"cuont\":1}", NULL, INF_ERR_X_CONTENT_PARSE,
            "[2:2] [p] unknown field [cuont] did you mean [count]?", "");
    refused(&route, "{\"count\":null}", NULL, INF_ERR_X_CONTENT_PARSE,
            "[1:2] [p] count doesn't support values of type: VALUE_NULL", "");
    refused(&route, "{\"count\":4.5}", NULL, INF_ERR_X_CONTENT_PARSE,
            "[1:2] [p] failed to parse field [count]",
            "4.5 cannot be converted to Integer without data loss");
    refused(&route, "{\"wait_for\":\"x\"}", NULL, INF_ERR_X_CONTENT_PARSE,
            "[1:2] [p] failed to parse field [wait_for]", "No enum constant a.State.X");
    refused(&route, "{\"force\":\"\"}", NULL, INF_ERR_X_CONTENT_PARSE,
            "[1:2] [p] failed to parse field [force]",
            "Failed to parse value [] as only [true] or [false] are allowed.");
    refused(&route, "{\"tags\":[\"a\",{}]}", NULL, INF_ERR_X_CONTENT_PARSE,
            "[1:2] [p] failed to parse field [tags]", "Can't get text on a START_OBJECT");
    refused(&route, "{\"ids\":\"a\"}", NULL, INF_ERR_X_CONTENT_PARSE,
            "[1:2] [p] unknown field [ids] did you mean [id]?", "");
}

static void test_complaints(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(read_all(&f, &route, "{\"docs\":1,\"count\":1,\"threads\":32}", NULL), 0);
    struct inf_validation validation = {.arena = &f.arena};
    inf_params_check(&f.params, &validation);
    assert_int_equal(inf_validation_end(&validation, &f.err), 0);
    finish(&f);
    assert_int_equal(read_all(&f, &route, NULL, "count=0&threads=3&timeout=0"), 0);
    validation = (struct inf_validation){.arena = &f.arena};
    inf_validation_add(&validation, 5, "in the %s", "middle");
    inf_params_check(&f.params, &validation);
    assert_int_equal(inf_validation_end(&validation, &f.err), -1);
    assert_int_equal(f.err.code, INF_ERR_VALIDATION);
    assert_string_equal(f.err.reason,
                        "Validation Failed: 1: [docs] must not be null.;2: [threads] must be a "
                        "power;3: in the middle;4: [count] must be positive;5: [timeout] must be "
                        "positive;");
    finish(&f);
}

static void test_common(void **state)
{
    (void)state;
    struct inf_arena arena = {0};
    struct inf_error err;
    struct inf_query query;
    struct inf_common common;
    inf_query_parse(&arena, "pretty&human=false&filter_path=a&format=json&error_trace=true&x=y",
                    &query, &err);
    assert_int_equal(inf_common_read(&query, &common, &err), 0);
    assert_true(common.pretty);
    assert_false(common.human);
    assert_string_equal(common.filter_path, "a");
    assert_string_equal(common.format, "json");
    assert_null(common.source);
    inf_query_parse(&arena, "error_trace=1", &query, &err);
    assert_int_equal(inf_common_read(&query, &common, &err), -1);
    inf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_and_path),   cmocka_unit_test(test_query_overrides_body),
        cmocka_unit_test(test_wrong_query),         cmocka_unit_test(test_unrecognized),
        cmocka_unit_test(test_body_replaces_query), cmocka_unit_test(test_wrong_body),
        cmocka_unit_test(test_complaints),          cmocka_unit_test(test_common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
