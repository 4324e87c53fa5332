/* How far apart answers are: numbers by their size, shapes, what is no number, angles. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare.h"
#include "inferd/frame.h"
#include <math.h>
#include <string.h>

#define ALL ((double)INFINITY)

/* The payload of a RESULT: two rows of two. */
struct answer {
    struct inf_frame_result head;
    float values[4];
};

static struct answer answer(float a, float b, float c, float d)
{
    return (struct answer){{.dtype = 1, .rank = 2, .shape = {2, 2}}, {a, b, c, d}};
}

static void by_their_size(void **state)
{
    struct answer expected = answer(0.5F, -100, 0, 1), found = answer(0.5F, -101, 0.25F, 1);

    (void)state;
    assert_true(inf_compare_difference(&expected, &expected, ALL) == 0);
    assert_true(inf_compare_difference(&expected, &found, ALL) == 0.25);
    found.values[2] = 0;
    assert_true(inf_compare_difference(&expected, &found, ALL) == 0.01);
    assert_true(inf_compare_difference(&expected, &found, 0.5) == 2);
}

/* A number near 0 among large ones, in its own row only, and to an end. */
static void by_their_rows_size(void **state)
{
    struct answer expected = answer(0, 28, 0, 1), found = answer(0.5F, 28, 0.5F, 1);

    (void)state;
    assert_true(inf_compare_difference(&expected, &found, ALL) == 0.5);
    found.values[2] = 0;
    assert_true(fabs(inf_compare_difference(&expected, &found, ALL) - 0.5 / sqrt(392)) < 1e-12);
    expected.values[1] = found.values[1] = -1e9F;
    assert_true(inf_compare_difference(&expected, &found, ALL) == 0.5 / 30);
    expected.values[1] = found.values[1] = -INFINITY;
    assert_true(inf_compare_difference(&expected, &found, ALL) == 0.5);
}

static void what_cannot_be_compared(void **state)
{
    struct answer expected = answer(1, 2, 3, 4), found = answer(1, 2, (float)NAN, 4);

    (void)state;
    assert_true(isinf(inf_compare_difference(&expected, &found, ALL)));
    assert_true(isinf(inf_compare_difference(&found, &expected, ALL)));
    assert_true(inf_compare_cosine(&expected, &found) == 0);
    found = expected;
    found.head.shape[0] = 4;
    found.head.shape[1] = 1;
    assert_true(isinf(inf_compare_difference(&expected, &found, ALL)));
    assert_true(inf_compare_cosine(&expected, &found) == 0);
}

static void the_least_cosine_of_a_row(void **state)
{
    struct answer expected = answer(1, 0, 3, 4), found = answer(2, 0, 3, 4);

    (void)state;
    assert_true(inf_compare_cosine(&expected, &found) == 1);
    found = answer(1, 0, 4, 3);
    assert_true(fabs(inf_compare_cosine(&expected, &found) - 0.96) < 1e-12);
    found = answer(-1, 0, 4, 3);
    assert_true(inf_compare_cosine(&expected, &found) == -1);
    expected = found = answer(0, 0, 1, 0);
    assert_true(inf_compare_cosine(&expected, &found) == 1);
    found.values[0] = 1;
    assert_true(inf_compare_cosine(&expected, &found) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_their_size),
        cmocka_unit_test(by_their_rows_size),
        cmocka_unit_test(what_cannot_be_compared),
        cmocka_unit_test(the_least_cosine_of_a_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
