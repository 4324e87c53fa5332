/* The part reader: any order of members, any cut of the bytes, every kind of bad body. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/buf.h"
#include "part_reader.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int collect(void *arg, const void *data, size_t length, struct inf_error *err)
{
    (void)err;
    return inf_buf_append(arg, data, length);
}

/* Reads body in pieces of the sizes that next_size gives; out has the decoded bytes. */
static int read_body(const char *body, size_t length, size_t (*next_size)(void),
                     struct inf_buf *out, struct inf_part_fields *fields, struct inf_error *err)
{
    struct inf_part_reader *reader = inf_part_reader_new(collect, out);
    int rc = 0;

    inf_buf_init(out, 1 << 20);
    for (size_t i = 0; i < length && rc == 0;) {
        size_t size = next_size();
        char *piece;

        size = size < length - i ? size : length - i;
        piece = malloc(size); /* its own allocation, so that a sanitizer sees any step beyond it */
        assert_non_null(piece);
        memcpy(piece, body + i, size);
        rc = inf_part_reader_feed(reader, piece, size, err);
        free(piece);
        i += size;
    }
    if (rc == 0)
        rc = inf_part_reader_end(reader, fields, err);
    inf_part_reader_free(reader);
    return rc;
}

static size_t whole(void)
{
    return SIZE_MAX;
}

static size_t single(void)
{
    return 1;
}

static size_t some(void)
{
    return (size_t)(rand() % 7 + 1);
}

static size_t (*const sizes[])(void) = {whole, single, some};

static void expect_bytes(const char *body, const char *want, int64_t total_length, int64_t parts)
{
    for (size_t i = 0; i < 3; i++) {
        struct inf_part_fields fields;
        struct inf_error err;
        struct inf_buf out;

        assert_int_equal(read_body(body, strlen(body), sizes[i], &out, &fields, &err), 0);
        assert_int_equal(out.length, strlen(want));
        assert_memory_equal(out.data != NULL ? out.data : "", want, out.length);
        assert_int_equal(fields.total_definition_length, total_length);
        assert_int_equal(fields.total_parts, parts);
        inf_buf_free(&out);
    }
}

static void test_good_bodies(void **state)
{
    (void)state;
    expect_bytes("{\"definition\":\"Zm9v\",\"total_definition_length\":3,\"total_parts\":1}", "foo",
                 3, 1);
    expect_bytes("{\"total_parts\":2,\"definition\":\"Zm9vYg==\",\"total_definition_length\":70}",
                 "foob", 70, 2);
    expect_bytes(" \r\n\t{ \"total_parts\" : 2 ,\n \"total_definition_length\" : 7 , "
                 "\"definition\" : \"\" } \n",
                 "", 7, 2);
    expect_bytes(
        "{\"definition\":\"Zm9\\/\",\"total_parts\":\"3\",\"total_definition_length\":3.0}",
        "fo\x7f", 3, 3);
    expect_bytes("{\"definition\":\"\\u002b\\u002Bab\"}", "\xfb\xe6\x9b", 0, 0);
    expect_bytes("{\"definition\":\"Z\\u0067\\u003d=\"}", "f", 0, 0);
    expect_bytes("{\"d\\u0065finition\":\"Zg==\"}", "f", 0, 0);
    expect_bytes("{\"definition\":\"Zg==\",\"total_definition_length\":9007199254740993}", "f",
                 INT64_C(9007199254740993), 0);
}

/* The body is refused with this code and reason, however it is cut. */
static void refuse(const char *body, enum inf_err_code code, const char *reason)
{
    for (size_t i = 0; i < 3; i++) {
        struct inf_part_fields fields;
        struct inf_error err;
        struct inf_buf out;

        assert_int_equal(read_body(body, strlen(body), sizes[i], &out, &fields, &err), -1);
        assert_string_equal(err.reason, reason);
        assert_int_equal(err.code, code);
        inf_buf_free(&out);
    }
}

#define P "[put_trained_model_part_action] "

static void test_missing(void **state)
{
    (void)state;
    refuse("", INF_ERR_PARSE, "request body is required");
    refuse(" \n ", INF_ERR_PARSE, "request body is required");
    refuse("{}", INF_ERR_ILLEGAL_ARGUMENT, "[definition] must not be null.");
    refuse("{\"total_parts\":1}", INF_ERR_ILLEGAL_ARGUMENT, "[definition] must not be null.");
}

static void test_members(void **state)
{
    (void)state;
    refuse("{\"foo\":1}", INF_ERR_X_CONTENT_PARSE, "[1:2] " P "unknown field [foo]");
    refuse("{\"total_parts\":1,\n \"x\":1}", INF_ERR_X_CONTENT_PARSE,
           "[2:2] " P "unknown field [x]");
    refuse("{\"definition\":\"\",\"definition\":\"\"}", INF_ERR_X_CONTENT_PARSE,
           "[1:18] Duplicate field 'definition'");
    refuse("{\"total_parts\":1,\"total_parts\":1}", INF_ERR_X_CONTENT_PARSE,
           "[1:18] Duplicate field 'total_parts'");
    refuse("{\"definition\":1}", INF_ERR_X_CONTENT_PARSE,
           "[1:2] " P "definition doesn't support values of type: VALUE_NUMBER");
    refuse("{\"definition\":null}", INF_ERR_X_CONTENT_PARSE,
           "[1:2] " P "definition doesn't support values of type: VALUE_NULL");
    refuse("{\"definition\":[\"Zg==\"]}", INF_ERR_X_CONTENT_PARSE,
           "[1:2] " P "definition doesn't support values of type: START_ARRAY");
    refuse("{\"total_parts\":{}}", INF_ERR_X_CONTENT_PARSE,
           "[1:2] " P "total_parts doesn't support values of type: START_OBJECT");
    refuse("{\"total_parts\":true}", INF_ERR_X_CONTENT_PARSE,
           "[1:2] " P "total_parts doesn't support values of type: VALUE_BOOLEAN");
    refuse("{\"total_parts\":1.5}", INF_ERR_X_CONTENT_PARSE,
           "[1:2] " P "failed to parse field [total_parts]");
    refuse("{\"total_parts\":\"x\"}", INF_ERR_X_CONTENT_PARSE,
           "[1:2] " P "failed to parse field [total_parts]");
    refuse("{\"total_parts\":1e300}", INF_ERR_X_CONTENT_PARSE,
           "[1:2] " P "failed to parse field [total_parts]");
}

static void test_base64(void **state)
{
    static const char *const bad[] = {
        "A",    "AA",          "AAA",        "A===",       "AA=A",    "Zg==Zg==", "Zm9v\\n", "Zm*v",
        "Zm 9", "Zm\xc3\xa9v", "\\u00e9AAA", "\\u0000AAA", "\\\"AAA", "\\\\AAA",  "Zh=="};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char body[128];

        snprintf(body, sizeof body, "{\"definition\":\"%s\"}", bad[i]);
        refuse(body, INF_ERR_X_CONTENT_PARSE, "[1:2] " P "failed to parse field [definition]");
    }
}

/* The code is what matters here; the place and the words are looked at in a few. */
static void test_syntax(void **state)
{
    static const char *const bad[] = {
        "{",
        "{\"definition\"",
        "{\"definition\":",
        "{\"definition\":\"Zg==",
        "{\"definition\":\"Zg==\"",
        "{\"definition\":\"Zg==\",",
        "{\"definition\":\"Zg==\",}",
        "{,}",
        "[]",
        "\"a\"",
        "1",
        "{1:2}",
        "{'definition':1}",
        "{\"definition\" \"Zg==\"}",
        "{\"definition\":\"Zg==\" \"total_parts\":1}",
        "{\"definition\":\"Zg==\"}}",
        "{\"definition\":\"Zg==\"} x",
        "{\"definition\":\"Zg==\"}{}",
        "{\"definition\":Zg}",
        "{\"total_parts\":01}",
        "{\"total_parts\":1.}",
        "{\"total_parts\":-}",
        "{\"total_parts\":+1}",
        "{\"total_parts\":tru}",
        "{\"total_parts\":1 2}",
        "{\"total_parts\":\"1}",
        "{\"definition\":\"\\q\"}",
        "{\"definition\":\"\\u00g0\"}",
        "{\"a\nb\":1}",
        "{\"\xff\":1}",
        "{\"\\ud800\":1}",
        "\xef\xbb\xbf{}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (size_t k = 0; k < 3; k++) {
            struct inf_part_fields fields;
            struct inf_error err;
            struct inf_buf out;

            assert_int_equal(read_body(bad[i], strlen(bad[i]), sizes[k], &out, &fields, &err), -1);
            assert_int_equal(err.code, INF_ERR_X_CONTENT_PARSE);
            assert_int_equal(err.cause_code, INF_ERR_JSON_PARSE);
            inf_buf_free(&out);
        }
    refuse(
        "{\"definition\":\"Zg==\"}\n x", INF_ERR_X_CONTENT_PARSE,
        "[2:2] Unexpected character ('x' (code 120)): was expecting the end of the request body");
    refuse("{\"definition\":\"Zg==", INF_ERR_X_CONTENT_PARSE, "[1:20] Unexpected end-of-input");
}

static void test_long_tokens(void **state)
{
    char body[2 * INF_PART_TOKEN_MAX + 32] = "{\"";
    struct inf_part_fields fields;
    struct inf_error err;
    struct inf_buf out;
    (void)state;
    memset(body + 2, 'a', 2 * INF_PART_TOKEN_MAX);
    assert_int_equal(read_body(body, strlen(body), whole, &out, &fields, &err), -1);
    assert_non_null(strstr(err.reason, "too long"));
    inf_buf_free(&out);
}

/* A body with a NUL byte in any place is refused, never cut there. */
static void test_nul(void **state)
{
    static const char good[] = "{\"definition\":\"Zm9v\",\"total_parts\":1}";
    const size_t length = sizeof good - 1;
    (void)state;
    for (size_t at = 0; at <= length; at++) {
        char body[sizeof good + 1];
        struct inf_part_fields fields;
        struct inf_error err;
        struct inf_buf out;

        memcpy(body, good, at);
        body[at] = '\0';
        memcpy(body + at + 1, good + at, length - at);
        assert_int_equal(read_body(body, length + 1, whole, &out, &fields, &err), -1);
        assert_int_equal(err.code, INF_ERR_X_CONTENT_PARSE);
        inf_buf_free(&out);
    }
}

static int refuse_bytes(void *arg, const void *data, size_t length, struct inf_error *err)
{
    (void)arg;
    (void)data;
    (void)length;
    return inf_error_set(err, INF_ERR_INSUFFICIENT_STORAGE, "full");
}

static void test_sink_fails(void **state)
{
    static const char body[] = "{\"definition\":\"Zm9v\"}";
    struct inf_part_reader *reader = inf_part_reader_new(refuse_bytes, NULL);
    struct inf_error err;
    (void)state;
    assert_int_equal(inf_part_reader_feed(reader, body, sizeof body - 1, &err), -1);
    assert_int_equal(err.code, INF_ERR_INSUFFICIENT_STORAGE);
    inf_part_reader_free(reader);
}

/* A long body in random cuts, and the same with one byte changed: never a crash, and the bytes that
 * do come out are a beginning of the right ones unless the change hit the definition itself. */
static void test_random_cuts_and_changes(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char body[40000] = "{\"definition\":\"";
    size_t length = strlen(body);
    struct inf_part_fields fields;
    struct inf_buf want, out;
    struct inf_error err;
    (void)state;
    srand(1);
    for (int i = 0; i < 36000; i++)
        body[length++] = alphabet[rand() % 64];
    length += (size_t)snprintf(body + length, sizeof body - length,
                               "\",\"total_definition_length\":27000,\"total_parts\":1}");
    assert_int_equal(read_body(body, length, whole, &want, &fields, &err), 0);
    assert_int_equal(want.length, 27000);
    for (int round = 0; round < 50; round++) {
        assert_int_equal(read_body(body, length, some, &out, &fields, &err), 0);
        assert_int_equal(out.length, want.length);
        assert_memory_equal(out.data, want.data, want.length);
        inf_buf_free(&out);
    }
    for (int round = 0; round < 200; round++) {
        size_t at = (size_t)rand() % length;
        char before = body[at];

        body[at] = (char)(rand() % 256);
        if (read_body(body, length, some, &out, &fields, &err) == 0)
            assert_true(out.length <= want.length);
        inf_buf_free(&out);
        body[at] = before;
    }
    inf_buf_free(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_bodies),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_long_tokens),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_sink_fails),
        cmocka_unit_test(test_random_cuts_and_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
