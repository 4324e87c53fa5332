/* The strict reader: what it takes, what it refuses and with which words and place. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void accepts(const char *text, const char *written)
{
    struct inf_json json;
    struct inf_error err = {0};
    struct inf_buf out;
    struct inf_jsonw w;
    if (inf_json_parse(text, strlen(text), NULL, &json, &err)) {
        fail_msg("%s: %s", text, err.reason);
    }
    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_jsonw_value(&w, json.root);
    assert_string_equal(out.data, written);
    inf_buf_free(&out);
    inf_json_free(&json);
}

/* Exact reason, and the same words in the cause. */
static void refuses_n(const char *text, size_t length, const char *reason)
{
    struct inf_json json;
    struct inf_error err = {0};
    if (inf_json_parse(text, length, NULL, &json, &err) == 0) {
        fail_msg("accepted: %s", text);
    }
    assert_int_equal(err.code, INF_ERR_X_CONTENT_PARSE);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.cause_code, INF_ERR_JSON_PARSE);
    const char *words = strstr(reason, "] ") + 2;
    assert_memory_equal(err.cause, words, strlen(words));
}

static void refuses(const char *text, const char *reason)
{
    refuses_n(text, strlen(text), reason);
}

static void test_accepts(void **state)
{
    (void)state;
    accepts("null", "null");
    accepts(" \t\r\n{ } \n", "{}");
    accepts("[]", "[]");
    accepts("[true,false,null]", "[true,false,null]");
    accepts("{\"a\":{\"b\":[1,2.5,\"x\"]}}", "{\"a\":{\"b\":[1,2.5,\"x\"]}}");
    accepts("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
    accepts("\"\\u00e4\\uD83D\\uDE00\\uFFFF\"", "\"\xC3\xA4\xF0\x9F\x98\x80\xEF\xBF\xBF\"");
    accepts("\"\xC3\xA4\xF0\x9F\x98\x80\"", "\"\xC3\xA4\xF0\x9F\x98\x80\"");
    accepts("[0,-0,-1,1e2,1E-2,1.25e+1]", "[0,-0.0,-1,100,0.01,12.5]");
    accepts("\"\x7F\"", "\"\x7F\"");
    accepts("{\"A\":1,\"a\":2,\"\":3}", "{\"A\":1,\"a\":2,\"\":3}");
}

/* cJSON alone would turn these into doubles. */
static void test_large_integers(void **state)
{
    (void)state;
    accepts("[9007199254740993,{\"id\":18446744073709551615},1,-9223372036854775808,1e300]",
            "[9007199254740993,{\"id\":18446744073709551615},1,-9223372036854775808,1e300]");
    accepts("9007199254740992", "9007199254740992");
    accepts("[123456789012345678901234567890.5]", "[123456789012345678901234567890.5]");
}

static void test_refuses_syntax(void **state)
{
    (void)state;
    refuses("{f", "[1:2] Unexpected character ('f' (code 102)): was expecting double-quote to "
                  "start field name");
    refuses("{\"a\":1,}", "[1:8] Unexpected character ('}' (code 125)): was expecting "
                          "double-quote to start field name");
    refuses("{\"a\" 1}", "[1:6] Unexpected character ('1' (code 49)): was expecting a colon to "
                         "separate field name and value");
    refuses("{\"a\":1 \"b\"}", "[1:8] Unexpected character ('\"' (code 34)): was expecting comma "
                               "to separate Object entries");
    refuses("[1 2]", "[1:4] Unexpected character ('2' (code 50)): was expecting comma to separate "
                     "Array entries");
    refuses("[1}", "[1:3] Unexpected character ('}' (code 125)): was expecting comma to separate "
                   "Array entries");
    refuses("[1,]", "[1:4] Unexpected character (']' (code 93)): expected a valid value (JSON "
                    "String, Number, Array, Object or token 'null', 'true' or 'false')");
    refuses("nulle", "[1:1] Unrecognized token 'nulle': was expecting (JSON String, Number, "
                     "Array, Object or token 'null', 'true' or 'false')");
    refuses("True", "[1:1] Unrecognized token 'True': was expecting (JSON String, Number, Array, "
                    "Object or token 'null', 'true' or 'false')");
    refuses("{} {}", "[1:4] Unexpected character ('{' (code 123)): expected end-of-input after "
                     "the JSON value");
    refuses("[1]]", "[1:4] Unexpected character (']' (code 93)): expected end-of-input after the "
                    "JSON value");
    refuses("\xEF\xBB\xBF{}", "[1:1] Unexpected character ('\xEF\xBB\xBF'): expected a valid "
                              "value (JSON String, Number, Array, Object or token 'null', 'true' "
                              "or 'false')");
    refuses("{\"a\":1}\f", "[1:8] Illegal character ((CTRL-CHAR, code 12)): expected "
                           "end-of-input after the JSON value");
    refuses_n("{}\0{}", 5,
              "[1:3] Illegal character ((CTRL-CHAR, code 0)): expected end-of-input "
              "after the JSON value");
}

static void test_refuses_unfinished(void **state)
{
    (void)state;
    refuses("{", "[1:2] Unexpected end-of-input: expected close marker for Object (start marker "
                 "at [line: 1, column: 1])");
    refuses("{\n [1", "[2:2] Unexpected character ('[' (code 91)): was expecting double-quote to "
                      "start field name");
    refuses("[\r\n [1", "[2:4] Unexpected end-of-input: expected close marker for Array (start "
                        "marker at [line: 2, column: 2])");
    refuses("{\"a\"", "[1:5] Unexpected end-of-input: was expecting a colon to separate field "
                      "name and value");
    refuses("\"abc", "[1:5] Unexpected end-of-input: was expecting closing quote for a string "
                     "value");
    refuses("\"abc\\", "[1:6] Unexpected end-of-input: Unrecognized character escape");
    refuses("\"\\u12", "[1:6] Unexpected end-of-input: expected a hex-digit for character escape "
                       "sequence");
    refuses("tru", "[1:1] Unrecognized token 'tru': was expecting (JSON String, Number, Array, "
                   "Object or token 'null', 'true' or 'false')");
}

static void test_refuses_numbers(void **state)
{
    (void)state;
    refuses("01", "[1:1] Invalid numeric value: Leading zeroes not allowed");
    refuses("-012", "[1:2] Invalid numeric value: Leading zeroes not allowed");
    refuses("1.", "[1:3] Unexpected end-of-input: Decimal point not followed by a digit");
    refuses("[1.e2]", "[1:4] Unexpected character ('e' (code 101)): Decimal point not followed "
                      "by a digit");
    refuses("1e+", "[1:4] Unexpected end-of-input: Exponent indicator not followed by a digit");
    refuses("-", "[1:2] Unexpected end-of-input: expected digit (0-9) to follow minus sign, for "
                 "valid numeric value");
    refuses("+1", "[1:1] Unexpected character ('+' (code 43)): expected a valid value (JSON "
                  "String, Number, Array, Object or token 'null', 'true' or 'false')");
    refuses("0x10", "[1:2] Unexpected character ('x' (code 120)): expected end-of-input after "
                    "the JSON value");
    refuses("[1e999]", "[1:2] Numeric value (1e999) out of range of double");
    refuses("NaN", "[1:1] Unrecognized token 'NaN': was expecting (JSON String, Number, Array, "
                   "Object or token 'null', 'true' or 'false')");
    char digits[66] = {0};
    memset(digits, '1', 63);
    accepts(digits, digits);
    digits[63] = '1';
    refuses(digits, "[1:1] Number value length (64) exceeds the maximum allowed (63)");
}

static void test_refuses_strings(void **state)
{
    (void)state;
    refuses("\"a\nb\"", "[1:3] Illegal character ((CTRL-CHAR, code 10)): has to be escaped using "
                        "backslash to be included in string value");
    refuses("\"\\x\"", "[1:3] Unexpected character ('x' (code 120)): Unrecognized character "
                       "escape");
    refuses("\"\\u00g0\"", "[1:6] Unexpected character ('g' (code 103)): expected a hex-digit for "
                           "character escape sequence");
    refuses("\"a\\u0000\"", "[1:3] NUL character (\\u0000) is not allowed in a string");
    refuses_n("\"a\0b\"", 5,
              "[1:3] Illegal character ((CTRL-CHAR, code 0)): has to be escaped "
              "using backslash to be included in string value");
    refuses("\"\\ud800\"", "[1:2] Invalid surrogate pair: \\uD800 stands without its other half");
    refuses("\"\\udc00\"", "[1:2] Invalid surrogate pair: \\uDC00 stands without its other half");
    refuses("\"\\ud800\\u0041\"",
            "[1:2] Invalid surrogate pair: \\uD800 stands without its other half");
    refuses("\"\\ud800\\ud800\"",
            "[1:2] Invalid surrogate pair: \\uD800 stands without its other half");
    refuses("\"\xC3\"", "[1:2] Invalid UTF-8 byte 0xc3");
    refuses("\"ab\xC0\x80\"", "[1:4] Invalid UTF-8 byte 0xc0");
    refuses("\"\xED\xA0\x80\"", "[1:2] Invalid UTF-8 byte 0xed");
    refuses("\"\xF4\x90\x80\x80\"", "[1:2] Invalid UTF-8 byte 0xf4");
    refuses("\"\xE2\x82", "[1:2] Invalid UTF-8 byte 0xe2");
    refuses("\xFF", "[1:1] Invalid UTF-8 byte 0xff");
}

static void test_refuses_duplicates(void **state)
{
    (void)state;
    refuses("{\"docs\":1,\"docs\":2}", "[1:11] Duplicate field 'docs'");
    refuses("{\"a\":{},\n\"\\u0061\":2}", "[2:1] Duplicate field 'a'");
    refuses("{\"x\":{\"b\":1,\"c\":2,\"c\":3,\"b\":4}}", "[1:19] Duplicate field 'c'");
    refuses("{\"\":1,\"\":2}", "[1:7] Duplicate field ''");
    refuses("{\"\\n\":1,\"\\u000a\":2}", "[1:9] Duplicate field '\n'");
    accepts("{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]}}", "{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]}}");
}

static void test_blank_is_missing_body(void **state)
{
    (void)state;
    static const char *const blanks[] = {"", " ", "\r\n\t "};
    for (size_t i = 0; i < 3; i++) {
        struct inf_json json;
        struct inf_error err = {0};
        assert_int_equal(inf_json_parse(blanks[i], strlen(blanks[i]), NULL, &json, &err), -1);
        assert_int_equal(err.code, INF_ERR_PARSE);
        assert_string_equal(err.reason, "request body is required");
    }
}

static int parse_nested(size_t depth, const struct inf_json_limits *limits, struct inf_error *err)
{
    char *text = malloc(2 * depth);
    struct inf_json json;
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    int result = inf_json_parse(text, 2 * depth, limits, &json, err);
    if (result == 0) {
        inf_json_free(&json);
    }
    free(text);
    return result;
}

static void test_depth(void **state)
{
    (void)state;
    struct inf_error err = {0};
    assert_int_equal(parse_nested(64, NULL, &err), 0);
    assert_int_equal(parse_nested(65, NULL, &err), -1);
    assert_int_equal(err.code, INF_ERR_X_CONTENT_PARSE);
    assert_string_equal(err.reason,
                        "[1:65] Document nesting depth (65) exceeds the maximum allowed (64)");
    assert_int_equal(parse_nested(3, &(struct inf_json_limits){.max_depth = 2}, &err), -1);
    /* More than the cap is never given, and a text of brackets only costs no stack. */
    assert_int_equal(parse_nested(512, &(struct inf_json_limits){.max_depth = 9999}, &err), 0);
    assert_int_equal(parse_nested(1000000, &(struct inf_json_limits){.max_depth = 9999}, &err), -1);
    assert_non_null(strstr(err.reason, "maximum allowed (512)"));
}

static void test_value_limit(void **state)
{
    (void)state;
    struct inf_json_limits limits = {.max_values = 4};
    struct inf_json json;
    struct inf_error err = {0};
    assert_int_equal(inf_json_parse("[1,2,{}]", 8, &limits, &json, &err), 0);
    inf_json_free(&json);
    assert_int_equal(inf_json_parse("[1,2,3,4]", 9, &limits, &json, &err), -1);
    assert_string_equal(err.reason, "[1:8] Document has more than the maximum allowed 4 values");
}

/* A quadratic search for duplicates would take this test past its time limit. */
static void test_many_keys(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    struct inf_buf text;
    struct inf_json json;
    struct inf_error err = {0};
    inf_buf_init(&text, 16 << 20);
    inf_buf_puts(&text, "{");
    for (int i = 0; i < COUNT; i++) {
        inf_buf_printf(&text, "\"k%d\":%d,", i * 7919 % COUNT, i);
    }
    size_t length = text.length;
    inf_buf_puts(&text, "\"last\":0}");
    assert_int_equal(inf_json_parse(text.data, text.length, NULL, &json, &err), 0);
    assert_int_equal(inf_json_size(json.root), COUNT + 1);
    inf_json_free(&json);
    text.length = length;
    inf_buf_puts(&text, "\"k\\u0031\":0}");
    assert_int_equal(inf_json_parse(text.data, text.length, NULL, &json, &err), -1);
    assert_non_null(strstr(err.reason, "Duplicate field 'k1'"));
    inf_buf_free(&text);
}

/* Cutting a text anywhere never reads past its end (the sanitizers watch) and never succeeds. */
static void test_every_prefix_fails(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\\u00e4\\ud83d\\ude00\":[1.5e+3,-2,\"\xF0\x9F\x98\x80\",true,null,{\"b\":{}}]}";
    for (size_t length = 1; length < sizeof text - 1; length++) {
        struct inf_json json;
        struct inf_error err = {0};
        char *exact = malloc(length);
        memcpy(exact, text, length);
        assert_int_equal(inf_json_parse(exact, length, NULL, &json, &err), -1);
        assert_int_equal(err.code, INF_ERR_X_CONTENT_PARSE);
        free(exact);
    }
}

/* Random changes of a valid text: whatever the checker accepts, cJSON must accept too. */
static void test_mutations(void **state)
{
    (void)state;
    static const char seed[] = "{\"a\":[1,-2.5e3,\"x\\n\\u0041\"],\"b\":{\"c\":null,\"d\":true}}";
    static const char alphabet[] = "{}[]\",:\\u0123eE+-. tfn\xC3\xA4\x01";
    uint32_t random = 12345;
    int accepted = 0;
    for (int round = 0; round < 50000; round++) {
        char text[sizeof seed];
        struct inf_json json;
        struct inf_error err = {0};
        memcpy(text, seed, sizeof seed);
        for (int change = 0; change < 2; change++) {
            random = random * 1664525 + 1013904223;
            text[(random >> 8) % (sizeof seed - 1)] = alphabet[(random >> 20) % sizeof alphabet];
        }
        if (inf_json_parse(text, sizeof seed - 1, NULL, &json, &err) == 0) {
            accepted++;
            inf_json_free(&json);
        } else if (err.code == INF_ERR_UNAVAILABLE) {
            fail_msg("checked but not parsed: %s", text);
        }
    }
    assert_true(accepted > 1000);
}

static void test_free_is_forgiving(void **state)
{
    (void)state;
    struct inf_json json = {0};
    inf_json_free(NULL);
    inf_json_free(&json);
    inf_json_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_large_integers),
        cmocka_unit_test(test_refuses_syntax),
        cmocka_unit_test(test_refuses_unfinished),
        cmocka_unit_test(test_refuses_numbers),
        cmocka_unit_test(test_refuses_strings),
        cmocka_unit_test(test_refuses_duplicates),
        cmocka_unit_test(test_blank_is_missing_body),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_value_limit),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_every_prefix_fails),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_free_is_forgiving),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
