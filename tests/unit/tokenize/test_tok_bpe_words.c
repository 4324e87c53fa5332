/* Text to words as GPT-2's pattern cuts it, with UTF-16 offsets. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "tok_bpe_words.h"

/* expected: the words, each followed by '|'; together they are the text. */
static void cuts(const char *expected)
{
    char text[256];
    size_t length = 0;
    struct inf_bpe_word word;
    const char *rest = expected;
    for (const char *at = expected; *at; at++) {
        if (*at != '|') {
            text[length++] = *at;
        }
    }
    struct inf_bpe_words words = {.text = text, .end = length};
    while (inf_bpe_words_next(&words, &word)) {
        size_t wanted = strcspn(rest, "|");
        assert_int_equal(word.length, wanted);
        assert_memory_equal(text + word.start, rest, wanted);
        rest += wanted + 1;
    }
    assert_string_equal(rest, "");
    assert_int_equal(words.at, length);
}

static void test_runs(void **state)
{
    (void)state;
    cuts("");
    cuts("a|");
    cuts("abc|12|!?|x|");
    cuts("Hello| world|,| it| is| 2024|!|");
    cuts("a| 1| .| b|");
    cuts("snake|_|case|");
    cuts("\u00e9t\u00e9|\u0661\u0662|\u00bf|\u4e2d\u6587|\uff01|");
    cuts("e|\u0301|x|");
    cuts("\u00bd\u2167|x|");
    cuts("\U0001f600\u200d\U0001f3fd|");
}

static void test_endings(void **state)
{
    (void)state;
    cuts("it|'s|");
    cuts("don|'t|");
    cuts("we|'re| they|'ve| I|'m| you|'ll| he|'d|");
    cuts("we|'|r|");
    cuts("IT|'|S|");
    cuts("'s|'s|");
    cuts("''|s|");
    cuts("!'|s|");
    cuts("'|x|");
    cuts("a| '|s|");
    cuts("'t|here|");
    cuts("'|");
    cuts("'|l|");
}

static void test_white_space(void **state)
{
    (void)state;
    cuts(" |");
    cuts("   |");
    cuts(" a|");
    cuts(" | a|");
    cuts("   | a|");
    cuts("a|   |");
    cuts("a|\n|b|");
    cuts("a|\n|\n|b|");
    cuts("a|\n\n\n|");
    cuts("a|\t| b|");
    cuts("a| |\t|b|");
    cuts("a|\u00a0|b|");
    cuts("a|\u00a0| b|");
    cuts("a|\xc2\x85|\u2028|b|");
    cuts("a|\u3000\u3000|");
    cuts(" |\u00a0|1|");
}

/* Ill-formed bytes do not come here, and would do no harm. */
static void test_ill_formed(void **state)
{
    (void)state;
    cuts("a|\xff\xc3|a|\x80|");
}

static void lies(struct inf_bpe_words *words, int from, int to)
{
    struct inf_bpe_word word;
    assert_true(inf_bpe_words_next(words, &word));
    assert_int_equal(word.from, from);
    assert_int_equal(word.to, to);
}

/* The blank before a word is none of it; white space alone keeps its own. */
static void test_offsets(void **state)
{
    static const char text[] = "ab \U0001f600\U0001f600   \u00e9 \tx";
    struct inf_bpe_words words = {.text = text, .end = sizeof text - 1};
    (void)state;
    lies(&words, 0, 2);
    lies(&words, 3, 7);
    lies(&words, 8, 9);
    lies(&words, 10, 11);
    lies(&words, 11, 12);
    lies(&words, 12, 13);
    lies(&words, 13, 14);
    assert_false(inf_bpe_words_next(&words, &(struct inf_bpe_word){0}));
}

static void test_end_and_start(void **state)
{
    struct inf_bpe_words words = {.text = "xxab cdyy", .at = 2, .unit = 10, .end = 7};
    (void)state;
    lies(&words, 10, 12);
    lies(&words, 13, 15);
    assert_false(inf_bpe_words_next(&words, &(struct inf_bpe_word){0}));
}

static void test_trim(void **state)
{
    (void)state;
    assert_int_equal(inf_bpe_words_trim("", 0), 0);
    assert_int_equal(inf_bpe_words_trim("  ", 2), 0);
    assert_int_equal(inf_bpe_words_trim("a ", 2), 1);
    assert_int_equal(inf_bpe_words_trim("a b", 3), 3);
    assert_int_equal(inf_bpe_words_trim("\u00e9\u3000\n\xc2\x85", 8), 2);
    assert_int_equal(inf_bpe_words_trim("\x80\x80", 2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs),        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_white_space), cmocka_unit_test(test_ill_formed),
        cmocka_unit_test(test_offsets),     cmocka_unit_test(test_end_and_start),
        cmocka_unit_test(test_trim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
