/* Lower case by code point, in texts of every width and in ill-formed ones. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

static void lowers(const char *text, size_t max, const char *expected, bool failed)
{
    struct inf_buf out;
    inf_buf_init(&out, max);
    inf_buf_puts(&out, "=");
    inf_text_lower((struct inf_text){text, strlen(text)}, &out);
    assert_string_equal(out.data + 1, expected);
    assert_int_equal(out.failed, failed);
    inf_buf_free(&out);
}

static void test_lower(void **state)
{
    (void)state;
    lowers("", 64, "", false);
    lowers("Mountain VIEW 7!", 64, "mountain view 7!", false);
    /* A-umlaut, a Georgian capital, a Deseret capital (beyond 16 bits), a Chinese character. */
    lowers("\xc3\x84 \xe1\xb2\x90 \xf0\x90\x90\x80 \xe4\xb8\xad", 64,
           "\xc3\xa4 \xe1\x83\x90 \xf0\x90\x90\xa8 \xe4\xb8\xad", false);
    /* U+023A is two bytes, its lower-case form three. */
    lowers("\xc8\xba", 64, "\xe2\xb1\xa5", false);
}

static void test_ill_formed_and_too_long(void **state)
{
    (void)state;
    lowers("A\xff\xc3", 64, "a\xff\xc3", false);
    lowers("ABC", 3, "ab", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lower),
        cmocka_unit_test(test_ill_formed_and_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
