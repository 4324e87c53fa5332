/* Bytes as printable letters and back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "bpe_letters.h"

static void writes(unsigned char byte, const char *letter)
{
    char dest[2];
    size_t length = inf_letter_write(byte, dest);
    assert_int_equal(length, strlen(letter));
    assert_memory_equal(dest, letter, length);
}

/* The edges of every range. */
static void test_letters(void **state)
{
    (void)state;
    writes('a', "a");
    writes('!', "!");
    writes('~', "~");
    writes(0, "\u0100");
    writes('\n', "\u010a");
    writes(' ', "\u0120");
    writes(127, "\u0121");
    writes(160, "\u0142");
    writes(161, "\u00a1");
    writes(172, "\u00ac");
    writes(173, "\u0143");
    writes(174, "\u00ae");
    writes(255, "\u00ff");
}

static void test_all_bytes_come_back(void **state)
{
    char letters[512];
    unsigned char bytes[512];
    size_t length = 0;
    (void)state;
    for (int i = 0; i < 256; i++) {
        length += inf_letter_write((unsigned char)i, letters + length);
    }
    assert_int_equal(inf_letters_read(letters, length, bytes), 256);
    for (int i = 0; i < 256; i++) {
        assert_int_equal(bytes[i], i);
    }
    assert_int_equal(inf_letters_read("", 0, bytes), 0);
}

static void is_no_letter(const char *text)
{
    unsigned char bytes[16];
    assert_true(inf_letters_read(text, strlen(text), bytes) == SIZE_MAX);
}

static void test_other_characters(void **state)
{
    (void)state;
    is_no_letter(" ");
    is_no_letter("a b");
    is_no_letter("\n");
    is_no_letter("\x7f");
    is_no_letter("\xc2\x80");
    is_no_letter("\u00a0");
    is_no_letter("\u00ad");
    is_no_letter("\u0144");
    is_no_letter("\u07ff");
    is_no_letter("\u4e2d");
    is_no_letter("\U0001f600");
    is_no_letter("\xc4");
    is_no_letter("\xa1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_all_bytes_come_back),
        cmocka_unit_test(test_other_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
