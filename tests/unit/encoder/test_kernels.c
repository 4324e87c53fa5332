/* Every set of kernels that this processor runs, against the same in double precision, for widths
 * that fill vectors and that do not. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernels.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3, MOST = 400 };

static const int widths[] = {1, 2, 7, 15, 16, 17, 31, 64, 312, 384};

#define WIDTHS (sizeof widths / sizeof widths[0])

static const struct inf_kernels *kernels[8];
static size_t kernels_count;
static float x[ROWS * MOST], bias[MOST], scale[MOST], shift[MOST], to[ROWS * MOST];
static double expected[ROWS * MOST];

static float random_value(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)(*state >> 8) / (float)(1 << 22) - 2;
}

static void fill(void)
{
    uint32_t state = 1;

    for (int i = 0; i < ROWS * MOST; i++)
        x[i] = 2 * random_value(&state);
    for (int i = 0; i < MOST; i++) {
        bias[i] = random_value(&state);
        scale[i] = random_value(&state);
        shift[i] = random_value(&state);
    }
}

static int find_kernels(void **state)
{
    (void)state;
    kernels_count = inf_kernels_all(kernels, sizeof kernels / sizeof kernels[0]);
    return kernels_count > 0 ? 0 : -1;
}

static void assert_near(const float *actual, int count, double error)
{
    for (int i = 0; i < count; i++)
        if (!(fabs((double)actual[i] - expected[i]) <= error))
            fail_msg("[%d]: %.9g instead of %.9g", i, (double)actual[i], expected[i]);
}

static void the_best_is_the_first(void **state)
{
    (void)state;
    assert_ptr_equal(inf_kernels(), kernels[0]);
    assert_string_equal(kernels[kernels_count - 1]->name, "base");
}

static double gelu(double value)
{
    return 0.5 * value * (1 + erf(value / sqrt(2)));
}

static double relu(double value)
{
    return value > 0 ? value : 0;
}

static double same(double value)
{
    return value;
}

typedef void activation(float *, const float *, int, int);

static void check_activation(activation *run, double (*of)(double), int cols, double error)
{
    fill();
    for (int i = 0; i < ROWS * cols; i++)
        expected[i] = of((double)x[i] + (double)bias[i % cols]);
    run(x, bias, ROWS, cols);
    assert_near(x, ROWS * cols, error);
}

static void activations(void **state)
{
    (void)state;
    for (size_t k = 0; k < kernels_count; k++)
        for (size_t i = 0; i < WIDTHS; i++) {
            check_activation(kernels[k]->activate[INF_ACTIVATION_GELU], gelu, widths[i], 1e-6);
            check_activation(kernels[k]->activate[INF_ACTIVATION_RELU], relu, widths[i], 1e-6);
            check_activation(kernels[k]->activate[INF_ACTIVATION_TANH], tanh, widths[i], 1e-6);
            check_activation(kernels[k]->activate[INF_ACTIVATION_NONE], same, widths[i], 1e-6);
        }
}

/* Over the whole range, also where erf is 1, and at its ends. */
static void gelu_everywhere(void **state)
{
    const float zero[MOST] = {0};

    (void)state;
    for (size_t k = 0; k < kernels_count; k++)
        for (int from = -1000; from < 1000; from++) {
            for (int i = 0; i < 16; i++) {
                x[i] = (float)(from * 16 + i) / 1600;
                expected[i] = gelu((double)x[i]);
            }
            kernels[k]->activate[INF_ACTIVATION_GELU](x, zero, 1, 16);
            assert_near(x, 16, 1e-6);
        }
    for (size_t k = 0; k < kernels_count; k++) {
        float ends[] = {-INFINITY, -1e30F, 1e30F, INFINITY, NAN};
        kernels[k]->activate[INF_ACTIVATION_GELU](ends, zero, 1, 5);
        assert_true(ends[1] == 0 && ends[2] == 1e30F && isinf(ends[3]) && isnan(ends[4]));
    }
}

static void normalizing(void **state)
{
    const struct inf_norm norm = {scale, shift, 1e-5F};

    (void)state;
    for (size_t k = 0; k < kernels_count; k++)
        for (size_t w = 0; w < WIDTHS; w++) {
            int cols = widths[w];
            fill();
            for (int row = 0; row < ROWS; row++) {
                double mean = 0, squares = 0;
                for (int i = 0; i < cols; i++)
                    mean += ((double)x[row * cols + i] + (double)bias[i]) / cols;
                for (int i = 0; i < cols; i++)
                    squares += pow((double)x[row * cols + i] + (double)bias[i] - mean, 2) / cols;
                for (int i = 0; i < cols; i++)
                    expected[row * cols + i] =
                        ((double)x[row * cols + i] + (double)bias[i] - mean) /
                            sqrt(squares + 1e-5) * (double)scale[i] +
                        (double)shift[i];
            }
            kernels[k]->normalize(x, bias, &norm, ROWS, cols);
            assert_near(x, ROWS * cols, 2e-5);
        }
}

static void without_a_bias(void **state)
{
    const struct inf_norm norm = {scale, shift, 1e-5F};
    const float zero[MOST] = {0};
    float other[ROWS * MOST];

    (void)state;
    for (size_t k = 0; k < kernels_count; k++) {
        fill();
        memcpy(other, x, sizeof x);
        kernels[k]->normalize(x, NULL, &norm, ROWS, 37);
        kernels[k]->normalize(other, zero, &norm, ROWS, 37);
        assert_memory_equal(x, other, ROWS * 37 * sizeof *x);
    }
}

static void rows_are_added(void **state)
{
    (void)state;
    for (size_t k = 0; k < kernels_count; k++)
        for (size_t w = 0; w < WIDTHS; w++) {
            const float *const rows[] = {x, NULL, bias, shift};
            fill();
            for (int i = 0; i < widths[w]; i++)
                expected[i] = (double)x[i] + (double)bias[i] + (double)shift[i];
            kernels[k]->add_rows(rows, 4, widths[w], to);
            assert_near(to, widths[w], 1e-5);
        }
}

static void pooling(void **state)
{
    (void)state;
    for (size_t k = 0; k < kernels_count; k++)
        for (size_t w = 0; w < WIDTHS; w++) {
            int cols = widths[w];
            fill();
            for (int i = 0; i < cols; i++)
                expected[i] = ((double)x[i] + (double)x[cols + i] + (double)x[2 * cols + i]) / 3;
            kernels[k]->mean(x, ROWS, cols, to);
            assert_near(to, cols, 1e-6);
            for (int i = 0; i < cols; i++)
                expected[i] = (double)fmaxf(fmaxf(x[i], x[cols + i]), x[2 * cols + i]);
            kernels[k]->max(x, ROWS, cols, to);
            assert_near(to, cols, 0);
        }
}

static void length_becomes_one(void **state)
{
    float zeros[] = {0, 0, 0};

    (void)state;
    for (size_t k = 0; k < kernels_count; k++) {
        double length = 0;
        fill();
        for (int i = 0; i < 312; i++)
            length += (double)x[i] * (double)x[i];
        for (int i = 0; i < 312; i++)
            expected[i] = (double)x[i] / sqrt(length);
        kernels[k]->unit(x, 312, 1e-12F);
        assert_near(x, 312, 1e-6);
        kernels[k]->unit(zeros, 3, 1e-12F);
        assert_true(zeros[0] == 0 && zeros[1] == 0 && zeros[2] == 0);
    }
}

static void largest_of_columns(void **state)
{
    float seen[MOST];

    (void)state;
    fill();
    for (size_t k = 0; k < kernels_count; k++)
        for (size_t width = 0; width < WIDTHS; width++) {
            int cols = widths[width];
            for (int i = 0; i < cols; i++)
                seen[i] = i == 1 ? 99.0F : 0;
            kernels[k]->largest(x, ROWS, cols, seen);
            for (int i = 0; i < cols; i++) {
                float most = i == 1 ? 99.0F : 0;
                for (int row = 0; row < ROWS; row++)
                    most = fmaxf(most, fabsf(x[row * cols + i]));
                assert_true(seen[i] == most);
            }
        }
}

/* Back again, what was quantized is off by no more than half a step. */
static void quantized_and_restored(void **state)
{
    static int8_t narrow[ROWS * MOST];
    static int32_t wide[ROWS * MOST];
    static float smooth[MOST], ones[MOST], scales[ROWS];

    (void)state;
    fill();
    for (int i = 0; i < MOST; i++) {
        smooth[i] = 0.5F + 0.25F * (float)(i % 4);
        ones[i] = 1;
    }
    for (size_t k = 0; k < kernels_count; k++)
        for (size_t width = 0; width < WIDTHS; width++) {
            int cols = widths[width];
            for (int i = 0; i < cols; i++)
                x[cols + i] = 0; /* a row of nothing */
            kernels[k]->quantize(x, smooth, ROWS, cols, narrow, scales);
            for (int i = 0; i < ROWS * cols; i++)
                wide[i] = narrow[i];
            assert_true(scales[1] == 0);
            for (int i = 0; i < ROWS * cols; i++)
                to[i] = 1;
            kernels[k]->restore(wide, scales, ones, ROWS, cols, true, to);
            for (int i = 0; i < ROWS * cols; i++) {
                float right = x[i] * smooth[i % cols], step = scales[i / cols];
                assert_true(narrow[i] >= -127);
                assert_true(fabsf(to[i] - 1 - right) <= 0.501F * step + 1e-6F);
            }
            /* Where the products lie. */
            kernels[k]->restore(wide, scales, smooth, ROWS, cols, false, (float *)(void *)wide);
            for (int i = 0; i < ROWS * cols; i++) {
                float right = (float)narrow[i] * scales[i / cols] * smooth[i % cols];
                assert_true(fabsf(((float *)(void *)wide)[i] - right) <= 1e-5F);
            }
        }
}

static float number_of(uint32_t bits)
{
    float number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

/* Below, at and above the middle between two of them, with odd and even last bits; what carries
 * into infinity; and what is no number. */
static void to_bf16_and_back(void **state)
{
    static const uint32_t cases[][2] = {
        {0x3F800000, 0x3F80}, {0x3F807FFF, 0x3F80}, {0x3F808000, 0x3F80}, {0x3F808001, 0x3F81},
        {0x3F818000, 0x3F82}, {0xBF818000, 0xBF82}, {0x7F7FFFFF, 0x7F80}, {0xFF800000, 0xFF80},
        {0x7FFFFFFF, 0x7FC0}, {0xFFC00000, 0x7FC0}, {0x80000000, 0x8000}, {0x00000001, 0x0000}};
    enum { CASES = sizeof cases / sizeof cases[0], COUNT = 37 };
    float numbers[COUNT];
    uint16_t narrow[COUNT];

    (void)state;
    for (size_t k = 0; k < kernels_count; k++) {
        for (int i = 0; i < COUNT; i++)
            numbers[i] = number_of(cases[i % CASES][0]);
        kernels[k]->to_bf16(numbers, COUNT, narrow);
        for (int i = 0; i < COUNT; i++)
            assert_int_equal(narrow[i], cases[i % CASES][1]);
        kernels[k]->from_bf16(narrow, COUNT, false, numbers);
        for (int i = 0; i < COUNT; i++)
            if (!isnan(numbers[i]))
                assert_true(numbers[i] == number_of(cases[i % CASES][1] << 16));
        for (int i = 0; i < COUNT; i++)
            numbers[i] = 1;
        kernels[k]->from_bf16(narrow, COUNT, true, numbers);
        assert_true(numbers[3] == 2.0078125F && numbers[COUNT - 1] == 2 && numbers[4] > 2);
    }
}

/* Any number of rows and columns, at any distance of rows; nothing else is written. */
static void check_product(const struct inf_kernels *with, int rows, int cols, int depth, bool add)
{
    enum { ROWS_MOST = 20, COLS_MOST = 112, DEPTH_MOST = 70, MARK = 1234 };
    static float a[ROWS_MOST * (DEPTH_MOST + 3)], b[DEPTH_MOST * COLS_MOST];
    static float product[ROWS_MOST * COLS_MOST];
    uint32_t state = 5;
    const struct inf_product what = {a,         b,    product, DEPTH_MOST + 3, COLS_MOST,
                                     COLS_MOST, rows, depth,   cols,           add};

    for (size_t i = 0; i < sizeof a / sizeof a[0]; i++)
        a[i] = random_value(&state);
    for (size_t i = 0; i < sizeof b / sizeof b[0]; i++)
        b[i] = random_value(&state);
    for (size_t i = 0; i < sizeof product / sizeof product[0]; i++)
        product[i] = MARK;
    with->product(&what);
    for (int row = 0; row < ROWS_MOST; row++)
        for (int col = 0; col < COLS_MOST; col++) {
            double sum = add ? MARK : 0, got = (double)product[row * COLS_MOST + col];
            for (int k = 0; k < depth; k++)
                sum += (double)a[row * (DEPTH_MOST + 3) + k] * (double)b[k * COLS_MOST + col];
            if (row >= rows || col >= cols)
                sum = MARK;
            if (!(fabs(got - sum) <= 1e-3))
                fail_msg("%s, %dx%dx%d: %g instead of %g", with->name, rows, depth, cols, got, sum);
        }
}

static void products(void **state)
{
    static const int cols[] = {1, 15, 16, 17, 24, 32, 47, 48, 49, 64, 96};
    static const int depths[] = {1, 2, 33, 70};

    (void)state;
    for (size_t k = 0; k < kernels_count; k++)
        for (int rows = 1; rows <= 20; rows++)
            for (size_t i = 0; i < sizeof cols / sizeof cols[0]; i++)
                check_product(kernels[k], rows, cols[i], depths[(size_t)rows % 4], i % 2 == 0);
}

/* Also of scores that are far apart, and of one alone. */
static void softmax_of_rows(void **state)
{
    (void)state;
    for (size_t k = 0; k < kernels_count; k++)
        for (size_t i = 0; i < WIDTHS; i++)
            for (float by = 0.5F; by < 100; by *= 10) {
                double most = -1e9, sum = 0;
                fill();
                for (int j = 0; j < widths[i]; j++)
                    most = fmax(most, (double)x[j]);
                for (int j = 0; j < widths[i]; j++)
                    sum += exp((double)by * ((double)x[j] - most));
                for (int j = 0; j < widths[i]; j++)
                    expected[j] = exp((double)by * ((double)x[j] - most)) / sum;
                kernels[k]->softmax(x, widths[i], by);
                assert_near(x, widths[i], 1e-6);
            }
}

static void some_of_a_row_is_added(void **state)
{
    (void)state;
    for (size_t k = 0; k < kernels_count; k++)
        for (size_t i = 0; i < WIDTHS; i++) {
            fill();
            for (int j = 0; j < widths[i]; j++)
                expected[j] = (double)x[j] + 3 * (double)bias[j];
            expected[widths[i]] = (double)x[widths[i]];
            kernels[k]->add(bias, 3, widths[i], x);
            assert_near(x, widths[i] + 1, 1e-5);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(softmax_of_rows),
        cmocka_unit_test(some_of_a_row_is_added),
        cmocka_unit_test(the_best_is_the_first),
        cmocka_unit_test(activations),
        cmocka_unit_test(gelu_everywhere),
        cmocka_unit_test(normalizing),
        cmocka_unit_test(without_a_bias),
        cmocka_unit_test(rows_are_added),
        cmocka_unit_test(pooling),
        cmocka_unit_test(length_becomes_one),
        cmocka_unit_test(largest_of_columns),
        cmocka_unit_test(quantized_and_restored),
        cmocka_unit_test(to_bf16_and_back),
    };

    return cmocka_run_group_tests(tests, find_kernels, NULL);
}
