/* Where a request's time went, in words. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "phases.h"

#define MS UINT64_C(1000000)

static void expect(const struct inf_phases *phases, uint64_t now_ns, const char *text)
{
    char printed[INF_PHASES_TEXT];

    assert_string_equal(inf_phases_print(phases, now_ns, printed), text);
}

static void the_longest_comes_first(void **state)
{
    struct inf_phases phases;

    (void)state;
    inf_phases_begin(&phases, 0, INF_PHASE_TOKENIZE, 500 * MS);
    inf_phases_enter(&phases, INF_PHASE_QUEUE, 700 * MS);
    inf_phases_enter(&phases, INF_PHASE_COMPUTE, 9700 * MS);
    expect(&phases, 10000 * MS,
           "9s in the queue, 500ms reading the request, 300ms computing, 200ms tokenizing");
}

static void a_phase_that_comes_again_adds_up(void **state)
{
    struct inf_phases phases;

    (void)state;
    inf_phases_begin(&phases, 0, INF_PHASE_QUEUE, 0);
    inf_phases_enter(&phases, INF_PHASE_COMPUTE, 100 * MS);
    inf_phases_enter(&phases, INF_PHASE_COMPUTE, 150 * MS);
    inf_phases_enter(&phases, INF_PHASE_QUEUE, 300 * MS);
    inf_phases_enter(&phases, INF_PHASE_COMPUTE, 450 * MS);
    expect(&phases, 550 * MS, "300ms computing, 250ms in the queue");
}

static void trifles_are_left_out(void **state)
{
    struct inf_phases phases;

    (void)state;
    inf_phases_begin(&phases, 0, INF_PHASE_HELD, 90 * MS);
    inf_phases_enter(&phases, INF_PHASE_QUEUE, 10000 * MS);
    inf_phases_enter(&phases, INF_PHASE_DECODE, 10000 * MS + 999999);
    expect(&phases, 10001 * MS, "9.9s waiting for an allocation");
    inf_phases_begin(&phases, 5, INF_PHASE_QUEUE, 5);
    expect(&phases, 999999, "");
}

static void a_clock_that_stands_still_does_no_harm(void **state)
{
    struct inf_phases phases;

    (void)state;
    inf_phases_begin(&phases, 10 * MS, INF_PHASE_QUEUE, 5 * MS);
    inf_phases_enter(&phases, INF_PHASE_COMPUTE, 4 * MS);
    expect(&phases, 3 * MS, "");
}

static void all_words_fit(void **state)
{
    struct inf_phases phases;
    char printed[INF_PHASES_TEXT];
    size_t length = 0, phases_named = 1;

    (void)state;
    inf_phases_begin(&phases, 0, INF_PHASE_HELD, 1234567 * MS);
    for (uint64_t i = INF_PHASE_TOKENIZE; i < INF_PHASE_COUNT; i++)
        inf_phases_enter(&phases, (enum inf_phase)i, i * 1234567 * MS);
    inf_phases_print(&phases, INF_PHASE_COUNT * 1234567 * MS, printed);
    for (; printed[length] != '\0'; length++)
        phases_named += printed[length] == ',';
    assert_int_equal(phases_named, INF_PHASE_COUNT);
    assert_true(length < sizeof printed - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_comes_first),
        cmocka_unit_test(a_phase_that_comes_again_adds_up),
        cmocka_unit_test(trifles_are_left_out),
        cmocka_unit_test(a_clock_that_stands_still_does_no_harm),
        cmocka_unit_test(all_words_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
