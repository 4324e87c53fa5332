/* A signal from outside is told before it ends the process; what a process does to itself is not,
 * and every one of them ends it as it would have. Tried in forks. */
/* SPDX-License-Identifier: Apache-2.0 */

#include "deadly.h"
#include "engine_fixture.h"
#include <signal.h>
#include <sys/resource.h>

/* A fork that watches its deadly signals, does this, and then waits for its end. */
static pid_t start(void (*act)(void), int *ret_channel)
{
    int peer = -1;
    pid_t pid = -1;

    *ret_channel = make_channel(&peer);
    pid = fork();
    if (pid == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        close(*ret_channel);
        inf_deadly_watch(peer);
        if (write(peer, "", 1) != 1)
            _exit(1);
        act();
        for (;;)
            pause();
    }
    close(peer);
    return pid;
}

static void expect_ready(int channel)
{
    char byte = 1;

    assert_int_equal(read(channel, &byte, 1), 1);
}

static void expect_end_by(pid_t pid, int number)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
}

static void nothing(void)
{
}

static void test_what_is_sent_is_told(void **state)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct inf_frame_signalled signalled = {0};
        struct received received = {0};
        int channel = -1;
        pid_t pid = start(nothing, &channel);

        expect_ready(channel);
        kill(pid, numbers[i]);
        expect(channel, &received, INF_FRAME_SIGNALLED, 0);
        memcpy(&signalled, received.payload, sizeof signalled);
        assert_int_equal(signalled.number, numbers[i]);
        free_received(&received);
        assert_true(is_closed(channel));
        close(channel);
        expect_end_by(pid, numbers[i]);
    }
}

static void touch_what_is_not_there(void)
{
    volatile char *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *nowhere = 1;
}

static void fault_in_name_only(void)
{
    raise(SIGSEGV);
}

static void expect_silent_end(void (*act)(void), int number)
{
    int channel = -1;
    pid_t pid = start(act, &channel);

    expect_ready(channel);
    assert_true(is_closed(channel)); /* without a frame */
    close(channel);
    expect_end_by(pid, number);
}

static void test_its_own_doing_is_not_told(void **state)
{
    (void)state;
    expect_silent_end(touch_what_is_not_there, SIGSEGV);
    expect_silent_end(fault_in_name_only, SIGSEGV);
    expect_silent_end(abort, SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_sent_is_told),
                                       cmocka_unit_test(test_its_own_doing_is_not_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
