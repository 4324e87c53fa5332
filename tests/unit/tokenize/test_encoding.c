/* Rows to tensors: special tokens, segments, positions, padding, offsets. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "encoding.h"

static struct inf_token_list list_of(const int *ids, size_t count)
{
    struct inf_token_list list = {.limit = count};
    struct inf_error err;
    for (size_t i = 0; i < count; i++) {
        struct inf_token token = {
            .id = ids[i], .start = (int)(10 * i), .end = (int)(10 * i + 5), .word = (int)i};
        assert_int_equal(inf_token_list_push(&list, &token, &err), 0);
    }
    return list;
}

static void equals(const int *values, const int *expected, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(values[i], expected[i]);
    }
}

/* Two windows of 3 and 1 tokens: the second is padded to the first's length. */
static void test_rows_are_padded(void **state)
{
    struct inf_tokenization settings = tokenization_of("{\"bert\":{}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, SMALL_VOCABULARY);
    struct inf_token_list list = list_of((const int[]){A, B, C, UN}, 4);
    struct inf_row rows[] = {{.first = {0, 3}}, {.first = {3, 1}}};
    struct inf_layout layout = {
        .rows = rows, .count = 2, .longest = 5, .extra = 2, .tokens = 6, .truncated = true};
    struct inf_encoding e;
    struct inf_error err;
    (void)state;
    assert_int_equal(inf_encoding_new(tokenizer, &layout, &list, NULL, &e, &err), 0);
    assert_int_equal(e.tensors, 4);
    assert_int_equal(e.rows, 2);
    assert_int_equal(e.cols, 5);
    equals(e.data, (const int[]){CLS, A, B, C, SEP, CLS, UN, SEP, PAD, PAD}, 10);
    equals(e.data + 10, (const int[]){1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 10);
    equals(e.data + 20, (const int[]){0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 10);
    equals(e.data + 30, (const int[]){0, 1, 2, 3, 4, 0, 1, 2, 3, 4}, 10);
    equals(e.lengths, (const int[]){5, 3}, 2);
    equals(e.starts, (const int[]){-1, 0, 10, 20, -1, -1, 30, -1, -1, -1}, 10);
    equals(e.ends, (const int[]){-1, 5, 15, 25, -1, -1, 35, -1, -1, -1}, 10);
    equals(e.words, (const int[]){-1, 0, 1, 2, -1, -1, 3, -1, -1, -1}, 10);
    assert_true(e.truncated);
    assert_int_equal(e.tokens, 6);
    inf_encoding_free(&e);
    inf_encoding_free(&e);
    inf_token_list_free(&list);
    inf_tokenizer_free(tokenizer);
}

static void test_pair(void **state)
{
    struct inf_tokenization settings = tokenization_of("{\"bert\":{}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, SMALL_VOCABULARY);
    struct inf_token_list first = list_of((const int[]){A, B}, 2);
    struct inf_token_list second = list_of((const int[]){C, UN}, 2);
    struct inf_row row = {.first = {0, 2}, .second = {1, 1}};
    struct inf_layout layout = {
        .rows = &row, .count = 1, .longest = 6, .extra = 3, .pair = true, .tokens = 7};
    struct inf_encoding e;
    struct inf_error err;
    (void)state;
    assert_int_equal(inf_encoding_new(tokenizer, &layout, &first, &second, &e, &err), 0);
    equals(e.data, (const int[]){CLS, A, B, SEP, UN, SEP}, 6);
    equals(e.data + 12, (const int[]){0, 0, 0, 0, 1, 1}, 6);
    equals(e.data + 18, (const int[]){0, 1, 2, 3, 4, 5}, 6);
    equals(e.words, (const int[]){-1, 0, 1, -1, 1, -1}, 6);
    assert_int_equal(e.seconds[0], 4);
    assert_false(e.truncated);
    inf_encoding_free(&e);
    inf_token_list_free(&first);
    inf_token_list_free(&second);
    inf_tokenizer_free(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_padded),
        cmocka_unit_test(test_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
