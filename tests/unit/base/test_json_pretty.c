/* The layout of ?pretty. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json.h"
#include <stdlib.h>
#include <string.h>

static void becomes(const char *json, const char *expected)
{
    struct inf_buf out;
    inf_buf_init(&out, 4096);
    assert_int_equal(inf_json_pretty(json, strlen(json), &out), 0);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void test_layout(void **state)
{
    (void)state;
    becomes("{}", "{ }\n");
    becomes("[ ]", "[ ]\n");
    becomes("1", "1\n");
    becomes("{\"a\":1}", "{\n  \"a\" : 1\n}\n");
    becomes("{\"a\":[1,{\"b\":[]}],\"c\":{}}", "{\n"
                                               "  \"a\" : [\n"
                                               "    1,\n"
                                               "    {\n"
                                               "      \"b\" : [ ]\n"
                                               "    }\n"
                                               "  ],\n"
                                               "  \"c\" : { }\n"
                                               "}\n");
    becomes(" { \"a\" :\n [ true , null ] } ", "{\n  \"a\" : [\n    true,\n    null\n  ]\n}\n");
}

static void test_strings_are_left_alone(void **state)
{
    (void)state;
    becomes("[\"{,:}[ ]\",\"\\\"\",\"a\\\\\"]", "[\n  \"{,:}[ ]\",\n  \"\\\"\",\n  \"a\\\\\"\n]\n");
}

static void test_appends(void **state)
{
    (void)state;
    struct inf_buf out;
    inf_buf_init(&out, 100);
    inf_buf_puts(&out, "x");
    assert_int_equal(inf_json_pretty("{}", 2, &out), 0);
    assert_string_equal(out.data, "x{ }\n");
    inf_buf_free(&out);
}

static void test_full(void **state)
{
    (void)state;
    struct inf_buf out;
    inf_buf_init(&out, 8);
    assert_int_equal(inf_json_pretty("[1,2,3]", 7, &out), -1);
    inf_buf_free(&out);
}

/* Not promised to be sensible, but never read past the end (the sanitizers watch). */
static void test_every_prefix_is_harmless(void **state)
{
    (void)state;
    static const char json[] = "{\"a\\\"\":[1,{\"b\":\"\\\\\"}],\"c\":{}}";
    for (size_t length = 0; length < sizeof json - 1; length++) {
        struct inf_buf out;
        char *exact = malloc(length ? length : 1);
        memcpy(exact, json, length);
        inf_buf_init(&out, 4096);
        assert_int_equal(inf_json_pretty(exact, length, &out), 0);
        inf_buf_free(&out);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_strings_are_left_alone),
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_every_prefix_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
