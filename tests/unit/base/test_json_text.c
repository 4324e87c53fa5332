/* Positions, escapes and skipping in a JSON text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_text.h"
#include <stdio.h>
#include <string.h>

static void stands_at(const char *text, size_t offset, int line, int column)
{
    int seen_line, seen_column;
    inf_json_position(text, offset, &seen_line, &seen_column);
    assert_int_equal(seen_line, line);
    assert_int_equal(seen_column, column);
}

static void test_position(void **state)
{
    (void)state;
    static const char text[] = "ab\ncd\r\nef\rg";
    stands_at(text, 0, 1, 1);
    stands_at(text, 2, 1, 3);
    stands_at(text, 3, 2, 1);
    stands_at(text, 6, 2, 4);
    stands_at(text, 7, 3, 1);
    stands_at(text, 10, 4, 1);
    stands_at(text, 11, 4, 2);
    stands_at("\xC3\xA4x", 2, 1, 3); /* columns count bytes */
}

static void decodes(const char *raw, const char *expected)
{
    char text[64];
    size_t length = inf_json_unescape(raw, strlen(raw), text);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
}

static void test_unescape(void **state)
{
    (void)state;
    decodes("", "");
    decodes("plain", "plain");
    decodes("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t");
    decodes("\\u0041\\u00e4\\u20AC\\uD83D\\uDE00!", "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80!");
    decodes("\\u007f\\u0080\\u07ff\\u0800\\uffff", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
    decodes("\\udbff\\udfff", "\xF4\x8F\xBF\xBF");
}

static void test_skip_string(void **state)
{
    (void)state;
    assert_int_equal(inf_json_skip_string("\"\",", 0), 2);
    assert_int_equal(inf_json_skip_string("x\"a\\\"b\\\\\"y", 1), 9);
}

static void test_skip_blanks(void **state)
{
    (void)state;
    assert_int_equal(inf_json_skip_blanks(" \t\r\n x", 0), 5);
    assert_int_equal(inf_json_skip_blanks("x  ", 1), 3);
    assert_int_equal(inf_json_skip_blanks("\f", 0), 0);
}

static void test_hex4(void **state)
{
    (void)state;
    assert_int_equal(inf_json_hex4("0000"), 0);
    assert_int_equal(inf_json_hex4("09aF"), 0x9AF);
    assert_int_equal(inf_json_hex4("FfFf"), 0xFFFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_position),    cmocka_unit_test(test_unescape),
        cmocka_unit_test(test_skip_string), cmocka_unit_test(test_skip_blanks),
        cmocka_unit_test(test_hex4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
