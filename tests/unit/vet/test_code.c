/* Source text: hooks by name, bytes and nesting that no printer writes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "code.h"
#include <stdlib.h>
#include <string.h>

static void expect_reason(const char *text, size_t length, const char *reason)
{
    struct inf_error err;

    assert_int_equal(inf_code_check("code/a.py", text, length, &err), -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    assert_string_equal(err.reason, reason);
}

static void expect_fine(const char *text)
{
    struct inf_error err;

    assert_int_equal(inf_code_check("code/a.py", text, strlen(text), &err), 0);
}

static void test_ordinary_text(void **state)
{
    (void)state;
    expect_fine("");
    expect_fine("class M(Module):\n  __parameters__ = []\n\tdef forward(self, x: Tensor):\r\n");
    expect_fine("# \xc3\xa9\xe4\xb8\xad in a comment or a string\n");
    expect_fine("def _setstate_(self): ...\n"); /* another name */
}

static void test_hooks(void **state)
{
    static const char set[] = "class M(Module):\n  def __setstate__(self, s: int):\n";
    static const char get[] = "\n\n# __getstate__";

    (void)state;
    expect_reason(set, strlen(set),
                  "[code/a.py] line [2] has the state hook [__setstate__], whose code would run "
                  "while the model is loaded");
    expect_reason(get, strlen(get),
                  "[code/a.py] line [3] has the state hook [__getstate__], whose code would run "
                  "while the model is loaded");
    expect_reason("\0__setstate__", 13,
                  "[code/a.py] line [1] has the state hook [__setstate__], whose code would run "
                  "while the model is loaded");
}

static void test_control_characters(void **state)
{
    (void)state;
    expect_reason("a\nb\0c", 5, "[code/a.py] line [2] has the control character [0x00]");
    expect_reason("\x7f", 1, "[code/a.py] line [1] has the control character [0x7f]");
    expect_reason("\x1b[31m", 5, "[code/a.py] line [1] has the control character [0x1b]");
}

static void test_nesting(void **state)
{
    char text[202];

    (void)state;
    memset(text, '(', 200);
    text[200] = '\0';
    expect_fine(text);
    text[200] = '[';
    text[201] = '\0';
    expect_reason(text, 201, "[code/a.py] line [1] has more than [200] brackets in one another");
    memset(text, ')', 100); /* closing what was not open earns nothing */
    memset(text + 100, '{', 100);
    expect_fine(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordinary_text),
        cmocka_unit_test(test_hooks),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_nesting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
