/* One-minute windows aligned to the start, closed lazily (compatibility 7.3). */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "counters.h"

#define START 1000000

static void counts_nothing_in_the_first_window(void **state)
{
    struct inf_counters counters;

    (void)state;
    inf_counters_init(&counters, START);
    inf_counters_success(&counters, START + 1, 4.0);
    inf_counters_success(&counters, START + 59999, 6.0);
    inf_counters_roll(&counters, START + 59999);
    assert_int_equal(counters.inference_count, 2);
    assert_true(counters.time_ms == 10.0);
    assert_int_equal(counters.last.results, 0);
    assert_int_equal(counters.peak_per_minute, 0);
    assert_int_equal(counters.last_access_ms, START + 59999);
}

static void a_query_in_the_next_window_closes_the_one_before(void **state)
{
    struct inf_counters counters;

    (void)state;
    inf_counters_init(&counters, START);
    inf_counters_success(&counters, START + 1, 4.0);
    inf_counters_success(&counters, START + 2, 8.0);
    inf_counters_roll(&counters, START + 60000);
    assert_int_equal(counters.last.results, 2);
    assert_true(counters.last.time_ms == 12.0);
    assert_int_equal(counters.peak_per_minute, 2);
    inf_counters_roll(&counters, START + 119999);
    assert_int_equal(counters.last.results, 2);
    inf_counters_roll(&counters, START + 120000);
    assert_int_equal(counters.last.results, 0);
    assert_int_equal(counters.peak_per_minute, 2);
}

static void an_empty_window_between_leaves_no_last_minute(void **state)
{
    struct inf_counters counters;

    (void)state;
    inf_counters_init(&counters, START);
    for (int i = 0; i < 3; i++)
        inf_counters_success(&counters, START + i, 1.0);
    inf_counters_success(&counters, START + 5 * 60000, 1.0);
    assert_int_equal(counters.last.results, 0);
    assert_int_equal(counters.peak_per_minute, 3);
    assert_int_equal(counters.open.results, 1);
}

static void a_clock_set_back_holds_the_open_window(void **state)
{
    struct inf_counters counters;

    (void)state;
    inf_counters_init(&counters, START);
    inf_counters_success(&counters, START + 60001, 1.0);
    inf_counters_success(&counters, START - 500000, 1.0);
    assert_int_equal(counters.open.results, 2);
    assert_int_equal(counters.inference_count, 2);
}

static void a_hit_is_a_result_that_was_not_computed(void **state)
{
    struct inf_counters counters;

    (void)state;
    inf_counters_init(&counters, START);
    inf_counters_success(&counters, START + 1, 6.0);
    inf_counters_hit(&counters, START + 2);
    inf_counters_hit(&counters, START + 3);
    assert_int_equal(counters.inference_count, 3);
    assert_int_equal(counters.cache_hits, 2);
    assert_int_equal(inf_counters_computed(&counters), 1);
    assert_true(counters.time_ms == 6.0);
    inf_counters_roll(&counters, START + 60000);
    assert_int_equal(counters.last.results, 3);
    assert_int_equal(counters.last.cache_hits, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_nothing_in_the_first_window),
        cmocka_unit_test(a_query_in_the_next_window_closes_the_one_before),
        cmocka_unit_test(an_empty_window_between_leaves_no_last_minute),
        cmocka_unit_test(a_clock_set_back_holds_the_open_window),
        cmocka_unit_test(a_hit_is_a_result_that_was_not_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
