/* One word merged: order of the merges, and both ways against a plain reading of the rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "bpe_word.h"
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

static struct inf_bytes bytes_of(const char *text, size_t length)
{
    const unsigned char *data = (const unsigned char *)text;
    return (struct inf_bytes){data, length, data + length};
}

/* The symbols as text, parted by '|'. */
static void becomes(const char *array, const char *word, const char *expected)
{
    struct inf_bpe_merges *merges = merges_of(array);
    struct inf_bpe_scratch scratch = {0};
    struct inf_error err = {0};
    const uint32_t *symbols = NULL;
    size_t count = 0;
    struct inf_buf out;
    inf_buf_init(&out, 1024);
    inf_bpe_find_whole(merges);
    assert_int_equal(
        inf_bpe_word(merges, bytes_of(word, strlen(word)), &scratch, &symbols, &count, &err), 0);
    for (size_t i = 0; i < count; i++) {
        char byte = (char)symbols[i];
        struct inf_bytes bytes = symbols[i] < INF_SYMBOL_FIRST
                                     ? bytes_of(&byte, 1)
                                     : inf_bpe_merges_bytes(merges, symbols[i]);
        inf_buf_puts(&out, i ? "|" : "");
        inf_buf_append(&out, bytes.data, bytes.length);
    }
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
    inf_bpe_scratch_free(&scratch);
    inf_bpe_merges_free(merges);
}

static void test_order(void **state)
{
    (void)state;
    becomes("[\"a b\"]", "a", "a");
    becomes("[\"a b\"]", "ab", "ab");
    becomes("[\"a b\"]", "ababcab", "ab|ab|c|ab");
    becomes("[\"b c\",\"a b\"]", "abc", "a|bc");
    becomes("[\"a b\",\"b c\"]", "abc", "ab|c");
    becomes("[\"a a\"]", "aaaaa", "aa|aa|a");
}

/* The first pair is merged before the second is looked for: after aa|a|a comes aaa|a, not aa|aa. */
static void test_one_merge_a_round(void **state)
{
    (void)state;
    becomes("[\"aa a\",\"a a\"]", "aaaa", "aaa|a");
}

/* "abc" has a rank, however the two that make it are cut. */
static void test_rank_of_the_concatenation(void **state)
{
    (void)state;
    becomes("[\"b c\",\"ab c\"]", "abc", "abc");
    becomes("[\"b c\",\"a bc\"]", "abc", "abc");
}

/* What the vocabulary lists is not always what its merges arrive at. */
static void test_whole_words(void **state)
{
    struct inf_bpe_merges *merges = merges_of("[\"b c\",\"c d\",\"ab cd\",\"a b\",\"ab e\"]");
    (void)state;
    inf_bpe_find_whole(merges);
    assert_true(inf_bpe_merges_find(merges, bytes_of("bc", 2))->whole);
    assert_true(inf_bpe_merges_find(merges, bytes_of("abe", 3))->whole);
    assert_false(inf_bpe_merges_find(merges, bytes_of("abcd", 4))->whole);
    inf_bpe_merges_free(merges);
    becomes("[\"b c\",\"c d\",\"ab cd\"]", "abcd", "a|bc|d");
}

/* ---- against a plain reading of the rule ---- */

#define PLAIN_MAX 400

struct plain {
    size_t starts[PLAIN_MAX + 2];
    size_t count;
};

static uint32_t plain_number(const struct inf_bpe_merges *merges, struct inf_bytes bytes)
{
    for (uint32_t i = INF_SYMBOL_FIRST; i < inf_bpe_merges_count(merges); i++) {
        struct inf_bytes symbol = inf_bpe_merges_bytes(merges, i);
        if (symbol.length == bytes.length && memcmp(symbol.data, bytes.data, bytes.length) == 0) {
            return i;
        }
    }
    return bytes.length == 1 ? bytes.data[0] : INF_SYMBOL_NONE;
}

/* One round; false when there is nothing to merge. */
static bool plain_round(const struct inf_bpe_merges *merges, const char *word, struct plain *plain)
{
    uint32_t best = INF_SYMBOL_NONE;
    size_t at = 0;
    for (size_t i = 0; i + 1 < plain->count; i++) {
        uint32_t number = plain_number(
            merges, bytes_of(word + plain->starts[i], plain->starts[i + 2] - plain->starts[i]));
        if (number < best) {
            best = number;
            at = i;
        }
    }
    if (best == INF_SYMBOL_NONE) {
        return false;
    }
    memmove(&plain->starts[at + 1], &plain->starts[at + 2],
            (plain->count - at - 1) * sizeof *plain->starts);
    plain->count--;
    return true;
}

static void equals_plain(const struct inf_bpe_merges *merges, const char *word, size_t length,
                         struct inf_bpe_scratch *scratch)
{
    struct plain plain = {.count = length};
    struct inf_error err = {0};
    const uint32_t *symbols = NULL;
    size_t count = 0;
    for (size_t i = 0; i <= length; i++) {
        plain.starts[i] = i;
    }
    while (plain_round(merges, word, &plain)) {
        continue;
    }
    assert_int_equal(inf_bpe_word(merges, bytes_of(word, length), scratch, &symbols, &count, &err),
                     0);
    assert_int_equal(count, plain.count);
    for (size_t i = 0; i < count; i++) {
        struct inf_bytes bytes =
            bytes_of(word + plain.starts[i], plain.starts[i + 1] - plain.starts[i]);
        assert_int_equal(symbols[i], plain_number(merges, bytes));
    }
}

/* Random merges of what there is already, as training makes them but in no order. */
static struct inf_bpe_merges *random_merges(unsigned short seed[3], int count)
{
    char made[40][48] = {"a", "b", "c"};
    struct inf_buf text;
    inf_buf_init(&text, 1 << 16);
    for (int i = 0; i < count; i++) {
        const char *left = made[nrand48(seed) % (i + 3)];
        const char *right = made[nrand48(seed) % (i + 3)];
        size_t length = strlen(left);
        inf_buf_printf(&text, "%s\"%s %s\"", i ? "," : "[", left, right);
        if (length + strlen(right) < sizeof *made) {
            memcpy(made[i + 3], left, length);
            memcpy(made[i + 3] + length, right, strlen(right) + 1);
        } else {
            memcpy(made[i + 3], "a", 2);
        }
    }
    inf_buf_puts(&text, "]");
    struct inf_bpe_merges *merges = merges_of(text.data);
    inf_buf_free(&text);
    inf_bpe_find_whole(merges);
    return merges;
}

static void test_random_words(void **state)
{
    unsigned short seed[3] = {1, 2, 3};
    struct inf_bpe_scratch scratch = {0};
    char word[PLAIN_MAX];
    (void)state;
    for (int table = 0; table < 60; table++) {
        struct inf_bpe_merges *merges = random_merges(seed, 30);
        for (int i = 0; i < 60; i++) {
            size_t longest = i % 10 ? 2 * INF_BPE_SHORT : PLAIN_MAX;
            size_t length = 1 + (size_t)nrand48(seed) % longest;
            for (size_t at = 0; at < length; at++) {
                word[at] = (char)('a' + nrand48(seed) % (1 + i % 4));
            }
            equals_plain(merges, word, length, &scratch);
        }
        inf_bpe_merges_free(merges);
    }
    inf_bpe_scratch_free(&scratch);
}

/* Lengths around the border between the two ways, in one scratch that grows and is used again. */
static void test_lengths(void **state)
{
    struct inf_bpe_merges *merges = merges_of("[\"a a\",\"aa aa\",\"b a\",\"aaaa aaaa\"]");
    struct inf_bpe_scratch scratch = {0};
    char word[PLAIN_MAX];
    (void)state;
    memset(word, 'a', sizeof word);
    word[20] = 'b';
    for (size_t length = 1; length <= PLAIN_MAX; length++) {
        equals_plain(merges, word, length, &scratch);
    }
    equals_plain(merges, word, INF_BPE_SHORT + 1, &scratch);
    inf_bpe_scratch_free(&scratch);
    inf_bpe_merges_free(merges);
}

static void test_the_longest_word(void **state)
{
    struct inf_bpe_merges *merges = merges_of("[\"a a\",\"aa aa\",\"aaaa aaaa\"]");
    struct inf_bpe_scratch scratch = {0};
    struct inf_error err = {0};
    const uint32_t *symbols = NULL;
    size_t count = 0;
    char *word = malloc(INF_BPE_WORD_MAX);
    (void)state;
    assert_non_null(word);
    memset(word, 'a', INF_BPE_WORD_MAX);
    assert_int_equal(
        inf_bpe_word(merges, bytes_of(word, INF_BPE_WORD_MAX), &scratch, &symbols, &count, &err),
        0);
    assert_int_equal(count, INF_BPE_WORD_MAX / 8);
    assert_int_equal(symbols[count - 1], 258);
    free(word);
    inf_bpe_scratch_free(&scratch);
    inf_bpe_merges_free(merges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_one_merge_a_round),
        cmocka_unit_test(test_rank_of_the_concatenation),
        cmocka_unit_test(test_whole_words),
        cmocka_unit_test(test_random_words),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_the_longest_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
