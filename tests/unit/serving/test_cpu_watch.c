/* Who computes more than was asked of it: idle, busy, busy beyond that. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cpu_watch.h"

#define S INT64_C(1000000000)

/* Looks four times a second for so many seconds, while the process uses and is granted so many
 * percent of one processor. The sum of what was said. */
static int64_t run(struct inf_cpu_watch *watch, struct inf_cpu_figures *figures, int seconds,
                   int used, int granted)
{
    int64_t window = 0, said = 0;

    for (int i = 0; i < seconds * 4; i++) {
        int64_t excess = inf_cpu_watch_seen(watch, figures, &window);
        if (excess > 0)
            assert_in_range(window, INF_CPU_WINDOW_NS, INF_CPU_WINDOW_NS + S / 4);
        said += excess;
        figures->now += S / 4;
        figures->used += S / 400 * used;
        figures->granted += S / 400 * granted;
    }
    return said;
}

static void lets_the_idle_be(void **state)
{
    struct inf_cpu_watch watch = {0};
    struct inf_cpu_figures figures = {.now = 77 * S, .used = 1000 * S, .granted = 3 * S};

    (void)state;
    assert_int_equal(run(&watch, &figures, 60, 0, 0), 0);
    assert_int_equal(run(&watch, &figures, 60, INF_CPU_SLACK_PERCENT - 1, 0), 0);
}

static void lets_the_busy_be(void **state)
{
    struct inf_cpu_watch watch = {0};
    struct inf_cpu_figures figures = {0};

    (void)state;
    assert_int_equal(run(&watch, &figures, 60, 100, 100), 0);
    assert_int_equal(run(&watch, &figures, 60, 390, 400), 0);
    assert_int_equal(run(&watch, &figures, 60, 5, 400), 0);
}

static void finds_one_that_computes_by_itself(void **state)
{
    struct inf_cpu_watch watch = {0};
    struct inf_cpu_figures figures = {0};

    (void)state;
    assert_int_equal(run(&watch, &figures, 5, 100, 0), 0);
    assert_int_equal(run(&watch, &figures, 1, 100, 0), 5 * S);
}

static void finds_it_beside_inferences(void **state)
{
    struct inf_cpu_watch watch = {0};
    struct inf_cpu_figures figures = {0};

    (void)state;
    assert_int_equal(run(&watch, &figures, 6, 200, 100), 5 * S);
}

/* What was granted and not used is gone with its window. */
static void cannot_be_saved_up(void **state)
{
    struct inf_cpu_watch watch = {0};
    struct inf_cpu_figures figures = {0};

    (void)state;
    assert_int_equal(run(&watch, &figures, 60, 0, 800), 0);
    assert_true(run(&watch, &figures, 11, 100, 0) >= 5 * S);
}

static void begins_anew(void **state)
{
    struct inf_cpu_watch watch = {0};
    struct inf_cpu_figures figures = {0};

    (void)state;
    assert_int_equal(run(&watch, &figures, 4, 100, 0), 0);
    inf_cpu_watch_reset(&watch);
    figures.used += 100 * S;
    assert_int_equal(run(&watch, &figures, 5, 0, 0), 0);
    assert_int_equal(run(&watch, &figures, 5, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_the_idle_be),
        cmocka_unit_test(lets_the_busy_be),
        cmocka_unit_test(finds_one_that_computes_by_itself),
        cmocka_unit_test(finds_it_beside_inferences),
        cmocka_unit_test(cannot_be_saved_up),
        cmocka_unit_test(begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
