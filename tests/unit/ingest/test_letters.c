/* Case, blanks and length as in Java. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "letters.h"
#include <stdlib.h>

static void check(char *made, const char *text)
{
    assert_string_equal(made, text);
    free(made);
}

static void test_case(void **state)
{
    (void)state;
    check(inf_letters_lower("ÄÖ X\xf0\x90\x90\x80"), "äö x\xf0\x90\x90\xa8");
    check(inf_letters_upper("straße"), "STRASSE");
    check(inf_letters_upper("ɐɐɐ"), "ⱯⱯⱯ"); /* 2 bytes become 3 */
    check(inf_letters_lower(""), "");
}

static void test_blanks_and_length(void **state)
{
    (void)state;
    check(inf_letters_trim(" \t\x01x y \n"), "x y");
    check(inf_letters_trim("   "), "");
    assert_int_equal(inf_letters_utf16("aä\xf0\x9f\x98\x80"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_blanks_and_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
