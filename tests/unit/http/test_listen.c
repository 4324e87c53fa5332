/* The listening socket: addresses of both families, and failures that say why. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "listen.h"
#include <string.h>
#include <unistd.h>

static void test_any_port(void **state)
{
    (void)state;
    struct inf_error err;
    uint16_t first, second;
    int a = inf_listen("127.0.0.1", 0, &first, &err);
    int b = inf_listen("127.0.0.1", 0, &second, &err);
    assert_true(a >= 0 && b >= 0);
    assert_true(first != 0 && second != 0 && first != second);
    close(a);
    close(b);
}

static void test_taken_port(void **state)
{
    (void)state;
    struct inf_error err;
    uint16_t port, other;
    int a = inf_listen("127.0.0.1", 0, &port, &err);
    assert_true(a >= 0);
    assert_int_equal(inf_listen("127.0.0.1", port, &other, &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
    assert_non_null(strstr(err.reason, "Address already in use"));
    close(a);
}

static void test_bad_address(void **state)
{
    (void)state;
    struct inf_error err;
    uint16_t port;
    assert_int_equal(inf_listen("no.such.host", 0, &port, &err), -1);
    assert_memory_equal(err.reason, "cannot listen on [no.such.host]:0: ", 35);
    assert_int_equal(inf_listen("203.0.113.1", 0, &port, &err), -1);
    assert_non_null(strstr(err.reason, "Cannot assign requested address"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_port),
        cmocka_unit_test(test_taken_port),
        cmocka_unit_test(test_bad_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
