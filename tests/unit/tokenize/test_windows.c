/* Truncation and windows, single and pair, on lists made by hand: only words and counts matter. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "windows.h"
#include <stdio.h>

/* words: one letter a token; equal neighbours are one word. */
static struct inf_token_list list_of(const char *words)
{
    struct inf_token_list list = {.limit = SIZE_MAX};
    struct inf_error err;
    for (int i = 0; words[i]; i++) {
        struct inf_token token = {.id = i, .word = words[i]};
        assert_int_equal(inf_token_list_push(&list, &token, &err), 0);
    }
    return list;
}

static struct inf_tokenization settings_of(int max, const char *truncate, int span)
{
    char text[256];
    snprintf(text, sizeof text,
             "{\"bert\":{\"max_sequence_length\":%d,\"truncate\":\"%s\",\"span\":%d}}", max,
             truncate, span);
    return tokenization_of(text);
}

static int plan_of(const struct inf_tokenization *settings, const char *first, const char *second,
                   struct inf_layout *ret, struct inf_error *err)
{
    struct inf_token_list a = list_of(first);
    struct inf_token_list b = list_of(second ? second : "");
    int rc = second ? inf_layout_pair(settings, &a, &b, 0, ret, err)
                    : inf_layout_single(settings, &a, ret, err);
    inf_token_list_free(&a);
    inf_token_list_free(&b);
    return rc;
}

/* rows: "first-start+count/second-start+count" each, a space between. */
static void plans(const struct inf_tokenization *settings, const char *first, const char *second,
                  const char *rows, bool truncated)
{
    struct inf_layout layout = {0};
    struct inf_error err = {0};
    struct inf_buf text;
    size_t specials = second ? 3 : 2;
    if (plan_of(settings, first, second, &layout, &err) != 0) {
        fail_msg("%s", err.reason);
    }
    inf_buf_init(&text, 4096);
    for (size_t i = 0; i < layout.count; i++) {
        const struct inf_row *row = &layout.rows[i];
        inf_buf_printf(&text, "%s%zu+%zu", i ? " " : "", row->first.start, row->first.count);
        if (second) {
            inf_buf_printf(&text, "/%zu+%zu", row->second.start, row->second.count);
        }
        assert_true(row->first.count + row->second.count + layout.extra <= layout.longest);
    }
    assert_string_equal(text.data, rows);
    assert_int_equal(layout.truncated, truncated);
    assert_true(layout.longest <= (size_t)settings->max_sequence_length);
    assert_int_equal(layout.extra, settings->with_special_tokens ? specials : 0);
    assert_int_equal(layout.tokens, strlen(first) + strlen(second ? second : "") + layout.extra);
    inf_layout_free(&layout);
    inf_buf_free(&text);
}

static void refuses(const struct inf_tokenization *settings, const char *first, const char *second,
                    enum inf_err_code code, const char *reason)
{
    struct inf_layout layout = {0};
    struct inf_error err = {0};
    assert_int_equal(plan_of(settings, first, second, &layout, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    inf_layout_free(&layout);
}

static void test_single(void **state)
{
    struct inf_tokenization settings = settings_of(6, "first", -1);
    (void)state;
    plans(&settings, "", NULL, "0+0", false);
    plans(&settings, "abcd", NULL, "0+4", false);
    plans(&settings, "abcde", NULL, "0+4", true);
    settings.truncate = INF_TRUNCATE_SECOND;
    plans(&settings, "abcde", NULL, "0+4", true);
    settings.truncate = INF_TRUNCATE_BALANCED;
    plans(&settings, "abcde", NULL, "0+4", true);
    settings.with_special_tokens = false;
    plans(&settings, "abcdef", NULL, "0+6", false);
    plans(&settings, "abcdefg", NULL, "0+6", true);
}

static void test_single_without_truncation(void **state)
{
    struct inf_tokenization settings = settings_of(6, "none", -1);
    (void)state;
    plans(&settings, "abcd", NULL, "0+4", false);
    refuses(&settings, "abcde", NULL, INF_ERR_BAD_REQUEST,
            "Input too large. The tokenized input length [7] exceeds the maximum sequence length "
            "[6]");
}

static void test_no_room(void **state)
{
    struct inf_tokenization settings = settings_of(2, "first", -1);
    (void)state;
    plans(&settings, "abc", NULL, "0+0", true);
    settings.max_sequence_length = 1;
    refuses(&settings, "abc", NULL, INF_ERR_BAD_REQUEST,
            "[max_sequence_length] [1] has no room for the [2] special tokens");
}

static void test_windows(void **state)
{
    struct inf_tokenization settings = settings_of(6, "none", 0);
    (void)state;
    plans(&settings, "abcd", NULL, "0+4", false);
    plans(&settings, "abcdefghij", NULL, "0+4 4+4 8+2", false);
    settings.span = 1;
    plans(&settings, "abcdefghij", NULL, "0+4 3+4 6+4", false);
    settings.span = 3;
    plans(&settings, "abcdef", NULL, "0+4 1+4 2+4", false);
}

/* A window ends and begins with whole words. */
static void test_windows_keep_words_whole(void **state)
{
    struct inf_tokenization settings = settings_of(6, "none", 0);
    (void)state;
    plans(&settings, "abccdd", NULL, "0+4 4+2", false);
    plans(&settings, "abcddd", NULL, "0+3 3+3", false);
    settings.span = 1;
    plans(&settings, "abccde", NULL, "0+4 2+4", false);
}

static void test_windows_that_cannot_advance(void **state)
{
    static const char text[] =
        "Tokenization cannot be satisfied with the current span setting. Consider decreasing the "
        "span setting";
    struct inf_tokenization settings = settings_of(6, "none", 4);
    (void)state;
    refuses(&settings, "abcdef", NULL, INF_ERR_ILLEGAL_STATE, text);
    settings.span = 2;
    refuses(&settings, "abccccd", NULL, INF_ERR_ILLEGAL_STATE, text);
    settings.span = 0;
    refuses(&settings, "aaaaab", NULL, INF_ERR_ILLEGAL_STATE, text);
    settings.max_sequence_length = 2;
    refuses(&settings, "a", NULL, INF_ERR_ILLEGAL_STATE, text);
}

static void test_pair(void **state)
{
    struct inf_tokenization settings = settings_of(10, "first", -1);
    (void)state;
    plans(&settings, "abc", "defg", "0+3/0+4", false);
    plans(&settings, "", "", "0+0/0+0", false);
    settings.max_sequence_length = 8;
    plans(&settings, "abc", "defg", "0+1/0+4", true);
    plans(&settings, "abc", "defgh", "0+0/0+5", true);
    refuses(&settings, "abc", "defghi", INF_ERR_BAD_REQUEST,
            "Attempting truncation [first] but input is too large for the second sequence. The "
            "tokenized input length [6] exceeds the maximum sequence length [5], when taking "
            "special tokens into account");
    settings.with_special_tokens = false;
    refuses(&settings, "a", "b", INF_ERR_BAD_REQUEST,
            "Unable to do sequence pair tokenization without special tokens");
}

static void test_pair_second_and_none(void **state)
{
    struct inf_tokenization settings = settings_of(8, "second", -1);
    (void)state;
    plans(&settings, "abc", "defg", "0+3/0+2", true);
    refuses(&settings, "abcdef", "g", INF_ERR_BAD_REQUEST,
            "Attempting truncation [second] but input is too large for the first sequence. The "
            "tokenized input length [6] exceeds the maximum sequence length [5], when taking "
            "special tokens into account");
    settings.truncate = INF_TRUNCATE_NONE;
    refuses(&settings, "abc", "defg", INF_ERR_BAD_REQUEST,
            "Input too large. The tokenized input length [10] exceeds the maximum sequence length "
            "[8]");
}

static void test_pair_balanced(void **state)
{
    struct inf_tokenization settings = settings_of(11, "balanced", -1);
    (void)state;
    plans(&settings, "abcdefgh", "ABCDEFGH", "0+4/0+4", true);
    plans(&settings, "abcdefgh", "ABC", "0+5/0+3", true);
    plans(&settings, "ab", "ABCDEFGH", "0+2/0+6", true);
    plans(&settings, "abcd", "ABCD", "0+4/0+4", false);
    settings.max_sequence_length = 8;
    plans(&settings, "abcdefgh", "AB", "0+3/0+2", true);
    plans(&settings, "abcdefgh", "ABC", "0+2/0+3", true);
}

static void test_pair_windows(void **state)
{
    struct inf_tokenization settings = settings_of(10, "none", 1);
    (void)state;
    plans(&settings, "ab", "ABCD", "0+2/0+4", false);
    plans(&settings, "ab", "ABCDE", "0+2/0+5", false);
    plans(&settings, "ab", "ABCDEFGHI", "0+2/0+5 0+2/4+5", false);
    plans(&settings, "ab", "ABCDEEEE", "0+2/0+4 0+2/3+5", false);
}

static void test_pair_windows_refused(void **state)
{
    struct inf_tokenization settings = settings_of(10, "none", 5);
    (void)state;
    refuses(&settings, "abcdefgh", "A", INF_ERR_ILLEGAL_ARGUMENT,
            "Unable to do sequence pair tokenization: the first sequence [11 tokens] is longer "
            "than the max sequence length [10 tokens]");
    refuses(&settings, "abcd", "ABCDEFGH", INF_ERR_ILLEGAL_ARGUMENT,
            "Unable to do sequence pair tokenization: the combined first sequence, span length and "
            "delimiting tokens [4 + 5 + 3 = 12 tokens] is longer than the max sequence length [10 "
            "tokens]. Reduce the size of the [span] window.");
    refuses(&settings, "ab", "ABCDEFGH", INF_ERR_ILLEGAL_STATE,
            "Tokenization cannot be satisfied with the current span setting. Consider decreasing "
            "the span setting");
}

/* A pair of exactly the maximum is not cut, yet its span is checked. */
static void test_pair_of_exactly_the_maximum(void **state)
{
    struct inf_tokenization settings = settings_of(10, "none", 1);
    (void)state;
    plans(&settings, "abc", "ABCD", "0+3/0+4", false);
    settings.span = 5;
    refuses(&settings, "abc", "ABCD", INF_ERR_ILLEGAL_ARGUMENT,
            "Unable to do sequence pair tokenization: the combined first sequence, span length and "
            "delimiting tokens [3 + 5 + 3 = 11 tokens] is longer than the max sequence length [10 "
            "tokens]. Reduce the size of the [span] window.");
    plans(&settings, "ab", "ABCD", "0+2/0+4", false);
}

static void test_limits(void **state)
{
    struct inf_tokenization settings = settings_of(512, "first", -1);
    (void)state;
    assert_int_equal(inf_layout_limit(&settings), 512);
    settings.max_sequence_length = 2147483647;
    assert_int_equal(inf_layout_limit(&settings), INF_ENCODING_POSITIONS_MAX);
    settings = settings_of(512, "none", 16);
    assert_int_equal(inf_layout_limit(&settings), INF_ENCODING_POSITIONS_MAX);
}

/* With a span one short of the window each token begins a row: 20,000 tokens would take 10,000,000
 * positions. A row of 5,000,000 is refused too, before anything of that size is made. */
static void test_positions_are_bounded(void **state)
{
    static const char text[] =
        "Input too large. It needs more than the [4194304] token positions that one document may "
        "take; shorten it, or reduce the [span] window";
    struct inf_tokenization settings = settings_of(512, "none", 509);
    struct inf_token_list list = {.limit = SIZE_MAX};
    struct inf_layout layout = {0};
    struct inf_error err = {0};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(inf_token_list_push(&list, &(struct inf_token){.word = i}, &err), 0);
    }
    assert_int_equal(inf_layout_single(&settings, &list, &layout, &err), -1);
    assert_string_equal(err.reason, text);
    inf_layout_free(&layout);
    inf_token_list_free(&list);
    list = (struct inf_token_list){.total = 5000000};
    settings = settings_of(2147483647, "first", -1);
    assert_int_equal(inf_layout_single(&settings, &list, &layout, &err), -1);
    assert_string_equal(err.reason, text);
    inf_layout_free(&layout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_single_without_truncation),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_windows_keep_words_whole),
        cmocka_unit_test(test_windows_that_cannot_advance),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_pair_second_and_none),
        cmocka_unit_test(test_pair_balanced),
        cmocka_unit_test(test_pair_windows),
        cmocka_unit_test(test_pair_windows_refused),
        cmocka_unit_test(test_pair_of_exactly_the_maximum),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_positions_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
