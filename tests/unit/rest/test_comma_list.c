/* Comma lists: splitting, matching, and which ids count as missing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "comma_list.h"
#include <string.h>

static void test_split(void **state)
{
    struct inf_comma_list list;
    (void)state;
    inf_comma_list_init(&list, ",a,,b c,");
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0], "a");
    assert_string_equal(list.items[1], "b c");
    assert_true(inf_comma_list_has(&list, "b c"));
    assert_false(inf_comma_list_has(&list, "b"));
    inf_comma_list_free(&list);
    inf_comma_list_init(&list, NULL);
    assert_int_equal(list.count, 0);
    inf_comma_list_free(&list);
    inf_comma_list_free(&list);
}

/* Shows the ids a1, a2, b and checks what the expression thinks of them. */
static int run(const char *expression, bool allow_no_match, int *ret_matches, struct inf_error *err)
{
    static const char *const ids[] = {"a1", "a2", "b"};
    struct inf_comma_list list;
    int rc;

    inf_comma_list_init(&list, expression);
    *ret_matches = 0;
    for (size_t i = 0; i < 3; i++)
        *ret_matches += inf_comma_list_matches(&list, ids[i]);
    rc = inf_comma_list_check(&list, allow_no_match, err);
    inf_comma_list_free(&list);
    return rc;
}

static void test_matches(void **state)
{
    static const struct {
        const char *expression;
        int matches;
    } cases[] = {{NULL, 3}, {"", 3},       {"_all", 3},  {"*", 3},     {"a*", 2},
                 {"b", 1},  {"b,a1,b", 2}, {"a*,a1", 2}, {"*1,b*", 2}, {"z*", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct inf_error err;
        int matches;

        assert_int_equal(run(cases[i].expression, true, &matches, &err), 0);
        assert_int_equal(matches, cases[i].matches);
    }
}

static void test_missing(void **state)
{
    struct inf_error err;
    int matches;
    (void)state;
    assert_int_equal(run("x,b,y", true, &matches, &err), -1);
    assert_int_equal(err.code, INF_ERR_NOT_FOUND);
    assert_string_equal(err.reason, "No known trained model with model_id [x,y]");
    assert_int_equal(run("z*,b", false, &matches, &err), -1);
    assert_string_equal(err.reason, "No known trained model with model_id [z*]");
    assert_int_equal(run("z*,x", true, &matches, &err), -1);
    assert_string_equal(err.reason, "No known trained model with model_id [x]");
    /* An id that only stands in for one that a wildcard already found is not missing. */
    assert_int_equal(run("a*,a1", false, &matches, &err), 0);
}

/* An id longer than a reason is missing all the same. */
static void test_long_id(void **state)
{
    char id[4 * INF_REASON_MAX];
    struct inf_error err;
    int matches;
    (void)state;
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    assert_int_equal(run(id, true, &matches, &err), -1);
    assert_int_equal(err.code, INF_ERR_NOT_FOUND);
    assert_memory_equal(err.reason, "No known trained model with model_id [xxxx", 42);
}

static void test_sorted(void **state)
{
    struct inf_comma_list list;
    (void)state;
    inf_comma_list_init(&list, "c,a,b,a,c");
    inf_comma_list_sort(&list);
    assert_int_equal(list.count, 3);
    inf_comma_list_mark(&list, "b");
    inf_comma_list_mark(&list, "z");
    assert_string_equal(list.items[1], "b");
    assert_true(list.matched[1]);
    assert_false(list.matched[0] || list.matched[2]);
    inf_comma_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),   cmocka_unit_test(test_matches),
        cmocka_unit_test(test_missing), cmocka_unit_test(test_long_id),
        cmocka_unit_test(test_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
