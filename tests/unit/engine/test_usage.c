/* The kernel's figures: read from a text, and of this process and a child. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "usage.h"
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KB INT64_C(1024)
#define MB (1024 * KB)

static void reads_the_lines(void **state)
{
    struct inf_usage usage;

    (void)state;
    assert_int_equal(inf_usage_parse("Name:\tVmRSS: 9\nVmHWM:\t    70 kB\nVmRSS:\t    60 kB\n"
                                     "RssAnon:\t    20 kB\nRssFile:\t    39 kB\n"
                                     "RssShmem:\t     1 kB\nVmData:\t   500 kB\n",
                                     &usage),
                     0);
    assert_true(usage.resident == 60 * KB);
    assert_true(usage.anonymous == 21 * KB);
    assert_true(usage.peak == 70 * KB);
    assert_true(usage.data == 500 * KB);
}

/* A process that has ended and was not waited for has none. */
static void knows_when_there_are_none(void **state)
{
    struct inf_usage usage;

    (void)state;
    assert_int_equal(inf_usage_parse("Name:\tx\nState:\tZ (zombie)\n", &usage), -1);
    assert_int_equal(inf_usage_parse("", &usage), -1);
    assert_int_equal(inf_usage_read(-1, &usage), -1);
}

static void follows_this_process(void **state)
{
    struct inf_usage before, after;
    char *block = NULL;
    int fd = inf_usage_open(0);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(inf_usage_read(fd, &before), 0);
    block = malloc(64 * MB);
    assert_non_null(block);
    memset(block, 1, 64 * MB);
    assert_int_equal(inf_usage_read(fd, &after), 0);
    assert_true(after.anonymous - before.anonymous >= 60 * MB);
    assert_true(after.peak >= after.resident && after.resident >= after.anonymous);
    free(block);
    close(fd);
}

/* Of a child, also once it has ended and waits to be reaped. */
static void counts_processor_time(void **state)
{
    pid_t pid = fork();
    siginfo_t ended;

    (void)state;
    if (pid == 0) {
        while (clock() < CLOCKS_PER_SEC / 10)
            continue;
        _exit(0);
    }
    assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    assert_true(inf_usage_cpu(pid) >= 100 * 1000 * 1000);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(inf_usage_cpu(pid) == -1);
    assert_true(inf_usage_cpu(0) > 0);
}

static void knows_an_end_from_a_life(void **state)
{
    int held[2] = {-1, -1};
    siginfo_t ended;
    pid_t pid = -1;
    char byte = 0;

    (void)state;
    assert_int_equal(pipe(held), 0);
    pid = fork();
    if (pid == 0) {
        close(held[1]);
        prctl(PR_SET_NAME, "a) Z 1 1 1 1 1 4"); /* the name is the process's own to choose */
        _exit(read(held[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(held[0]);
    assert_false(inf_usage_is_ending(getpid()));
    assert_false(inf_usage_is_ending(pid));
    close(held[1]);
    assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    assert_true(inf_usage_is_ending(pid));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_false(inf_usage_is_ending(pid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_processor_time), cmocka_unit_test(knows_an_end_from_a_life),
        cmocka_unit_test(reads_the_lines), cmocka_unit_test(knows_when_there_are_none),
        cmocka_unit_test(follows_this_process)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
