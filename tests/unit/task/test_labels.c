/* Lists of names: read from JSON, shared, written, printed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "labels.h"

static const struct inf_fields fields = {.path = "", .parser = "p"};

static int parse(const char *text, struct inf_labels **ret, struct inf_error *err)
{
    struct inf_json json = json_of(text);
    int rc = inf_labels_parse(&fields, inf_json_first(json.root), ret, err);
    inf_json_free(&json);
    return rc;
}

static void prints(const struct inf_labels *labels, const char *expected)
{
    struct inf_buf out;
    inf_buf_init(&out, 1024);
    inf_labels_print(labels, &out);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void test_parse(void **state)
{
    struct inf_labels *labels = NULL;
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(parse("{\"l\":[\"a\",\"b\"]}", &labels, &err), 0);
    prints(labels, "[a, b]");
    assert_int_equal(inf_labels_count(labels), 2);
    assert_int_equal(parse("{\"l\":\"one\"}", &labels, &err), 0); /* in place of the others */
    prints(labels, "[one]");
    assert_int_equal(parse("{\"l\":[]}", &labels, &err), 0);
    prints(labels, "[]");
    inf_labels_unref(labels);
    prints(NULL, "[]");
    assert_int_equal(inf_labels_count(NULL), 0);
}

static void test_refused(void **state)
{
    struct inf_labels *labels = NULL;
    struct inf_error err = {0};
    struct inf_buf many;
    (void)state;
    assert_int_equal(parse("{\"l\":[\"a\",7]}", &labels, &err), -1);
    assert_string_equal(err.reason, "[p] failed to parse field [l]");
    assert_string_equal(err.cause, "[l] must hold strings only; it has a VALUE_NUMBER");
    assert_int_equal(parse("{\"l\":null}", &labels, &err), -1);
    inf_buf_init(&many, 1 << 20);
    inf_buf_puts(&many, "{\"l\":[\"a\"");
    for (int i = 0; i < INF_LABELS_MAX; i++) {
        inf_buf_puts(&many, ",\"a\"");
    }
    inf_buf_puts(&many, "]}");
    assert_int_equal(parse(many.data, &labels, &err), -1);
    assert_string_equal(err.cause, "[l] must hold at most [10000] strings; it has [10001]");
    inf_buf_free(&many);
    assert_null(labels);
}

static void test_shared(void **state)
{
    static const char *const names[] = {"x", "y"};
    struct inf_labels *labels = inf_labels_of(names, 2);
    struct inf_labels *again = inf_labels_ref(labels);
    struct inf_buf out;
    struct inf_jsonw w;
    (void)state;
    inf_labels_unref(labels);
    inf_buf_init(&out, 64);
    inf_jsonw_init(&w, &out);
    inf_jsonw_begin_object(&w);
    inf_labels_write(again, "names", &w);
    inf_labels_write(NULL, "none", &w);
    inf_jsonw_end_object(&w);
    assert_string_equal(out.data, "{\"names\":[\"x\",\"y\"]}");
    inf_buf_free(&out);
    inf_labels_unref(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
