/* UTF-8: every edge of the table of RFC 3629, and cutting. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "utf8.h"

#include "inferd/json.h"
#include <stdlib.h>
#include <string.h>

static bool valid(const char *text)
{
    return inf_utf8_valid(text, strlen(text));
}

static void test_well_formed(void **state)
{
    (void)state;
    assert_true(valid(""));
    assert_true(valid("plain ascii, longer than eight bytes"));
    assert_true(valid("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"));
    assert_true(valid("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
    assert_true(inf_utf8_valid("a\0b", 3));
}

static void test_ill_formed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2\x7F",
        "\xC2\xC0",
        "\xE0\x9F\xBF",
        "\xE0\xA0",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xE1\x80\x7F",
        "\xF0\x8F\xBF\xBF",
        "\xF0\x90\x80",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF1\x80\x80\xC0",
        "\xFE",
        "\xFF",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[32] = "twelve bytes";
        assert_false(valid(bad[i]));
        memcpy(text + 12, bad[i], strlen(bad[i]) + 1); /* behind what the fast path skips */
        assert_false(valid(text));
    }
}

/* Every code point, encoded by its definition: valid, and exactly so long. */
static void test_all_code_points(void **state)
{
    (void)state;
    for (uint32_t code = 0x80; code <= 0x10FFFF; code++) {
        unsigned char text[4];
        size_t length;
        if (code < 0x800) {
            text[0] = (unsigned char)(0xC0 | code >> 6);
            length = 2;
        } else if (code < 0x10000) {
            text[0] = (unsigned char)(0xE0 | code >> 12);
            length = 3;
        } else {
            text[0] = (unsigned char)(0xF0 | code >> 18);
            length = 4;
        }
        for (size_t i = 1; i < length; i++) {
            text[i] = (unsigned char)(0x80 | (code >> (6 * (length - 1 - i)) & 0x3F));
        }
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        size_t seen = inf_utf8_sequence((const char *)text, length);
        if (seen != (surrogate ? 0 : length)) {
            fail_msg("U+%04X: %zu", code, seen);
        }
        assert_int_equal(inf_utf8_sequence((const char *)text, length - 1), 0);
    }
}

static void test_cut(void **state)
{
    (void)state;
    static const char text[] = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z"; /* 1 + 2 + 3 + 4 + 1 */
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t max = 0; max < 12; max++) {
        assert_int_equal(inf_utf8_cut(text, 11, max), expected[max]);
    }
    assert_int_equal(inf_utf8_cut(text, 11, 1000), 11);
    assert_int_equal(inf_utf8_cut("\x80\x80\x80\x80\x80\x80", 6, 5), 5);
}

static void test_mend(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"", ""},
        {"a\xC3\xA4\xE2\x82\xAC", "a\xC3\xA4\xE2\x82\xAC"},
        {"a\xC3", "a"},
        {"[\xE2\x82] and \xF0\x9F\x98.", "[] and ."},
        {"\x80\xBF\xFF", ""},
        {"\xC3\xC3\xA4", "\xC3\xA4"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[32];
        memcpy(text, texts[i][0], strlen(texts[i][0]) + 1);
        inf_utf8_mend(text);
        assert_string_equal(text, texts[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_formed),
        cmocka_unit_test(test_ill_formed),
        cmocka_unit_test(test_all_code_points),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_mend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
