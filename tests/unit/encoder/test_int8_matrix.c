/* Products in int8 stay near those in float32, with inputs of very different sizes as well. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "int8_matrix.h"
#include <math.h>
#include <stdlib.h>

enum { ROWS = 5, IN = 70, OUT = 33 };

static float from[ROWS * IN], weights[IN * OUT], seen[IN], to[ROWS * OUT];
static double expected[ROWS * OUT];

static float random_value(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)(*state >> 8) / (float)(1 << 23) - 1;
}

/* One input in ten is a hundred times as large as the others, and its weights small. */
static void fill(void)
{
    uint32_t state = 1;

    for (int j = 0; j < IN; j++) {
        seen[j] = 0;
        for (int row = 0; row < ROWS; row++) {
            float value = random_value(&state) * (j % 10 == 3 ? 100.0F : 1.0F);
            from[row * IN + j] = row == 2 ? 0 : value;
            seen[j] = fmaxf(seen[j], fabsf(value));
        }
        for (int i = 0; i < OUT; i++)
            weights[j * OUT + i] = random_value(&state) * (j % 10 == 3 ? 0.01F : 1.0F);
    }
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < OUT; i++) {
            expected[row * OUT + i] = 0;
            for (int j = 0; j < IN; j++)
                expected[row * OUT + i] +=
                    (double)from[row * IN + j] * (double)weights[j * OUT + i];
        }
}

static void multiply(bool add)
{
    int8_t rows[ROWS * IN];
    float scales[ROWS];
    int32_t products[ROWS * OUT];
    const struct inf_int8_room room = {rows, scales, products};
    struct inf_int8_matrix *matrix = inf_int8_matrix_new(weights, seen, IN, OUT);

    assert_non_null(matrix);
    assert_int_equal(inf_int8_matrix_multiply(matrix, inf_kernels(), from, ROWS, add, &room, to),
                     0);
    inf_int8_matrix_free(matrix);
}

static void products_are_near(void **state)
{
    double off = 0, all = 0;

    (void)state;
    fill();
    multiply(false);
    for (int i = 0; i < ROWS * OUT; i++) {
        off += (to[i] - expected[i]) * (to[i] - expected[i]);
        all += expected[i] * expected[i];
    }
    assert_true(sqrt(off / all) < 0.02); /* without smoothing it is 0.2 */
    for (int i = 0; i < OUT; i++)
        assert_true(to[2 * OUT + i] == 0); /* the row of zeros */
}

static void onto_what_is_there(void **state)
{
    float alone[ROWS * OUT];

    (void)state;
    fill();
    multiply(false);
    for (int i = 0; i < ROWS * OUT; i++) {
        alone[i] = to[i];
        to[i] = (float)i;
    }
    fill();
    multiply(true);
    for (int i = 0; i < ROWS * OUT; i++)
        assert_true(fabsf(to[i] - ((float)i + alone[i])) < 1e-4F);
}

static void weights_that_are_none(void **state)
{
    (void)state;
    fill();
    weights[5] = NAN;
    assert_null(inf_int8_matrix_new(weights, seen, IN, OUT));
    fill();
    weights[IN * OUT - 1] = INFINITY;
    assert_null(inf_int8_matrix_new(weights, seen, IN, OUT));
    inf_int8_matrix_free(NULL);
}

static void products_are_exact_here(void **state)
{
    (void)state;
    assert_true(inf_int8_matrix_is_exact());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_near),
        cmocka_unit_test(onto_what_is_there),
        cmocka_unit_test(weights_that_are_none),
        cmocka_unit_test(products_are_exact_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
