/* What users read of a death, and whether inputs may be blamed for it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "death.h"
#include <signal.h>

#define EXITED(code) ((code) << 8)

static void expect(struct inf_death_signs signs, bool explained, const char *how)
{
    struct inf_death death;

    if (signs.doom == NULL)
        signs.doom = "";
    inf_death_read(&signs, &death);
    assert_string_equal(death.how, how);
    assert_int_equal(death.explained, explained);
    assert_false(death.alone);
}

static void its_own_doing(void **state)
{
    (void)state;
    expect((struct inf_death_signs){.exited = {.status = SIGSEGV}}, true,
           "signal 11 (Segmentation fault)");
    expect((struct inf_death_signs){.exited = {.status = SIGABRT, .ordered = 1}, .hung_up = true},
           true, "signal 6 (Aborted)");
    expect((struct inf_death_signs){.exited = {.status = SIGSYS}}, true,
           "signal 31 (Bad system call), for a system call that no model needs");
    expect((struct inf_death_signs){.exited = {.status = EXITED(3)}}, true, "exit status 3");
    expect((struct inf_death_signs){.exited = {.status = SIGKILL, .ordered = 1}, .hung_up = true},
           true, "it closed a channel to the server and was ended");
}

static void what_we_ended_it_for(void **state)
{
    (void)state;
    expect((struct inf_death_signs){.exited = {.status = SIGKILL, .ordered = 1},
                                    .doom = "it took too much"},
           true, "it took too much");
    /* Whatever it says of signals at its end. */
    expect((struct inf_death_signs){.exited = {.status = SIGKILL, .ordered = 1},
                                    .doom = "it took too much",
                                    .signalled = SIGSEGV},
           true, "it took too much");
}

static void from_outside(void **state)
{
    (void)state;
    expect((struct inf_death_signs){.exited = {.status = SIGKILL}}, false,
           "signal 9 (Killed), maybe by the kernel because memory ran out");
    expect((struct inf_death_signs){.exited = {.status = SIGKILL}, .hung_up = true}, false,
           "signal 9 (Killed), maybe by the kernel because memory ran out");
    expect((struct inf_death_signs){.exited = {.status = SIGSEGV}, .signalled = SIGSEGV}, false,
           "signal 11 (Segmentation fault), sent by another process");
    expect(
        (struct inf_death_signs){.exited = {.status = SIGKILL, .ordered = 1}, .signalled = SIGABRT},
        false, "signal 6 (Aborted), sent by another process");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(its_own_doing),
                                       cmocka_unit_test(what_we_ended_it_for),
                                       cmocka_unit_test(from_outside)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
