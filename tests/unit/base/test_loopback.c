/* Loopback addresses, and what only looks like one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/loopback.h"

static void test_addresses(void **state)
{
    (void)state;
    static const char *const loopback[] = {"127.0.0.1", "127.0.0.0", "127.255.255.255", "::1",
                                           "0:0:0:0:0:0:0:1"};
    static const char *const others[] = {"",
                                         "localhost",
                                         "127.example.org",
                                         "127.0.0.1.example.org",
                                         "128.0.0.1",
                                         "0.0.0.0",
                                         "::",
                                         "[::1]",
                                         "127.1",
                                         "10.0.0.1",
                                         "::ffff:127.0.0.1"};
    for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++) {
        assert_true(inf_is_loopback(loopback[i]));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(inf_is_loopback(others[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_addresses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
