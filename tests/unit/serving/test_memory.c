/* The memory estimate's formula and the contract's example (CONTRACT 9.6). */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/serving.h"

#define MB (INT64_C(1024) * 1024)

static void follows_the_formula(void **state)
{
    (void)state;
    assert_true(inf_memory_estimate("m", 1630, 0, 0, 1) == 251661500);
    assert_true(inf_memory_estimate("m", 1630, 0, 0, 0) == 0);
    assert_true(inf_memory_estimate("m", 100 * MB, 300 * MB, 80 * MB, 2) == 560 * MB);
    assert_true(inf_memory_estimate("m", 100 * MB, 1, 1, 1) == 440 * MB);
    assert_true(inf_memory_estimate(".elser_model_2_linux-x86_64", 5, 0, 0, 1) == 2004 * MB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(follows_the_formula)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
