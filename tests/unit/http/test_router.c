/* Which row serves a method and a path. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router.h"
#include <string.h>

static enum inf_outcome handler(struct inf_call *call, struct inf_error *err)
{
    (void)call;
    (void)err;
    return INF_LATER;
}

static const struct inf_route routes[] = {
    {.methods = INF_GET, .path = "/", .handler = handler},
    {.methods = INF_GET, .path = "/m", .handler = handler},
    {.methods = INF_GET, .path = "/m/{id}", .handler = handler},
    {.methods = INF_PUT, .path = "/m/{id}", .handler = handler},
    {.methods = INF_GET, .path = "/m/_stats", .handler = handler},
    {.methods = INF_GET, .path = "/m/{id}/_stats", .handler = handler},
    {.methods = INF_POST, .path = "/m/{id}/d/{part}/", .handler = handler},
    {.methods = INF_POST, .path = "/m/{id}/d/_start", .handler = handler},
    {.methods = INF_POST, .path = "/{any}/a/d/_start", .handler = handler},
    {.path = NULL},
};

static struct inf_router *router;

static int set_up(void **state)
{
    (void)state;
    router = inf_router_new(routes, false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    inf_router_free(router);
    return 0;
}

static void goes_to(unsigned method, const char *path, const char *expected)
{
    struct inf_match match;
    inf_router_match(router, method, path, false, &match);
    if (expected == NULL) {
        assert_null(match.route);
        return;
    }
    assert_non_null(match.route);
    assert_string_equal(match.route->path, expected);
    assert_int_equal(match.route->methods, method);
}

static void test_paths(void **state)
{
    (void)state;
    goes_to(INF_GET, "/", "/");
    goes_to(INF_GET, "/m", "/m");
    goes_to(INF_GET, "/m/", "/m");
    goes_to(INF_GET, "/m///", "/m");
    goes_to(INF_GET, "/m/x", "/m/{id}");
    goes_to(INF_GET, "/m/x%2Fy/", "/m/{id}");
    goes_to(INF_GET, "/m/x/_stats", "/m/{id}/_stats");
    goes_to(INF_POST, "/m/x/d/7", "/m/{id}/d/{part}/");
    goes_to(INF_GET, "", NULL);
    goes_to(INF_GET, "m", NULL);
    goes_to(INF_GET, "*", NULL);
    goes_to(INF_GET, "/M", NULL);
    goes_to(INF_GET, "/mm", NULL);
    goes_to(INF_GET, "/%6D", NULL);
    goes_to(INF_GET, "/m//_stats", NULL);
    goes_to(INF_GET, "/m/x/y", NULL);
    goes_to(INF_GET, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14", NULL);
}

static void test_literal_wins_where_it_has_the_method(void **state)
{
    (void)state;
    goes_to(INF_GET, "/m/_stats", "/m/_stats");
    goes_to(INF_PUT, "/m/_stats", "/m/{id}");
    goes_to(INF_POST, "/m/x/d/_start", "/m/{id}/d/_start");
    goes_to(INF_POST, "/m/a/d/_start", "/m/{id}/d/_start");
    goes_to(INF_POST, "/k/a/d/_start", "/{any}/a/d/_start");
}

static void test_values(void **state)
{
    (void)state;
    struct inf_match match;
    inf_router_match(router, INF_POST, "/m/a%2Cb/d/12/", false, &match);
    assert_int_equal(match.count, 2);
    assert_string_equal(match.values[0].name, "id");
    assert_memory_equal(match.values[0].text, "a%2Cb", match.values[0].length);
    assert_int_equal(match.values[0].length, 5);
    assert_string_equal(match.values[1].name, "part");
    assert_int_equal(match.values[1].length, 2);
}

static void test_allowed(void **state)
{
    (void)state;
    struct inf_match match;
    char text[INF_ALLOW_TEXT];
    inf_router_match(router, INF_DELETE, "/m/_stats", false, &match);
    assert_null(match.route);
    inf_methods_print(match.allowed, ", ", text);
    assert_string_equal(text, "GET, PUT");
    inf_router_match(router, INF_DELETE, "/none", false, &match);
    assert_int_equal(match.allowed, 0);
    inf_methods_print(~0U, ",", text);
    assert_string_equal(text, "GET,HEAD,PUT,POST,DELETE,OPTIONS,PATCH,TRACE,CONNECT");
}

static void test_methods(void **state)
{
    (void)state;
    assert_int_equal(inf_method_parse("GET"), INF_GET);
    assert_int_equal(inf_method_parse("DELETE"), INF_DELETE);
    assert_int_equal(inf_method_parse("OPTIONS"), INF_OPTIONS);
    assert_int_equal(inf_method_parse("PATCH"), INF_OTHER_METHOD);
    assert_int_equal(inf_method_parse("get"), 0);
    assert_int_equal(inf_method_parse("BREW"), 0);
    assert_string_equal(inf_method_name(INF_PUT), "PUT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),   cmocka_unit_test(test_literal_wins_where_it_has_the_method),
        cmocka_unit_test(test_values),  cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_methods),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
