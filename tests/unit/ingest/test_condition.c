/* Conditions: what is read, what is refused, and what ends early. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "condition.h"
#include <string.h>

static bool ask(const char *text, const char *document)
{
    struct inf_json json;
    struct inf_error err;
    struct inf_doc doc;
    struct inf_condition *condition = inf_condition_new(text, &err);
    bool holds = false;

    assert_non_null(condition);
    assert_int_equal(inf_json_parse(document, strlen(document), NULL, &json, &err), 0);
    assert_int_equal(inf_doc_init(&doc, inf_json_take_root(&json), &err), 0);
    assert_int_equal(inf_condition_holds(condition, &doc, &holds, &err), 0);
    inf_doc_fini(&doc);
    inf_condition_free(condition);
    return holds;
}

static void test_precedence(void **state)
{
    (void)state;
    assert_true(ask("true || false && false", "{}"));
    assert_false(ask("(true || false) && false", "{}"));
    assert_true(ask("!false && !(1 > 2)", "{}"));
    assert_true(ask("ctx.a != null && ctx.a.b == 1", "{\"a\":{\"b\":1}}"));
    assert_false(ask("ctx.a != null && ctx.a.b == 1", "{}")); /* the right side would fail */
    assert_true(ask("ctx.s == 'it\\'s'", "{\"s\":\"it's\"}"));
}

static void test_what_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "ctx.",
                                      "ctx.a ==",
                                      "1 +",
                                      "ctx.a.foo()",
                                      "'open",
                                      "ctx[0",
                                      "(true",
                                      "true)",
                                      "x",
                                      "ctx.a = 1",
                                      "ctx.a instanceof Foo",
                                      "'\\n' == 'x'",
                                      "if (true) {}"};
    struct inf_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(inf_condition_new(bad[i], &err));
}

static void test_bounds(void **state)
{
    char text[20000];
    struct inf_error err;

    (void)state;
    memset(text, '!', sizeof text);
    memcpy(text + 4000, "true", 5);
    assert_null(inf_condition_new(text, &err));
    memset(text, '(', sizeof text);
    memcpy(text + 4000, "true", 5);
    assert_null(inf_condition_new(text, &err));
    memset(text, ' ', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_null(inf_condition_new(text, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
