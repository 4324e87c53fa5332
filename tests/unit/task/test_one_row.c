/* One row of an output as doubles, and outputs that are no such row. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "one_row.h"
#include <math.h>
#include <stdlib.h>

static void reads(struct inf_tensor output, const double *expected, size_t count)
{
    struct inf_error err = {0};
    double *values = NULL;
    size_t found = 0;
    assert_int_equal(inf_one_row(&output, &values, &found, &err), 0);
    assert_int_equal(found, count);
    assert_memory_equal(values, expected, count * sizeof *values);
    free(values);
}

static void refuses(struct inf_tensor output, const char *reason)
{
    struct inf_error err = {0};
    double *values = NULL;
    size_t count = 0;
    assert_int_equal(inf_one_row(&output, &values, &count, &err), -1);
    assert_int_equal(err.code, INF_ERR_INTERNAL);
    assert_string_equal(err.reason, reason);
    assert_null(values);
}

static void test_rows(void **state)
{
    static const float narrow[] = {0.5f, -1, 2};
    static const double wide[] = {0.5, -1, 2};
    (void)state;
    reads((struct inf_tensor){INF_FLOAT32, 2, {1, 3}, narrow}, wide, 3);
    reads((struct inf_tensor){INF_FLOAT64, 1, {3}, wide}, wide, 3);
    reads((struct inf_tensor){INF_FLOAT64, 3, {1, 1, 3}, wide}, wide, 3);
}

static void test_refused(void **state)
{
    static const float values[] = {1, 2, 3, -INFINITY};
    (void)state;
    refuses((struct inf_tensor){INF_FLOAT32, 2, {2, 2}, values},
            "Expected [1] row of the model's output; got [2]");
    refuses((struct inf_tensor){INF_FLOAT32, 1, {4}, values},
            "The model's output holds [-Infinity] at row [0], column [3], which is no JSON number");
    refuses((struct inf_tensor){INF_FLOAT32, 1, {0}, values},
            "Cannot convert results tensor of size [0]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
