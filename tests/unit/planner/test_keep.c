/* Which allocations stay when fewer are requested. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "planner_fixture.h"
#include "problem.h"

/* Reads a deployment that runs 5, 2, 3 and 4 allocations on nodes of zones 1, 1, 2 and 3. */
static void expect_kept(int wanted, const int64_t expected[4])
{
    struct inf_plan_node nodes[] = {{.id = "a", .zone = "1"},
                                    {.id = "b", .zone = "1"},
                                    {.id = "c", .zone = "2"},
                                    {.id = "d", .zone = "3"}};
    struct inf_plan_share runs[] = {{0, 5}, {1, 2}, {2, 3}, {3, 4}};
    struct inf_plan_deployment d[] = {{.id = "x",
                                       .model_id = "m",
                                       .allocations = wanted,
                                       .current = runs,
                                       .current_count = COUNT(runs)}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_problem problem;

    inf_problem_init(&problem, &input);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(problem.deployments[0].running[i].keep, expected[i]);
    inf_problem_fini(&problem);
}

static void all_stay_when_enough_are_wanted(void **state)
{
    (void)state;
    expect_kept(14, (int64_t[]){5, 2, 3, 4});
    expect_kept(99, (int64_t[]){5, 2, 3, 4});
}

static void the_fullest_zone_gives_first_and_its_small_share(void **state)
{
    (void)state;
    expect_kept(12, (int64_t[]){5, 0, 3, 4});
    expect_kept(9, (int64_t[]){3, 0, 3, 3});
    expect_kept(4, (int64_t[]){2, 0, 1, 1});
}

static void none_stay_when_none_are_wanted(void **state)
{
    (void)state;
    expect_kept(0, (int64_t[]){0, 0, 0, 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_stay_when_enough_are_wanted),
        cmocka_unit_test(the_fullest_zone_gives_first_and_its_small_share),
        cmocka_unit_test(none_stay_when_none_are_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
