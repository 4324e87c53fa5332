/* Fields in texts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "template.h"
#include <string.h>

static struct inf_doc *make(const char *text)
{
    static struct inf_doc doc;
    struct inf_json json;
    struct inf_error err;

    assert_int_equal(inf_json_parse(text, strlen(text), NULL, &json, &err), 0);
    assert_int_equal(inf_doc_init(&doc, inf_json_take_root(&json), &err), 0);
    return &doc;
}

static void test_rendering(void **state)
{
    struct inf_doc *doc = make("{\"a\":{\"b\":\"<x>\"},\"n\":1.50,\"z\":null}");
    struct inf_error err;
    struct inf_buf out;

    (void)state;
    inf_buf_init(&out, 256);
    assert_int_equal(
        inf_template_render("{{a.b}}{{{n}}}{{z}}{{none}} {{ a }} {x} {{open", doc, &out, &err), 0);
    assert_string_equal(out.data, "<x>1.5 {\"b\":\"<x>\"} {x} {{open");
    inf_buf_free(&out);
    inf_buf_init(&out, 4);
    assert_int_equal(inf_template_render("{{a}}", doc, &out, &err), -1);
    inf_buf_free(&out);
    inf_doc_fini(doc);
}

static void test_what_is_refused(void **state)
{
    static const char *const bad[] = {"{{#a}}",      "{{/a}}", "{{^a}}", "{{>a}}", "{{!a}}",
                                      "{{=<% %>=}}", "{{&a}}", "{{}}",   "{{a"};
    struct inf_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(inf_template_check(bad[i], &err), -1);
    assert_int_equal(inf_template_check("{{a}} {{{b}}} } {", &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rendering),
        cmocka_unit_test(test_what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
