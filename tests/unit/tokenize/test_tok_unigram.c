/* The rows xlm_roberta and deberta_v2: words, the mask, the unknown, what make refuses. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "tok_unigram.h"
#include <stdlib.h>

#define MARK "\xe2\x96\x81"
enum { XB, XPAD, XE, XUNK, XMARK, XA, XB2, XMARK_A, XAB, XMASK };
#define XLM_VOCABULARY                                                                       \
    "{\"vocabulary\":[\"<s>\",\"<pad>\",\"</s>\",\"<unk>\",\"" MARK "\",\"a\",\"b\",\"" MARK \
    "a\",\"ab\",\"<mask>\"],\"scores\":[0,0,0,0,-2,-3,-3,-2.5,-4,0]}"
enum { DPAD, DCLS, DSEP, DUNK, DMARK, DA, DBYTE_C3, DBYTE_89, DI, DMASK };
#define DEBERTA_VOCABULARY                                                                    \
    "{\"vocabulary\":[\"[PAD]\",\"[CLS]\",\"[SEP]\",\"[UNK]\",\"" MARK "\",\"a\",\"<0xC3>\"," \
    "\"<0x89>\",\"i\",\"[MASK]\"],\"scores\":[0,0,0,0,-2,-3,0,0,-3,0]}"
#define XLM "{\"xlm_roberta\":{}}"
#define DEBERTA "{\"deberta_v2\":{}}"
#define LOWER "{\"deberta_v2\":{\"do_lower_case\":true}}"

/* expected: {id, start, end} each, ended by id -1. */
static void cuts(const char *settings, const char *vocabulary, const char *text,
                 const int expected[][3])
{
    struct inf_tokenization tokenization = tokenization_of(settings);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, vocabulary);
    struct inf_token_list list = {.limit = 200};
    struct inf_error err = {0};
    size_t count = 0;
    assert_int_equal(
        inf_unigram_split(tokenizer, (struct inf_text){text, strlen(text)}, &list, &err), 0);
    for (; expected[count][0] >= 0; count++) {
        assert_true(count < list.count);
        assert_int_equal(list.items[count].id, expected[count][0]);
        assert_int_equal(list.items[count].start, expected[count][1]);
        assert_int_equal(list.items[count].end, expected[count][2]);
        assert_int_equal(list.items[count].word, count);
    }
    assert_int_equal(list.count, count);
    inf_token_list_free(&list);
    inf_tokenizer_free(tokenizer);
}

static void test_words(void **state)
{
    (void)state;
    cuts(XLM, XLM_VOCABULARY, "", (const int[][3]){{-1}});
    cuts(XLM, XLM_VOCABULARY, " \t\xe2\x80\x8b", (const int[][3]){{-1}});
    cuts(XLM, XLM_VOCABULARY, "a  ab",
         (const int[][3]){{XMARK_A, 0, 1}, {XMARK_A, 3, 4}, {XB2, 4, 5}, {-1}});
    cuts(XLM, XLM_VOCABULARY, "b ", (const int[][3]){{XMARK, 0, 1}, {XB2, 0, 1}, {-1}});
    cuts(XLM, XLM_VOCABULARY, MARK "a", (const int[][3]){{XMARK_A, 1, 2}, {-1}});
}

static void test_unknown(void **state)
{
    (void)state;
    cuts(XLM, XLM_VOCABULARY, "axyzb",
         (const int[][3]){{XMARK_A, 0, 1}, {XUNK, 1, 4}, {XB2, 4, 5}, {-1}});
    cuts(XLM, XLM_VOCABULARY, "x y",
         (const int[][3]){{XMARK, 0, 1}, {XUNK, 0, 1}, {XMARK, 2, 3}, {XUNK, 2, 3}, {-1}});
    cuts(XLM, XLM_VOCABULARY,
         "\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
         "b",
         (const int[][3]){{XMARK, 0, 2}, {XUNK, 0, 4}, {XB2, 4, 5}, {-1}});
}

/* 10 below the least score, which no piece is worth. */
static void test_price_of_the_unknown(void **state)
{
    (void)state;
    cuts(XLM,
         "{\"vocabulary\":[\"<s>\",\"<pad>\",\"</s>\",\"<unk>\",\"" MARK
         "\",\"xa\",\"b\",\"ab\"],\"scores\":[0,0,0,0,-1,-3,-3,-0.1]}",
         "xab", (const int[][3]){{4, 0, 1}, {5, 0, 2}, {6, 2, 3}, {-1}});
}

/* Bytes stand for the whole of what is unknown, or for nothing of it. */
static void test_unknown_in_bytes(void **state)
{
    (void)state;
    cuts(DEBERTA, DEBERTA_VOCABULARY, "a\xc3\x89",
         (const int[][3]){{DMARK, 0, 1}, {DA, 0, 1}, {DBYTE_C3, 1, 2}, {DBYTE_89, 1, 2}, {-1}});
    cuts(DEBERTA, DEBERTA_VOCABULARY, "a\xc3\x89z",
         (const int[][3]){{DMARK, 0, 1}, {DA, 0, 1}, {DUNK, 1, 3}, {-1}});
}

static void test_mask(void **state)
{
    (void)state;
    cuts(XLM, XLM_VOCABULARY, "a <mask>a<mask><mask",
         (const int[][3]){{XMARK_A, 0, 1},
                          {XMASK, 2, 8},
                          {XMARK_A, 8, 9},
                          {XMASK, 9, 15},
                          {XMARK, 15, 16},
                          {XUNK, 15, 17},
                          {XA, 17, 18},
                          {XUNK, 18, 20},
                          {-1}});
    cuts(DEBERTA, DEBERTA_VOCABULARY, "\xf0\x9f\x98\x80[MASK]",
         (const int[][3]){{DMARK, 0, 2}, {DUNK, 0, 2}, {DMASK, 2, 8}, {-1}});
}

/* A text cannot spell the special tokens, not even in characters that are normalised to them. */
static void test_special_tokens_in_text(void **state)
{
    (void)state;
    cuts(XLM, XLM_VOCABULARY, "<s>", (const int[][3]){{XMARK, 0, 1}, {XUNK, 0, 3}, {-1}});
    cuts(XLM, XLM_VOCABULARY, "\xef\xbc\x9cs\xef\xbc\x9e",
         (const int[][3]){{XMARK, 0, 1}, {XUNK, 0, 3}, {-1}});
}

static void test_lower_case(void **state)
{
    (void)state;
    cuts(LOWER, DEBERTA_VOCABULARY, "A\xc4\xb0",
         (const int[][3]){{DMARK, 0, 1}, {DA, 0, 1}, {DI, 1, 2}, {DUNK, 1, 2}, {-1}});
    cuts(DEBERTA, DEBERTA_VOCABULARY, "A", (const int[][3]){{DMARK, 0, 1}, {DUNK, 0, 1}, {-1}});
}

/* The parts of a long word meet without a seam. */
static void test_a_long_word(void **state)
{
    struct inf_tokenization tokenization = tokenization_of(XLM);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, XLM_VOCABULARY);
    struct inf_token_list list = {.limit = 1000000};
    struct inf_error err = {0};
    size_t length = 300001;
    char *text = malloc(length);
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < length; i++) {
        text[i] = i % 2 ? 'a' : 'b';
    }
    assert_int_equal(inf_unigram_split(tokenizer, (struct inf_text){text, length}, &list, &err), 0);
    assert_int_equal(list.count, 2 + (length - 1) / 2);
    for (size_t i = 2; i < list.count; i++) {
        assert_int_equal(list.items[i].id, XAB);
        assert_int_equal(list.items[i].start, 2 * i - 3);
        assert_int_equal(list.items[i].end, 2 * i - 1);
    }
    free(text);
    inf_token_list_free(&list);
    inf_tokenizer_free(tokenizer);
}

/* Without anything known: one token for what is cut at a time. */
static void test_a_long_unknown_word(void **state)
{
    struct inf_tokenization tokenization = tokenization_of(XLM);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, XLM_VOCABULARY);
    struct inf_token_list list = {.limit = 100};
    struct inf_error err = {0};
    size_t length = 200000;
    char *text = malloc(length);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', length);
    assert_int_equal(inf_unigram_split(tokenizer, (struct inf_text){text, length}, &list, &err), 0);
    assert_in_range(list.count, 2, 6);
    for (size_t i = 1; i < list.count; i++) {
        assert_int_equal(list.items[i].id, XUNK);
        assert_int_equal(list.items[i].start, i == 1 ? 0 : list.items[i - 1].end);
    }
    assert_int_equal(list.items[list.count - 1].end, length);
    free(text);
    inf_token_list_free(&list);
    inf_tokenizer_free(tokenizer);
}

static void refuses(const char *settings, const char *vocabulary, enum inf_err_code code,
                    const char *reason)
{
    struct inf_tokenization tokenization = tokenization_of(settings);
    struct inf_json json = json_of(vocabulary);
    struct inf_tokenizer *tokenizer = NULL;
    struct inf_error err = {0};
    assert_int_equal(inf_tokenizer_new(&tokenization, json.root, &tokenizer, &err), -1);
    assert_int_equal(err.code, code);
    assert_string_equal(err.reason, reason);
    inf_json_free(&json);
}

static void test_refused_vocabularies(void **state)
{
    (void)state;
    refuses(XLM, "{\"vocabulary\":[\"<s>\"],\"scores\":[0]}", INF_ERR_CONFLICT,
            "provided vocabulary does not contain the unknown token of [<unk>]");
    refuses(DEBERTA, "{\"vocabulary\":[\"<unk>\"],\"scores\":[0]}", INF_ERR_CONFLICT,
            "provided vocabulary does not contain the unknown token of [[UNK]]");
    refuses(XLM, "{\"vocabulary\":[\"<unk>\"],\"scores\":[0]}", INF_ERR_CONFLICT,
            "stored vocabulary is missing required [<pad>] token");
    refuses(XLM, "{\"vocabulary\":[\"<s>\",\"<pad>\",\"</s>\",\"<unk>\"],\"scores\":[0,0,0]}",
            INF_ERR_INTERNAL, "provided vocabulary [4] and scores [3] must have the same size");
    refuses(XLM, "{\"vocabulary\":[\"<s>\",\"<pad>\",\"</s>\",\"<unk>\"]}", INF_ERR_INTERNAL,
            "provided vocabulary [4] and scores [0] must have the same size");
}

static void test_scores_are_required(void **state)
{
    struct inf_tokenization tokenization = tokenization_of(XLM);
    struct inf_json json = json_of("{\"vocabulary\":[\"<unk>\"],\"scores\":[]}");
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_vocabulary_check(&tokenization, "m", json.root, &err), -1);
    assert_string_equal(err.reason,
                        "cannot put vocabulary for model [m] as tokenizer type [xlm_roberta] "
                        "requires [scores] to be provided and non-empty");
    inf_json_free(&json);
}

static void test_case_is_kept_by_xlm_roberta(void **state)
{
    struct inf_json json = json_of("{\"xlm_roberta\":{\"do_lower_case\":true}}");
    struct inf_tokenization tokenization;
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_tokenization_parse(json.root, &json, "", &tokenization, &err), -1);
    assert_string_equal(err.cause,
                        "unable to set [do_lower_case] to [true] for xlm_roberta tokenizer");
    inf_json_free(&json);
}

static void spells(const char *token, const char *expected)
{
    struct inf_buf out = {0};
    inf_buf_init(&out, 1000);
    inf_unigram_spell(NULL, token, &out);
    inf_buf_append(&out, "", 1);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void test_spell(void **state)
{
    (void)state;
    spells(MARK "hello", "hello");
    spells(MARK, "");
    spells("", "");
    spells(MARK " a" MARK MARK "b \xe2\x82\xac" MARK, "a  b \xe2\x82\xac");
}

static void test_inputs_and_memory(void **state)
{
    struct inf_tokenization settings = tokenization_of(DEBERTA);
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, DEBERTA_VOCABULARY);
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    const int expected[] = {DCLS, DMARK, DA, DSEP, DMARK, DI, DSEP, 1, 1, 1, 1,
                            1,    1,     1,  0,    0,     0,  0,    1, 1, 1};
    (void)state;
    assert_int_equal(inf_tokenizer_encode_pairs(tokenizer, &settings, (struct inf_text){"a", 1},
                                                &(struct inf_text){"i", 1}, 1, &e, &err),
                     0);
    assert_int_equal(e.tensors, 3);
    assert_int_equal(e.cols, 7);
    assert_memory_equal(e.data, expected, sizeof expected);
    assert_true(inf_tokenizer_memory(tokenizer) > sizeof(struct inf_tokenizer) + 24576);
    inf_encoding_free(&e);
    inf_tokenizer_free(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_price_of_the_unknown),
        cmocka_unit_test(test_unknown_in_bytes),
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_special_tokens_in_text),
        cmocka_unit_test(test_lower_case),
        cmocka_unit_test(test_a_long_word),
        cmocka_unit_test(test_a_long_unknown_word),
        cmocka_unit_test(test_refused_vocabularies),
        cmocka_unit_test(test_scores_are_required),
        cmocka_unit_test(test_case_is_kept_by_xlm_roberta),
        cmocka_unit_test(test_spell),
        cmocka_unit_test(test_inputs_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
