/* Lengths by the mask, the order, and pieces of so many tokens. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "packing.h"
#include <limits.h>

enum { COLS = 4 };

/* Rows of 3, 1, 4 and 3 tokens. */
static const int32_t four[] = {
    5, 6, 7, 0, 8, 0, 0, 0, 9, 9, 9, 9, 5, 5, 5, 0, /* */
    1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0,
};

static struct inf_packed_text texts[4];

static struct inf_packing make(void)
{
    const struct inf_packed_input input = {four, 2, 4, COLS};
    struct inf_packing packing;

    assert_null(inf_packing_make(&input, texts, &packing));
    return packing;
}

static void assert_text(const struct inf_packed_text *text, int row, int length, int start)
{
    assert_int_equal(text->row, row);
    assert_int_equal(text->length, length);
    assert_int_equal(text->start, start);
}

static void the_same_lengths_are_side_by_side(void **state)
{
    struct inf_packing packing = make();

    (void)state;
    assert_int_equal(packing.count, 4);
    assert_int_equal(packing.tokens, 11);
    assert_text(&packing.texts[0], 1, 1, 0);
    assert_text(&packing.texts[1], 0, 3, 1);
    assert_text(&packing.texts[2], 3, 3, 4);
    assert_text(&packing.texts[3], 2, 4, 7);
}

static void pieces(void **state)
{
    struct inf_packing whole = make(), piece;

    (void)state;
    inf_packing_piece(&whole, 0, 4, &piece);
    assert_int_equal(piece.count, 2);
    assert_int_equal(piece.tokens, 4);
    inf_packing_piece(&whole, 2, 6, &piece);
    assert_int_equal(piece.count, 1);
    assert_text(&piece.texts[0], 3, 3, 0);
    inf_packing_piece(&whole, 3, 1, &piece); /* one, however long */
    assert_int_equal(piece.count, 1);
    assert_int_equal(piece.tokens, 4);
    inf_packing_piece(&whole, 1, INT_MAX, &piece);
    assert_int_equal(piece.tokens, 10);
}

static void assert_refused(const int32_t *mask, int tensors)
{
    const int32_t data[] = {5, 6, 7, 8, mask[0], mask[1], mask[2], mask[3]};
    const struct inf_packed_input input = {data, tensors, 1, COLS};
    struct inf_packing packing;

    assert_non_null(inf_packing_make(&input, texts, &packing));
}

static void masks_that_are_none(void **state)
{
    (void)state;
    assert_refused((const int32_t[]){0, 0, 0, 0}, 2);
    assert_refused((const int32_t[]){1, 0, 1, 0}, 2);
    assert_refused((const int32_t[]){0, 1, 1, 1}, 2);
    assert_refused((const int32_t[]){1, 2, 0, 0}, 2);
    assert_refused((const int32_t[]){1, 1, 0, -1}, 2);
    assert_refused((const int32_t[]){1, 1, 1, 1}, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_lengths_are_side_by_side),
        cmocka_unit_test(pieces),
        cmocka_unit_test(masks_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
