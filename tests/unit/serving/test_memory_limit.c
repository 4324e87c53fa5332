/* The limit of a worker's memory: wide enough, never more than the node has, no overflow. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory_limit.h"
#include <limits.h>

#define MB (INT64_C(1) << 20)
#define GB (INT64_C(1) << 30)

static const struct inf_memory_limit usual = {.node_bytes = 64 * GB,
                                              .model_bytes = 90 * MB,
                                              .measured = {100 * MB, 20 * MB, 150 * MB},
                                              .allocations = 1,
                                              .processors = 4,
                                              .positions = 512};

static void setting_wins(void **state)
{
    struct inf_memory_limit facts = usual;

    (void)state;
    facts.setting = 100 * GB;
    assert_true(inf_memory_limit(&facts) == 100 * GB);
}

static void follows_what_was_measured(void **state)
{
    struct inf_memory_limit facts = usual;

    (void)state;
    assert_true(inf_memory_limit(&facts) == (150 + 512 + 128) * MB);
    facts.allocations = 10;
    assert_true(inf_memory_limit(&facts) == (100 + 200 + 512 + 1280) * MB);
    facts.allocations = 0; /* before the first of them */
    assert_true(inf_memory_limit(&facts) == (150 + 512 + 128) * MB);
}

static void is_wide_for_the_unknown(void **state)
{
    struct inf_memory_limit facts = usual;

    (void)state;
    facts.measured = INF_MEASURED_NONE;
    assert_true(inf_memory_limit(&facts) == (180 + 1024 + 8 * 128) * MB);
    facts.processors = 16;
    assert_true(inf_memory_limit(&facts) == (180 + 1024 + 16 * 128) * MB);
    facts.allocations = 20;
    assert_true(inf_memory_limit(&facts) == (180 + 1024 + 20 * 128) * MB);
}

static void grows_with_the_square_of_the_length(void **state)
{
    struct inf_memory_limit facts = usual;

    (void)state;
    facts.positions = 64;
    assert_true(inf_memory_limit(&facts) == (150 + 512 + 128) * MB);
    facts.positions = 2048;
    assert_true(inf_memory_limit(&facts) == (150 + 512 + 16 * 128) * MB);
}

static void never_passes_the_node(void **state)
{
    struct inf_memory_limit facts = usual;

    (void)state;
    facts.positions = INT_MAX;
    facts.allocations = INT_MAX;
    assert_true(inf_memory_limit(&facts) == 64 * GB);
    facts.measured = INF_MEASURED_NONE;
    facts.processors = INT_MAX;
    assert_true(inf_memory_limit(&facts) == 64 * GB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(setting_wins),
                                       cmocka_unit_test(follows_what_was_measured),
                                       cmocka_unit_test(is_wide_for_the_unknown),
                                       cmocka_unit_test(grows_with_the_square_of_the_length),
                                       cmocka_unit_test(never_passes_the_node)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
