/* What a plan must be like (compatibility 9.3 to 9.5), case by case. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "planner_fixture.h"
#include <limits.h>

#define GB ((int64_t)1024 * 1024 * 1024)

static void one_node_gives_what_processors_and_memory_allow(void **state)
{
    struct inf_plan_node node[] = {{.id = "n", .processors = 7, .memory_bytes = 10}};
    struct inf_plan_deployment d[] = {
        {.id = "d", .model_id = "m", .allocations = 5, .threads = 2, .model_bytes = 4}};
    struct inf_plan_input input = INPUT(node, d);

    (void)state;
    assert_int_equal(planned(&input, 0), 3);
    d[0].allocations = 2;
    assert_int_equal(planned(&input, 0), 2);
    d[0].allocations = 0;
    assert_int_equal(planned(&input, 0), 0);
    d[0].allocations = 5;
    d[0].threads = 8;
    assert_int_equal(planned(&input, 0), 0);
    d[0].threads = 1;
    d[0].deployment_bytes = 1;
    d[0].allocation_bytes = 2;
    assert_int_equal(planned(&input, 0), 2); /* 4 + 1 + 2 x 2 of 10 */
    d[0].model_bytes = 10;
    assert_int_equal(planned(&input, 0), 0);
}

static void deployments_of_a_model_share_its_memory(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "a", .processors = 8, .memory_bytes = 100},
                                    {.id = "b", .processors = 8, .memory_bytes = 100}};
    struct inf_plan_deployment d[] = {
        {.id = "x", .model_id = "m", .allocations = 1, .threads = 1, .model_bytes = 60},
        {.id = "y", .model_id = "m", .allocations = 1, .threads = 1, .model_bytes = 60},
        {.id = "z", .model_id = "other", .allocations = 1, .threads = 1, .model_bytes = 60}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_plan *plan = inf_plan_make(&input);
    size_t count;
    size_t x = inf_plan_shares(plan, 0, &count)->node;

    (void)state;
    assert_int_equal(count, 1);
    assert_int_equal(allocations_on(plan, 1, x), 1);
    assert_int_equal(allocations_on(plan, 2, 1 - x), 1);
    inf_plan_free(plan);
}

static void a_refused_deployment_gets_nothing(void **state)
{
    struct inf_plan_node node[] = {{.id = "n", .processors = 4, .memory_bytes = 10}};
    struct inf_plan_share runs[] = {{0, 1}};
    struct inf_plan_deployment d[] = {{.id = "d",
                                       .model_id = "m",
                                       .allocations = 1,
                                       .threads = 1,
                                       .current = runs,
                                       .current_count = 1,
                                       .refusal = "it does not load"}};
    struct inf_plan_input input = INPUT(node, d);

    (void)state;
    assert_int_equal(planned(&input, 0), 0);
}

static void low_priority_takes_memory_but_no_processors(void **state)
{
    struct inf_plan_node node[] = {{.id = "n", .processors = 2, .memory_bytes = 10}};
    struct inf_plan_deployment d[] = {
        {.id = "a", .model_id = "m", .allocations = 2, .threads = 1, .model_bytes = 4},
        {.id = "l",
         .model_id = "low",
         .allocations = 9,
         .threads = 2,
         .low_priority = true,
         .allocation_bytes = 2}};
    struct inf_plan_input input = INPUT(node, d);

    (void)state;
    assert_int_equal(planned(&input, 0), 2);
    assert_int_equal(planned(&input, 1), 3);
    d[1].threads = 3; /* larger than the node */
    assert_int_equal(planned(&input, 1), 0);
}

static void low_priority_goes_only_where_its_memory_is_needed(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "a", .processors = 4, .memory_bytes = 10},
                                    {.id = "b", .processors = 4, .memory_bytes = 10}};
    struct inf_plan_share on_a[] = {{0, 1}}, on_b[] = {{1, 1}};
    struct inf_plan_deployment d[] = {
        {.id = "low-1",
         .model_id = "l",
         .allocations = 1,
         .threads = 1,
         .low_priority = true,
         .model_bytes = 6,
         .current = on_a,
         .current_count = 1},
        {.id = "low-2",
         .model_id = "k",
         .allocations = 1,
         .threads = 1,
         .low_priority = true,
         .model_bytes = 2,
         .current = on_b,
         .current_count = 1},
        {.id = "new", .model_id = "m", .allocations = 1, .threads = 1, .model_bytes = 8}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_plan *plan = inf_plan_make(&input);

    (void)state; /* room on b without anybody leaving */
    assert_int_equal(allocations_on(plan, 2, 1), 1);
    assert_int_equal(allocations_on(plan, 0, 0), 1);
    assert_int_equal(allocations_on(plan, 1, 1), 1);
    inf_plan_free(plan);

    d[2].model_bytes = 9; /* now one of them has to go: the smaller one finds another place */
    plan = inf_plan_make(&input);
    assert_int_equal(inf_plan_allocations(plan, 2), 1);
    assert_int_equal(inf_plan_allocations(plan, 0), 1);
    assert_int_equal(inf_plan_allocations(plan, 1), 1);
    inf_plan_free(plan);

    d[2].allocations = 8; /* and now both */
    plan = inf_plan_make(&input);
    assert_int_equal(inf_plan_allocations(plan, 2), 8);
    assert_int_equal(inf_plan_allocations(plan, 0) + inf_plan_allocations(plan, 1), 0);
    inf_plan_free(plan);
}

static void what_runs_stays_where_it_is(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "a", .processors = 4, .memory_bytes = GB},
                                    {.id = "b", .processors = 4, .memory_bytes = GB}};
    struct inf_plan_share x_runs[] = {{0, 2}, {1, 1}}, y_runs[] = {{1, 1}};
    struct inf_plan_deployment d[] = {{.id = "x",
                                       .model_id = "m",
                                       .allocations = 3,
                                       .threads = 1,
                                       .current = x_runs,
                                       .current_count = 2},
                                      {.id = "y",
                                       .model_id = "n",
                                       .allocations = 3,
                                       .threads = 1,
                                       .current = y_runs,
                                       .current_count = 1}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_plan *plan = inf_plan_make(&input);

    (void)state;
    assert_int_equal(allocations_on(plan, 0, 0), 2);
    assert_int_equal(allocations_on(plan, 0, 1), 1);
    assert_int_equal(allocations_on(plan, 1, 1), 3); /* joins its own first */
    inf_plan_free(plan);
    d[0].allocations = 2; /* the smaller share goes */
    plan = inf_plan_make(&input);
    assert_int_equal(allocations_on(plan, 0, 0), 2);
    assert_int_equal(allocations_on(plan, 0, 1), 0);
    inf_plan_free(plan);
}

static void everyone_keeps_one_when_a_node_shrinks(void **state)
{
    struct inf_plan_node node[] = {{.id = "n", .processors = 4, .memory_bytes = GB}};
    struct inf_plan_share x_runs[] = {{0, 6}}, y_runs[] = {{0, 1}};
    struct inf_plan_deployment d[] = {{.id = "x",
                                       .model_id = "m",
                                       .allocations = 6,
                                       .threads = 1,
                                       .model_bytes = 9,
                                       .current = x_runs,
                                       .current_count = 1},
                                      {.id = "y",
                                       .model_id = "n",
                                       .allocations = 1,
                                       .threads = 2,
                                       .model_bytes = 1,
                                       .current = y_runs,
                                       .current_count = 1}};
    struct inf_plan_input input = INPUT(node, d);

    (void)state;
    assert_int_equal(planned(&input, 0), 2);
    assert_int_equal(planned(&input, 1), 1);
}

static void who_lost_its_node_comes_before_more_of_the_others(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "a", .processors = 4, .memory_bytes = GB},
                                    {.id = "b", .processors = 1, .memory_bytes = GB}};
    struct inf_plan_share x_runs[] = {{0, 4}}, y_runs[] = {{1, 1}};
    struct inf_plan_deployment d[] = {{.id = "x",
                                       .model_id = "m",
                                       .allocations = 4,
                                       .threads = 1,
                                       .current = x_runs,
                                       .current_count = 1},
                                      {.id = "y",
                                       .model_id = "n",
                                       .allocations = 1,
                                       .threads = 2,
                                       .current = y_runs,
                                       .current_count = 1}};
    struct inf_plan_input input = INPUT(nodes, d);

    (void)state; /* b is too small for y now */
    assert_int_equal(planned(&input, 1), 1);
    assert_int_equal(planned(&input, 0), 3);
}

static void a_new_one_never_takes_from_what_runs(void **state)
{
    struct inf_plan_node node[] = {{.id = "n", .processors = 4, .memory_bytes = GB}};
    struct inf_plan_share runs[] = {{0, 4}};
    struct inf_plan_deployment d[] = {
        {.id = "x",
         .model_id = "m",
         .allocations = INT_MAX,
         .threads = 1,
         .current = runs,
         .current_count = 1},
        {.id = "new", .model_id = "n", .allocations = 1, .threads = 1}};
    struct inf_plan_input input = INPUT(node, d);

    (void)state;
    assert_int_equal(planned(&input, 0), 4);
    assert_int_equal(planned(&input, 1), 0);
    node[0].processors = 5; /* but of what is free, it gets its first one before others get more */
    assert_int_equal(planned(&input, 1), 1);
}

static void others_move_over_for_one_that_needs_much(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "a", .processors = 8, .memory_bytes = GB},
                                    {.id = "b", .processors = 8, .memory_bytes = GB}};
    struct inf_plan_share x_runs[] = {{0, 4}}, y_runs[] = {{1, 4}};
    struct inf_plan_deployment d[] = {
        {.id = "x",
         .model_id = "m",
         .allocations = 4,
         .threads = 1,
         .current = x_runs,
         .current_count = 1},
        {.id = "y",
         .model_id = "n",
         .allocations = 4,
         .threads = 1,
         .current = y_runs,
         .current_count = 1},
        {.id = "new", .model_id = "o", .allocations = 1, .threads = 8}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_plan *plan = inf_plan_make(&input);

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(inf_plan_allocations(plan, i), d[i].allocations);
    inf_plan_free(plan);
}

static void zones_get_the_same(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "a", .zone = "1", .processors = 8, .memory_bytes = GB},
                                    {.id = "b", .zone = "2", .processors = 8, .memory_bytes = GB},
                                    {.id = "c", .zone = "3", .processors = 8, .memory_bytes = GB},
                                    {.id = "d", .zone = "3", .processors = 8, .memory_bytes = GB}};
    struct inf_plan_deployment d[] = {
        {.id = "d", .model_id = "m", .allocations = 7, .threads = 1, .model_bytes = 1}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_plan *plan = inf_plan_make(&input);

    (void)state;
    assert_int_equal(allocations_on(plan, 0, 0), 2);
    assert_int_equal(allocations_on(plan, 0, 1), 2);
    assert_int_equal(allocations_on(plan, 0, 2) + allocations_on(plan, 0, 3), 3);
    inf_plan_free(plan);
    nodes[0].processors = 1; /* a zone that is full gives its part to the others */
    plan = inf_plan_make(&input);
    assert_int_equal(allocations_on(plan, 0, 0), 1);
    assert_int_equal(allocations_on(plan, 0, 1), 3);
    assert_int_equal(allocations_on(plan, 0, 2) + allocations_on(plan, 0, 3), 3);
    inf_plan_free(plan);
}

static void odd_numbers_are_borne(void **state)
{
    struct inf_plan_node nodes[] = {
        {.id = "a", .processors = INT_MAX, .memory_bytes = INT64_MAX},
        {.id = "b", .processors = -1, .memory_bytes = INT64_MIN},
    };
    struct inf_plan_share runs[] = {{0, INT_MAX}, {0, INT_MAX}, {7, 3}, {1, -5}, {1, 0}};
    struct inf_plan_deployment d[] = {
        {.id = "all",
         .model_id = "m",
         .allocations = INT_MAX,
         .threads = 1,
         .current = runs,
         .current_count = COUNT(runs)},
        {.id = "heavy",
         .model_id = "n",
         .allocations = INT_MAX,
         .threads = INT_MAX,
         .model_bytes = INT64_MAX,
         .deployment_bytes = INT64_MAX,
         .allocation_bytes = INT64_MAX},
        {.id = "less",
         .model_id = "n",
         .allocations = -3,
         .threads = -1,
         .model_bytes = -1,
         .deployment_bytes = INT64_MIN,
         .allocation_bytes = -1},
        {.id = "low", .model_id = "l", .allocations = INT_MAX, .threads = 0, .low_priority = true},
        {.id = "low-2",
         .model_id = "k",
         .allocations = INT_MAX,
         .threads = 1,
         .low_priority = true,
         .allocation_bytes = 1}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_plan *plan = inf_plan_make(&input);
    size_t count;

    (void)state;
    assert_int_equal(inf_plan_allocations(plan, 0), INT_MAX);
    assert_int_equal(allocations_on(plan, 0, 0), INT_MAX);
    assert_int_equal(inf_plan_allocations(plan, 1), 0);
    assert_int_equal(inf_plan_allocations(plan, 2), 0);
    assert_int_equal(inf_plan_allocations(plan, 3), INT_MAX);
    assert_int_equal(inf_plan_allocations(plan, 4), INT_MAX);
    inf_plan_shares(plan, 1, &count);
    assert_int_equal(count, 0);
    inf_plan_free(plan);
}

static void nothing_at_all_is_a_plan(void **state)
{
    struct inf_plan_input empty = {0};
    struct inf_plan_deployment d[] = {{.id = "d", .model_id = "m", .allocations = 1, .threads = 1}};
    struct inf_plan_input no_nodes = {.deployments = d, .deployment_count = 1};

    (void)state;
    inf_plan_free(inf_plan_make(&empty));
    inf_plan_free(NULL);
    assert_int_equal(planned(&no_nodes, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_node_gives_what_processors_and_memory_allow),
        cmocka_unit_test(deployments_of_a_model_share_its_memory),
        cmocka_unit_test(a_refused_deployment_gets_nothing),
        cmocka_unit_test(low_priority_takes_memory_but_no_processors),
        cmocka_unit_test(low_priority_goes_only_where_its_memory_is_needed),
        cmocka_unit_test(what_runs_stays_where_it_is),
        cmocka_unit_test(everyone_keeps_one_when_a_node_shrinks),
        cmocka_unit_test(who_lost_its_node_comes_before_more_of_the_others),
        cmocka_unit_test(a_new_one_never_takes_from_what_runs),
        cmocka_unit_test(others_move_over_for_one_that_needs_much),
        cmocka_unit_test(zones_get_the_same),
        cmocka_unit_test(odd_numbers_are_borne),
        cmocka_unit_test(nothing_at_all_is_a_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
