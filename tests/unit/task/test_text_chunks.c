/* Long texts in pieces: cut between words, with what they share, by units of UTF-16. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "inferd/task.h"
#include <stdlib.h>

static struct inf_tokenization settings;
static struct inf_tokenizer *tokenizer;

static int set_up(void **state)
{
    (void)state;
    settings = tokenization_of("{\"bert\":{\"max_sequence_length\":16}}");
    tokenizer = tokenizer_of(&settings, SMALL_VOCABULARY);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    inf_tokenizer_free(tokenizer);
    return 0;
}

/* The caller's to free; NULL with err. */
static struct inf_text_chunk *cut(const char *text, int max_tokens, int overlap, size_t *ret_count,
                                  struct inf_error *err)
{
    struct inf_text_chunk *chunks = NULL;

    (void)inf_text_chunks(tokenizer, &settings, (struct inf_text){text, strlen(text)}, max_tokens,
                          overlap, &chunks, ret_count, err);
    return chunks;
}

/* expected: the pieces, each followed by a bar. */
static void expect(const char *text, int max_tokens, int overlap, const char *expected)
{
    struct inf_error err = {0};
    struct inf_buf seen;
    size_t count = 0;
    struct inf_text_chunk *chunks = cut(text, max_tokens, overlap, &count, &err);

    if (chunks == NULL)
        fail_msg("%s", err.reason);
    inf_buf_init(&seen, 4096);
    for (size_t i = 0; i < count; i++) {
        inf_buf_append(&seen, chunks[i].text.data, chunks[i].text.length);
        inf_buf_puts(&seen, "|");
    }
    assert_string_equal(seen.data, expected);
    inf_buf_free(&seen);
    free(chunks);
}

static void test_pieces(void **state)
{
    (void)state;
    expect("a b c", 16, 0, "a b c|");
    expect("a b c", 5, 0, "a b c|"); /* with two special tokens */
    expect("a b  c a, b", 4, 0, "a b|c a|, b|");
    expect(" a b c ", 4, 1, "a b|b c|"); /* without the blanks around it */
}

/* "unaffable" is three tokens. */
static void test_words_stay_whole(void **state)
{
    (void)state;
    expect("a unaffable b", 5, 0, "a|unaffable|b|");
    expect("a b unaffable", 6, 1, "a b|b unaffable|");
}

static void test_offsets(void **state)
{
    struct inf_error err = {0};
    size_t count = 0;
    struct inf_text_chunk *chunks = cut("\xf0\x9f\x98\x80 \xe4\xb8\xad a b", 4, 0, &count, &err);

    (void)state;
    assert_non_null(chunks);
    assert_int_equal(count, 2);
    assert_int_equal(chunks[0].start, 0);
    assert_int_equal(chunks[0].end, 4); /* two units, a blank, one unit */
    assert_int_equal(chunks[1].start, 5);
    assert_int_equal(chunks[1].end, 8);
    assert_memory_equal(chunks[1].text.data, "a b", 3);
    free(chunks);
}

static void test_a_text_of_nothing(void **state)
{
    (void)state;
    expect("", 8, 0, "|");
    expect("  ", 8, 0, "|");
}

static void test_a_word_that_fits_no_piece(void **state)
{
    struct inf_error err = {0};
    size_t count = 0;

    (void)state;
    assert_null(cut("a unaffable", 4, 0, &count, &err));
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(err.reason, "chunks of [4] tokens that share [0]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words_stay_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_offsets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_text_of_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_word_that_fits_no_piece, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
