/* The input as the planner sees it: sorted, numbered, cleaned. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "planner_fixture.h"
#include "problem.h"
#include <limits.h>
#include <stdio.h>

static void is_sorted_by_id(void **state)
{
    struct inf_plan_node nodes[] = {
        {.id = "b", .zone = "2"}, {.id = "c"}, {.id = "a", .zone = "1"}};
    struct inf_plan_deployment d[] = {{.id = "y", .model_id = "m", .model_bytes = 1},
                                      {.id = "z", .model_id = "n", .low_priority = true},
                                      {.id = "x", .model_id = "m", .model_bytes = 5}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_problem problem;

    (void)state;
    inf_problem_init(&problem, &input);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(problem.nodes[i].given->id[0], 'a' + i);
        assert_int_equal(problem.deployments[i].given->id[0], 'x' + i);
    }
    assert_int_equal(problem.rank[0], 1);
    assert_int_equal(problem.rank[2], 0);
    assert_int_equal(problem.zone_count, 3); /* nodes without one are a zone together */
    assert_int_not_equal(problem.nodes[0].zone, problem.nodes[1].zone);
    assert_int_equal(problem.normal_count, 2);
    assert_int_equal(problem.deployments[0].model, problem.deployments[1].model);
    assert_int_not_equal(problem.deployments[0].model, problem.deployments[2].model);
    assert_int_equal(problem.deployments[1].model_bytes, 5); /* the largest given */
    assert_int_equal(problem.first_of_model[problem.deployments[1].model], 0);
    assert_int_equal(problem.deployments[0].next_of_model, 1);
    assert_int_equal(problem.deployments[1].next_of_model, INF_PROBLEM_NONE);
    inf_problem_fini(&problem);
}

static void figures_are_cut_to_sense(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "a", .processors = -4, .memory_bytes = INT64_MIN},
                                    {.id = "b", .processors = INT_MAX, .memory_bytes = INT64_MAX}};
    struct inf_plan_deployment d[] = {
        {.id = "x",
         .model_id = "m",
         .allocations = -1,
         .threads = 0,
         .model_bytes = INT64_MAX,
         .allocation_bytes = -1},
        {.id = "y", .model_id = "n", .allocations = 3, .refusal = ""}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_problem problem;

    (void)state;
    inf_problem_init(&problem, &input);
    assert_int_equal(problem.nodes[0].processors, 0);
    assert_int_equal(problem.nodes[0].memory_bytes, 0);
    assert_int_equal(problem.nodes[1].memory_bytes, INF_PROBLEM_MAX_BYTES);
    assert_int_equal(problem.deployments[0].wanted, 0);
    assert_int_equal(problem.deployments[0].threads, 1);
    assert_int_equal(problem.deployments[0].model_bytes, INF_PROBLEM_MAX_BYTES);
    assert_int_equal(problem.deployments[0].allocation_bytes, 0);
    assert_int_equal(problem.deployments[1].wanted, 0);
    inf_problem_fini(&problem);
}

static void what_runs_is_merged_by_node(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "b"}, {.id = "a"}};
    struct inf_plan_share runs[] = {{0, 1}, {1, 2}, {0, 3}, {2, 9}, {1, 0}, {0, -1}};
    struct inf_plan_deployment d[] = {{.id = "x",
                                       .model_id = "m",
                                       .allocations = 99,
                                       .current = runs,
                                       .current_count = COUNT(runs)}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_problem problem;

    (void)state;
    inf_problem_init(&problem, &input);
    assert_int_equal(problem.deployments[0].running_count, 2);
    assert_int_equal(problem.deployments[0].running[0].node, 0);
    assert_int_equal(problem.deployments[0].running[0].allocations, 2);
    assert_int_equal(problem.deployments[0].running[1].allocations, 4);
    assert_int_equal(problem.deployments[0].running_allocations, 6);
    inf_problem_fini(&problem);
}

static void zones_without_number_are_none(void **state)
{
    enum { NODES = INF_PROBLEM_MAX_ZONES + 1 };
    struct inf_plan_node nodes[NODES];
    char names[NODES][8];
    struct inf_plan_input input = {.nodes = nodes, .node_count = NODES};
    struct inf_problem problem;

    (void)state;
    for (int i = 0; i < NODES; i++) {
        snprintf(names[i], sizeof names[i], "%04d", i);
        nodes[i] = (struct inf_plan_node){.id = names[i], .zone = names[i]};
    }
    inf_problem_init(&problem, &input);
    assert_int_equal(problem.zone_count, 1);
    inf_problem_fini(&problem);
    input.node_count--;
    inf_problem_init(&problem, &input);
    assert_int_equal(problem.zone_count, NODES - 1);
    inf_problem_fini(&problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_sorted_by_id),
        cmocka_unit_test(figures_are_cut_to_sense),
        cmocka_unit_test(what_runs_is_merged_by_node),
        cmocka_unit_test(zones_without_number_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
