/* The best stretches of all windows against a scan of every one, ties, limits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "answers.h"
#include <limits.h>
#include <stdlib.h>

static struct inf_answers answers_of(int wanted, int longest)
{
    struct inf_answers answers;
    struct inf_error err = {0};
    assert_int_equal(inf_answers_init(&answers, wanted, longest, &err), 0);
    return answers;
}

static void is(const struct inf_answers *answers, size_t at, double score, int window, int first,
               int last)
{
    assert_true(at < answers->count);
    assert_true(answers->best[at].score == score);
    assert_int_equal(answers->best[at].window, window);
    assert_int_equal(answers->best[at].first, first);
    assert_int_equal(answers->best[at].last, last);
}

static void test_two_windows(void **state)
{
    const double begins[] = {0, 0.5, 0.25, 0.25};
    const double ends[] = {0, 0.25, 0.5, 0.25};
    const double sure[] = {0, 0, 1, 0};
    struct inf_answers answers = answers_of(3, 2);
    (void)state;
    inf_answers_add(&answers, 0, begins, ends, 1, 4);
    inf_answers_add(&answers, 1, sure, sure, 2, 4);
    inf_answers_sort(&answers);
    assert_int_equal(answers.count, 3);
    is(&answers, 0, 1, 1, 2, 2);
    is(&answers, 1, 0.25, 0, 1, 2);
    is(&answers, 2, 0.125, 0, 1, 1); /* as good as 2..2, and met before it */
    inf_answers_fini(&answers);
}

/* An answer never begins outside, ends outside, or is longer than allowed. */
static void test_bounds(void **state)
{
    const double begins[] = {9, 1, 0, 0, 9};
    const double ends[] = {9, 0, 0, 1, 9};
    struct inf_answers answers = answers_of(9, 2);
    (void)state;
    inf_answers_add(&answers, 0, begins, ends, 1, 4);
    assert_int_equal(answers.count, 0); /* 1..3 has three tokens */
    answers.longest = 3;
    inf_answers_add(&answers, 0, begins, ends, 1, 4);
    assert_int_equal(answers.count, 1);
    is(&answers, 0, 1, 0, 1, 3);
    inf_answers_add(&answers, 1, begins, ends, 4, 4); /* no column at all */
    inf_answers_add(&answers, 2, begins, ends, 4, 3);
    assert_int_equal(answers.count, 1);
    inf_answers_fini(&answers);
    inf_answers_fini(&answers);
}

static void test_limits(void **state)
{
    enum { COLUMNS = 3000 };
    static double likely[COLUMNS];
    struct inf_answers answers = answers_of(INT_MAX, INT_MAX);
    (void)state;
    assert_int_equal(answers.wanted, INF_ANSWERS_MAX);
    assert_int_equal(answers.longest, INF_ANSWER_TOKENS_MAX);
    for (int i = 0; i < COLUMNS; i++) {
        likely[i] = i + 1;
    }
    inf_answers_add(&answers, 0, likely, likely, 0, COLUMNS);
    inf_answers_sort(&answers);
    assert_int_equal(answers.count, INF_ANSWERS_MAX);
    is(&answers, 0, 9e6, 0, COLUMNS - 1, COLUMNS - 1);
    inf_answers_fini(&answers);
}

static void test_against_a_scan(void **state)
{
    enum { COLUMNS = 40, WINDOWS = 3, LONGEST = 7, MOST = WINDOWS * COLUMNS * LONGEST };
    static double begins[WINDOWS][COLUMNS], ends[WINDOWS][COLUMNS];
    unsigned seed = 7;
    (void)state;
    for (int i = 0; i < WINDOWS * COLUMNS; i++) {
        seed = seed * 1103515245u + 12345u;
        (&begins[0][0])[i] = (double)(seed >> 16 & 7);
        (&ends[0][0])[i] = (double)(seed >> 20 & 7);
    }
    for (int wanted = 1; wanted < 300; wanted += 23) {
        struct inf_answers answers = answers_of(wanted, LONGEST);
        struct inf_answers all = answers_of(INF_ANSWERS_MAX, LONGEST);
        for (int w = 0; w < WINDOWS; w++) {
            inf_answers_add(&answers, w, begins[w], ends[w], 3, COLUMNS - 1);
            for (int first = 3; first < COLUMNS - 1; first++) {
                for (int last = first; last < COLUMNS - 1 && last < first + LONGEST; last++) {
                    struct inf_answer one = {begins[w][first] * ends[w][last], w, first, last};
                    if (one.score > 0) {
                        all.best[all.count++] = one;
                    }
                }
            }
        }
        assert_in_range(all.count, 300, MOST);
        inf_answers_sort(&all);
        inf_answers_sort(&answers);
        assert_int_equal(answers.count, wanted);
        for (int i = 0; i < wanted; i++) {
            is(&answers, (size_t)i, all.best[i].score, all.best[i].window, all.best[i].first,
               all.best[i].last);
        }
        inf_answers_fini(&answers);
        inf_answers_fini(&all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_windows),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_against_a_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
