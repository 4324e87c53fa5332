/* Second questions cost one in twenty at most, after four that are free. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hedge.h"

static int spend_all(struct inf_hedges *hedges)
{
    int count = 0;

    while (inf_hedges_spend(hedges))
        count++;
    return count;
}

static void some_are_free(void **state)
{
    struct inf_hedges hedges = {0};

    (void)state;
    assert_int_equal(spend_all(&hedges), 4);
    assert_int_equal(hedges.sent, 4);
    assert_int_equal(hedges.held_back, 1);
}

static void the_rest_is_earned(void **state)
{
    struct inf_hedges hedges = {0};
    int64_t free_ones = spend_all(&hedges);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        inf_hedges_earn(&hedges);
        (void)inf_hedges_spend(&hedges);
    }
    assert_int_equal(hedges.sent, free_ones + 100);
}

static void nothing_is_saved_beyond_the_free_ones(void **state)
{
    struct inf_hedges hedges = {0};

    (void)state;
    for (int i = 0; i < 1000000; i++)
        inf_hedges_earn(&hedges);
    assert_int_equal(spend_all(&hedges), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_are_free),
        cmocka_unit_test(the_rest_is_earned),
        cmocka_unit_test(nothing_is_saved_beyond_the_free_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
