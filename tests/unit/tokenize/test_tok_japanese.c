/* Japanese words: MeCab's, with offsets through normalisation, masks, blanks, long texts, threads,
 * and what is said when there is no dictionary. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "tok_japanese.h"
#include <pthread.h>
#include <stdlib.h>

/* Ids from 5: cat, (topic), fish, ga (half-width in the text), su, stock-, -company, tel, x, -x. */
#define VOCABULARY                                                                                 \
    "{\"vocabulary\":[\"[PAD]\",\"[UNK]\",\"[CLS]\",\"[SEP]\",\"[MASK]\",\"猫\",\"は\",\"魚\"," \
    "\"ガス\",\"株式\",\"##会社\",\"tel\",\"x\",\"##x\",\"TEL\"]}"
enum { CAT = 5, TOPIC, FISH, GAS, STOCK, COMPANY, TEL, X, XX, TEL_UPPER };
#define PLAIN "{\"bert_ja\":{}}"
#define LOWER "{\"bert_ja\":{\"do_lower_case\":true}}"

static void splits(const struct inf_tokenizer *tokenizer, const char *text,
                   struct inf_token_list *ret)
{
    struct inf_error err = {0};
    ret->limit = 1 << 20;
    assert_int_equal(
        inf_japanese_split(tokenizer, (struct inf_text){text, strlen(text)}, ret, &err), 0);
}

/* expected: {id, start, end, word} each, ended by id -1. */
static void cuts(const char *settings, const char *text, const int expected[][4])
{
    struct inf_tokenization tokenization = tokenization_of(settings);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, VOCABULARY);
    struct inf_token_list list = {0};
    size_t count = 0;
    splits(tokenizer, text, &list);
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

static void test_words(void **state)
{
    (void)state;
    cuts(PLAIN, "猫は魚",
         (const int[][4]){{CAT, 0, 1, 0}, {TOPIC, 1, 2, 1}, {FISH, 2, 3, 2}, {-1}});
    cuts(PLAIN, "株式会社", (const int[][4]){{STOCK, 0, 2, 0}, {COMPANY, 2, 4, 0}, {-1}});
    cuts(PLAIN, "犬", (const int[][4]){{UNK, 0, 1, 0}, {-1}});
}

static void test_offsets_through_normalisation(void **state)
{
    (void)state;
    cuts(PLAIN, "㍿は",
         (const int[][4]){{STOCK, 0, 1, 0}, {COMPANY, 0, 1, 0}, {TOPIC, 1, 2, 1}, {-1}});
    cuts(PLAIN, "ｶﾞｽ猫", (const int[][4]){{GAS, 0, 3, 0}, {CAT, 3, 4, 1}, {-1}});
    cuts(PLAIN, "😀猫", (const int[][4]){{UNK, 0, 2, 0}, {CAT, 2, 3, 1}, {-1}});
}

/* Lower case comes before MeCab; what normalisation makes upper-case is lowered after it. */
static void test_case(void **state)
{
    (void)state;
    cuts(PLAIN, "TEL", (const int[][4]){{TEL_UPPER, 0, 3, 0}, {-1}});
    cuts(LOWER, "TEL", (const int[][4]){{TEL, 0, 3, 0}, {-1}});
    cuts(LOWER, "℡", (const int[][4]){{TEL, 0, 1, 0}, {-1}});
}

static void test_mask(void **state)
{
    (void)state;
    cuts(LOWER, "猫[MASK]魚",
         (const int[][4]){{CAT, 0, 1, 0}, {MASK, 1, 7, 1}, {FISH, 7, 8, 2}, {-1}});
    cuts(LOWER, "[MASK][MASK]", (const int[][4]){{MASK, 0, 6, 0}, {MASK, 6, 12, 1}, {-1}});
    cuts(PLAIN, "ｶ[MASK]ﾞ",
         (const int[][4]){{UNK, 0, 1, 0}, {MASK, 1, 7, 1}, {UNK, 7, 8, 2}, {-1}});
}

static void test_blanks(void **state)
{
    (void)state;
    cuts(PLAIN, "", (const int[][4]){{-1}});
    cuts(PLAIN, " \t\n\xe3\x80\x80", (const int[][4]){{-1}});
    cuts(PLAIN, "\r\x1c\xc2\x85\xe2\x80\xa8", (const int[][4]){{-1}});
    cuts(PLAIN, " 猫\xe3\x80\x80 魚\r", (const int[][4]){{CAT, 1, 2, 0}, {FISH, 4, 5, 1}, {-1}});
}

/* A control character is no blank to MeCab, and no word of the vocabulary. */
static void test_control_characters(void **state)
{
    (void)state;
    cuts(PLAIN, "猫\x01魚",
         (const int[][4]){{CAT, 0, 1, 0}, {UNK, 1, 2, 1}, {FISH, 2, 3, 2}, {-1}});
}

/* Many pieces: each character has its token, in order, wherever a piece ends. */
static void test_long_texts(void **state)
{
    static const char *const units[] = {"猫は", "x", "x ", "魚 "};
    struct inf_tokenization tokenization = tokenization_of(PLAIN);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, VOCABULARY);
    (void)state;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        size_t length = strlen(units[u]);
        int times = 5 * INF_JAPANESE_PIECE + 7;
        char *text = calloc((size_t)times + 1, length);
        struct inf_token_list list = {0};
        int end = 0;
        for (int i = 0; i < times; i++) {
            memcpy(text + (size_t)i * length, units[u], length);
        }
        splits(tokenizer, text, &list);
        for (size_t i = 0; i < list.count; i++) {
            assert_int_not_equal(list.items[i].id, UNK);
            assert_true(list.items[i].start - end <= 1 && list.items[i].start >= end);
            end = list.items[i].end;
        }
        assert_true(list.count >= (size_t)times);
        inf_token_list_free(&list);
        free(text);
    }
    inf_tokenizer_free(tokenizer);
}

/* More blanks than a piece holds, and a letter with more marks than one. */
static void test_long_runs_without_words(void **state)
{
    struct inf_tokenization tokenization = tokenization_of(PLAIN);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, VOCABULARY);
    struct inf_token_list list = {0};
    char text[10 * INF_JAPANESE_PIECE];
    (void)state;
    memset(text, ' ', sizeof text);
    text[0] = 'x';
    text[sizeof text - 2] = 'x';
    text[sizeof text - 1] = '\0';
    splits(tokenizer, text, &list);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[1].start, sizeof text - 2);
    for (size_t i = 1; i + 2 < sizeof text; i += 2) {
        memcpy(text + i, "\xcc\x87", 2);
    }
    inf_token_list_free(&list);
    splits(tokenizer, text, &list);
    assert_true(list.count > 0);
    inf_token_list_free(&list);
    inf_tokenizer_free(tokenizer);
}

static void *split_often(void *arg)
{
    struct inf_error err = {0};
    const char *text = "猫は魚";
    size_t total = 0;
    for (int i = 0; i < 200; i++) {
        struct inf_token_list list = {.limit = 10};
        if (inf_japanese_split(arg, (struct inf_text){text, strlen(text)}, &list, &err) == 0) {
            total += list.total;
        }
        inf_token_list_free(&list);
    }
    return (void *)total;
}

static void test_threads_share_a_tokenizer(void **state)
{
    struct inf_tokenization tokenization = tokenization_of(PLAIN);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, VOCABULARY);
    pthread_t threads[4];
    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, split_often, tokenizer), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *total = NULL;
        assert_int_equal(pthread_join(threads[i], &total), 0);
        assert_int_equal((size_t)total, 600);
    }
    assert_true(inf_tokenizer_memory(tokenizer) < 1 << 20);
    inf_tokenizer_free(tokenizer);
}

/* Neither a folder without a dictionary will do, nor ipadic in another encoding. */
static void test_no_dictionary(void **state)
{
    static const char *const nowhere[] = {"-r /dev/null -d /nonexistent", "-r /nonexistent",
                                          "-r /dev/null -d /var/lib/mecab/dic/ipadic", NULL};
    struct inf_tokenizer tokenizer = {.settings = tokenization_of(PLAIN)};
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_japanese_make_from(&tokenizer, nowhere, &err), -1);
    assert_int_equal(err.code, INF_ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "tokenizer [bert_ja] needs MeCab's dictionary ipadic in UTF-8; "
                                    "install the package [mecab-ipadic-utf8]");
    assert_null(tokenizer.own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_offsets_through_normalisation),
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_blanks),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_long_runs_without_words),
        cmocka_unit_test(test_threads_share_a_tokenizer),
        cmocka_unit_test(test_no_dictionary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
