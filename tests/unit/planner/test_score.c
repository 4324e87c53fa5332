/* The order of the goals: what a plan is worth. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "planner_fixture.h"
#include "score.h"

static void counts_every_goal(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "a", .zone = "1", .processors = 8, .memory_bytes = 100},
                                    {.id = "b", .zone = "2", .processors = 8, .memory_bytes = 100}};
    struct inf_plan_share runs[] = {{0, 3}, {1, 1}};
    struct inf_plan_deployment d[] = {
        {.id = "x",
         .model_id = "m",
         .allocations = 3,
         .threads = 1,
         .model_bytes = 10,
         .current = runs,
         .current_count = 2},
        {.id = "y", .model_id = "n", .allocations = 3, .threads = 1, .low_priority = true}};
    struct inf_plan_input input = INPUT(nodes, d);
    struct inf_problem problem;
    struct inf_book book;
    struct inf_score score;

    (void)state;
    inf_problem_init(&problem, &input);
    inf_book_init(&book, &problem);
    inf_book_put(&book, 0, 0, 1);
    inf_book_put(&book, 1, 0, 2);
    inf_book_put(&book, 1, 1, 1);
    inf_score_of(&book, &score);
    assert_int_equal(score.terms[INF_SCORE_ALIVE], 1);
    assert_int_equal(score.terms[INF_SCORE_KEPT], 3);
    assert_int_equal(score.terms[INF_SCORE_SERVED], 1);
    assert_int_equal(score.terms[INF_SCORE_PLACED], 3);
    assert_int_equal(score.terms[INF_SCORE_LOW_ALIVE], 0);
    assert_int_equal(score.terms[INF_SCORE_LOW_SERVED], 1);
    assert_int_equal(score.terms[INF_SCORE_LOW_PLACED], 1);
    assert_int_equal(score.terms[INF_SCORE_STAYED], -1); /* a second one on b, two less on a */
    assert_int_equal(score.terms[INF_SCORE_EVEN], -2 - 1);
    assert_int_equal(score.terms[INF_SCORE_FRUGAL], 180);
    inf_book_fini(&book);
    inf_problem_fini(&problem);
}

static void an_earlier_goal_outweighs_all_later_ones(void **state)
{
    (void)state;
    for (int i = 0; i < INF_SCORE_TERMS; i++) {
        struct inf_score a = {0}, b = {0};
        a.terms[i] = 1;
        for (int j = i + 1; j < INF_SCORE_TERMS; j++)
            b.terms[j] = 1000;
        assert_true(inf_score_better(&a, &b));
        assert_false(inf_score_better(&b, &a));
        assert_false(inf_score_better(&a, &a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_every_goal),
        cmocka_unit_test(an_earlier_goal_outweighs_all_later_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
