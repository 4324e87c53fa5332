/* Book-keeping: what fits, what is free, and that a trial leaves no trace. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "book.h"
#include "planner_fixture.h"
#include <limits.h>
#include <stdlib.h>

static struct inf_plan_node nodes[] = {
    {.id = "a", .zone = "1", .processors = 8, .memory_bytes = 100},
    {.id = "b", .zone = "2", .processors = 4, .memory_bytes = 90}};
static struct inf_plan_deployment d[] = {
    {.id = "x",
     .model_id = "m",
     .threads = 2,
     .model_bytes = 40,
     .deployment_bytes = 5,
     .allocation_bytes = 10},
    {.id = "y", .model_id = "m", .threads = 1, .model_bytes = 40, .deployment_bytes = 5},
    {.id = "z", .model_id = "n", .threads = 1, .model_bytes = 10, .low_priority = true}};
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

static void counts_a_model_once_and_every_allocation(void **state)
{
    (void)state;
    assert_int_equal(inf_book_fit(&book, 0, 0), 4); /* processors */
    inf_book_put(&book, 0, 0, 3);
    assert_int_equal(book.free_memory[0], 100 - 40 - 5 - 30);
    assert_int_equal(book.free_processors[0], 2);
    assert_int_equal(inf_book_fit(&book, 0, 0), 1);
    assert_int_equal(inf_book_bytes_to_begin(&book, 0, 1), 5); /* the model is there */
    inf_book_put(&book, 0, 1, 2);
    assert_int_equal(book.free_memory[0], 20);
    assert_int_equal(book.placed[1], 2);
    assert_int_equal(inf_book_allocations(&book, 0, 1), 2);
    assert_int_equal(inf_book_allocations(&book, 1, 1), 0);
    inf_book_take(&book, 0, 0, 3); /* y still needs the model */
    assert_int_equal(book.free_memory[0], 100 - 40 - 5);
    inf_book_take(&book, 0, 1, 2);
    assert_int_equal(book.free_memory[0], 100);
    assert_int_equal(book.free_processors[0], 8);
}

static void low_priority_takes_no_processors(void **state)
{
    (void)state;
    assert_int_equal(inf_book_fit(&book, 1, 2), INT_MAX);
    inf_book_put(&book, 1, 2, 1000);
    assert_int_equal(book.free_processors[1], 4);
    assert_int_equal(book.free_memory[1], 80);
}

static void undo_takes_everything_back(void **state)
{
    int64_t processors[2], memory[2];
    size_t mark;

    (void)state;
    inf_book_put(&book, 0, 0, 1);
    mark = book.change_count;
    memcpy(processors, book.free_processors, sizeof processors);
    memcpy(memory, book.free_memory, sizeof memory);
    inf_book_put(&book, 1, 0, 1);
    inf_book_put(&book, 0, 1, 2);
    inf_book_take(&book, 0, 0, 1);
    inf_book_put(&book, 0, 2, 7);
    inf_book_undo(&book, mark);
    assert_int_equal(book.change_count, mark);
    assert_memory_equal(processors, book.free_processors, sizeof processors);
    assert_memory_equal(memory, book.free_memory, sizeof memory);
    assert_int_equal(inf_book_allocations(&book, 0, 0), 1);
    assert_int_equal(book.placed[0], 1);
    assert_int_equal(book.placed[2], 0);
    assert_int_equal(book.placed_in_zone[0], 1);
    assert_int_equal(book.placed_in_zone[1], 0);
}

static void tidy_lists_are_by_number(void **state)
{
    (void)state;
    inf_book_put(&book, 1, 1, 1);
    inf_book_put(&book, 0, 2, 1);
    inf_book_put(&book, 0, 1, 1);
    inf_book_put(&book, 0, 0, 1);
    inf_book_take(&book, 0, 2, 1);
    inf_book_tidy(&book);
    assert_int_equal(book.share_count, 3);
    assert_int_equal(book.first_of_deployment[2], INF_PROBLEM_NONE);
    for (uint32_t i = book.first_on_node[0], deployment = 0; i != INF_PROBLEM_NONE;
         i = book.shares[i].next_on_node)
        assert_int_equal(book.shares[i].deployment, deployment++);
    for (uint32_t i = book.first_of_deployment[1], node = 0; i != INF_PROBLEM_NONE;
         i = book.shares[i].next_of_deployment)
        assert_int_equal(book.shares[i].node, node++);
    assert_int_equal(inf_book_allocations(&book, 1, 1), 1);
}

static void forests_follow(void **state)
{
    (void)state;
    assert_int_equal(inf_forest_most_processors(book.everywhere, 0), 8);
    inf_book_put(&book, 0, 1, 8);
    assert_int_equal(inf_forest_most_processors(book.everywhere, 0), 4);
    assert_int_equal(inf_forest_most_processors(book.by_zone, 0), 0);
    assert_int_equal(book.zone_processors[0], 0);
    inf_book_index(&book, true); /* low priority: whole nodes */
    assert_int_equal(inf_forest_most_processors(book.everywhere, 0), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_a_model_once_and_every_allocation, setup, teardown),
        cmocka_unit_test_setup_teardown(low_priority_takes_no_processors, setup, teardown),
        cmocka_unit_test_setup_teardown(undo_takes_everything_back, setup, teardown),
        cmocka_unit_test_setup_teardown(tidy_lists_are_by_number, setup, teardown),
        cmocka_unit_test_setup_teardown(forests_follow, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
