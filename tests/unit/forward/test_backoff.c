/* Pauses that grow. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backoff.h"

static void test_growth(void **state)
{
    (void)state;
    for (int attempt = 1; attempt <= 4; attempt++) {
        assert_int_equal(inf_backoff_ms(attempt, 100, 0, 0), 50 << (attempt - 1));
        assert_in_range(inf_backoff_ms(attempt, 100, 0, UINT32_MAX), (100 << (attempt - 1)) - 1,
                        100 << (attempt - 1));
    }
    assert_int_equal(inf_backoff_ms(1000, 100, 0, 0), INF_BACKOFF_MAX_MS / 2);
    assert_int_equal(inf_backoff_ms(1, INT64_MAX / 4, 0, 0), INF_BACKOFF_MAX_MS / 2);
    assert_int_equal(inf_backoff_ms(3, 0, 0, UINT32_MAX), 0);
}

static void test_what_was_asked_for(void **state)
{
    (void)state;
    assert_int_equal(inf_backoff_ms(1, 100, 5000, 0), 5012);
    assert_int_equal(inf_backoff_ms(1, 20000, 5000, 0), 10000);
    assert_int_equal(inf_backoff_ms(1, 0, INT64_MAX, 0), INF_RETRY_AFTER_MAX_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_what_was_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
