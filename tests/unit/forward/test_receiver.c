/* Which indices documents may be sent to. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receiver.h"
#include <string.h>

static int check(const char *indices, const char *name)
{
    struct inf_receiver receiver = {.indices = (char *)(uintptr_t)indices};
    struct inf_error err;

    return inf_receiver_check_index(&receiver, name, &err);
}

static void test_names(void **state)
{
    static const char *const bad[] = {"",    ".",    "..",  "-a",  "_a",  "+a",   "A",   "aB",
                                      "a b", "a\tb", "a/b", "a*",  "a?",  "a\"b", "a<b", "a>b",
                                      "a|b", "a,b",  "a#b", "a:b", "a\\", "a\x7f"};
    static const char *const good[] = {"a", "logs-2026.11", "\xc3\xa4", "a_b+c", "1"};
    char longest[257];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(check("*", bad[i]), -1);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(check("*", good[i]), 0);
    memset(longest, 'a', sizeof longest - 1);
    longest[256] = '\0';
    assert_int_equal(check("*", longest), -1);
    longest[255] = '\0';
    assert_int_equal(check("*", longest), 0);
}

static void test_patterns(void **state)
{
    (void)state;
    assert_int_equal(check("a,b*", "a"), 0);
    assert_int_equal(check("a,b*", "bc"), 0);
    assert_int_equal(check("a,b*", "ab"), -1);
    assert_int_equal(check("*,", ".hidden"), -1);
    assert_int_equal(check("*,.h*", ".hidden"), 0);
    assert_int_equal(check(",", "a"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_patterns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
