/* Places of keys for error texts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json.h"
#include <stdio.h>
#include <string.h>

static const char text[] = "{\n"
                           "  \"docs\": [ {\"x\": \"} \\\" {\"}, 5, {\"text_field\": [[]]} ],\n"
                           "  \"a.b\": {\"c\": 1},\n"
                           "  \"a\": {\"x\": {\"c\": 2}, \"\\u0063\": -1.5e3,\n"
                           "        \"d\": null}, \"c\": 3, \"docs2\": {}\n"
                           "}";

static struct inf_json json;

static int parse(void **state)
{
    struct inf_error err;
    (void)state;
    return inf_json_parse(text, strlen(text), NULL, &json, &err);
}

static int release(void **state)
{
    (void)state;
    inf_json_free(&json);
    return 0;
}

static void stands_at(const char *path, int line, int column)
{
    int seen_line = 0, seen_column = 0;
    inf_json_locate(&json, path, &seen_line, &seen_column);
    if (seen_line != line || seen_column != column) {
        fail_msg("%s: %d:%d", path, seen_line, seen_column);
    }
}

static void test_found(void **state)
{
    (void)state;
    stands_at("docs", 2, 3);
    stands_at("docs.x", 2, 14);
    stands_at("docs.text_field", 2, 34);
    stands_at("a.b", 3, 3);
    stands_at("a.b.c", 3, 11);
    stands_at("a", 4, 3);
    stands_at("a.x.c", 4, 15);
    stands_at("a.c", 4, 24);
    stands_at("a.d", 5, 9);
    stands_at("c", 5, 21);
    stands_at("docs2", 5, 29);
}

static void test_not_found(void **state)
{
    (void)state;
    stands_at("nothing", 1, 1);
    stands_at("doc", 1, 1);
    stands_at("docs.", 1, 1);
    stands_at("a.x.d", 1, 1);
    stands_at("x", 1, 1);
    stands_at("c.c", 1, 1);
    struct inf_json none = {0};
    int line, column;
    inf_json_locate(&none, "a", &line, &column);
    assert_int_equal(line, 1);
    assert_int_equal(column, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_not_found),
    };
    return cmocka_run_group_tests(tests, parse, release);
}
