/* The time of day is the system's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "inferd/wall_clock.h"
#include <time.h>

static void test_it_is_the_systems(void **state)
{
    time_t before = time(NULL);
    int64_t now_ms = inf_wall_ms();

    (void)state;
    assert_in_range(now_ms / 1000, before - 1, time(NULL) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_it_is_the_systems)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
