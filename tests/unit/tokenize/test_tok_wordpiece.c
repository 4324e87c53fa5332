/* Words to pieces: greedy, all or nothing, with the piece's own offsets and the word's index. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "tok_wordpiece.h"

/* expected: {id, start, end, word} each, ended by id -1. */
static void cuts(const char *settings, const char *text, const int expected[][4])
{
    struct inf_tokenization tokenization = tokenization_of(settings);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, SMALL_VOCABULARY);
    struct inf_token_list list = {.limit = 200};
    struct inf_error err = {0};
    size_t count = 0;
    assert_int_equal(
        inf_wordpiece_split(tokenizer, (struct inf_text){text, strlen(text)}, &list, &err), 0);
    for (; expected[count][0] >= 0; count++) {
        assert_true(count < list.count);
        assert_int_equal(list.items[count].id, expected[count][0]);
        assert_int_equal(list.items[count].start, expected[count][1]);
        assert_int_equal(list.items[count].end, expected[count][2]);
        assert_int_equal(list.items[count].word, expected[count][3]);
    }
    assert_int_equal(list.count, count);
    inf_token_list_free(&list);
    inf_tokenizer_free(tokenizer);
}

#define LOWER "{\"bert\":{\"do_lower_case\":true}}"
#define CASED "{\"bert\":{}}"

static void test_pieces(void **state)
{
    (void)state;
    cuts(LOWER, "unaffable a",
         (const int[][4]){{UN, 0, 2, 0}, {AFF, 2, 5, 0}, {ABLE, 5, 9, 0}, {A, 10, 11, 1}, {-1}});
    cuts(LOWER, "abcb",
         (const int[][4]){{A, 0, 1, 0}, {BB, 1, 2, 0}, {CC, 2, 3, 0}, {BB, 3, 4, 0}, {-1}});
    cuts(LOWER, "", (const int[][4]){{-1}});
}

static void test_a_word_is_cut_wholly_or_not_at_all(void **state)
{
    (void)state;
    cuts(LOWER, "unaffx! a", (const int[][4]){{UNK, 0, 6, 0}, {BANG, 6, 7, 1}, {A, 8, 9, 2}, {-1}});
    cuts(LOWER, "able", (const int[][4]){{UNK, 0, 4, 0}, {-1}});
}

/* A continuation is no word, though a text may spell one. */
static void test_text_that_looks_like_a_piece(void **state)
{
    (void)state;
    cuts(LOWER, "##b", (const int[][4]){{UNK, 0, 1, 0}, {UNK, 1, 2, 1}, {B, 2, 3, 2}, {-1}});
}

static void test_case(void **state)
{
    (void)state;
    cuts(CASED, "Up up A", (const int[][4]){{UP, 0, 2, 0}, {UNK, 3, 5, 1}, {UNK, 6, 7, 2}, {-1}});
    cuts(LOWER, "Up UP \xc3\x81",
         (const int[][4]){{UP, 0, 2, 0}, {UP, 3, 5, 1}, {A, 6, 7, 2}, {-1}});
}

static void test_never_split(void **state)
{
    (void)state;
    cuts(LOWER, "a[MASK]b [CLS]",
         (const int[][4]){{A, 0, 1, 0},
                          {MASK, 1, 7, 1},
                          {B, 7, 8, 2},
                          {UNK, 9, 10, 3},
                          {UNK, 10, 13, 4},
                          {UNK, 13, 14, 5},
                          {-1}});
}

static void test_wide_characters(void **state)
{
    (void)state;
    cuts(LOWER,
         "\xf0\x9f\x98\x80 \xe4\xb8\xad"
         "a",
         (const int[][4]){{UNK, 0, 2, 0}, {ZHONG, 3, 4, 1}, {A, 4, 5, 2}, {-1}});
}

/* A word of 100 units is cut, one of 101 is unknown, also right after the first. */
static void test_too_long(void **state)
{
    char text[256];
    int expected[102][4] = {{A, 0, 1, 0}};
    (void)state;
    memset(text, 'b', sizeof text);
    text[0] = 'a';
    text[100] = ' ';
    text[101] = 'a';
    text[202] = '\0';
    for (int i = 1; i < 100; i++) {
        memcpy(expected[i], (const int[]){BB, i, i + 1, 0}, sizeof expected[i]);
    }
    memcpy(expected[100], (const int[]){UNK, 101, 202, 1}, sizeof expected[100]);
    expected[101][0] = -1;
    cuts(LOWER, text, (const int(*)[4])expected);
}

/* Words that another splitter has found, with the index that it gives them. */
static void test_a_word_alone(void **state)
{
    struct inf_tokenization tokenization = tokenization_of(CASED);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, SMALL_VOCABULARY);
    struct inf_token_list list = {.limit = 1};
    struct inf_error err = {0};
    struct inf_wordpiece cutter = {.tokenizer = tokenizer, .list = &list, .err = &err, .word = 7};
    struct inf_word word = {.text = "ab",
                            .points = 2,
                            .at = {0, 1, 2},
                            .starts = {3, 4},
                            .ends = {4, 5},
                            .start = 3,
                            .end = 5};
    (void)state;
    assert_int_equal(inf_wordpiece_cut(&cutter, &word), 0);
    assert_int_equal(list.total, 2);
    assert_int_equal(list.items[0].id, A);
    assert_int_equal(list.items[0].word, 7);
    inf_token_list_free(&list);
    inf_tokenizer_free(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_a_word_is_cut_wholly_or_not_at_all),
        cmocka_unit_test(test_text_that_looks_like_a_piece),
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_never_split),
        cmocka_unit_test(test_wide_characters),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_a_word_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
