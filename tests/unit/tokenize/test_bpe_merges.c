/* The merges: numbers by rank, look-up by what a merge makes, and what is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "bpe_merges.h"
#include <stdio.h>
#include <stdlib.h>

static struct inf_bpe_merges *merges_of(const char *array)
{
    struct inf_json json = json_of(array);
    struct inf_bpe_merges *merges = NULL;
    struct inf_error err = {0};
    if (inf_bpe_merges_new(json.root, &merges, &err) != 0) {
        fail_msg("%s", err.reason);
    }
    inf_json_free(&json);
    return merges;
}

/* The number of the symbol, or 0; with as much behind the bytes as may be read, and with nothing.
 */
static unsigned number_of(const struct inf_bpe_merges *merges, const char *text)
{
    char padded[2048] = {0};
    size_t length = strlen(text);
    unsigned char *exact = malloc(length + 1);
    unsigned number = 0;
    assert_non_null(exact);
    memcpy(exact, text, length);
    memset(padded, 'x', sizeof padded);
    memcpy(padded, text, length);
    const struct inf_symbol *a =
        inf_bpe_merges_find(merges, (struct inf_bytes){exact, length, exact + length});
    const unsigned char *start = (const unsigned char *)padded;
    const struct inf_symbol *b =
        inf_bpe_merges_find(merges, (struct inf_bytes){start, length, start + sizeof padded});
    assert_ptr_equal(a, b);
    number = a ? a->number : 0;
    free(exact);
    return number;
}

static void test_look_up(void **state)
{
    struct inf_bpe_merges *merges = merges_of(
        "[\"a b\",\"ab c\",\"\u0120 abc\",\"abcdefg h\",\"abcdefgh i\",\"\u00c3 \u00a9\"]");
    (void)state;
    assert_int_equal(inf_bpe_merges_count(merges), 262);
    assert_int_equal(number_of(merges, "ab"), 256);
    assert_int_equal(number_of(merges, "abc"), 257);
    assert_int_equal(number_of(merges, " abc"), 258);
    assert_int_equal(number_of(merges, "abcdefgh"), 259);
    assert_int_equal(number_of(merges, "abcdefghi"), 260);
    assert_int_equal(number_of(merges, "\xc3\xa9"), 261);
    assert_int_equal(number_of(merges, ""), 0);
    assert_int_equal(number_of(merges, "a"), 0);
    assert_int_equal(number_of(merges, "ba"), 0);
    assert_int_equal(number_of(merges, "abcdefghj"), 0);
    assert_int_equal(number_of(merges, "abcdefghij"), 0);
    inf_bpe_merges_free(merges);
    inf_bpe_merges_free(NULL);
}

static void test_bytes(void **state)
{
    struct inf_bpe_merges *merges = merges_of("[\"a b\",\"\u0120 abc\"]");
    struct inf_bytes bytes = inf_bpe_merges_bytes(merges, 257);
    (void)state;
    assert_int_equal(bytes.length, 4);
    assert_memory_equal(bytes.data, " abc", 4);
    assert_ptr_equal(bytes.end, bytes.data + 4);
    assert_true(inf_bpe_merges_memory(merges) > 256);
    inf_bpe_merges_mark(merges, 257);
    assert_true(inf_bpe_merges_find(merges, bytes)->whole);
    assert_false(inf_bpe_merges_find(merges, inf_bpe_merges_bytes(merges, 256))->whole);
    inf_bpe_merges_free(merges);
}

/* Two merges that make the same are one; one with characters that are no bytes is none. */
static void test_merges_that_do_not_count(void **state)
{
    struct inf_bpe_merges *merges = merges_of(
        "[\"#version: 0.2\",\"a bc\",\"ab c\",\"\u4e2d a\",\"a \u4e2d\",\"a b\",\"# version\"]");
    (void)state;
    assert_int_equal(inf_bpe_merges_count(merges), 259);
    assert_int_equal(number_of(merges, "abc"), 256);
    assert_int_equal(number_of(merges, "ab"), 257);
    assert_int_equal(number_of(merges, "#version"), 258);
    inf_bpe_merges_free(merges);
    merges = merges_of("[]");
    assert_int_equal(inf_bpe_merges_count(merges), 256);
    assert_int_equal(number_of(merges, "ab"), 0);
    inf_bpe_merges_free(merges);
}

/* Many symbols of all lengths, each found again. */
static void test_many(void **state)
{
    enum { COUNT = 20000 };
    struct inf_buf text;
    char word[64];
    (void)state;
    inf_buf_init(&text, (size_t)4 << 20);
    for (int i = 0; i < COUNT; i++) {
        inf_buf_printf(&text, "%s\"%0*d x\"", i ? "," : "[", 5 + i % 20, i);
    }
    inf_buf_puts(&text, "]");
    struct inf_bpe_merges *merges = merges_of(text.data);
    for (int i = 0; i < COUNT; i++) {
        snprintf(word, sizeof word, "%0*dx", 5 + i % 20, i);
        assert_int_equal(number_of(merges, word), INF_SYMBOL_FIRST + i);
        word[0] = 'y';
        assert_int_equal(number_of(merges, word), 0);
    }
    inf_bpe_merges_free(merges);
    inf_buf_free(&text);
}

static void refuses(const char *array, const char *reason)
{
    struct inf_json json = json_of(array);
    struct inf_bpe_merges *merges = NULL;
    struct inf_error err = {0};
    assert_int_equal(inf_bpe_merges_new(json.root, &merges, &err), -1);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    assert_string_equal(err.reason, reason);
    assert_null(merges);
    inf_json_free(&json);
}

#define MUST "[merges] must hold two tokens with one blank between them in each entry; entry "

static void test_refused(void **state)
{
    (void)state;
    refuses("[\"a b\",\"ab\"]", MUST "[1] [ab] has no blank");
    refuses("[\"\"]", MUST "[0] [] has no blank");
    refuses("[\"a b c\"]", MUST "[0] [a b c] has more than one blank");
    refuses("[\"a  b\"]", MUST "[0] [a  b] has more than one blank");
    refuses("[\" b\"]", MUST "[0] [ b] has one token only");
    refuses("[\"a \"]", MUST "[0] [a ] has one token only");
    refuses("[\"a b\",3]", MUST "[1] [] is not a string");
    refuses("[\"#version: 0.2\",\"a\"]", MUST "[1] [a] has no blank");
    /* Shown up to the character that would be cut: 63 letters, and half of the next. */
    refuses("[\"012345678901234567890123456789012345678901234567890123456789012\xc3\xa9x\"]", MUST
            "[0] [012345678901234567890123456789012345678901234567890123456789012] has no blank");
    refuses("[\"a b\",\"#version:0.2\"]", MUST "[1] [#version:0.2] has no blank");
}

/* 1024 bytes may be a symbol, one more may not. */
static void test_longest(void **state)
{
    char array[INF_SYMBOL_BYTES_MAX + 8];
    char expected[256];
    (void)state;
    memset(array, 'a', sizeof array);
    memcpy(array, "[\"aa ", 5);
    memcpy(array + 5 + INF_SYMBOL_BYTES_MAX - 2, "\"]", 3);
    struct inf_bpe_merges *merges = merges_of(array);
    assert_int_equal(inf_bpe_merges_bytes(merges, 256).length, INF_SYMBOL_BYTES_MAX);
    inf_bpe_merges_free(merges);
    memcpy(array + 5 + INF_SYMBOL_BYTES_MAX - 2, "a\"]", 4);
    snprintf(expected, sizeof expected, MUST "[0] [%.64s] makes a token of more than 1024 bytes",
             array + 2);
    refuses(array, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_look_up),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_merges_that_do_not_count),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
