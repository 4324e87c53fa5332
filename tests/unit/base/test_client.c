/* Which addresses are one client. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/client.h"
#include <arpa/inet.h>
#include <netinet/in.h>

static struct inf_client client_of(const char *text)
{
    struct sockaddr_in short_one = {.sin_family = AF_INET};
    struct sockaddr_in6 long_one = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &short_one.sin_addr) == 1)
        return inf_client_of_address((const struct sockaddr *)&short_one);
    assert_int_equal(inet_pton(AF_INET6, text, &long_one.sin6_addr), 1);
    return inf_client_of_address((const struct sockaddr *)&long_one);
}

static bool same(const char *one, const char *other)
{
    struct inf_client first = client_of(one), second = client_of(other);

    return inf_client_is(&first, &second);
}

static void every_ipv4_address_is_a_client(void **state)
{
    (void)state;
    assert_true(same("127.0.0.1", "127.0.0.1"));
    assert_false(same("127.0.0.1", "127.0.0.2"));
    assert_false(same("1.0.0.127", "127.0.0.1"));
}

static void an_ipv6_network_is_a_client(void **state)
{
    (void)state;
    assert_true(same("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"));
    assert_false(same("2001:db8:0:1::1", "2001:db8:0:2::1"));
    assert_true(same("::ffff:10.0.0.7", "10.0.0.7"));
    assert_false(same("::ffff:10.0.0.7", "::ffff:10.0.0.8"));
    assert_false(same("::1", "0.0.0.0"));
}

static void what_has_no_address_is_one_client(void **state)
{
    struct sockaddr local = {.sa_family = AF_UNIX};
    struct inf_client unknown = inf_client_of_address(NULL);
    struct inf_client other = inf_client_of_address(&local), somebody = client_of("0.0.0.0");

    (void)state;
    assert_true(inf_client_is(&unknown, &other));
    assert_false(inf_client_is(&unknown, &somebody));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ipv4_address_is_a_client),
        cmocka_unit_test(an_ipv6_network_is_a_client),
        cmocka_unit_test(what_has_no_address_is_one_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
