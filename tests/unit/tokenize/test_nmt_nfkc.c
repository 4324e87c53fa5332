/* nmt_nfkc: what a text becomes, and where in the source each code point stands. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "nmt_nfkc.h"
#include <stdlib.h>

static struct inf_nmt_rules rules;

static int setup(void **state)
{
    (void)state;
    inf_nmt_rules_init(&rules);
    return 0;
}

/* expected: {point, start, end} each, ended by a point of 0. */
static void becomes(const char *text, bool lower_case, const int expected[][3])
{
    struct inf_nmt_reader reader;
    struct inf_nmt_point point;
    inf_nmt_begin(&reader, &rules, text, strlen(text), 0, lower_case);
    for (size_t i = 0; expected[i][0] != 0; i++) {
        assert_true(inf_nmt_read(&reader, &point));
        assert_int_equal(point.point, expected[i][0]);
        assert_int_equal(point.start, expected[i][1]);
        assert_int_equal(point.end, expected[i][2]);
    }
    assert_false(inf_nmt_read(&reader, &point));
    assert_false(inf_nmt_read(&reader, &point));
}

static void test_plain(void **state)
{
    (void)state;
    becomes("", false, (const int[][3]){{0}});
    becomes("aB", false, (const int[][3]){{'a', 0, 1}, {'B', 1, 2}, {0}});
    becomes("\xf0\x9f\x98\x80\xe4\xb8\xad", false,
            (const int[][3]){{0x1f600, 0, 2}, {0x4e2d, 2, 3}, {0}});
    becomes("\xf0\xb0\x80\x80", false, (const int[][3]){{0x30000, 0, 2}, {0}});
}

static void test_the_list(void **state)
{
    (void)state;
    becomes("\x01"
            "a\x7f\tb\r\n",
            false, (const int[][3]){{'a', 1, 2}, {' ', 3, 4}, {'b', 4, 5}, {' ', 5, 6}, {0}});
    /* U+200B, U+2581, U+FF5E, U+008F */
    becomes("\xe2\x80\x8b\xe2\x96\x81\xef\xbd\x9e\xc2\x8f", false,
            (const int[][3]){{' ', 0, 1}, {' ', 1, 2}, {0xff5e, 2, 3}, {0}});
}

/* What is added stands for the last code point of the source. */
static void test_compatibility(void **state)
{
    (void)state;
    becomes("\xef\xac\x81x", false, (const int[][3]){{'f', 0, 1}, {'i', 0, 1}, {'x', 1, 2}, {0}});
    becomes("\xc3\xa9\xe2\x84\xab", false, (const int[][3]){{0xe9, 0, 1}, {0xc5, 1, 2}, {0}});
    becomes("\xc2\xa8", false, (const int[][3]){{' ', 0, 1}, {0x308, 0, 1}, {0}});
}

static void test_the_longest_expansion(void **state)
{
    struct inf_nmt_reader reader;
    struct inf_nmt_point point;
    int count = 0;
    (void)state;
    inf_nmt_begin(&reader, &rules, "\xef\xb7\xba", 3, 7, false);
    for (; inf_nmt_read(&reader, &point); count++) {
        assert_int_equal(point.start, 7);
        assert_int_equal(point.end, 8);
    }
    assert_int_equal(count, 18);
}

/* The shortest key of the map wins, for the whole of a short character. */
static void test_short_characters(void **state)
{
    (void)state;
    becomes("e\xcc\x81x", false, (const int[][3]){{0xe9, 0, 1}, {'x', 2, 3}, {0}});
    becomes("e\xcc\x82\xcc\x81", false, (const int[][3]){{0xea, 0, 1}, {0}});
    becomes("\xef\xac\x81\xcc\x81x", false,
            (const int[][3]){{'f', 0, 1}, {'i', 1, 2}, {'x', 2, 3}, {0}});
    /* Not a key: the letter is composed already. */
    becomes("\xc3\xaa\xcc\x81", false, (const int[][3]){{0xea, 0, 1}, {0x301, 1, 2}, {0}});
    becomes("x\xcc\x81", false, (const int[][3]){{'x', 0, 1}, {0x301, 1, 2}, {0}});
}

static void test_long_characters(void **state)
{
    (void)state;
    /* Hangul letters of 3 bytes; four accents on one letter. */
    becomes("\xe1\x84\x80\xe1\x85\xa1", false,
            (const int[][3]){{0x1100, 0, 1}, {0x1161, 1, 2}, {0}});
    becomes("e\xcc\x81\xcc\x81\xcc\x80\xef\xac\x81", false,
            (const int[][3]){{'e', 0, 1},
                             {0x301, 1, 2},
                             {0x301, 2, 3},
                             {0x300, 3, 4},
                             {'f', 4, 5},
                             {'i', 4, 5},
                             {0}});
    /* U+0340 does not begin another one, in which it would stand for the mark after it too. */
    becomes("e\xcc\x81\xcc\x81\xcd\x80\xcc\x82", false,
            (const int[][3]){
                {'e', 0, 1}, {0x301, 1, 2}, {0x301, 2, 3}, {0x300, 3, 4}, {0x302, 4, 5}, {0}});
}

static void test_a_character_of_a_megabyte(void **state)
{
    size_t marks = 500000;
    char *text = malloc(2 * marks);
    struct inf_nmt_reader reader;
    struct inf_nmt_point point;
    int count = 0;
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < marks; i++) {
        memcpy(text + 2 * i, "\xcc\x81", 2);
    }
    inf_nmt_begin(&reader, &rules, text, 2 * marks, 0, false);
    for (; inf_nmt_read(&reader, &point); count++) {
        assert_int_equal(point.point, 0x301);
        assert_int_equal(point.start, count);
    }
    assert_int_equal(count, marks);
    free(text);
}

/* Before anything else: marks then meet the small letter. */
static void test_lower_case(void **state)
{
    (void)state;
    becomes("AE\xcc\x81", true, (const int[][3]){{'a', 0, 1}, {0xe9, 1, 2}, {0}});
    becomes("\xc4\xb0x", true, (const int[][3]){{'i', 0, 1}, {0x307, 0, 1}, {'x', 1, 2}, {0}});
    becomes("\xe2\x85\xa8", true, (const int[][3]){{'i', 0, 1}, {'x', 0, 1}, {0}});
}

static void test_ill_formed_bytes_are_dropped(void **state)
{
    (void)state;
    becomes("a\xff\xe2\x82", false, (const int[][3]){{'a', 0, 1}, {0}});
    becomes("\xc3", true, (const int[][3]){{0}});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_the_list),
        cmocka_unit_test(test_compatibility),
        cmocka_unit_test(test_the_longest_expansion),
        cmocka_unit_test(test_short_characters),
        cmocka_unit_test(test_long_characters),
        cmocka_unit_test(test_a_character_of_a_megabyte),
        cmocka_unit_test(test_lower_case),
        cmocka_unit_test(test_ill_formed_bytes_are_dropped),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
