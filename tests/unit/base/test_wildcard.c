/* Id expressions, and a pattern made to be slow. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/strmap.h"
#include <stdlib.h>
#include <string.h>

static void test_matches(void **state)
{
    (void)state;
    static const char *const yes[][2] = {
        {"a", "a"},
        {"", ""},
        {"*", ""},
        {"*", "abc"},
        {"_all", "anything"},
        {"a*", "a"},
        {"a*", "abc"},
        {"*c", "abc"},
        {"a*c", "ac"},
        {"a*c", "abcbc"},
        {"**a**", "a"},
        {"a*b*c", "aXbbYc"},
        {"*ab", "aab"},
        {"*aab*", "aaab"},
        {"a\xC3\xA4*", "a\xC3\xA4"},
    };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (!inf_wildcard_match(yes[i][0], yes[i][1])) {
            fail_msg("%s should match %s", yes[i][0], yes[i][1]);
        }
    }
}

static void test_differs(void **state)
{
    (void)state;
    static const char *const no[][2] = {
        {"a", "b"},     {"a", ""},        {"", "a"},       {"a", "A"},
        {"a*", "ba"},   {"*a", "ab"},     {"a*c", "abcd"}, {"a?c", "abc"},
        {"_all*", "x"}, {"a*b*c", "acb"}, {"[a]", "a"},
    };
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        if (inf_wildcard_match(no[i][0], no[i][1])) {
            fail_msg("%s should not match %s", no[i][0], no[i][1]);
        }
    }
}

/* Trying every star anew would take longer than the universe has. */
static void test_many_stars(void **state)
{
    (void)state;
    char pattern[2002] = "", text[1002] = "";
    for (size_t i = 0; i < 1000; i++) {
        memcpy(pattern + 2 * i, "*a", 2);
        text[i] = 'a';
    }
    assert_true(inf_wildcard_match(pattern, text));
    pattern[2000] = 'b';
    assert_false(inf_wildcard_match(pattern, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_differs),
        cmocka_unit_test(test_many_stars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
