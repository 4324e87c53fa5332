/* The trie: every piece is found, nothing else is, whatever the vocabulary. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "unigram_trie.h"
#include <stdio.h>
#include <stdlib.h>

static struct inf_vocabulary *vocabulary_of(const char *json_text)
{
    struct inf_json json = json_of(json_text);
    struct inf_vocabulary *vocabulary = NULL;
    struct inf_error err = {0};
    assert_int_equal(inf_vocabulary_new(json.root, false, &vocabulary, &err), 0);
    inf_json_free(&json);
    return vocabulary;
}

static void build(struct inf_unigram_trie *trie, const char *json_text, const int32_t *skip,
                  size_t count)
{
    struct inf_vocabulary *vocabulary = vocabulary_of(json_text);
    struct inf_error err = {0};
    assert_int_equal(inf_unigram_trie_init(trie, vocabulary, skip, count, &err), 0);
    inf_vocabulary_free(vocabulary);
}

/* The id of a piece, -1 when a walk ends at no piece or breaks off. */
static int32_t find(const struct inf_unigram_trie *trie, const char *piece)
{
    uint32_t node = trie->first[(unsigned char)*piece];
    for (const char *at = piece + 1; node != 0 && *at != '\0'; at++) {
        node = inf_unigram_trie_step(trie, node, (unsigned char)*at);
    }
    return node ? trie->nodes[node].id : -1;
}

static void test_pieces(void **state)
{
    struct inf_unigram_trie trie;
    (void)state;
    build(&trie, "[\"b\",\"abc\",\"a\",\"abd\",\"\xe2\x96\x81\",\"\xe2\x96\x81x\"]", NULL, 0);
    assert_int_equal(find(&trie, "b"), 0);
    assert_int_equal(find(&trie, "abc"), 1);
    assert_int_equal(find(&trie, "a"), 2);
    assert_int_equal(find(&trie, "abd"), 3);
    assert_int_equal(find(&trie, "\xe2\x96\x81"), 4);
    assert_int_equal(find(&trie, "\xe2\x96\x81x"), 5);
    assert_int_equal(find(&trie, "ab"), -1);
    assert_int_equal(find(&trie, "abe"), -1);
    assert_int_equal(find(&trie, "abcd"), -1);
    assert_int_equal(find(&trie, "c"), -1);
    assert_int_equal(trie.count, 1 + 1 + 4 + 4);
    assert_true(inf_unigram_trie_memory(&trie) >= 9 * trie.count);
    inf_unigram_trie_fini(&trie);
}

static void test_equal_empty_and_skipped_tokens(void **state)
{
    struct inf_unigram_trie trie;
    const int32_t skip[] = {-1, 3};
    (void)state;
    build(&trie, "[\"a\",\"\",\"a\",\"c\",\"cd\"]", skip, 2);
    assert_int_equal(find(&trie, "a"), 2);
    assert_int_equal(find(&trie, "c"), -1);
    assert_int_equal(find(&trie, "cd"), 4);
    inf_unigram_trie_fini(&trie);
    build(&trie, "[\"\"]", NULL, 0);
    assert_int_equal(trie.count, 1);
    assert_int_equal(find(&trie, "a"), -1);
    inf_unigram_trie_fini(&trie);
    inf_unigram_trie_fini(&trie);
}

/* Nodes with many children are searched differently. */
static void test_a_wide_node(void **state)
{
    struct inf_unigram_trie trie;
    char json[2048] = "[\"";
    char piece[3] = "x";
    size_t length = 2;
    (void)state;
    for (char c = '0'; c <= 'Z'; c++) {
        if (c != 'A') {
            length += (size_t)snprintf(json + length, sizeof json - length, "x%c\",\"", c);
        }
    }
    snprintf(json + length, sizeof json - length, "y\"]");
    build(&trie, json, NULL, 0);
    for (char c = '0', id = 0; c <= 'Z'; c++) {
        piece[1] = c;
        assert_int_equal(find(&trie, piece), c == 'A' ? -1 : id++);
    }
    assert_int_equal(find(&trie, "x/"), -1);
    assert_int_equal(find(&trie, "x["), -1);
    inf_unigram_trie_fini(&trie);
}

static void test_random_vocabularies(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 200; round++) {
        struct inf_buf json = {0};
        struct inf_vocabulary *vocabulary = NULL;
        struct inf_unigram_trie trie;
        struct inf_error err = {0};
        char piece[10];
        inf_buf_init(&json, 1 << 20);
        inf_buf_puts(&json, "[\"z\"");
        for (int i = rand() % 60; i > 0; i--) {
            size_t length = (size_t)rand() % 8;
            for (size_t j = 0; j < length; j++) {
                piece[j] = (char)('a' + rand() % 3);
            }
            piece[length] = '\0';
            inf_buf_printf(&json, ",\"%s\"", piece);
        }
        inf_buf_append(&json, "]", 2);
        vocabulary = vocabulary_of(json.data);
        assert_int_equal(inf_unigram_trie_init(&trie, vocabulary, NULL, 0, &err), 0);
        for (int i = 0; i < 500; i++) {
            size_t length = 1 + (size_t)rand() % 8;
            for (size_t j = 0; j < length; j++) {
                piece[j] = (char)('a' + rand() % 3);
            }
            piece[length] = '\0';
            assert_int_equal(find(&trie, piece), inf_vocabulary_id(vocabulary, piece));
        }
        inf_unigram_trie_fini(&trie);
        inf_vocabulary_free(vocabulary);
        inf_buf_free(&json);
    }
}

static void test_a_piece_that_is_too_long(void **state)
{
    struct inf_unigram_trie trie;
    struct inf_vocabulary *vocabulary = NULL;
    struct inf_error err = {0};
    char json[INF_PIECE_MAX + 16] = "[\"a\",\"";
    (void)state;
    memset(json + 6, 'x', INF_PIECE_MAX);
    memcpy(json + 6 + INF_PIECE_MAX, "\"]", 3);
    build(&trie, json, NULL, 0);
    assert_int_equal(trie.count, 1 + 1 + INF_PIECE_MAX);
    inf_unigram_trie_fini(&trie);
    memcpy(json + 6 + INF_PIECE_MAX, "x\"]", 4);
    vocabulary = vocabulary_of(json);
    assert_int_equal(inf_unigram_trie_init(&trie, vocabulary, NULL, 0, &err), -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    assert_string_equal(err.reason,
                        "entry [1] of the vocabulary has [257] bytes, but a piece of a unigram "
                        "vocabulary can have [256] at most");
    inf_unigram_trie_fini(&trie);
    inf_vocabulary_free(vocabulary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_equal_empty_and_skipped_tokens),
        cmocka_unit_test(test_a_wide_node),
        cmocka_unit_test(test_random_vocabularies),
        cmocka_unit_test(test_a_piece_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
