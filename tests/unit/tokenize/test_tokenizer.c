/* The tokenizer as others use it: the vocabulary's checks, its tokens, and encoding from text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include <stdlib.h>

static void checks(const char *body, enum inf_err_code code, const char *reason, const char *cause)
{
    struct inf_tokenization settings = tokenization_of("{\"bert\":{}}");
    struct inf_json json = json_of(body);
    struct inf_error err = {0};
    int rc = inf_vocabulary_check(&settings, "m", json.root, &err);
    assert_int_equal(rc, code == INF_ERR_NONE ? 0 : -1);
    assert_int_equal(err.code, code);
    assert_string_equal(err.reason, reason);
    assert_string_equal(err.cause, cause);
    inf_json_free(&json);
}

static void test_vocabulary_check(void **state)
{
    (void)state;
    checks("{\"vocabulary\":[\"a\"]}", INF_ERR_NONE, "", "");
    checks("{\"vocabulary\":[\"a\"],\"merges\":[],\"scores\":[]}", INF_ERR_NONE, "", "");
    checks("{\"vocabulary\":[\"a\"],\"scores\":[0.5]}", INF_ERR_NONE, "", "");
    checks("{\"vocabulary\":\"a\"}", INF_ERR_X_CONTENT_PARSE,
           "[put_trained_model_vocabulary] vocabulary doesn't support values of type: VALUE_STRING",
           "");
    checks("{\"vocabulary\":[\"a\",{}]}", INF_ERR_X_CONTENT_PARSE,
           "[put_trained_model_vocabulary] failed to parse field [vocabulary]",
           "[vocabulary] must hold strings only; entry [1] is a START_OBJECT");
    checks("{\"vocabulary\":[\"a\"],\"scores\":[\"x\"]}", INF_ERR_X_CONTENT_PARSE,
           "[put_trained_model_vocabulary] failed to parse field [scores]",
           "[scores] must hold numbers only; entry [0] is a VALUE_STRING");
}

static void lacks(const char *settings, const char *vocabulary, const char *reason)
{
    struct inf_tokenization tokenization = tokenization_of(settings);
    struct inf_json json = json_of(vocabulary);
    struct inf_tokenizer *tokenizer = NULL;
    struct inf_error err = {0};
    assert_int_equal(inf_tokenizer_new(&tokenization, json.root, &tokenizer, &err), -1);
    assert_int_equal(err.code, INF_ERR_CONFLICT);
    assert_string_equal(err.reason, reason);
    assert_null(tokenizer);
    inf_json_free(&json);
}

static void test_required_tokens(void **state)
{
    struct inf_tokenization bare = tokenization_of("{\"bert\":{\"with_special_tokens\":false}}");
    (void)state;
    lacks("{\"bert\":{}}", "{\"vocabulary\":[\"[PAD]\"]}",
          "stored vocabulary is missing required [[UNK]] token");
    lacks("{\"bert\":{}}", "{\"vocabulary\":[\"[UNK]\"]}",
          "stored vocabulary is missing required [[PAD]] token");
    lacks("{\"bert\":{}}", "{\"vocabulary\":[\"[UNK]\",\"[PAD]\"]}",
          "stored vocabulary is missing required [[CLS], [SEP]] token(s)");
    lacks("{\"bert\":{}}", "{\"vocabulary\":[\"[UNK]\",\"[PAD]\",\"[CLS]\"]}",
          "stored vocabulary is missing required [[SEP]] token(s)");
    inf_tokenizer_free(tokenizer_of(&bare, "{\"vocabulary\":[\"[UNK]\",\"[PAD]\"]}"));
}

static void test_tokens(void **state)
{
    struct inf_tokenization settings = tokenization_of("{\"bert\":{\"do_lower_case\":true}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, SMALL_VOCABULARY);
    (void)state;
    assert_int_equal(inf_tokenizer_id(tokenizer, "[MASK]"), MASK);
    assert_int_equal(inf_tokenizer_id(tokenizer, "nothing"), -1);
    assert_string_equal(inf_tokenizer_token(tokenizer, ABLE), "##able");
    assert_null(inf_tokenizer_token(tokenizer, 100));
    assert_true(inf_tokenizer_memory(tokenizer) > 100);
    inf_tokenizer_free(tokenizer);
    inf_tokenizer_free(NULL);
}

static void encodes(const char *settings, const char *text, const int *ids, int cols)
{
    struct inf_tokenization tokenization = tokenization_of(settings);
    struct inf_tokenizer *tokenizer = tokenizer_of(&tokenization, SMALL_VOCABULARY);
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    assert_int_equal(inf_tokenizer_encode(tokenizer, &tokenization,
                                          (struct inf_text){text, strlen(text)}, &e, &err),
                     0);
    assert_int_equal(e.rows, 1);
    assert_int_equal(e.cols, cols);
    for (int i = 0; i < cols; i++) {
        assert_int_equal(e.data[i], ids[i]);
    }
    inf_encoding_free(&e);
    inf_tokenizer_free(tokenizer);
}

static void test_encode(void **state)
{
    (void)state;
    encodes("{\"bert\":{}}", "unaffable a!", (const int[]){CLS, UN, AFF, ABLE, A, BANG, SEP}, 7);
    encodes("{\"bert\":{}}", "", (const int[]){CLS, SEP}, 2);
    encodes("{\"bert\":{\"with_special_tokens\":false}}", "a b", (const int[]){A, B}, 2);
    encodes("{\"bert\":{\"with_special_tokens\":false}}", "", NULL, 0);
    encodes("{\"bert\":{\"max_sequence_length\":4}}", "a b c", (const int[]){CLS, A, B, SEP}, 4);
}

static void test_windows_of_a_pair(void **state)
{
    struct inf_tokenization settings =
        tokenization_of("{\"bert\":{\"max_sequence_length\":7,\"truncate\":\"none\",\"span\":1}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, SMALL_VOCABULARY);
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    const int expected[] = {CLS, A, SEP, A, B, C, SEP, CLS, A, SEP, C, BANG, SEP, PAD};
    (void)state;
    assert_int_equal(inf_tokenizer_encode_pairs(tokenizer, &settings, (struct inf_text){"a", 1},
                                                &(struct inf_text){"a b c !", 7}, 1, &e, &err),
                     0);
    assert_int_equal(e.rows, 2);
    assert_int_equal(e.cols, 7);
    for (int i = 0; i < 14; i++) {
        assert_int_equal(e.data[i], expected[i]);
    }
    inf_encoding_free(&e);
    inf_tokenizer_free(tokenizer);
}

/* A row a pair, padded to the longest, each cut by itself. */
static void test_several_pairs(void **state)
{
    static const struct inf_text seconds[] = {{"c", 1}, {"un !", 4}, {"", 0}};
    struct inf_tokenization settings = tokenization_of("{\"bert\":{\"max_sequence_length\":6}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, SMALL_VOCABULARY);
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    const int expected[] = {CLS, A,    B,   SEP, C, SEP, CLS, A,   SEP,
                            UN,  BANG, SEP, CLS, A, B,   SEP, SEP, PAD};
    (void)state;
    assert_int_equal(inf_tokenizer_encode_pairs(tokenizer, &settings, (struct inf_text){"a b", 3},
                                                seconds, 3, &e, &err),
                     0);
    assert_int_equal(e.rows, 3);
    assert_int_equal(e.cols, 6);
    assert_true(e.truncated);
    assert_int_equal(e.tokens, 7);
    for (int i = 0; i < 18; i++) {
        assert_int_equal(e.data[i], expected[i]);
    }
    assert_int_equal(e.seconds[0], 4);
    assert_int_equal(e.seconds[1], 3);
    assert_int_equal(e.seconds[2], 4);
    assert_int_equal(e.lengths[2], 5);
    inf_encoding_free(&e);
    inf_tokenizer_free(tokenizer);
}

static void refuses(const char *first, const char *second, const char *reason)
{
    struct inf_tokenization settings =
        tokenization_of("{\"bert\":{\"max_sequence_length\":5,\"truncate\":\"error\"}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, SMALL_VOCABULARY);
    struct inf_text a = {first, strlen(first)};
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    int rc =
        second ? inf_tokenizer_encode_pairs(tokenizer, &settings, a,
                                            &(struct inf_text){second, strlen(second)}, 1, &e, &err)
               : inf_tokenizer_encode(tokenizer, &settings, a, &e, &err);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    assert_string_equal(err.reason, reason);
    inf_tokenizer_free(tokenizer);
}

static void test_error_instead_of_a_cut(void **state)
{
    (void)state;
    refuses("a b c a", NULL,
            "Input too large. The tokenized input length [6] ([4] tokens of the text and [2] "
            "special tokens) exceeds the maximum sequence length [5] by [1] tokens, and "
            "[truncate] is [error]");
    refuses("a b", "c c",
            "Input too large. The tokenized input length [7] ([2] tokens of the first text, [2] of "
            "the second and [3] special tokens) exceeds the maximum sequence length [5] by [2] "
            "tokens, and [truncate] is [error]");
    encodes("{\"bert\":{\"max_sequence_length\":5,\"truncate\":\"error\"}}", "a b c",
            (const int[]){CLS, A, B, C, SEP}, 5);
}

static void test_spelling(void **state)
{
    struct inf_tokenization settings = tokenization_of("{\"bert\":{}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, SMALL_VOCABULARY);
    struct inf_buf out;
    (void)state;
    inf_buf_init(&out, 64);
    inf_tokenizer_spell(tokenizer, ABLE, &out);
    inf_tokenizer_spell(tokenizer, 1000, &out);
    assert_string_equal(out.data, "##able");
    assert_int_equal(inf_tokenizer_special(tokenizer, INF_SPECIAL_MASK), MASK);
    assert_int_equal(inf_tokenizer_size(tokenizer), 16);
    inf_buf_free(&out);
    inf_tokenizer_free(tokenizer);
}

/* A text of 4 MB that is cut to 4 tokens: all are counted, and the time is linear. */
static void test_long_texts(void **state)
{
    enum { LENGTH = 4 << 20 };
    struct inf_tokenization settings = tokenization_of("{\"bert\":{\"max_sequence_length\":4}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&settings, SMALL_VOCABULARY);
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    char *text = malloc(LENGTH);
    (void)state;
    assert_non_null(text);
    memset(text, '!', LENGTH);
    assert_int_equal(
        inf_tokenizer_encode(tokenizer, &settings, (struct inf_text){text, LENGTH}, &e, &err), 0);
    assert_int_equal(e.tokens, LENGTH + 2);
    assert_true(e.truncated);
    assert_int_equal(e.cols, 4);
    inf_encoding_free(&e);
    memset(text, 'a', LENGTH);
    assert_int_equal(
        inf_tokenizer_encode(tokenizer, &settings, (struct inf_text){text, LENGTH}, &e, &err), 0);
    assert_int_equal(e.tokens, 3);
    assert_int_equal(e.data[1], UNK);
    inf_encoding_free(&e);
    free(text);
    inf_tokenizer_free(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vocabulary_check),
        cmocka_unit_test(test_required_tokens),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_windows_of_a_pair),
        cmocka_unit_test(test_several_pairs),
        cmocka_unit_test(test_error_instead_of_a_cut),
        cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
