/* Byte-level BPE as a tokenizer: settings, mask tokens, blanks, unknown pieces, spelling. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "tok_bpe.h"
#include <stdlib.h>

/* The letters "\u00c3 \u00a9" are the two bytes of "\u00e9". */
#define BPE_VOCABULARY                                                                         \
    "{\"vocabulary\":[\"<s>\",\"<pad>\",\"</s>\",\"<unk>\",\"<mask>\",\"a\",\"b\",\"\u0120\"," \
    "\"ab\",\"\u0120ab\",\"s\",\"'s\",\"\u00c3\u00a9\",\"<\",\">\",\"\u010a\",\"\u00c3\","     \
    "\"\u4e2d\u0120\",\"\u0120\u0120\u00c3\u00a9\u010a\",\"\u00e2\u0124a\u00ff\u00ff\"],"      \
    "\"merges\":[\"a b\",\"\u0120 ab\",\"' s\",\"\u00c3 \u00a9\",\"b b\"]}"
enum {
    FIRST,
    PADDING,
    LAST,
    UNKNOWN,
    HOLE,
    LA,
    LB,
    BLANK,
    AB,
    BLANK_AB,
    LS,
    APOSTROPHE_S,
    EACUTE,
    LESS,
    MORE,
    NEWLINE,
    HALF_EACUTE,
    NO_LETTERS,
    BLANKS_AROUND,
    ILL_FORMED
};

#define ROBERTA "{\"roberta\":{}}"
#define PREFIXED "{\"roberta\":{\"add_prefix_space\":true}}"

/* expected: {id, start, end, word} each, ended by id -1. */
static void cuts(const char *settings, const char *text, const int expected[][4])
{
    struct inf_tokenization tokenization = tokenization_of(settings);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, BPE_VOCABULARY);
    struct inf_token_list list = {.limit = 200};
    struct inf_error err = {0};
    size_t count = 0;
    assert_int_equal(inf_bpe_split(tokenizer, (struct inf_text){text, strlen(text)}, &list, &err),
                     0);
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
    cuts(ROBERTA, "", (const int[][4]){{-1}});
    cuts(ROBERTA, "ab ab's",
         (const int[][4]){{AB, 0, 2, 0}, {BLANK_AB, 3, 5, 1}, {APOSTROPHE_S, 5, 7, 2}, {-1}});
    cuts(ROBERTA, "abas b",
         (const int[][4]){
             {AB, 0, 4, 0}, {LA, 0, 4, 0}, {LS, 0, 4, 0}, {BLANK, 5, 6, 1}, {LB, 5, 6, 1}, {-1}});
    cuts(ROBERTA, "\U0001f600\u00e9",
         (const int[][4]){{UNKNOWN, 0, 2, 0},
                          {UNKNOWN, 0, 2, 0},
                          {UNKNOWN, 0, 2, 0},
                          {UNKNOWN, 0, 2, 0},
                          {EACUTE, 2, 3, 1},
                          {-1}});
}

/* "bb" is merged and then not found; "c" is in no merge and not found either. */
static void test_unknown_pieces(void **state)
{
    (void)state;
    cuts(ROBERTA, "bbb", (const int[][4]){{UNKNOWN, 0, 3, 0}, {LB, 0, 3, 0}, {-1}});
    cuts(ROBERTA, "cab", (const int[][4]){{UNKNOWN, 0, 3, 0}, {AB, 0, 3, 0}, {-1}});
}

static void test_mask(void **state)
{
    (void)state;
    cuts(ROBERTA, "<mask>", (const int[][4]){{HOLE, 0, 6, 0}, {-1}});
    cuts(ROBERTA, "ab<mask>ab",
         (const int[][4]){{AB, 0, 2, 0}, {HOLE, 2, 8, 1}, {AB, 8, 10, 2}, {-1}});
    cuts(ROBERTA, "\u00e9 \u3000\n<mask> ab",
         (const int[][4]){{EACUTE, 0, 1, 0}, {HOLE, 4, 10, 1}, {BLANK_AB, 11, 13, 2}, {-1}});
    cuts(ROBERTA, " <mask> <mask><mask>\n",
         (const int[][4]){
             {HOLE, 1, 7, 0}, {HOLE, 8, 14, 1}, {HOLE, 14, 20, 2}, {NEWLINE, 20, 21, 3}, {-1}});
    cuts(ROBERTA, "\U0001f600<mask>",
         (const int[][4]){{UNKNOWN, 0, 2, 0},
                          {UNKNOWN, 0, 2, 0},
                          {UNKNOWN, 0, 2, 0},
                          {UNKNOWN, 0, 2, 0},
                          {HOLE, 2, 8, 1},
                          {-1}});
}

/* Only the mask token is kept whole. */
static void test_other_specials(void **state)
{
    (void)state;
    cuts(ROBERTA, "<s>", (const int[][4]){{LESS, 0, 1, 0}, {LS, 1, 2, 1}, {MORE, 2, 3, 2}, {-1}});
}

static void test_prefix_space(void **state)
{
    (void)state;
    cuts(PREFIXED, "", (const int[][4]){{-1}});
    cuts(PREFIXED, "ab ab", (const int[][4]){{BLANK_AB, 0, 2, 0}, {BLANK_AB, 3, 5, 1}, {-1}});
    cuts(PREFIXED, " ab", (const int[][4]){{BLANK_AB, 1, 3, 0}, {-1}});
    cuts(PREFIXED, "\nab",
         (const int[][4]){{BLANK, 0, 0, 0}, {NEWLINE, 0, 1, 1}, {AB, 1, 3, 2}, {-1}});
    cuts(PREFIXED, "\n", (const int[][4]){{BLANK, 0, 1, 0}, {NEWLINE, 0, 1, 0}, {-1}});
    cuts(PREFIXED, "<mask>ab", (const int[][4]){{HOLE, 0, 6, 0}, {AB, 6, 8, 1}, {-1}});
    cuts(PREFIXED, "ab<mask>ab",
         (const int[][4]){{BLANK_AB, 0, 2, 0}, {HOLE, 2, 8, 1}, {AB, 8, 10, 2}, {-1}});
}

#define OWN                                                                                   \
    "{\"byte_level_bpe\":{\"unk_token\":\"s\",\"pad_token\":\" \",\"bos_token\":\"a\",\"eos_" \
    "token\":\"b\",\"mask_token\":\"\u4e2d\u0120\"}}"

/* A mask token of any characters, whatever they would be as letters. */
static void test_own_specials(void **state)
{
    struct inf_tokenization settings = tokenization_of(OWN);
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, BPE_VOCABULARY);
    (void)state;
    assert_int_equal(inf_tokenizer_special(tokenizer, INF_SPECIAL_UNKNOWN), LS);
    assert_int_equal(inf_tokenizer_special(tokenizer, INF_SPECIAL_PAD), PADDING);
    assert_int_equal(inf_tokenizer_special(tokenizer, INF_SPECIAL_FIRST), LA);
    assert_int_equal(inf_tokenizer_special(tokenizer, INF_SPECIAL_SEPARATOR), LB);
    inf_tokenizer_free(tokenizer);
    cuts(OWN, "c \u4e2d\u0120a",
         (const int[][4]){{LS, 0, 1, 0}, {NO_LETTERS, 2, 4, 1}, {LA, 4, 5, 2}, {-1}});
}

/* Any text can be the mask token; the blank that was put before the text is no part of it. One that
 * the vocabulary does not have is kept whole all the same. */
static void test_mask_not_in_the_vocabulary(void **state)
{
    (void)state;
    cuts("{\"byte_level_bpe\":{\"mask_token\":\"[M]\"}}", "ab [M]",
         (const int[][4]){{AB, 0, 2, 0}, {UNKNOWN, 3, 6, 1}, {-1}});
    cuts("{\"byte_level_bpe\":{\"mask_token\":\"\U0001f600\"}}", "ab\U0001f600a",
         (const int[][4]){{AB, 0, 2, 0}, {UNKNOWN, 2, 4, 1}, {LA, 4, 5, 2}, {-1}});
    cuts("{\"byte_level_bpe\":{\"mask_token\":\" b\",\"add_prefix_space\":true}}", "b b",
         (const int[][4]){{BLANK, 0, 1, 0}, {LB, 0, 1, 0}, {UNKNOWN, 1, 3, 1}, {-1}});
}

static void encodes(const char *first, const char *second, const int *ids, int cols)
{
    struct inf_tokenization settings = tokenization_of(ROBERTA);
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, BPE_VOCABULARY);
    struct inf_text a = {first, strlen(first)};
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    int rc =
        second ? inf_tokenizer_encode_pairs(tokenizer, &settings, a,
                                            &(struct inf_text){second, strlen(second)}, 1, &e, &err)
               : inf_tokenizer_encode(tokenizer, &settings, a, &e, &err);
    assert_int_equal(rc, 0);
    assert_int_equal(e.tensors, 2);
    assert_int_equal(e.cols, cols);
    for (int i = 0; i < cols; i++) {
        assert_int_equal(e.data[i], ids[i]);
        assert_int_equal(e.data[cols + i], 1);
    }
    inf_encoding_free(&e);
    inf_tokenizer_free(tokenizer);
}

static void test_layout(void **state)
{
    (void)state;
    encodes("ab", NULL, (const int[]){FIRST, AB, LAST}, 3);
    encodes("ab", " ab", (const int[]){FIRST, AB, LAST, LAST, BLANK_AB, LAST}, 6);
}

/* reason is how it begins: suggestions may follow. */
static void refuses(const char *text, const char *reason, const char *cause)
{
    struct inf_json json = json_of(text);
    struct inf_tokenization tokenization;
    struct inf_error err = {0};
    assert_int_equal(inf_tokenization_parse(json.root, NULL, "", &tokenization, &err), -1);
    assert_memory_equal(err.reason, reason, strlen(reason));
    assert_string_equal(err.cause, cause);
    inf_json_free(&json);
}

static void echoes(const char *text, const char *expected)
{
    struct inf_tokenization tokenization = tokenization_of(text);
    struct inf_buf out;
    struct inf_jsonw w;
    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_tokenization_write(&tokenization, &w);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

#define COMMON                                                                           \
    "{\"do_lower_case\":false,\"with_special_tokens\":true,\"max_sequence_length\":512," \
    "\"truncate\":\"first\",\"span\":-1,\"add_prefix_space\":"

static void test_settings(void **state)
{
    (void)state;
    echoes(ROBERTA, "{\"roberta\":" COMMON "false}}");
    echoes(PREFIXED, "{\"roberta\":" COMMON "true}}");
    echoes("{\"byte_level_bpe\":{\"mask_token\":\"[MASK]\"}}",
           "{\"byte_level_bpe\":" COMMON
           "false,\"unk_token\":\"<unk>\",\"pad_token\":\"<pad>\",\"bos_token\":\"<s>\","
           "\"eos_token\":\"</s>\",\"mask_token\":\"[MASK]\"}}");
    refuses("{\"roberta\":{\"do_lower_case\":true}}",
            "[roberta_tokenization] failed to parse field [do_lower_case]",
            "unable to set [do_lower_case] to [true] for roberta tokenizer");
    refuses("{\"byte_level_bpe\":{\"do_lower_case\":true}}",
            "[byte_level_bpe_tokenization] failed to parse field [do_lower_case]",
            "unable to set [do_lower_case] to [true] for byte_level_bpe tokenizer");
    refuses("{\"roberta\":{\"mask_token\":\"x\"}}",
            "[roberta_tokenization] unknown field [mask_token]", "");
}

static void lacks(const char *vocabulary, enum inf_err_code code, const char *reason)
{
    struct inf_tokenization tokenization = tokenization_of(ROBERTA);
    struct inf_json json = json_of(vocabulary);
    struct inf_tokenizer *tokenizer = NULL;
    struct inf_error err = {0};
    assert_int_equal(inf_tokenizer_new(&tokenization, json.root, &tokenizer, &err), -1);
    assert_int_equal(err.code, code);
    assert_string_equal(err.reason, reason);
    inf_json_free(&json);
}

static void test_vocabularies_refused(void **state)
{
    struct inf_tokenization settings = tokenization_of(ROBERTA);
    struct inf_json json = json_of("{\"vocabulary\":[\"a\"],\"merges\":[]}");
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_vocabulary_check(&settings, "m", json.root, &err), -1);
    assert_string_equal(err.reason, "cannot put vocabulary for model [m] as tokenizer type "
                                    "[roberta] requires [merges] to be provided and non-empty");
    inf_json_free(&json);
    lacks("{\"vocabulary\":[\"<unk>\",\"<pad>\"],\"merges\":[\"a b\"]}", INF_ERR_CONFLICT,
          "stored vocabulary is missing required [<s>, </s>] token(s)");
    lacks("{\"vocabulary\":[\"<unk>\",\"<pad>\",\"<s>\",\"</s>\"],\"merges\":[\"a b\",\"ab\"]}",
          INF_ERR_ILLEGAL_ARGUMENT,
          "[merges] must hold two tokens with one blank between them in each entry; entry [1] [ab] "
          "has no blank");
}

static void spells(int id, const char *expected)
{
    struct inf_tokenization settings = tokenization_of(ROBERTA);
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, BPE_VOCABULARY);
    struct inf_buf out;
    inf_buf_init(&out, 64);
    inf_buf_puts(&out, "=");
    inf_tokenizer_spell(tokenizer, id, &out);
    assert_string_equal(out.data + 1, expected);
    inf_buf_free(&out);
    inf_tokenizer_free(tokenizer);
}

static void test_spelling(void **state)
{
    (void)state;
    spells(AB, "ab");
    spells(BLANK_AB, "ab");
    spells(EACUTE, "\u00e9");
    spells(HOLE, "<mask>");
    spells(BLANK, "");
    spells(BLANKS_AROUND, "\u00e9");
    spells(HALF_EACUTE, "\ufffd");
    spells(ILL_FORMED, "\ufffda\ufffd\ufffd");
    spells(NO_LETTERS, "\u4e2d\u0120");
    spells(1000, "");
}

/* A text of one word, which is merged in pieces (a "b" at the end of two of them finds no other),
 * and one of many words, both cut to a few tokens. */
static void test_long_texts(void **state)
{
    enum { LENGTH = 300001 };
    struct inf_tokenization settings = tokenization_of("{\"roberta\":{\"max_sequence_length\":4}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, BPE_VOCABULARY);
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    char *text = malloc(LENGTH);
    (void)state;
    assert_non_null(text);
    memset(text, 'b', LENGTH);
    text[0] = 'c';
    assert_int_equal(
        inf_tokenizer_encode(tokenizer, &settings, (struct inf_text){text, LENGTH}, &e, &err), 0);
    assert_int_equal(e.tokens, 1 + LENGTH / 2 + 1 + 2);
    assert_true(e.truncated);
    assert_int_equal(e.ends[1], LENGTH);
    inf_encoding_free(&e);
    for (size_t i = 0; i < LENGTH; i += 2) {
        text[i] = ' ';
    }
    assert_int_equal(
        inf_tokenizer_encode(tokenizer, &settings, (struct inf_text){text, LENGTH}, &e, &err), 0);
    assert_int_equal(e.tokens, LENGTH + 2);
    inf_encoding_free(&e);
    free(text);
    assert_true(inf_tokenizer_memory(tokenizer) > 1000);
    inf_tokenizer_free(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_unknown_pieces),
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_other_specials),
        cmocka_unit_test(test_prefix_space),
        cmocka_unit_test(test_own_specials),
        cmocka_unit_test(test_mask_not_in_the_vocabulary),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_vocabularies_refused),
        cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
