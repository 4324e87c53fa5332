/* Words to a service manager that is this test. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* A socket that listens at this name, "@..." or a path. */
static int listener(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    size_t length = strlen(name);

    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
    return fd;
}

static void expect_heard(int fd, const char *wanted)
{
    char text[64] = "";
    ssize_t got = recv(fd, text, sizeof text - 1, 0);

    assert_int_equal(got, strlen(wanted));
    assert_string_equal(text, wanted);
}

static void test_an_abstract_name(void **state)
{
    char name[64];
    int fd = -1;

    (void)state;
    snprintf(name, sizeof name, "@inferd-test-%d", (int)getpid());
    fd = listener(name);
    setenv("NOTIFY_SOCKET", name, 1);
    inf_notify("READY=1\nSTATUS=x");
    expect_heard(fd, "READY=1\nSTATUS=x");
    inf_notify("WATCHDOG=1");
    expect_heard(fd, "WATCHDOG=1");
    close(fd);
    inf_notify("WATCHDOG=1"); /* nobody there any more: no matter */
}

static void test_a_path(void **state)
{
    char folder[] = "/tmp/inferd-test-XXXXXX", name[64];
    int fd = -1;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof name, "%s/s", folder);
    fd = listener(name);
    setenv("NOTIFY_SOCKET", name, 1);
    inf_notify("STOPPING=1");
    expect_heard(fd, "STOPPING=1");
    close(fd);
    unlink(name);
    rmdir(folder);
}

static void test_no_name(void **state)
{
    char longest[200];

    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    setenv("NOTIFY_SOCKET", longest, 1);
    inf_notify("READY=1");
    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = {"", "@", "/", "relative"};
        setenv("NOTIFY_SOCKET", names[i], 1);
        inf_notify("READY=1");
    }
    unsetenv("NOTIFY_SOCKET");
    inf_notify("READY=1");
}

static uint64_t watchdog(const char *usec, const char *pid)
{
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    if (usec != NULL)
        setenv("WATCHDOG_USEC", usec, 1);
    if (pid != NULL)
        setenv("WATCHDOG_PID", pid, 1);
    return inf_notify_watchdog_us();
}

static void test_the_watchdog(void **state)
{
    char own[32];

    (void)state;
    snprintf(own, sizeof own, "%d", (int)getpid());
    assert_int_equal(watchdog(NULL, NULL), 0);
    assert_int_equal(watchdog("400000", NULL), 400000);
    assert_int_equal(watchdog("400000", own), 400000);
    assert_int_equal(watchdog("400000", "1"), 0);
    assert_int_equal(watchdog("400000", ""), 0);
    assert_int_equal(watchdog("-1", NULL), 0);
    assert_int_equal(watchdog("4x", NULL), 0);
    assert_int_equal(watchdog("", NULL), 0);
    assert_int_equal(watchdog("99999999999999999999999", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_abstract_name),
        cmocka_unit_test(test_a_path),
        cmocka_unit_test(test_no_name),
        cmocka_unit_test(test_the_watchdog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
