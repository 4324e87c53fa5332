/* How much an answer in int8 may lose; the rest is tests/api/test_self_check.py's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker_check.h"
#include <math.h>

static void four_times_what_samples_lose(void **state)
{
    (void)state;
    assert_true(fabs(inf_worker_check_loss_most(0.998, -1) - 0.008) < 1e-12);
    assert_true(fabs(inf_worker_check_loss_most(0.998, 0.99) - 0.04) < 1e-12);
    assert_true(fabs(inf_worker_check_loss_most(0.998, 0.999) - 0.008) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(four_times_what_samples_lose)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
