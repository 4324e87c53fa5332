/* Texts of different lengths in one input, and the answer taken apart. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/frame.h"
#include "together.h"
#include <stdlib.h>
#include <string.h>

/* Two tensors each; the second is padded with its columns' numbers. */
static const int32_t longer[] = {11, 12, 13, /* */ 0, 1, 2};
static const int32_t shorter[] = {21, /* */ 0};
static const struct inf_together_text texts[] = {{shorter, 1}, {longer, 3}};
static const int32_t padding[] = {7, INF_FRAME_PAD_COLUMN};

static void fills_up_to_the_longest(void **state)
{
    const int32_t expected[] = {21, 7, 7, /* */ 11, 12, 13, /**/ 0, 1, 2, /* */ 0, 1, 2};
    struct inf_engine_input input;

    (void)state;
    assert_int_equal(inf_together_input(texts, 2, 2, padding, &input), 0);
    assert_int_equal(input.tensors, 2);
    assert_int_equal(input.rows, 2);
    assert_int_equal(input.cols, 3);
    assert_int_equal(input.at_once, 2);
    assert_memory_equal(input.data, expected, sizeof expected);
    free((int32_t *)input.data);
}

static const float values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const struct inf_engine_input two_of_three = {NULL, 1, 2, 3, true};

static struct inf_engine_output answer(int rank, int64_t a, int64_t b, int64_t c)
{
    return (struct inf_engine_output){.dtype = 1,
                                      .rank = rank,
                                      .shape = {a, b, c},
                                      .data = values,
                                      .size_bytes = sizeof values,
                                      .holder = (void *)values};
}

static void is_part(const struct inf_engine_output *part, const float *from, size_t count)
{
    assert_ptr_equal(part->data, from);
    assert_int_equal(part->size_bytes, count * sizeof *from);
    assert_null(part->holder);
    assert_int_equal(part->shape[0], 1);
}

static void each_has_its_row(void **state)
{
    struct inf_engine_output whole = answer(2, 2, 6, 0), part;

    (void)state;
    assert_int_equal(inf_together_part(&whole, &two_of_three, 1, 1, &part), 0);
    is_part(&part, values + 6, 6);
    assert_int_equal(part.rank, 2);
    assert_int_equal(part.shape[1], 6);
}

/* Also where the row is as long as the input: an embedding is not to be cut. */
static void a_row_is_not_cut(void **state)
{
    struct inf_engine_output whole = answer(2, 2, 3, 0), part;

    (void)state;
    whole.size_bytes = 6 * sizeof(float);
    assert_int_equal(inf_together_part(&whole, &two_of_three, 0, 1, &part), 0);
    is_part(&part, values, 3);
}

static void lines_of_padding_are_left_out(void **state)
{
    struct inf_engine_output whole = answer(3, 2, 3, 2), part;

    (void)state;
    assert_int_equal(inf_together_part(&whole, &two_of_three, 1, 2, &part), 0);
    is_part(&part, values + 6, 4);
    assert_int_equal(part.shape[1], 2);
    assert_int_equal(part.shape[2], 2);
}

static void lines_that_are_no_tokens_stay(void **state)
{
    struct inf_engine_output whole = answer(3, 2, 2, 3), part;

    (void)state;
    assert_int_equal(inf_together_part(&whole, &two_of_three, 1, 1, &part), 0);
    is_part(&part, values + 6, 6);
    assert_int_equal(part.shape[1], 2);
}

static void an_answer_without_a_row_each_is_none(void **state)
{
    struct inf_engine_output whole = answer(2, 1, 12, 0), part;

    (void)state;
    assert_int_equal(inf_together_part(&whole, &two_of_three, 0, 1, &part), -1);
    whole = answer(2, 3, 4, 0);
    assert_int_equal(inf_together_part(&whole, &two_of_three, 0, 1, &part), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_up_to_the_longest),
        cmocka_unit_test(each_has_its_row),
        cmocka_unit_test(a_row_is_not_cut),
        cmocka_unit_test(lines_of_padding_are_left_out),
        cmocka_unit_test(lines_that_are_no_tokens_stay),
        cmocka_unit_test(an_answer_without_a_row_each_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
