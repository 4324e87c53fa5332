/* A word and its best path: against sums by hand, and against trying all paths. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "unigram_word.h"
#include <stdlib.h>

#define UNKNOWN 0

struct subject {
    struct inf_vocabulary *vocabulary;
    struct inf_unigram_model model;
};

/* tokens[0] is the unknown one. */
static struct subject subject_of(const char *tokens, double *scores, double unknown_score)
{
    struct subject s = {.model = {.scores = scores, .unknown_score = unknown_score}};
    struct inf_json json = json_of(tokens);
    struct inf_error err = {0};
    const int32_t skip = UNKNOWN;
    assert_int_equal(inf_vocabulary_new(json.root, false, &s.vocabulary, &err), 0);
    assert_int_equal(inf_unigram_trie_init(&s.model.trie, s.vocabulary, &skip, 1, &err), 0);
    inf_json_free(&json);
    return s;
}

static void subject_free(struct subject *s)
{
    inf_unigram_trie_fini(&s->model.trie);
    inf_vocabulary_free(s->vocabulary);
}

static void add(struct inf_unigram_word *word, int32_t point, int at)
{
    struct inf_error err = {0};
    struct inf_nmt_point p = {point, at, at + 1};
    assert_false(inf_unigram_word_is_full(word));
    assert_int_equal(inf_unigram_word_add(word, &p, &err), 0);
}

static void add_ascii(struct inf_unigram_word *word, const char *text)
{
    for (int i = 0; text[i] != '\0'; i++) {
        add(word, text[i], i);
    }
}

/* ids: ended by -1. */
static void path_is(const struct inf_unigram_word *word, const int *ids)
{
    size_t at = 0;
    for (; *ids >= 0; ids++) {
        assert_true(at < word->length);
        at = word->places[at].other;
        assert_int_equal(word->places[at].id, *ids);
    }
    assert_int_equal(at, word->length);
    assert_int_equal(word->places[at].other, 0);
}

static void cuts(const struct subject *s, const char *text, const int *ids)
{
    struct inf_unigram_word word = {0};
    add_ascii(&word, text);
    inf_unigram_word_cut(&word, &s->model);
    path_is(&word, ids);
    inf_unigram_word_fini(&word);
}

static void test_the_best_path(void **state)
{
    double scores[] = {0, -1, -1, -1.5, -3, -0.5};
    struct subject s = subject_of("[\"?\",\"a\",\"b\",\"ab\",\"abc\",\"c\"]", scores, -13);
    (void)state;
    cuts(&s, "ab", (const int[]){3, -1});
    cuts(&s, "abc", (const int[]){3, 5, -1});
    cuts(&s, "ba", (const int[]){2, 1, -1});
    cuts(&s, "axb", (const int[]){1, UNKNOWN, 2, -1});
    cuts(&s, "xx", (const int[]){UNKNOWN, UNKNOWN, -1});
    subject_free(&s);
}

/* Of equal sums the path found first, which is the one with the longer last piece. */
static void test_equal_paths(void **state)
{
    double scores[] = {0, -1, -1, -1, -1};
    struct subject s = subject_of("[\"?\",\"a\",\"ab\",\"bc\",\"c\"]", scores, -11);
    (void)state;
    cuts(&s, "abc", (const int[]){1, 3, -1});
    subject_free(&s);
}

/* A longer piece does not make its first character known. */
static void test_unknown_costs_more_than_any_piece(void **state)
{
    double scores[] = {0, -9, -1, -5, -1};
    struct subject s = subject_of("[\"?\",\"aaa\",\"b\",\"xy\",\"yz\"]", scores, -19);
    (void)state;
    cuts(&s, "aaab", (const int[]){1, 2, -1});
    cuts(&s, "aab", (const int[]){UNKNOWN, UNKNOWN, 2, -1});
    cuts(&s, "xyz", (const int[]){UNKNOWN, 4, -1});
    subject_free(&s);
}

static void test_scores_that_overflow(void **state)
{
    double scores[] = {0, -1e308, 1e308, 1e308};
    struct subject s = subject_of("[\"?\",\"a\",\"b\",\"bb\"]", scores, -1e308);
    (void)state;
    cuts(&s, "aaaa", (const int[]){1, 1, 1, 1, -1});
    cuts(&s, "bba", (const int[]){2, 2, 1, -1});
    subject_free(&s);
}

static void test_places_in_the_source(void **state)
{
    double scores[] = {0, -1, -1};
    struct subject s = subject_of("[\"?\",\"\xe4\xb8\xad\",\"a\"]", scores, -11);
    struct inf_unigram_word word = {0};
    (void)state;
    add(&word, 0x4e2d, 5);
    add(&word, 'a', 7);
    add(&word, 0x1f600, 9);
    inf_unigram_word_cut(&word, &s.model);
    path_is(&word, (const int[]){1, 2, UNKNOWN, -1});
    assert_int_equal(word.length, 8);
    assert_int_equal(word.places[0].start, 5);
    assert_int_equal(word.places[3].end, 6);
    assert_int_equal(word.places[3].start, 7);
    assert_int_equal(word.places[8].end, 10);
    inf_unigram_word_drop(&word, 3);
    inf_unigram_word_cut(&word, &s.model);
    path_is(&word, (const int[]){2, UNKNOWN, -1});
    assert_int_equal(word.places[0].start, 7);
    assert_int_equal(word.places[5].end, 10);
    inf_unigram_word_fini(&word);
    inf_unigram_word_fini(&word);
    subject_free(&s);
}

/* The best sum over all ways to cut text[from..], by trying them: it is short. */
static double best_sum(const struct subject *s, const char *text, size_t from, double *memo)
{
    size_t length = strlen(text);
    for (size_t at = length; at-- > from;) {
        memo[at] = s->model.unknown_score + memo[at + 1];
        for (size_t to = at + 1; to <= length; to++) {
            char piece[16] = "";
            memcpy(piece, text + at, to - at);
            int32_t id = inf_vocabulary_id(s->vocabulary, piece);
            if (id > 0 && s->model.scores[id] + memo[to] > memo[at]) {
                memo[at] = s->model.scores[id] + memo[to];
            }
        }
    }
    return memo[from];
}

static void test_random_words(void **state)
{
    double scores[] = {0, -1.25, -2, -1.5, -2.5, -3, -2.75, -4, -3.5};
    struct subject s = subject_of(
        "[\"?\",\"a\",\"b\",\"ab\",\"ba\",\"aba\",\"bb\",\"abab\",\"bac\"]", scores, -14);
    (void)state;
    srand(2);
    for (int round = 0; round < 2000; round++) {
        struct inf_unigram_word word = {0};
        double memo[16] = {0};
        char text[16] = "";
        int length = 1 + rand() % 12;
        for (int i = 0; i < length; i++) {
            text[i] = (char)('a' + rand() % 3);
        }
        add_ascii(&word, text);
        inf_unigram_word_cut(&word, &s.model);
        assert_true(word.places[word.length].score == best_sum(&s, text, 0, memo));
        inf_unigram_word_fini(&word);
    }
    subject_free(&s);
}

static void test_full(void **state)
{
    double scores[] = {0, -1};
    struct subject s = subject_of("[\"?\",\"a\"]", scores, -11);
    struct inf_unigram_word word = {0};
    int count = 0;
    (void)state;
    for (; !inf_unigram_word_is_full(&word); count++) {
        add(&word, 0x1f600, count);
    }
    assert_int_equal(word.length, INF_UNIGRAM_WORD);
    assert_int_equal(word.capacity, INF_UNIGRAM_WORD);
    inf_unigram_word_cut(&word, &s.model);
    inf_unigram_word_drop(&word, word.length);
    assert_int_equal(word.length, 0);
    inf_unigram_word_fini(&word);
    subject_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_best_path),
        cmocka_unit_test(test_equal_paths),
        cmocka_unit_test(test_unknown_costs_more_than_any_piece),
        cmocka_unit_test(test_scores_that_overflow),
        cmocka_unit_test(test_places_in_the_source),
        cmocka_unit_test(test_random_words),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
