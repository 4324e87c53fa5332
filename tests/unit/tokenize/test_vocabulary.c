/* Token to id and back: duplicates, folding, and what is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "vocabulary.h"
#include <stdio.h>
#include <stdlib.h>

static struct inf_vocabulary *vocabulary_of(const char *text, bool fold)
{
    struct inf_json json = json_of(text);
    struct inf_vocabulary *vocabulary = NULL;
    struct inf_error err = {0};
    if (inf_vocabulary_new(json.root, fold, &vocabulary, &err) != 0) {
        fail_msg("%s: %s", text, err.reason);
    }
    inf_json_free(&json);
    return vocabulary;
}

static void test_ids_and_tokens(void **state)
{
    struct inf_vocabulary *v = vocabulary_of("[\"a\",\"##b\",\"\",\"\xc3\xa9t\xc3\xa9\"]", false);
    (void)state;
    assert_int_equal(inf_vocabulary_size(v), 4);
    assert_int_equal(inf_vocabulary_longest(v), 5);
    assert_int_equal(inf_vocabulary_id(v, "a"), 0);
    assert_int_equal(inf_vocabulary_id(v, "##b"), 1);
    assert_int_equal(inf_vocabulary_id(v, ""), 2);
    assert_int_equal(inf_vocabulary_id(v, "\xc3\xa9t\xc3\xa9"), 3);
    assert_int_equal(inf_vocabulary_id(v, "A"), -1);
    assert_int_equal(inf_vocabulary_id(v, "##"), -1);
    assert_string_equal(inf_vocabulary_token(v, 3), "\xc3\xa9t\xc3\xa9");
    assert_null(inf_vocabulary_token(v, 4));
    assert_null(inf_vocabulary_token(v, -1));
    inf_vocabulary_free(v);
    inf_vocabulary_free(NULL);
}

static void test_prefix(void **state)
{
    struct inf_vocabulary *v = vocabulary_of("[\"b\",\"##b\"]", false);
    uint64_t hash = inf_hash_byte(inf_hash_byte(inf_hash_byte(INF_HASH_START, '#'), '#'), 'b');
    (void)state;
    assert_int_equal(inf_vocabulary_find(v, hash, "##", 2, "bcd", 1), 1);
    assert_int_equal(inf_vocabulary_find(v, hash, "##", 2, "bcd", 2), -1);
    assert_int_equal(inf_vocabulary_find(v, inf_hash_byte(INF_HASH_START, 'b'), "##", 0, "bcd", 1),
                     0);
    inf_vocabulary_free(v);
}

static void test_of_equal_tokens_the_last_counts(void **state)
{
    struct inf_vocabulary *v = vocabulary_of("[\"a\",\"b\",\"a\"]", false);
    (void)state;
    assert_int_equal(inf_vocabulary_id(v, "a"), 2);
    assert_string_equal(inf_vocabulary_token(v, 0), "a");
    inf_vocabulary_free(v);
}

/* U+023A is two bytes, its lower case three. */
static void test_folding(void **state)
{
    struct inf_vocabulary *v = vocabulary_of(
        "[\"Hello\",\"hello\",\"HELLO\",\"[CLS]\",\"World\",\"WORLD\",\"\xc8\xba\",\"##X\"]", true);
    (void)state;
    assert_int_equal(inf_vocabulary_id(v, "hello"), 1);
    assert_int_equal(inf_vocabulary_id(v, "HeLLo"), 1);
    assert_int_equal(inf_vocabulary_id(v, "[cls]"), 3);
    assert_int_equal(inf_vocabulary_id(v, "world"), 5);
    assert_int_equal(inf_vocabulary_id(v, "\xe2\xb1\xa5"), 6);
    assert_int_equal(inf_vocabulary_id(v, "##x"), 7);
    assert_string_equal(inf_vocabulary_token(v, 0), "Hello");
    assert_string_equal(inf_vocabulary_token(v, 6), "\xc8\xba");
    inf_vocabulary_free(v);
}

static void test_many_tokens(void **state)
{
    enum { COUNT = 50000 };
    struct inf_buf text;
    char token[16];
    (void)state;
    inf_buf_init(&text, COUNT * 16);
    for (int i = 0; i < COUNT; i++) {
        inf_buf_printf(&text, "%s\"w%x\"", i ? "," : "[", i * 7);
    }
    inf_buf_puts(&text, "]");
    struct inf_vocabulary *v = vocabulary_of(text.data, true);
    assert_int_equal(inf_vocabulary_size(v), COUNT);
    for (int i = 0; i < COUNT; i++) {
        snprintf(token, sizeof token, "w%x", i * 7);
        assert_int_equal(inf_vocabulary_id(v, token), i);
        assert_string_equal(inf_vocabulary_token(v, i), token);
    }
    assert_int_equal(inf_vocabulary_id(v, "w1"), -1);
    assert_true(inf_vocabulary_memory(v) > COUNT * 5);
    assert_true(inf_vocabulary_memory(v) < COUNT * 60);
    inf_vocabulary_free(v);
    inf_buf_free(&text);
}

static void refuses(const char *text, const char *reason)
{
    struct inf_json json = json_of(text);
    struct inf_vocabulary *vocabulary = NULL;
    struct inf_error err = {0};
    assert_int_equal(inf_vocabulary_new(json.root, false, &vocabulary, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_null(vocabulary);
    inf_json_free(&json);
}

static void test_refused(void **state)
{
    (void)state;
    refuses("[]", "[vocabulary] must not be empty");
    refuses("[\"a\",7]", "[vocabulary] must hold strings only; entry [1] is a VALUE_NUMBER");
}

/* The slot is a function of the hash's mixed bits alone, so a maker of vocabularies can aim at it.
 * Here the tokens are found by trying: of 2^20 candidates, those that fall into the first few
 * slots. */
static void test_tokens_made_to_collide_are_refused(void **state)
{
    enum { WANTED = 300, SLOTS = 1024 };
    struct inf_buf text;
    struct inf_error err = {0};
    struct inf_vocabulary *vocabulary = NULL;
    int found = 0;
    (void)state;
    inf_buf_init(&text, 1 << 16);
    for (uint32_t i = 0; found < WANTED; i++) {
        char token[16];
        uint64_t hash = INF_HASH_START;
        snprintf(token, sizeof token, "%08x", i);
        for (const char *c = token; *c; c++) {
            hash = inf_hash_byte(hash, *c);
        }
        hash ^= hash >> 32;
        hash *= UINT64_C(0x9e3779b97f4a7c15);
        if (((uint32_t)(hash >> 32) & (SLOTS - 1)) < 2) {
            inf_buf_printf(&text, "%s\"%s\"", found++ ? "," : "[", token);
        }
    }
    inf_buf_puts(&text, "]");
    struct inf_json json = json_of(text.data);
    assert_int_equal(inf_vocabulary_new(json.root, false, &vocabulary, &err), -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    inf_json_free(&json);
    inf_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_and_tokens),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_of_equal_tokens_the_last_counts),
        cmocka_unit_test(test_folding),
        cmocka_unit_test(test_many_tokens),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_tokens_made_to_collide_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
