/* The share of a start that is done: from 0 to 1, and never backwards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "progress.h"

static void goes_forward(void **state)
{
    double before = 0;

    (void)state;
    for (int phase = INF_PROGRESS_CAPACITY; phase <= INF_PROGRESS_WARMING; phase++)
        for (int percent = 0; percent <= 100; percent += 10) {
            double now = inf_progress_share((enum inf_progress_phase)phase, percent / 100.0);
            assert_true(now >= before && now <= 1);
            before = now;
        }
    assert_true(before == 1);
}

static void stays_in_its_phase(void **state)
{
    (void)state;
    /* A model may take more memory than its file has bytes. */
    assert_true(inf_progress_share(INF_PROGRESS_LOADING, 3) ==
                inf_progress_share(INF_PROGRESS_WARMING, 0));
    assert_true(inf_progress_share(INF_PROGRESS_LOADING, -1) ==
                inf_progress_share(INF_PROGRESS_LOADING, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(goes_forward),
                                       cmocka_unit_test(stays_in_its_phase)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
