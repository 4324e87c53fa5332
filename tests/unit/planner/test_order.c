/* Orders of the deployments. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "order.h"
#include "planner_fixture.h"
#include <stdlib.h>

static struct inf_plan_deployment d[] = {
    {.id = "a", .model_id = "a", .threads = 1, .model_bytes = 9},
    {.id = "b", .model_id = "b", .threads = 4, .model_bytes = 9},
    {.id = "c", .model_id = "c", .threads = 8, .model_bytes = 9, .low_priority = true},
    {.id = "d", .model_id = "d", .threads = 2, .model_bytes = 99},
    {.id = "e", .model_id = "e", .threads = 1, .model_bytes = 9}};
static const struct inf_plan_input input = {.deployments = d, .deployment_count = COUNT(d)};

static void expect(unsigned order, const uint32_t expected[COUNT(d)])
{
    struct inf_problem problem;
    uint32_t *numbers;

    inf_problem_init(&problem, &input);
    numbers = inf_order_make(&problem, order);
    assert_memory_equal(numbers, expected, sizeof(uint32_t) * COUNT(d));
    free(numbers);
    inf_problem_fini(&problem);
}

static void sorts_by_size(void **state)
{
    (void)state;
    expect(INF_ORDER_LARGE_FIRST, (uint32_t[]){3, 1, 0, 4, 2});
    expect(INF_ORDER_SMALL_FIRST, (uint32_t[]){2, 4, 0, 1, 3});
}

static void a_shuffle_has_everyone_and_normal_ones_first(void **state)
{
    struct inf_problem problem;

    (void)state;
    inf_problem_init(&problem, &input);
    for (unsigned i = 0; i < 50; i++) {
        uint32_t *numbers = inf_order_make(&problem, INF_ORDER_SHUFFLED + i);
        uint32_t *again = inf_order_make(&problem, INF_ORDER_SHUFFLED + i);
        unsigned seen = 0;
        for (size_t j = 0; j < COUNT(d); j++)
            seen |= 1U << numbers[j];
        assert_int_equal(seen, (1U << COUNT(d)) - 1);
        assert_int_equal(numbers[COUNT(d) - 1], 2);
        assert_memory_equal(numbers, again, sizeof(uint32_t) * COUNT(d));
        free(numbers);
        free(again);
    }
    inf_problem_fini(&problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_by_size),
        cmocka_unit_test(a_shuffle_has_everyone_and_normal_ones_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
