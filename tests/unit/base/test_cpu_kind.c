/* The processor's name: the same each time, printable, and with something in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/cpu_kind.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_it_is_the_same_each_time(void **state)
{
    char one[INF_CPU_KIND], other[INF_CPU_KIND];

    (void)state;
    assert_string_equal(inf_cpu_kind_print(one), inf_cpu_kind_print(other));
    assert_in_range(strlen(one), 7, INF_CPU_KIND - 1);
    for (size_t i = 0; one[i] != '\0'; i++)
        assert_true(isprint((unsigned char)one[i]));
}

/* Features are in it: seven numbers behind the maker's name. */
static void test_what_it_says(void **state)
{
    char text[INF_CPU_KIND];
    size_t blanks = 0;

    (void)state;
    inf_cpu_kind_print(text);
    for (size_t i = 0; text[i] != '\0'; i++)
        blanks += text[i] == ' ';
    if (strcmp(text, "unknown") != 0)
        assert_in_range(blanks, 6, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_the_same_each_time),
        cmocka_unit_test(test_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
