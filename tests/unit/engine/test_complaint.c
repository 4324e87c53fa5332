/* What of libtorch's complaints reaches a user. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "complaint.h"
#include <string.h>

static void expect(const char *text, const char *reason)
{
    char got[256];

    assert_int_equal(inf_engine_complain(got, sizeof got, text), -1);
    assert_string_equal(got, reason);
}

static void test_the_first_line(void **state)
{
    (void)state;
    expect("\n  it broke  \nand more\n", "it broke");
    expect("it broke\nException raised from f at /a/b.cpp:7\nframe #0", "it broke");
    expect("Exception raised from f", "the model failed without saying why");
    expect("", "the model failed without saying why");
    expect("\t\x01\x7f", "the model failed without saying why");
    expect("a\x1b[1mb", "a[1mb");
}

static void test_the_last_error_of_a_traceback(void **state)
{
    (void)state;
    expect("The following operation failed in the TorchScript interpreter.\nTraceback:\n"
           "RuntimeError: first\n  more\nRuntimeError: mat1 and mat2 cannot be multiplied\n",
           "mat1 and mat2 cannot be multiplied");
}

static void test_places_and_advice_are_cut(void **state)
{
    (void)state;
    expect("[enforce fail at inline_container.cc:145] . PytorchStreamReader failed",
           "PytorchStreamReader failed");
    expect("expected true at \"/x/y.cpp\":12, please", "expected true12, please");
    expect("no zip. This is an internal miniz error", "no zip.");
    expect("bad size (Could this error message be improved?", "bad size");
    expect("[enforce fail at without an end", "[enforce fail at without an end");
}

static void test_a_short_reason(void **state)
{
    char got[5];

    (void)state;
    inf_engine_complain(got, sizeof got, "longer than that");
    assert_string_equal(got, "long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_line),
        cmocka_unit_test(test_the_last_error_of_a_traceback),
        cmocka_unit_test(test_places_and_advice_are_cut),
        cmocka_unit_test(test_a_short_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
