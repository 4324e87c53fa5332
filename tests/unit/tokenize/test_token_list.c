/* The list keeps its limit of tokens and counts all of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "kind.h"

static void test_keeps_and_counts(void **state)
{
    struct inf_token_list list = {.limit = 300};
    struct inf_error err = {0};
    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct inf_token token = {.id = i, .word = i / 2};
        assert_int_equal(inf_token_list_push(&list, &token, &err), 0);
    }
    assert_int_equal(list.count, 300);
    assert_int_equal(list.total, 1000);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(list.items[i].id, i);
    }
    inf_token_list_free(&list);
    assert_null(list.items);
}

static void test_keeps_nothing(void **state)
{
    struct inf_token_list list = {0};
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_token_list_push(&list, &(struct inf_token){0}, &err), 0);
    assert_int_equal(list.total, 1);
    assert_null(list.items);
    inf_token_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_and_counts),
        cmocka_unit_test(test_keeps_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
