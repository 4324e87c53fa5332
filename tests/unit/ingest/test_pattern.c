/* Regular expressions: replacing, splitting, and patterns that would never end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pattern.h"

static void check_replace(const char *pattern_text, const char *text, const char *with,
                          const char *result)
{
    struct inf_error err;
    struct inf_pattern *pattern = inf_pattern_new(pattern_text, &err);
    struct inf_buf out;

    assert_non_null(pattern);
    inf_buf_init(&out, 1 << 16);
    assert_int_equal(inf_pattern_replace(pattern, text, with, &out, &err), 0);
    assert_string_equal(out.length > 0 ? out.data : "", result);
    inf_buf_free(&out);
    inf_pattern_free(pattern);
}

static void test_replacing(void **state)
{
    (void)state;
    check_replace("a", "banana", "", "bnn");
    check_replace("(?<x>n)(.)", "banana", "${x}$2$1", "banannan");
    check_replace("$", "x", "!", "x!");
    check_replace("", "", "-", "-");
    check_replace("\\.", "a.b", "\\$\\\\", "a$\\b");
    check_replace("(a)|b", "ab", "[$1]", "[a][]");
}

static int join(void *arg, const char *data, size_t length, struct inf_error *err)
{
    (void)err;
    inf_buf_append(arg, data, length);
    return inf_buf_puts(arg, "|");
}

static void test_splitting(void **state)
{
    struct inf_error err;
    struct inf_pattern *pattern = inf_pattern_new(",|", &err);
    struct inf_buf out;

    (void)state;
    inf_buf_init(&out, 1 << 16);
    assert_int_equal(inf_pattern_split(pattern, "ab,c", join, &out, &err), 0);
    assert_string_equal(out.data, "a|b||c|");
    inf_buf_free(&out);
    inf_pattern_free(pattern);
}

static void test_bounds(void **state)
{
    struct inf_error err;
    struct inf_pattern *pattern = inf_pattern_new("(x+)+$", &err);
    struct inf_buf out;

    (void)state;
    inf_buf_init(&out, 1 << 16);
    assert_int_equal(
        inf_pattern_replace(pattern, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxb", "", &out, &err),
        -1);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    inf_buf_free(&out);
    inf_pattern_free(pattern);
    assert_null(inf_pattern_new("(", &err));
    assert_null(inf_pattern_new("\\C", &err));
    pattern = inf_pattern_new("a", &err);
    inf_buf_init(&out, 8);
    assert_int_equal(inf_pattern_replace(pattern, "a", "$2x${no}", &out, &err), -1);
    inf_buf_free(&out);
    inf_pattern_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replacing),
        cmocka_unit_test(test_splitting),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
