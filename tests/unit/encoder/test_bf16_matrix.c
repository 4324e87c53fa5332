/* Products in bf16 stay near those in float32, where this processor has any. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bf16_matrix.h"
#include <math.h>

enum { ROWS = 5, IN = 70, OUT = 33 };

static float from[ROWS * IN], weights[IN * OUT], to[ROWS * OUT];

static float random_value(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)(*state >> 8) / (float)(1 << 23) - 1;
}

static int fill(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (int i = 0; i < ROWS * IN; i++)
        from[i] = random_value(&seed);
    for (int i = 0; i < IN * OUT; i++)
        weights[i] = random_value(&seed);
    return 0;
}

static double expected(int row, int column)
{
    double sum = 0;

    for (int i = 0; i < IN; i++)
        sum += (double)from[row * IN + i] * (double)weights[i * OUT + column];
    return sum;
}

/* Each number has 8 bits, so a product of about 5 is off by some hundredths. */
static void assert_products(const struct inf_bf16_matrix *matrix, bool add)
{
    uint16_t room[ROWS * IN];

    for (int i = 0; i < ROWS * OUT; i++)
        to[i] = 100;
    assert_int_equal(inf_bf16_matrix_multiply(matrix, inf_kernels(), from, ROWS, add, room, to), 0);
    for (int i = 0; i < ROWS * OUT; i++)
        assert_true(fabs((double)to[i] - expected(i / OUT, i % OUT) - (add ? 100 : 0)) < 0.1);
}

static void products_are_near(void **state)
{
    struct inf_bf16_matrix *matrix = inf_bf16_matrix_new(weights, IN, OUT);

    (void)state;
    if (matrix == NULL) { /* no instructions that libtorch would take */
        assert_false(__builtin_cpu_supports("avx512bw"));
        return;
    }
    assert_products(matrix, false);
    assert_products(matrix, true);
    inf_bf16_matrix_free(matrix);
}

static void weights_that_are_none(void **state)
{
    (void)state;
    weights[5] = NAN;
    assert_null(inf_bf16_matrix_new(weights, IN, OUT));
    weights[5] = INFINITY;
    assert_null(inf_bf16_matrix_new(weights, IN, OUT));
    inf_bf16_matrix_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(products_are_near, fill),
        cmocka_unit_test_setup(weights_that_are_none, fill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
