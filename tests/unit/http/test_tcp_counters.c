/* The kernel's byte counters of a connection. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp_counters.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void test_counters(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    char scratch[100] = {0};
    uint64_t received, acknowledged;
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
    int accepted = accept(listener, NULL, NULL);
    assert_int_equal(send(client, scratch, 100, 0), 100);
    assert_int_equal(recv(accepted, scratch, 100, MSG_WAITALL), 100);
    inf_tcp_counters(accepted, &received, &acknowledged);
    assert_int_equal(received, 100);
    assert_int_equal(send(accepted, scratch, 50, 0), 50);
    assert_int_equal(recv(client, scratch, 50, MSG_WAITALL), 50);
    inf_tcp_counters(client, &received, &acknowledged);
    assert_int_equal(received, 50);
    assert_true(acknowledged >= 100);
    close(accepted);
    close(client);
    close(listener);
}

static void test_no_tcp(void **state)
{
    (void)state;
    uint64_t received = 7, acknowledged = 7;
    inf_tcp_counters(-1, &received, &acknowledged);
    assert_int_equal(received, 0);
    assert_int_equal(acknowledged, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counters),
                                       cmocka_unit_test(test_no_tcp)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
