/* The best stretches of all windows against a scan of every one, ties, limits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "answers.h"
#include <limits.h>
#include <stdlib.h>

#define MOST_COLUMNS 3000
#define MOST_WINDOWS 4

static struct {
    double begins[MOST_COLUMNS], ends[MOST_COLUMNS];
    int from, to;
    int reads;
} windows[MOST_WINDOWS];

static void read_window(const void *arg, int window, struct inf_answer_window *ret)
{
    size_t bytes = (size_t) * (const int *)arg * sizeof(double);
    memcpy(ret->begins, windows[window].begins, bytes);
    memcpy(ret->ends, windows[window].ends, bytes);
    ret->from = windows[window].from;
    ret->to = windows[window].to;
    windows[window].reads++;
}

static struct inf_answers find(int count, int columns, int wanted, int longest)
{
    struct inf_answer_source source = {count, columns, read_window, &columns};
    struct inf_answers answers;
    struct inf_error err = {0};
    for (int i = 0; i < count; i++) {
        windows[i].reads = 0;
    }
    assert_int_equal(inf_answers_find(&source, wanted, longest, &answers, &err), 0);
    for (int i = 0; i < count; i++) {
        assert_in_range(windows[i].reads, 1, 2);
    }
    return answers;
}

static void set(int window, int columns, const double *begins, const double *ends, int from, int to)
{
    memcpy(windows[window].begins, begins, (size_t)columns * sizeof *begins);
    memcpy(windows[window].ends, ends, (size_t)columns * sizeof *ends);
    windows[window].from = from;
    windows[window].to = to;
}

static void is(const struct inf_answers *answers, size_t at, double score, int window, int first,
               int last)
{
    assert_true(at < answers->count);
    assert_true(answers->items[at].score == score);
    assert_int_equal(answers->items[at].window, window);
    assert_int_equal(answers->items[at].first, first);
    assert_int_equal(answers->items[at].last, last);
}

static void test_two_windows(void **state)
{
    const double begins[] = {0, 0.5, 0.25, 0.25};
    const double ends[] = {0, 0.25, 0.5, 0.25};
    const double sure[] = {0, 0, 1, 0};
    (void)state;
    set(0, 4, begins, ends, 1, 4);
    set(1, 4, sure, sure, 2, 4);
    struct inf_answers answers = find(2, 4, 3, 2);
    assert_int_equal(answers.count, 3);
    is(&answers, 0, 1, 1, 2, 2);
    is(&answers, 1, 0.25, 0, 1, 2);
    is(&answers, 2, 0.125, 0, 1, 1); /* as good as 2..2, and before it */
    inf_answers_free(&answers);
}

/* An answer never begins outside, ends outside, or is longer than allowed. */
static void test_bounds(void **state)
{
    const double begins[] = {9, 1, 0, 0, 9};
    const double ends[] = {9, 0, 0, 1, 9};
    (void)state;
    set(0, 5, begins, ends, 1, 4);
    set(1, 5, begins, ends, 4, 4); /* no column at all */
    set(2, 5, begins, ends, 4, 3);
    struct inf_answers answers = find(3, 5, 9, 2);
    assert_int_equal(answers.count, 0); /* 1..3 has three tokens */
    inf_answers_free(&answers);
    answers = find(3, 5, 9, 3);
    assert_int_equal(answers.count, 1);
    is(&answers, 0, 1, 0, 1, 3);
    inf_answers_free(&answers);
    inf_answers_free(&answers);
}

static void test_limits(void **state)
{
    (void)state;
    for (int i = 0; i < MOST_COLUMNS; i++) {
        windows[0].begins[i] = i + 1;
        windows[0].ends[i] = 1;
    }
    windows[0].ends[MOST_COLUMNS - 1] = MOST_COLUMNS;
    windows[0].from = 0;
    windows[0].to = MOST_COLUMNS;
    struct inf_answers answers = find(1, MOST_COLUMNS, INT_MAX, INT_MAX);
    assert_int_equal(answers.count, INF_ANSWERS_MAX);
    is(&answers, 0, 9e6, 0, MOST_COLUMNS - 1, MOST_COLUMNS - 1);
    /* From a column before it the great end is out of reach. */
    is(&answers, INF_ANSWERS_MAX - 1, 2001.0 * MOST_COLUMNS, 0, 2000, MOST_COLUMNS - 1);
    assert_int_equal(MOST_COLUMNS - 2000, INF_ANSWER_TOKENS_MAX);
    inf_answers_free(&answers);
}

/* Few different scores, so that ties are everywhere. */
static void fill(int count, int columns, int from, unsigned seed)
{
    for (int w = 0; w < count; w++) {
        for (int i = 0; i < columns; i++) {
            seed = seed * 1103515245u + 12345u;
            windows[w].begins[i] = (double)(seed >> 16 & 7);
            windows[w].ends[i] = (double)(seed >> 20 & 7);
        }
        windows[w].from = from;
        windows[w].to = columns - 1;
    }
}

static int compare(const void *a, const void *b)
{
    const struct inf_answer *left = a;
    const struct inf_answer *right = b;
    if (left->score != right->score) {
        return left->score > right->score ? -1 : 1;
    }
    int places[] = {left->window - right->window, left->first - right->first,
                    left->last - right->last};
    return places[0] ? places[0] : places[1] ? places[1] : places[2];
}

static size_t scan(int count, int longest, struct inf_answer *ret)
{
    size_t found = 0;
    for (int w = 0; w < count; w++) {
        for (int first = windows[w].from; first < windows[w].to; first++) {
            for (int last = first; last < windows[w].to && last < first + longest; last++) {
                double score = windows[w].begins[first] * windows[w].ends[last];
                if (score > 0) {
                    ret[found++] = (struct inf_answer){score, w, first, last};
                }
            }
        }
    }
    qsort(ret, found, sizeof *ret, compare);
    return found;
}

static void test_against_a_scan(void **state)
{
    enum { COLUMNS = 40 };
    static struct inf_answer all[MOST_WINDOWS * COLUMNS * COLUMNS];
    (void)state;
    for (unsigned seed = 1; seed < 60; seed++) {
        int longest = 1 + (int)seed % 50;
        fill(MOST_WINDOWS, COLUMNS, 3, seed);
        size_t total = scan(MOST_WINDOWS, longest, all);
        for (int wanted = 1; wanted < INF_ANSWERS_MAX; wanted = wanted * 2 + 1) {
            struct inf_answers answers = find(MOST_WINDOWS, COLUMNS, wanted, longest);
            assert_int_equal(answers.count, total < (size_t)wanted ? total : (size_t)wanted);
            for (size_t i = 0; i < answers.count; i++) {
                is(&answers, i, all[i].score, all[i].window, all[i].first, all[i].last);
            }
            inf_answers_free(&answers);
        }
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
