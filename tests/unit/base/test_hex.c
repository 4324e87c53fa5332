/* Every byte, there and back; and what is none. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/hex.h"
#include <string.h>

static void test_every_byte(void **state)
{
    (void)state;
    uint8_t bytes[256], again[256];
    char text[513];
    for (size_t i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    assert_ptr_equal(inf_hex_print(bytes, 256, text), text);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102", 6);
    assert_string_equal(text + 506, "fdfeff");
    assert_int_equal(inf_hex_read(text, 256, again), 0);
    assert_memory_equal(again, bytes, 256);
    assert_string_equal(inf_hex_print(bytes, 0, text), "");
}

static void test_no_hexadecimal(void **state)
{
    (void)state;
    uint8_t bytes[2];
    static const char *const texts[] = {"", "0", "0g", "g0", "AA", "00 0", "00-1", "000"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(inf_hex_read(texts[i], 2, bytes), -1);
    }
    assert_int_equal(inf_hex_read("", 0, bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_no_hexadecimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
