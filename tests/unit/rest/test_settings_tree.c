/* Settings as JSON: flat and nested, written and read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "settings_tree.h"
#include <string.h>

static void writes(const char *const *pairs, bool flat, const char *expected)
{
    struct inf_strmap *values = inf_strmap_new();
    struct inf_buf out;
    struct inf_jsonw w;

    for (; pairs[0] != NULL; pairs += 2)
        inf_strmap_put(values, pairs[0], (void *)pairs[1]);
    inf_buf_init(&out, 10000);
    inf_jsonw_init(&w, &out);
    inf_settings_tree_write(values, flat, &w);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
    inf_strmap_free(values);
}

static void test_write(void **state)
{
    static const char *const pairs[] = {"a.b.c", "1", "a.b.d", "2", "a.e", "3", "z", "4", NULL};
    static const char *const none[] = {NULL};
    (void)state;
    writes(none, false, "{}");
    writes(none, true, "{}");
    writes(pairs, true, "{\"a.b.c\":\"1\",\"a.b.d\":\"2\",\"a.e\":\"3\",\"z\":\"4\"}");
    writes(pairs, false, "{\"a\":{\"b\":{\"c\":\"1\",\"d\":\"2\"},\"e\":\"3\"},\"z\":\"4\"}");
}

static void test_a_name_that_begins_another_stays_apart(void **state)
{
    static const char *const pairs[] = {
        "logger.a", "1", "logger.a-b.c", "2", "logger.a.b", "3", "logger.a.b.c", "4", NULL};
    (void)state;
    writes(pairs, false,
           "{\"logger\":{\"a\":\"1\",\"a-b\":{\"c\":\"2\"},\"a.b\":\"3\",\"a.b.c\":\"4\"}}");
}

static void test_a_reset_is_not_written(void **state)
{
    struct inf_strmap *values = inf_strmap_new();
    struct inf_buf out;
    struct inf_jsonw w;
    (void)state;
    inf_strmap_put(values, "c", (void *)"1");
    inf_strmap_put(values, "a.b", NULL);
    inf_buf_init(&out, 100);
    inf_jsonw_init(&w, &out);
    inf_settings_tree_write(values, false, &w);
    assert_string_equal(out.data, "{\"c\":\"1\"}");
    inf_buf_free(&out);
    inf_strmap_free(values);
}

static int print(void *arg, const char *name, const char *text, struct inf_error *err)
{
    if (strcmp(name, "bad") == 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "bad");
    inf_buf_printf(arg, "%s=%s ", name, text != NULL ? text : "null");
    return 0;
}

static int reads(const char *json, const char *expected, struct inf_error *err)
{
    struct inf_json document;
    struct inf_buf out;
    int rc;

    assert_int_equal(inf_json_parse(json, strlen(json), NULL, &document, err), 0);
    inf_buf_init(&out, 10000);
    inf_buf_puts(&out, "");
    rc = inf_settings_tree_read(document.root, print, &out, err);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
    inf_json_free(&document);
    return rc;
}

static void test_read(void **state)
{
    struct inf_error err;
    (void)state;
    assert_int_equal(reads("{}", "", &err), 0);
    assert_int_equal(reads("{\"a\":{\"b.c\":1,\"d\":{\"e\":true}},\"f\":null,\"g\":\"x y\"}",
                           "a.b.c=1 a.d.e=true f=null g=x y ", &err),
                     0);
    assert_int_equal(reads("{\"a\":\"1\",\"bad\":2,\"c\":3}", "a=1 ", &err), -1);
    assert_string_equal(err.reason, "bad");
    assert_int_equal(reads("{\"a\":{\"b\":[1]}}", "", &err), -1);
    assert_string_equal(err.reason, "setting [a.b] takes one value, not a list");
    assert_int_equal(inf_settings_tree_read(NULL, print, NULL, &err), 0);
}

static void test_start_values(void **state)
{
    struct inf_config *config = inf_config_new();
    struct inf_buf out;
    struct inf_jsonw w;
    (void)state;
    inf_config_layer_set(config, INF_CONFIG_TRANSIENT, "logger.level", "debug");
    for (int layered_too = 0; layered_too < 2; layered_too++) {
        inf_buf_init(&out, 100000);
        inf_jsonw_init(&w, &out);
        inf_settings_tree_write_start(config, layered_too, true, &w);
        assert_non_null(strstr(out.data, "\"http.port\":\"9200\""));
        assert_int_equal(strstr(out.data, "\"logger.level\":\"info\"") != NULL, layered_too);
        inf_buf_free(&out);
    }
    inf_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_a_name_that_begins_another_stays_apart),
        cmocka_unit_test(test_a_reset_is_not_written),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_start_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
