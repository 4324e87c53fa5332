/* What a forked process keeps open, tried in a child so that the test keeps its own. */
/* SPDX-License-Identifier: Apache-2.0 */

#include "descriptors.h"
#include "engine_fixture.h"
#include <sys/stat.h>

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* Opens 10 to 19, keeps two, and says whether exactly 0 to 2 and those are left. */
static bool keeps_exactly(int one, int other)
{
    for (int fd = 10; fd < 20; fd++)
        if (dup2(STDERR_FILENO, fd) != fd)
            return false;
    inf_descriptors_keep(one, other);
    for (int fd = 0; fd < 64; fd++)
        if (is_open(fd) != (fd <= STDERR_FILENO || fd == one || fd == other))
            return false;
    return true;
}

static bool is_null_device(int fd)
{
    struct stat have, null;

    return fstat(fd, &have) == 0 && stat("/dev/null", &null) == 0 && have.st_rdev == null.st_rdev &&
           S_ISCHR(have.st_mode);
}

static bool run(bool (*body)(int one, int other), int one, int other)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(body(one, other) ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status == 0;
}

static void test_keep(void **state)
{
    (void)state;
    assert_true(run(keeps_exactly, 12, 15));
    assert_true(run(keeps_exactly, 15, 12));
    assert_true(run(keeps_exactly, 14, 15));
    assert_true(run(keeps_exactly, 10, 10));
    assert_true(run(keeps_exactly, 19, 10));
}

static bool is_silent(int one, int other)
{
    (void)one;
    (void)other;
    return !is_null_device(STDOUT_FILENO) && inf_descriptors_silence() == 0 &&
           is_null_device(STDIN_FILENO) && is_null_device(STDOUT_FILENO);
}

static void test_silence(void **state)
{
    int pipes[2], saved = dup(STDOUT_FILENO);

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    dup2(pipes[1], STDOUT_FILENO); /* whatever the test's own output is, a pipe is no null device */
    bool silent = run(is_silent, 0, 0);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(pipes[0]);
    close(pipes[1]);
    assert_true(silent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep),
        cmocka_unit_test(test_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
