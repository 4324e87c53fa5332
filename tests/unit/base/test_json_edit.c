/* Changing JSON trees: members, elements, values of text, comparing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json_edit.h"
#include <stdio.h>
#include <string.h>

static struct cJSON *parse(const char *text)
{
    struct inf_json json;
    struct inf_error err;

    assert_int_equal(inf_json_parse(text, strlen(text), NULL, &json, &err), 0);
    return inf_json_take_root(&json);
}

static void check_text(const struct cJSON *value, const char *text)
{
    struct inf_buf out;
    struct inf_jsonw w;

    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_jsonw_value(&w, value);
    assert_string_equal(out.data, text);
    inf_buf_free(&out);
}

static void test_members(void **state)
{
    struct cJSON *object = inf_json_new_object(), *list = inf_json_new_array();

    (void)state;
    assert_int_equal(inf_json_set(object, "a", inf_json_new_int(INT64_MIN)), 0);
    assert_int_equal(inf_json_set(object, "b", inf_json_new_string("x")), 0);
    assert_int_equal(inf_json_set(object, "a", inf_json_new_bool(true)), 0);
    assert_int_equal(inf_json_set(object, "c", NULL), -1);
    assert_int_equal(inf_json_push(list, inf_json_new_null()), 0);
    assert_int_equal(inf_json_push(list, inf_json_copy(inf_json_find(object, "b"))), 0);
    assert_int_equal(inf_json_push(list, NULL), -1);
    assert_int_equal(inf_json_replace(list, inf_json_at(list, 0), inf_json_new_double(1.5)), 0);
    assert_null(inf_json_at(list, 2));
    assert_int_equal(inf_json_set(object, "l", list), 0);
    check_text(object, "{\"a\":true,\"b\":\"x\",\"l\":[1.5,\"x\"]}");
    inf_json_delete(inf_json_detach(object, inf_json_find_n(object, "bx", 1)));
    check_text(object, "{\"a\":true,\"l\":[1.5,\"x\"]}");
    inf_json_delete(object);
}

static void test_exact_numbers(void **state)
{
    struct cJSON *value = inf_json_new_int(9007199254740993), *copy = inf_json_copy(value);

    (void)state;
    check_text(copy, "9007199254740993");
    assert_true(inf_json_equal(value, copy));
    inf_json_delete(value);
    inf_json_delete(copy);
}

static void test_values_of_text(void **state)
{
    const char *text = "{\"p\":[1,{\"x\":\"}\\\"\"}],\"q\":1.5,\"r\":\"a,b\",\"s\":null}";
    struct cJSON *object = inf_json_parse_shallow(text, strlen(text));

    (void)state;
    check_text(object, text);
    assert_false(inf_json_is_array(inf_json_find(object, "p")));
    assert_int_equal(inf_json_unfold(inf_json_find(object, "p")), 0);
    assert_true(inf_json_is_array(inf_json_find(object, "p")));
    assert_true(inf_json_is_number(inf_json_find(object, "q")));
    assert_string_equal(inf_json_string(inf_json_find(object, "r")), "a,b");
    check_text(object, text);
    inf_json_delete(object);
    assert_null(inf_json_parse_shallow("[1]", 3));
}

/* Arrays of numbers are seen at once; what has brackets inside, or in its texts, is not cut. */
static void test_arrays_in_text(void **state)
{
    static const char *const members[] = {"[1.5,-2e7]",    "[]",           "[[1],[2]]",
                                          "[{\"x\":[3]}]", "[\"]\",4]",    "[\"[\",[]]",
                                          "{\"x\":[5,6]}", "[[[],\"a]\"]]"};

    (void)state;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char text[100];
        struct cJSON *object;

        snprintf(text, sizeof text, "{\"a\":%s,\"b\":1}", members[i]);
        object = inf_json_parse_shallow(text, strlen(text));
        check_text(object, text);
        assert_int_equal(inf_json_size(object), 2);
        inf_json_delete(object);
    }
}

static void test_joined_objects(void **state)
{
    static const char text[] = "{\"a\":[1,{}]},{\"b\":\"},{\"},{}";
    static const char *const expected[] = {"{\"a\":[1,{}]}", "{\"b\":\"},{\"}", "{}"};
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct cJSON *one = inf_json_next_joined(text, sizeof text - 1, &at);
        check_text(one, expected[i]);
        inf_json_delete(one);
    }
    assert_true(at >= sizeof text - 1);
}

static void test_comparing(void **state)
{
    struct cJSON *one = parse("{\"a\":[1,\"x\"],\"b\":{}}"),
                 *other = parse("{\"b\":{},\"a\":[1.0,\"x\"]}");

    (void)state;
    assert_true(inf_json_equal(one, other));
    inf_json_push(inf_json_find(other, "a"), inf_json_new_null());
    assert_false(inf_json_equal(one, other));
    inf_json_delete(one);
    inf_json_delete(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),        cmocka_unit_test(test_exact_numbers),
        cmocka_unit_test(test_values_of_text), cmocka_unit_test(test_joined_objects),
        cmocka_unit_test(test_arrays_in_text), cmocka_unit_test(test_comparing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
