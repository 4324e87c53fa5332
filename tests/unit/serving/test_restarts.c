/* Pauses grow and end; deaths count in a row until an answer, and within a window in any case. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "restarts.h"

static void pauses_grow_up_to_half_a_minute(void **state)
{
    static const uint64_t wanted[] = {0,    100,  200,   400,   800,   1600,
                                      3200, 6400, 12800, 25600, 30000, 30000};
    struct inf_restarts restarts = {0};

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        inf_restarts_died(&restarts, i);
        assert_int_equal(inf_restarts_pause_ms(&restarts), wanted[i]);
    }
    for (uint64_t i = 0; i < 100; i++)
        inf_restarts_died(&restarts, 100 + i);
    assert_int_equal(inf_restarts_pause_ms(&restarts), 30000);
}

static void an_answer_ends_the_row_and_not_the_window(void **state)
{
    struct inf_restarts restarts = {0};

    (void)state;
    inf_restarts_died(&restarts, 10);
    inf_restarts_died(&restarts, 20);
    assert_int_equal(restarts.in_a_row, 2);
    inf_restarts_answered(&restarts);
    assert_int_equal(restarts.in_a_row, 0);
    inf_restarts_died(&restarts, 30);
    assert_int_equal(restarts.in_a_row, 1);
    assert_int_equal(inf_restarts_pause_ms(&restarts), 0);
    assert_int_equal(inf_restarts_within(&restarts, 30, 1000), 3);
}

static void the_window_moves_on(void **state)
{
    struct inf_restarts restarts = {0};

    (void)state;
    assert_int_equal(inf_restarts_within(&restarts, 5, 1000), 0);
    for (uint64_t at_ms = 0; at_ms < 50; at_ms += 10)
        inf_restarts_died(&restarts, at_ms);
    assert_int_equal(inf_restarts_within(&restarts, 40, 21), 3);
    assert_int_equal(inf_restarts_within(&restarts, 40, 20), 2);
    assert_int_equal(inf_restarts_within(&restarts, 100, 20), 0);
    assert_int_equal(inf_restarts_within(&restarts, 100, 1000), 5);
}

static void more_than_it_can_hold(void **state)
{
    struct inf_restarts restarts = {0};

    (void)state;
    for (uint64_t at_ms = 0; at_ms < 3 * INF_RESTARTS_MAX + 7; at_ms++)
        inf_restarts_died(&restarts, at_ms);
    assert_int_equal(inf_restarts_within(&restarts, 3 * INF_RESTARTS_MAX + 6, 1000000),
                     INF_RESTARTS_MAX);
    assert_int_equal(inf_restarts_within(&restarts, 3 * INF_RESTARTS_MAX + 6, 10), 10);
}

static void says_when_it_is_over_and_why(void **state)
{
    const struct inf_restart_limits limits = {.in_a_row = 2, .within = 3, .window_ms = 60000};
    struct inf_restarts restarts = {0};
    char reason[INF_REASON_MAX] = "";

    (void)state;
    for (uint64_t at_ms = 1; at_ms <= 3; at_ms++) {
        inf_restarts_died(&restarts, at_ms);
        assert_int_equal(inf_restarts_over(&restarts, &limits, "a fault", reason), at_ms == 3);
    }
    assert_string_equal(reason,
                        "inference process crashed due to reason [a fault, [3] times without "
                        "an answer]");
    inf_restarts_answered(&restarts);
    inf_restarts_died(&restarts, 60002); /* the first two are too long ago */
    assert_false(inf_restarts_over(&restarts, &limits, "a fault", reason));
    inf_restarts_answered(&restarts);
    inf_restarts_died(&restarts, 60002);
    assert_false(inf_restarts_over(&restarts, &limits, "a fault", reason));
    inf_restarts_answered(&restarts);
    inf_restarts_died(&restarts, 60002);
    assert_true(inf_restarts_over(&restarts, &limits, "a fault", reason));
    assert_string_equal(reason,
                        "inference process crashed due to reason [a fault, [4] times within [1m]]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pauses_grow_up_to_half_a_minute),
                                       cmocka_unit_test(an_answer_ends_the_row_and_not_the_window),
                                       cmocka_unit_test(the_window_moves_on),
                                       cmocka_unit_test(more_than_it_can_hold),
                                       cmocka_unit_test(says_when_it_is_over_and_why)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
