/* The getters: types, paths, and integers as Elasticsearch coerces them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json.h"
#include <stdio.h>
#include <string.h>

static struct inf_json json;

static const struct cJSON *parse(const char *text)
{
    struct inf_error err;
    inf_json_free(&json);
    if (inf_json_parse(text, strlen(text), NULL, &json, &err)) {
        fail_msg("%s: %s", text, err.reason);
    }
    return json.root;
}

static int release(void **state)
{
    (void)state;
    inf_json_free(&json);
    return 0;
}

static void test_types(void **state)
{
    (void)state;
    const struct cJSON *root = parse("{\"o\":{},\"a\":[1,2],\"s\":\"x\",\"n\":1.5,\"t\":true,"
                                     "\"f\":false,\"z\":null}");
    static const char *const keys = "oasntfz";
    static const char *const tokens[] = {"START_OBJECT", "START_ARRAY",   "VALUE_STRING",
                                         "VALUE_NUMBER", "VALUE_BOOLEAN", "VALUE_BOOLEAN",
                                         "VALUE_NULL"};
    assert_int_equal(inf_json_size(root), 7);
    const struct cJSON *member = inf_json_first(root);
    for (int i = 0; i < 7; i++, member = inf_json_next(member)) {
        char key[2] = {keys[i]};
        assert_string_equal(inf_json_key(member), key);
        assert_ptr_equal(inf_json_get(root, key), member);
        assert_string_equal(inf_json_token(member), tokens[i]);
        assert_int_equal(inf_json_is_object(member), i == 0);
        assert_int_equal(inf_json_is_array(member), i == 1);
        assert_int_equal(inf_json_is_string(member), i == 2);
        assert_int_equal(inf_json_is_number(member), i == 3);
        assert_int_equal(inf_json_is_bool(member), i == 4 || i == 5);
        assert_int_equal(inf_json_is_null(member), i == 6);
        assert_int_equal(inf_json_true(member), i == 4);
    }
    assert_null(member);
    assert_int_equal(inf_json_size(inf_json_get(root, "a")), 2);
    assert_string_equal(inf_json_string(inf_json_get(root, "s")), "x");
    assert_null(inf_json_string(inf_json_get(root, "n")));
    assert_true(inf_json_double(inf_json_get(root, "n")) == 1.5);
    assert_true(inf_json_double(inf_json_get(root, "s")) == 0);
}

static void test_null_is_of_no_type(void **state)
{
    (void)state;
    struct inf_error err;
    int64_t value;
    assert_null(inf_json_get(NULL, "a"));
    assert_null(inf_json_get_path(NULL, "a.b"));
    assert_null(inf_json_first(NULL));
    assert_null(inf_json_next(NULL));
    assert_null(inf_json_key(NULL));
    assert_int_equal(inf_json_size(NULL), 0);
    assert_false(inf_json_is_object(NULL));
    assert_false(inf_json_is_null(NULL));
    assert_false(inf_json_true(NULL));
    assert_null(inf_json_string(NULL));
    assert_string_equal(inf_json_token(NULL), "VALUE_NULL");
    assert_int_equal(inf_json_int64(NULL, &value, &err), -1);
}

static void test_keys_have_a_case(void **state)
{
    (void)state;
    const struct cJSON *root = parse("{\"Key\":1}");
    assert_null(inf_json_get(root, "key"));
    assert_null(inf_json_get(root, "Ke"));
    assert_null(inf_json_get(root, "Key2"));
    assert_non_null(inf_json_get(root, "Key"));
    assert_null(inf_json_get(parse("[1]"), "Key"));
}

static void path_is(const struct cJSON *root, const char *path, double expected)
{
    const struct cJSON *found = inf_json_get_path(root, path);
    if (!found || inf_json_double(found) != expected) {
        fail_msg("%s", path);
    }
}

static void test_paths(void **state)
{
    (void)state;
    const struct cJSON *root = parse("{\"a\":{\"b\":1,\"c\":{\"d\":2},\"e.f\":3},\"a.b\":4,"
                                     "\"a.c\":{\"x\":5},\"x\":6,\"y\":[{\"z\":7}]}");
    path_is(root, "x", 6);
    path_is(root, "a.b", 4); /* the literal key first */
    path_is(root, "a.c.d", 2);
    path_is(root, "a.c.x", 5);
    path_is(root, "a.e.f", 3);
    assert_null(inf_json_get_path(root, "a.q"));
    assert_null(inf_json_get_path(root, "x.b"));
    assert_null(inf_json_get_path(root, "y.z"));
    assert_null(inf_json_get_path(root, "a."));
    assert_null(inf_json_get_path(root, "."));
    assert_null(inf_json_get_path(root, ""));
}

static void int_is(const char *text, int64_t expected)
{
    struct inf_error err;
    int64_t value = 0;
    if (inf_json_int64(parse(text), &value, &err)) {
        fail_msg("%s: %s", text, err.reason);
    }
    assert_true(value == expected);
}

static void int_fails(const char *text, enum inf_err_code code, const char *reason)
{
    struct inf_error err = {0};
    int64_t value = 42;
    assert_int_equal(inf_json_int64(parse(text), &value, &err), -1);
    assert_int_equal(err.code, code);
    assert_string_equal(err.reason, reason);
    assert_int_equal(value, 42);
}

static void test_integers(void **state)
{
    (void)state;
    int_is("0", 0);
    int_is("-7", -7);
    int_is("4.0", 4);
    int_is("1e3", 1000);
    int_is("\"4\"", 4);
    int_is("\"-4\"", -4);
    int_is("\"4.0\"", 4);
    int_is("9007199254740993", INT64_C(9007199254740993));
    int_is("9223372036854775807", INT64_MAX);
    int_is("-9223372036854775808", INT64_MIN);
    int_is("1e18", INT64_C(1000000000000000000));
    int_fails("4.5", INF_ERR_ILLEGAL_ARGUMENT,
              "4.5 cannot be converted to Integer without data loss");
    int_fails("\"4.5\"", INF_ERR_ILLEGAL_ARGUMENT,
              "4.5 cannot be converted to Integer without data loss");
    int_fails("9223372036854775808", INF_ERR_ILLEGAL_ARGUMENT,
              "Value [9223372036854775808] is out of range for a long");
    int_fails("1e300", INF_ERR_ILLEGAL_ARGUMENT, "Value [1e300] is out of range for a long");
    int_fails("\"1e300\"", INF_ERR_ILLEGAL_ARGUMENT, "Value [1e300] is out of range for a long");
    int_fails("\"x\"", INF_ERR_NUMBER_FORMAT, "For input string: \"x\"");
    int_fails("\"\"", INF_ERR_NUMBER_FORMAT, "For input string: \"\"");
    int_fails("\" 4\"", INF_ERR_NUMBER_FORMAT, "For input string: \" 4\"");
    int_fails("\"4 \"", INF_ERR_NUMBER_FORMAT, "For input string: \"4 \"");
    int_fails("\"0x10\"", INF_ERR_NUMBER_FORMAT, "For input string: \"0x10\"");
    int_fails("\"nan\"", INF_ERR_NUMBER_FORMAT, "For input string: \"nan\"");
    int_fails("\"-\"", INF_ERR_NUMBER_FORMAT, "For input string: \"-\"");
    int_fails("true", INF_ERR_ILLEGAL_ARGUMENT,
              "Current token (VALUE_BOOLEAN) not numeric, can not use numeric value accessors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_null_is_of_no_type),
        cmocka_unit_test(test_keys_have_a_case),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_integers),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
