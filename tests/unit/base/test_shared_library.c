/* Libraries that are loaded when they are used. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/shared_library.h"
#include <math.h>

static double (*cosine)(double);
static void (*nothing)(void);

static const struct inf_library_function functions[] = {{"cos", &cosine},
                                                        {"no_such_function", &nothing}};

static void test_the_first_that_there_is(void **state)
{
    static const char *const files[] = {"libnone.so.9", "libm.so.6", NULL};

    (void)state;
    assert_true(inf_library_load(files, functions, 1));
    assert_true(fabs(cosine(0) - 1) < 1e-9);
    assert_false(inf_library_load(files, functions, 2));
    assert_null(nothing);
}

static void test_none(void **state)
{
    static const char *const files[] = {"libnone.so.9", NULL};

    (void)state;
    assert_false(inf_library_load(files, functions, 1));
    assert_false(inf_library_load(files + 1, functions, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_that_there_is),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
