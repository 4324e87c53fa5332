/* An output cut down to one row or to the largest of its rows. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reduce.h"
#include <math.h>
#include <stdlib.h>

/* Two matrices of three rows and two columns; the second is never looked at. */
static const float floats[] = {1, 20, 3, -4, -5, 6, 100, 100, 100, 100, 100, 100};
static const double doubles[] = {1, 20, 3, -4, -5, 6};

static struct inf_engine_output output_of(int dtype, int rank)
{
    struct inf_engine_output output = {.dtype = dtype, .rank = rank, .holder = (void *)floats};
    output.data = dtype == 1 ? (const void *)floats : (const void *)doubles;
    output.shape[0] = rank == 3 ? 2 : 3;
    output.shape[1] = rank == 3 ? 3 : 2;
    output.shape[2] = rank == 3 ? 2 : 0;
    output.size_bytes = (rank == 3 ? 12 : 6) * (dtype == 1 ? sizeof(float) : sizeof(double));
    return output;
}

static void is_row(const struct inf_engine_output *output, double first, double second)
{
    double a =
        output->dtype == 1 ? ((const float *)output->data)[0] : ((const double *)output->data)[0];
    double b =
        output->dtype == 1 ? ((const float *)output->data)[1] : ((const double *)output->data)[1];
    assert_int_equal(output->rank, 2);
    assert_int_equal(output->shape[0], 1);
    assert_int_equal(output->shape[1], 2);
    assert_int_equal(output->size_bytes, 2 * (output->dtype == 1 ? sizeof(float) : sizeof(double)));
    assert_ptr_equal(output->holder, floats);
    assert_true(a == first && b == second);
}

static void test_none(void **state)
{
    struct inf_engine_output output = output_of(1, 3);
    void *memory = NULL;
    (void)state;
    assert_int_equal(inf_reduce_output(&output, INF_REDUCE_NONE, 0, &memory), 0);
    assert_int_equal(output.rank, 3);
    assert_ptr_equal(output.data, floats);
    assert_null(memory);
}

static void test_position(void **state)
{
    struct inf_engine_output output = output_of(1, 3);
    void *memory = NULL;
    (void)state;
    assert_int_equal(inf_reduce_output(&output, INF_REDUCE_POSITION, 1, &memory), 0);
    is_row(&output, 3, -4);
    output = output_of(2, 2);
    assert_int_equal(inf_reduce_output(&output, INF_REDUCE_POSITION, 2, &memory), 0);
    is_row(&output, -5, 6);
    assert_null(memory);
}

static void test_max(void **state)
{
    struct inf_engine_output output = output_of(1, 3);
    void *memory = NULL;
    (void)state;
    assert_int_equal(inf_reduce_output(&output, INF_REDUCE_MAX, 0, &memory), 0);
    is_row(&output, 3, 20);
    free(memory);
    output = output_of(2, 2);
    assert_int_equal(inf_reduce_output(&output, INF_REDUCE_MAX, 0, &memory), 0);
    is_row(&output, 3, 20);
    free(memory);
}

/* A NaN anywhere in a column is the column's answer, first or last. */
static void test_max_of_nan(void **state)
{
    static const float values[] = {NAN, 1, 2, NAN, 3, 4};
    struct inf_engine_output output = {
        .dtype = 1, .rank = 2, .shape = {3, 2}, .data = values, .size_bytes = sizeof values};
    void *memory = NULL;
    (void)state;
    assert_int_equal(inf_reduce_output(&output, INF_REDUCE_MAX, 0, &memory), 0);
    assert_true(isnan(((const float *)output.data)[0]));
    assert_true(isnan(((const float *)output.data)[1]));
    free(memory);
}

static void test_what_cannot_be_reduced(void **state)
{
    struct inf_engine_output output = output_of(1, 3);
    struct inf_engine_output flat = {
        .dtype = 1, .rank = 1, .shape = {6}, .data = floats, .size_bytes = 6 * sizeof(float)};
    void *memory = NULL;
    (void)state;
    assert_int_equal(inf_reduce_output(&output, INF_REDUCE_POSITION, 3, &memory), 0);
    assert_int_equal(output.rank, 3);
    assert_int_equal(inf_reduce_output(&flat, INF_REDUCE_MAX, 0, &memory), 0);
    assert_int_equal(flat.rank, 1);
    assert_null(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_position),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_max_of_nan),
        cmocka_unit_test(test_what_cannot_be_reduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
