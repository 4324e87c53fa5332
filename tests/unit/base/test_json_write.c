/* The writer: structure, escapes, sticky failure; what it writes the reader takes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct inf_buf out;
static struct inf_jsonw w;

static void start(size_t max)
{
    inf_buf_free(&out);
    inf_buf_init(&out, max);
    inf_jsonw_init(&w, &out);
}

static int release(void **state)
{
    (void)state;
    inf_buf_free(&out);
    return 0;
}

static void test_structure(void **state)
{
    (void)state;
    start(4096);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "s", "x");
    inf_jsonw_kv_int(&w, "i", INT64_MIN);
    inf_jsonw_kv_bool(&w, "b", true);
    inf_jsonw_kv_double(&w, "d", 0.5);
    inf_jsonw_key(&w, "a");
    inf_jsonw_begin_array(&w);
    inf_jsonw_begin_array(&w);
    inf_jsonw_end_array(&w);
    inf_jsonw_int(&w, 1);
    inf_jsonw_begin_object(&w);
    inf_jsonw_end_object(&w);
    inf_jsonw_null(&w);
    inf_jsonw_bool(&w, false);
    inf_jsonw_float(&w, 0.1F);
    inf_jsonw_double(&w, NAN);
    inf_jsonw_end_array(&w);
    inf_jsonw_key(&w, "r");
    inf_jsonw_raw(&w, "{\"k\":[]}", 8);
    inf_jsonw_kv_int(&w, "last", 2);
    inf_jsonw_end_object(&w);
    assert_string_equal(out.data, "{\"s\":\"x\",\"i\":-9223372036854775808,\"b\":true,\"d\":0.5,"
                                  "\"a\":[[],1,{},null,false,0.1,null],\"r\":{\"k\":[]},"
                                  "\"last\":2}");
}

static void writes(const char *text, const char *expected)
{
    start(4096);
    inf_jsonw_string(&w, text);
    assert_string_equal(out.data, expected);
}

static void test_strings(void **state)
{
    (void)state;
    writes("", "\"\"");
    writes("a/b", "\"a/b\"");
    writes("\"\\\b\f\n\r\t", "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    writes("\x01\x1F\x7F", "\"\\u0001\\u001f\x7F\"");
    writes("\xC3\xA4\xF0\x9F\x98\x80", "\"\xC3\xA4\xF0\x9F\x98\x80\"");
    writes("a\xFFz\xC3", "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"");
    start(100);
    inf_jsonw_string_n(&w, "a\0b", 3);
    assert_string_equal(out.data, "\"a\\u0000b\"");
}

/* Every byte in every place: the output is always a JSON string that reads back. */
static void test_all_bytes(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        char text[] = {'a', (char)byte, 'b', '\0'};
        struct inf_json json;
        struct inf_error err;
        start(100);
        inf_jsonw_string(&w, text);
        assert_int_equal(inf_json_parse(out.data, out.length, NULL, &json, &err), 0);
        assert_string_equal(inf_json_string(json.root), byte < 0x80 ? text
                                                                    : "a\xEF\xBF\xBD"
                                                                      "b");
        inf_json_free(&json);
    }
}

static void test_value_again(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,-2,2.5,1.0E-7,9007199254740993,true,false,null,\"\\n\"],"
                               "\"b\":{\"c\":{}},\"\\\"\":[]}";
    struct inf_json json;
    struct inf_error err;
    assert_int_equal(inf_json_parse(text, strlen(text), NULL, &json, &err), 0);
    start(4096);
    inf_jsonw_begin_array(&w);
    inf_jsonw_value(&w, json.root);
    inf_jsonw_value(&w, NULL);
    inf_jsonw_end_array(&w);
    assert_memory_equal(out.data + 1, text, strlen(text));
    assert_string_equal(out.data + 1 + strlen(text), ",null]");
    inf_json_free(&json);
}

static void test_full_buffer(void **state)
{
    (void)state;
    start(10);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "key", "a long value");
    inf_jsonw_end_object(&w);
    assert_true(out.failed);
    assert_true(out.length <= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure),   cmocka_unit_test(test_strings),
        cmocka_unit_test(test_all_bytes),   cmocka_unit_test(test_value_again),
        cmocka_unit_test(test_full_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
