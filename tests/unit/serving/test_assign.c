/* What a deployment takes in the planner's terms: alone, all allocations together are the estimate
 * of compatibility 9.6; a further deployment of the model adds its cache and its allocations. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assign.h"
#include "deployment.h"
#include "memory.h"
#include <stdlib.h>

#define MB (INT64_C(1024) * 1024)

static int64_t alone(const struct inf_deployment *deployment, int allocations)
{
    struct inf_assign_memory memory = inf_assign_memory(deployment, allocations);

    return memory.model_bytes + memory.deployment_bytes + memory.allocation_bytes * allocations;
}

static void plain_model(void **state)
{
    char id[] = "m";
    struct inf_deployment deployment = {.model_id = id, .model_bytes = 1630, .cache_bytes = 1630};
    struct inf_assign_memory memory = inf_assign_memory(&deployment, 4);

    (void)state;
    assert_int_equal(alone(&deployment, 4), 240 * MB + 3260);
    assert_int_equal(memory.model_bytes, 240 * MB + 1630);
    assert_int_equal(memory.deployment_bytes, 1630);
    assert_int_equal(memory.allocation_bytes, 0);
}

static void larger_cache_counts(void **state)
{
    char id[] = "m";
    struct inf_deployment deployment = {.model_id = id, .model_bytes = 1000, .cache_bytes = 5 * MB};

    (void)state;
    assert_int_equal(alone(&deployment, 1), 240 * MB + 2000 + 5 * MB - 1000);
}

static void sum_is_the_estimate(void **state)
{
    char id[] = "m";

    (void)state;
    srand(11);
    for (int i = 0; i < 100000; i++) {
        int64_t size = rand() % (2000 * MB);
        int allocations = 1 + rand() % 64;
        struct inf_deployment deployment = {.model_id = id,
                                            .model_bytes = size,
                                            .cache_bytes = rand() % 2 * size,
                                            .per_deployment_bytes = rand() % 3 * 400 * MB,
                                            .per_allocation_bytes = rand() % 3 * 90 * MB};
        assert_int_equal(alone(&deployment, allocations),
                         inf_memory_estimate(id, size, deployment.per_deployment_bytes,
                                             deployment.per_allocation_bytes, allocations));
    }
}

static void nothing_overflows(void **state)
{
    char id[] = ".elser_model_2";
    struct inf_deployment deployment = {.model_id = id,
                                        .model_bytes = INT64_C(1) << 40,
                                        .cache_bytes = INT64_MAX,
                                        .per_allocation_bytes = INT64_C(1) << 50};

    (void)state;
    for (int allocations = 0; allocations <= 4096; allocations += 4096) {
        struct inf_assign_memory memory = inf_assign_memory(&deployment, allocations);
        assert_in_range(memory.model_bytes, 0, INT64_C(1) << 50);
        assert_in_range(memory.deployment_bytes, 0, INT64_C(1) << 50);
        assert_in_range(memory.allocation_bytes, 0, INT64_C(1) << 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_model),
        cmocka_unit_test(larger_cache_counts),
        cmocka_unit_test(sum_is_the_estimate),
        cmocka_unit_test(nothing_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
