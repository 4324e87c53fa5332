/* Strict base64: every chunking gives the same bytes, every kind of bad text is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/base64.h"
#include <string.h>

static int decode(const char *text, size_t chunk, uint8_t *out, size_t *ret_length)
{
    struct inf_base64 decoder = {0};
    size_t length = strlen(text);

    *ret_length = 0;
    for (size_t i = 0; i < length; i += chunk) {
        size_t count, size = length - i < chunk ? length - i : chunk;

        if (inf_base64_feed(&decoder, text + i, size, out + *ret_length, &count) != 0)
            return -1;
        assert_true(count <= INF_BASE64_ROOM(size));
        *ret_length += count;
    }
    return inf_base64_end(&decoder);
}

static void test_known_answers(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        for (size_t chunk = 1; chunk < 10; chunk++) {
            uint8_t out[64];
            size_t length;

            assert_int_equal(decode(pairs[i][0], chunk, out, &length), 0);
            assert_int_equal(length, strlen(pairs[i][1]));
            assert_memory_equal(out, pairs[i][1], length);
        }
}

/* All 64 characters, each in each place of a group, against the definition of the alphabet. */
static void test_alphabet(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (void)state;
    for (unsigned value = 0; value < 64; value++)
        for (int place = 0; place < 4; place++) {
            char text[5] = "AAAA";
            uint32_t group = value << (6 * (3 - place));
            const uint8_t want[3] = {(uint8_t)(group >> 16), (uint8_t)(group >> 8), (uint8_t)group};
            uint8_t out[8];
            size_t length;

            text[place] = alphabet[value];
            assert_int_equal(decode(text, 4, out, &length), 0);
            assert_int_equal(length, 3);
            assert_memory_equal(out, want, 3);
        }
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "A",
        "AA",
        "AAA",
        "AAAAA",
        "AA=",
        "A===",
        "====",
        "=AAA",
        "A=AA",
        "AA=A",
        "Zg==Zg==",
        "Zg==A",
        "Zg===",
        "Zm9v=",
        "Zh==",
        "Zm9=",
        "Zm9v\n",
        "Zm 9",
        "Zm-v",
        "Zm_v",
        "Zm9*",
        "Zm9\x80",
        "\xc3\xa9"
        "AA",
        "Zm9v Zm9v",
        "AAAA\x01"
        "AAA",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (size_t chunk = 1; chunk < 6; chunk++) {
            uint8_t out[64];
            size_t length;

            assert_int_equal(decode(bad[i], chunk, out, &length), -1);
        }
}

static void test_writing(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
    struct inf_buf out;

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        inf_buf_init(&out, 8);
        assert_int_equal(inf_base64_append(&out, pairs[i][0], strlen(pairs[i][0])), 0);
        assert_string_equal(out.data != NULL ? out.data : "", pairs[i][1]);
        inf_buf_free(&out);
    }
    inf_buf_init(&out, 7);
    assert_int_equal(inf_base64_append(&out, "foob", 4), -1);
    assert_true(out.failed);
    inf_buf_free(&out);
}

/* Every byte there is, back and forth. */
static void test_what_is_written_is_read(void **state)
{
    uint8_t bytes[256], back[INF_BASE64_ROOM(344)];
    struct inf_base64 decoder = {0};
    struct inf_buf out;
    size_t length;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    inf_buf_init(&out, 344);
    assert_int_equal(inf_base64_append(&out, bytes, sizeof bytes), 0);
    assert_int_equal(inf_base64_feed(&decoder, out.data, out.length, back, &length), 0);
    assert_int_equal(length, sizeof bytes);
    assert_memory_equal(back, bytes, sizeof bytes);
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_alphabet),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_writing),
        cmocka_unit_test(test_what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
