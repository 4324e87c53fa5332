/* Which nodes are chosen for the allocations of one deployment. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"
#include "planner_fixture.h"

static struct inf_plan_node nodes[] = {{.id = "a", .processors = 8, .memory_bytes = 100},
                                       {.id = "b", .processors = 3, .memory_bytes = 100},
                                       {.id = "c", .processors = 5, .memory_bytes = 100}};
static struct inf_plan_deployment d[] = {
    {.id = "x", .model_id = "m", .threads = 1, .model_bytes = 60},
    {.id = "y", .model_id = "m", .threads = 1, .model_bytes = 60},
    {.id = "z", .model_id = "n", .threads = 1, .model_bytes = 60},
    {.id = "zz", .model_id = "o", .threads = 1, .low_priority = true, .allocation_bytes = 30}};
static const struct inf_plan_input input = {
    .nodes = nodes, .node_count = COUNT(nodes), .deployments = d, .deployment_count = COUNT(d)};
static struct inf_problem problem;
static struct inf_book book;

static int setup(void **state)
{
    (void)state;
    inf_problem_init(&problem, &input);
    inf_book_init(&book, &problem);
    inf_book_index(&book, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    inf_book_fini(&book);
    inf_problem_fini(&problem);
    return 0;
}

static void expect(uint32_t deployment, int64_t on_a, int64_t on_b, int64_t on_c)
{
    assert_int_equal(inf_book_allocations(&book, 0, deployment), on_a);
    assert_int_equal(inf_book_allocations(&book, 1, deployment), on_b);
    assert_int_equal(inf_book_allocations(&book, 2, deployment), on_c);
}

static void takes_the_tightest_node_that_has_room_for_all(void **state)
{
    (void)state;
    assert_int_equal(inf_pack(&book, 0, 4, true), 4);
    expect(0, 0, 0, 4);
}

static void else_the_one_that_takes_most(void **state)
{
    (void)state;
    assert_int_equal(inf_pack(&book, 0, 10, true), 10);
    expect(0, 8, 2, 0);
}

static void joins_the_deployment_then_the_model(void **state)
{
    (void)state;
    inf_book_put(&book, 1, 0, 1);
    assert_int_equal(inf_pack(&book, 1, 1, true), 1);
    expect(1, 0, 1, 0);
    assert_int_equal(inf_pack(&book, 0, 2, true), 2); /* one beside its own, then elsewhere */
    expect(0, 0, 2, 1);
}

static void places_all_that_fit_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(inf_pack(&book, 0, 100, true), 16);
    assert_int_equal(inf_pack(&book, 2, 1, true), 0);
    assert_int_equal(inf_pack(&book, 2, 0, true), 0);
}

static void low_priority_fills_memory(void **state)
{
    (void)state;
    inf_book_put(&book, 2, 2, 5);
    inf_book_index(&book, true);
    assert_int_equal(inf_pack(&book, 3, 100, true), 3 + 3 + 1);
    expect(3, 3, 3, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_the_tightest_node_that_has_room_for_all, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(else_the_one_that_takes_most, setup, teardown),
        cmocka_unit_test_setup_teardown(joins_the_deployment_then_the_model, setup, teardown),
        cmocka_unit_test_setup_teardown(places_all_that_fit_and_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(low_priority_fills_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
