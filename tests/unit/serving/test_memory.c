/* The memory estimate's formula and Elasticsearch's example (compatibility 9.6). */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory.h"
#include <stdio.h>

#define MB (INT64_C(1024) * 1024)

static void follows_the_formula(void **state)
{
    (void)state;
    assert_true(inf_memory_estimate("m", 1630, 0, 0, 1) == 251661500);
    assert_true(inf_memory_estimate("m", 1630, 0, 0, 0) == 0);
    assert_true(inf_memory_estimate("m", 100 * MB, 300 * MB, 80 * MB, 2) == 560 * MB);
    assert_true(inf_memory_estimate("m", 100 * MB, 1, 1, 1) == 440 * MB);
    assert_true(inf_memory_estimate("m", 5, INT64_C(1) << 50, INT64_C(1) << 50, INT32_MAX) >
                INT64_C(1) << 59);
    assert_true(inf_memory_estimate(".elser_model_2_linux-x86_64", 5, 0, 0, 1) == 2004 * MB);
}

static void reads_metadata(void **state)
{
    static const struct {
        const char *metadata;
        int64_t bytes;
    } cases[] = {{"{\"per_allocation_memory_bytes\":181130752}", 181130752},
                 {"{\"per_allocation_memory_bytes\":268435456.0}", 268435456},
                 {"{\"per_allocation_memory_bytes\":-1}", 0},
                 {"{\"per_allocation_memory_bytes\":1e300}", INT64_C(1000000000000000)},
                 {"{\"per_allocation_memory_bytes\":\"9\"}", 0},
                 {"{}", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct inf_memory_metadata metadata;
        char text[128];

        snprintf(text, sizeof text, "{\"metadata\":%s}", cases[i].metadata);
        metadata = inf_memory_metadata(text);
        assert_true(metadata.per_allocation_bytes == cases[i].bytes);
        assert_true(metadata.per_deployment_bytes == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(follows_the_formula),
                                       cmocka_unit_test(reads_metadata)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
