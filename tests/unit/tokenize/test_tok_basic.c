/* Text to words: what ends a word, what is dropped, offsets in UTF-16 units, and the limit. The
 * comparison over all of Unicode is tests/tokenization. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "tok_basic.h"
#include <stdio.h>

struct words {
    struct inf_buf text; /* "word@start-end " each */
    int count;
    int stop_at; /* the sink fails there; 0: never */
};

static int take(void *arg, const struct inf_word *word)
{
    struct words *words = arg;
    if (word->too_long) {
        inf_buf_puts(&words->text, "(too long)");
    } else {
        inf_buf_append(&words->text, word->text, word->at[word->points]);
    }
    inf_buf_printf(&words->text, "%s@%d-%d ", word->never_split ? "!" : "", word->start, word->end);
    words->count++;
    return words->count == words->stop_at ? -7 : 0;
}

static void splits_n(bool lower, const char *text, size_t length, const char *expected)
{
    struct words words = {0};
    struct inf_basic_rules rules = {.lower_case = lower,
                                    .split_cjk = true,
                                    .never_split = "[MASK]",
                                    .sink = take,
                                    .arg = &words};
    inf_buf_init(&words.text, 1 << 16);
    inf_buf_puts(&words.text, "");
    assert_int_equal(inf_basic_split(&rules, text, length), 0);
    assert_string_equal(words.text.data ? words.text.data : "", expected);
    inf_buf_free(&words.text);
}

static void splits(bool lower, const char *text, const char *expected)
{
    splits_n(lower, text, strlen(text), expected);
}

static void test_ascii(void **state)
{
    (void)state;
    splits(true, "", "");
    splits(true, " \t\r\n", "");
    splits(true, "Hello, World", "hello@0-5 ,@5-6 world@7-12 ");
    splits(false, "Hello, World", "Hello@0-5 ,@5-6 World@7-12 ");
    splits(true, "a_b", "a@0-1 _@1-2 b@2-3 ");
    splits(true,
           "a\x01\x7f\x0b"
           "b",
           "ab@0-5 ");
}

static void test_accents(void **state)
{
    (void)state;
    splits(true, "\xc3\x89t\xc3\xa9", "ete@0-3 ");
    splits(false, "\xc3\x89t\xc3\xa9", "\xc3\x89t\xc3\xa9@0-3 ");
    splits(true, "e\xcc\x81 x", "e@0-1 x@3-4 ");
    splits(true, "\xcc\x81", "");
    splits(true, "\xc4\xb0", "i@0-1 ");
    splits(true, "\xce\xa3", "\xcf\x83@0-1 ");
}

static void test_decomposition_comes_before_punctuation(void **state)
{
    (void)state;
    splits(true,
           "a\xcd\xbe"
           "b",
           "a@0-1 ;@1-2 b@2-3 ");
}

/* U+1D165 has class 216, U+302F 224: NFD puts the lower class first. */
static void test_marks_are_ordered(void **state)
{
    (void)state;
    splits(true,
           "a\xe3\x80\xaf\xf0\x9d\x85\xa5"
           "b",
           "a\xf0\x9d\x85\xa5\xe3\x80\xaf"
           "b@0-5 ");
    splits(false,
           "a\xe3\x80\xaf\xf0\x9d\x85\xa5"
           "b",
           "a\xe3\x80\xaf\xf0\x9d\x85\xa5"
           "b@0-5 ");
}

static void test_spaces_and_controls(void **state)
{
    (void)state;
    splits(true,
           "a\xc2\xa0"
           "b\xe3\x80\x80"
           "c\xe2\x80\xa8"
           "d",
           "a@0-1 b@2-3 c@4-5 d@6-7 ");
    splits(true,
           "a\xe2\x80\x8d"
           "b\xef\xbb\xbf"
           "c\xef\xbf\xbd"
           "d\xee\x80\x80"
           "e",
           "abcde@0-9 ");
}

static void test_chinese(void **state)
{
    (void)state;
    splits(true, "x\xe4\xb8\xad\xe6\x96\x87y", "x@0-1 \xe4\xb8\xad@1-2 \xe6\x96\x87@2-3 y@3-4 ");
    splits(true, "\xf0\xa0\x80\x80z", "\xf0\xa0\x80\x80@0-2 z@2-3 ");
}

static void test_offsets_count_utf16_units(void **state)
{
    (void)state;
    splits(true, "\xf0\x9f\x98\x80!x", "\xf0\x9f\x98\x80@0-2 !@2-3 x@3-4 ");
}

static void test_never_split(void **state)
{
    (void)state;
    splits(true, "a[MASK]B [mask]", "a@0-1 [MASK]!@1-7 b@7-8 [@9-10 mask@10-14 ]@14-15 ");
    splits(true, "[MAS", "[@0-1 mas@1-4 ");
    splits(true, "[[MASK]]", "[@0-1 [MASK]!@1-7 ]@7-8 ");
}

static void test_ill_formed_bytes_are_dropped(void **state)
{
    (void)state;
    splits_n(true, "a\xff\xe4\xb8", 4, "a@0-1 ");
    splits_n(true, "\xc3", 1, "");
}

static void test_limit_of_a_word(void **state)
{
    char text[1000];
    char expected[1000];
    (void)state;
    memset(text, 'x', 101);
    text[100] = '\0';
    snprintf(expected, sizeof expected, "%.100s@0-100 ", text);
    splits(true, text, expected);
    text[100] = 'x';
    text[101] = '\0';
    splits(true, text, "(too long)@0-101 ");
    memset(text, 0, sizeof text);
    for (int i = 0; i < 51; i++) {
        memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 4);
    }
    splits(true, text, "(too long)@0-102 ");
}

static void test_the_sink_can_stop(void **state)
{
    struct words words = {.stop_at = 2};
    struct inf_basic_rules rules = {.sink = take, .arg = &words};
    (void)state;
    inf_buf_init(&words.text, 4096);
    assert_int_equal(inf_basic_split(&rules, "a b c d", 7), -7);
    assert_int_equal(words.count, 2);
    inf_buf_free(&words.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_accents),
        cmocka_unit_test(test_decomposition_comes_before_punctuation),
        cmocka_unit_test(test_marks_are_ordered),
        cmocka_unit_test(test_spaces_and_controls),
        cmocka_unit_test(test_chinese),
        cmocka_unit_test(test_offsets_count_utf16_units),
        cmocka_unit_test(test_never_split),
        cmocka_unit_test(test_ill_formed_bytes_are_dropped),
        cmocka_unit_test(test_limit_of_a_word),
        cmocka_unit_test(test_the_sink_can_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
