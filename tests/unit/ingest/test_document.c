/* Paths of a document. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "document.h"
#include <string.h>

static void load(struct inf_doc *doc, const char *text)
{
    struct inf_json json;
    struct inf_error err;

    assert_int_equal(inf_json_parse(text, strlen(text), NULL, &json, &err), 0);
    assert_int_equal(inf_doc_init(doc, inf_json_take_root(&json), &err), 0);
}

static void check_source(const struct inf_doc *doc, const char *text)
{
    struct inf_buf out;
    struct inf_jsonw w;

    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_doc_write_source(doc, &w);
    assert_string_equal(out.data, text);
    inf_buf_free(&out);
}

static void test_paths(void **state)
{
    struct inf_doc doc;
    struct inf_error err;

    (void)state;
    load(&doc, "{\"_id\":\"1\",\"a\":{\"b\":[{\"c\":1}]},\"x.y\":2}");
    assert_non_null(inf_doc_find(&doc, "a.b.0.c"));
    assert_non_null(inf_doc_find(&doc, "_source.a"));
    assert_non_null(inf_doc_find(&doc, "_ingest.timestamp"));
    assert_non_null(inf_doc_find(&doc, "_id"));
    assert_null(inf_doc_find(&doc, "x.y"));
    assert_null(inf_doc_find(&doc, "a.b.00000000000000000000000001"));
    assert_int_equal(inf_doc_set(&doc, "a.b.0.d.e", inf_json_new_int(2), &err), 0);
    assert_int_equal(inf_doc_append(&doc, "a.b", inf_json_new_int(3), true, &err), 0);
    assert_int_equal(inf_doc_remove(&doc, "a.b.0.c", &err), 0);
    check_source(&doc, "{\"a\":{\"b\":[{\"d\":{\"e\":2}},3]},\"x.y\":2}");
    assert_int_equal(inf_doc_check_path("", &err), -1);
    assert_int_equal(inf_doc_check_path("a.", &err), -1);
    assert_int_equal(inf_doc_check_path(".a", &err), -1);
    inf_doc_fini(&doc);
}

static void test_types(void **state)
{
    struct inf_doc doc;

    (void)state;
    load(&doc,
         "{\"i\":1,\"l\":5000000000,\"d\":1.5,\"s\":\"\",\"b\":true,\"n\":null,\"a\":[],\"o\":{}}");
    assert_string_equal(inf_doc_type(inf_doc_find(&doc, "i")), "java.lang.Integer");
    assert_string_equal(inf_doc_type(inf_doc_find(&doc, "l")), "java.lang.Long");
    assert_string_equal(inf_doc_type(inf_doc_find(&doc, "d")), "java.lang.Double");
    assert_string_equal(inf_doc_type(inf_doc_find(&doc, "a")), "java.util.ArrayList");
    assert_string_equal(inf_doc_type(inf_doc_find(&doc, "o")), "java.util.HashMap");
    inf_doc_fini(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
