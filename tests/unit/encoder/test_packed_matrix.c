/* Packed matrices, by each library that is there: any number of rows and any shape. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matrix_kinds.h"
#include <math.h>
#include <stdlib.h>

static const struct inf_matrix_kind *const kinds[] = {&inf_matrix_mkl, &inf_matrix_onednn,
                                                      &inf_matrix_panels};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static float *random_floats(size_t count, uint32_t state)
{
    float *values = malloc(count * sizeof *values);

    assert_non_null(values);
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525U + 1013904223U;
        values[i] = (float)(state >> 8) / (float)(1 << 23) - 1;
    }
    return values;
}

/* What it has to be, summed up in double precision. */
static void check(const float *weight, const float *from, const float *before, const float *to,
                  int rows, int out, int in, int out_from, int out_whole)
{
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < out; i++) {
            size_t at = (size_t)row * (size_t)out_whole + (size_t)(out_from + i);
            double sum = before != NULL ? (double)before[at] : 0;
            for (int j = 0; j < in; j++)
                sum += (double)from[row * in + j] * (double)weight[i * in + j];
            if (!(fabs(sum - (double)to[at]) <= 1e-4))
                fail_msg("row %d of %d, column %d: %g instead of %g", row, rows, i, (double)to[at],
                         sum);
        }
}

static void check_size(int out, int in, int rows)
{
    float *weight = random_floats((size_t)out * (size_t)in, 1);
    float *from = random_floats((size_t)rows * (size_t)in, 2);
    float *before = random_floats((size_t)rows * (size_t)out, 3);
    const float *const weights[] = {weight};

    for (size_t kind = 0; kind < KINDS; kind++) {
        float *to = random_floats((size_t)rows * (size_t)out, 3);
        struct inf_matrix *matrix = NULL;
        if (kinds[kind]->is_available()) {
            matrix = inf_matrix_new_of(kinds[kind], weights, &out, 1, in);
            assert_non_null(matrix);
            assert_int_equal(inf_matrix_multiply(matrix, from, rows, true, to), 0);
            check(weight, from, before, to, rows, out, in, 0, out);
            assert_int_equal(inf_matrix_multiply(matrix, from, rows, false, to), 0);
            check(weight, from, NULL, to, rows, out, in, 0, out);
        }
        inf_matrix_free(matrix);
        free(to);
    }
    free(weight);
    free(from);
    free(before);
}

static void any_number_of_rows(void **state)
{
    static const int rows[] = {1, 2, 3, 7, 15, 16, 17, 31, 48, 64, 100, 255, 256, 257, 500};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_size(48, 40, rows[i]);
}

static void any_size(void **state)
{
    static const int sizes[] = {1, 2, 5, 16, 17, 63, 64, 128, 384, 400};

    (void)state;
    for (size_t out = 0; out < sizeof sizes / sizeof sizes[0]; out++)
        for (size_t in = 0; in < sizeof sizes / sizeof sizes[0]; in++)
            check_size(sizes[out], sizes[in], 9);
}

/* Query, key and value are multiplied by at once. */
static void several_as_one(void **state)
{
    const int outs[] = {5, 9, 2}, in = 33, rows = 7;
    float *weights[3], *from = random_floats((size_t)(rows * in), 9), to[7 * 16];
    struct inf_matrix *matrix = NULL;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        weights[i] = random_floats((size_t)(outs[i] * in), (uint32_t)i);
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (!kinds[kind]->is_available())
            continue;
        matrix = inf_matrix_new_of(kinds[kind], (const float *const *)weights, outs, 3, in);
        assert_non_null(matrix);
        assert_int_equal(inf_matrix_multiply(matrix, from, rows, false, to), 0);
        for (int i = 0, at = 0; i < 3; at += outs[i], i++)
            check(weights[i], from, NULL, to, rows, outs[i], in, at, 16);
        inf_matrix_free(matrix);
    }
    inf_matrix_free(NULL);
    for (size_t i = 0; i < 3; i++)
        free(weights[i]);
    free(from);
}

static void is_there(void **state)
{
    (void)state;
    assert_true(inf_matrix_panels.is_available());
    assert_true(inf_matrix_onednn.is_available());
#if defined __x86_64__
    assert_true(inf_matrix_mkl.is_available());
#endif
}

static void read_back(void **state)
{
    const int outs[] = {5, 130};
    const int in = 71, out = 135;
    float *one = random_floats(5U * 71, 1), *two = random_floats(130U * 71, 2);
    float *to = malloc((size_t)in * (size_t)out * sizeof *to);
    const float *const weights[] = {one, two};

    (void)state;
    assert_non_null(to);
    for (size_t kind = 0; kind < KINDS; kind++) {
        struct inf_matrix *matrix = NULL;
        if (!kinds[kind]->is_available())
            continue;
        matrix = inf_matrix_new_of(kinds[kind], weights, outs, 2, in);
        assert_non_null(matrix);
        assert_int_equal(inf_matrix_read(matrix, to), 0);
        for (int j = 0; j < in; j++)
            for (int i = 0; i < out; i++)
                assert_true(to[j * out + i] == (i < 5 ? one[i * in + j] : two[(i - 5) * in + j]));
        inf_matrix_free(matrix);
    }
    free(one);
    free(two);
    free(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_there),  cmocka_unit_test(any_number_of_rows),
        cmocka_unit_test(any_size),  cmocka_unit_test(several_as_one),
        cmocka_unit_test(read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
