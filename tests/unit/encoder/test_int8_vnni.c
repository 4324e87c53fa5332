/* Products by VNNI are exact, for every number of rows and columns that blocks and panels are cut
 * into, with the largest numbers there are. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "int8_vnni.h"
#include <stdlib.h>
#include <string.h>

enum { ROWS_MOST = 130, IN_MOST = 400, OUT_MOST = 336 };

static int8_t from[ROWS_MOST * IN_MOST], shifted[ROWS_MOST * IN_MOST], weights[IN_MOST * OUT_MOST];
static float row_scales[ROWS_MOST], col_scales[OUT_MOST], to[ROWS_MOST * OUT_MOST];

/* Powers of two, so that scaling an exact sum is exact. */
static void fill(void)
{
    srand(1);
    for (int i = 0; i < ROWS_MOST * IN_MOST; i++)
        from[i] = (int8_t)(rand() % 255 - 127);
    for (int i = 0; i < IN_MOST * OUT_MOST; i++)
        weights[i] = (int8_t)(rand() % 255 - 127);
    memset(from, 127, IN_MOST); /* the first row, and the first weights */
    memset(weights, -127, OUT_MOST * 8);
    for (int i = 0; i < ROWS_MOST; i++)
        row_scales[i] = i % 2 == 0 ? 0.5F : 2;
    for (int i = 0; i < OUT_MOST; i++)
        col_scales[i] = i % 3 == 0 ? 0.25F : 4;
}

static void check(int rows, int in, int out, bool add)
{
    struct inf_vnni *laid = inf_vnni_new(weights, in, out);

    assert_non_null(laid);
    memcpy(shifted, from, sizeof from);
    for (int i = 0; i < rows * out; i++)
        to[i] = (float)(i % 64);
    inf_vnni_multiply(laid, shifted, rows, row_scales, col_scales, add, to);
    for (int row = 0; row < rows; row++)
        for (int j = 0; j < out; j++) {
            int32_t sum = 0;
            float expected = add ? (float)((row * out + j) % 64) : 0;
            for (int i = 0; i < in; i++)
                sum += from[row * in + i] * weights[i * out + j];
            expected += (float)sum * row_scales[row] * col_scales[j];
            if (to[row * out + j] != expected)
                fail_msg("%d x %d x %d: row %d, column %d: %g instead of %g", rows, in, out, row, j,
                         (double)to[row * out + j], (double)expected);
        }
    inf_vnni_free(laid);
}

static void exact(void **state)
{
    (void)state;
    if (!inf_vnni_can(4, 16))
        return; /* the processor has none of it, and nobody calls it */
    fill();
    for (int rows = 1; rows <= 19; rows++)
        check(rows, 68, 80, rows % 2 == 0);
    for (int out = 16; out <= OUT_MOST; out += 64)
        check(7, 4, out, false);
    check(ROWS_MOST, IN_MOST, OUT_MOST, true); /* so large that threads share it */
}

static void shapes_that_cannot_be(void **state)
{
    (void)state;
    assert_false(inf_vnni_can(70, 64));
    assert_false(inf_vnni_can(64, 33));
    inf_vnni_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact),
        cmocka_unit_test(shapes_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
