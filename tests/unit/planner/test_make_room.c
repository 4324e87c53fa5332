/* Moving others over, and leaving everything as it was when that does not help. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "make_room.h"
#include "planner_fixture.h"

static struct inf_plan_node nodes[] = {{.id = "a", .processors = 4, .memory_bytes = 100},
                                       {.id = "b", .processors = 4, .memory_bytes = 100}};
static struct inf_plan_deployment d[] = {
    {.id = "big", .model_id = "m", .allocations = 2, .threads = 4},
    {.id = "heavy", .model_id = "n", .allocations = 1, .threads = 1, .model_bytes = 80},
    {.id = "x", .model_id = "o", .allocations = 9, .threads = 1, .allocation_bytes = 15},
    {.id = "y", .model_id = "p", .allocations = 9, .threads = 1, .model_bytes = 1}};
static const struct inf_plan_input input = {
    .nodes = nodes, .node_count = COUNT(nodes), .deployments = d, .deployment_count = COUNT(d)};
static struct inf_problem problem;
static struct inf_book book;
static struct inf_room_budget budget;

static int setup(void **state)
{
    (void)state;
    inf_problem_init(&problem, &input);
    inf_book_init(&book, &problem);
    inf_book_index(&book, false);
    budget = (struct inf_room_budget){1000, 1000};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    inf_book_fini(&book);
    inf_problem_fini(&problem);
    return 0;
}

static void moves_for_processors(void **state)
{
    (void)state;
    inf_book_put(&book, 0, 2, 2);
    inf_book_put(&book, 1, 3, 2);
    assert_int_equal(inf_make_room(&book, 0, &budget), 1);
    assert_int_equal(book.placed[0], 1);
    assert_int_equal(book.placed[2], 2);
    assert_int_equal(book.placed[3], 2);
}

static void moves_for_memory(void **state)
{
    (void)state;
    inf_book_put(&book, 0, 2, 2);
    inf_book_put(&book, 1, 2, 2);
    assert_int_equal(inf_make_room(&book, 1, &budget), 1);
    assert_int_equal(book.placed[2], 4);
    assert_int_equal(inf_book_allocations(&book, 0, 2), 1); /* no more than needed */
    assert_int_equal(inf_book_allocations(&book, 0, 1), 1);
}

static void nothing_changes_when_it_does_not_help(void **state)
{
    (void)state;
    inf_book_put(&book, 0, 2, 3);
    inf_book_put(&book, 1, 3, 2);
    assert_int_equal(inf_make_room(&book, 0, &budget), 0);
    assert_int_equal(inf_book_allocations(&book, 0, 2), 3);
    assert_int_equal(inf_book_allocations(&book, 1, 3), 2);
    assert_int_equal(book.placed[0], 0);
}

static void stops_when_the_budget_is_used_up(void **state)
{
    (void)state;
    inf_book_put(&book, 0, 2, 2);
    inf_book_put(&book, 1, 3, 2);
    budget.trials = 0;
    assert_int_equal(inf_make_room(&book, 0, &budget), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(moves_for_processors, setup, teardown),
        cmocka_unit_test_setup_teardown(moves_for_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_changes_when_it_does_not_help, setup, teardown),
        cmocka_unit_test_setup_teardown(stops_when_the_budget_is_used_up, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
