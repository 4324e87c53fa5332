/* Slices of a text by UTF-16 offsets: every width of character, any order, offsets of no sense. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "text_slice.h"

/* a, e-acute, a Chinese character, an emoji (two units), b: units 0, 1, 2, 3-4, 5. */
#define TEXT                                \
    "a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80" \
    "b"

static void slices(const char *text, int start, int end, const char *expected)
{
    struct inf_text_slice slice = {.start = start, .end = end};
    struct inf_error err = {0};
    assert_int_equal(inf_text_slices((struct inf_text){text, strlen(text)}, &slice, 1, &err), 0);
    assert_int_equal(slice.text.length, strlen(expected));
    assert_memory_equal(slice.text.data, expected, strlen(expected));
}

static void test_widths(void **state)
{
    (void)state;
    slices(TEXT, 0, 6, TEXT);
    slices(TEXT, 0, 1, "a");
    slices(TEXT, 1, 2, "\xc3\xa9");
    slices(TEXT, 2, 3, "\xe4\xb8\xad");
    slices(TEXT, 3, 5, "\xf0\x9f\x98\x80");
    slices(TEXT, 5, 6, "b");
    slices(TEXT, 3, 3, "");
    slices("", 0, 0, "");
}

static void test_offsets_of_no_sense(void **state)
{
    (void)state;
    slices(TEXT, 5, 99, "b");
    slices(TEXT, 98, 99, "");
    slices(TEXT, -1, 1, "a");
    slices(TEXT, -7, -1, "");
    slices(TEXT, 5, 2, "");
    slices(TEXT, 2147483647, -2147483647 - 1, "");
    slices(TEXT, 4, 6,
           "\xf0\x9f\x98\x80"
           "b"); /* the middle of a character: all of it */
    slices(TEXT, 0, 4, "a\xc3\xa9\xe4\xb8\xad");
    slices("\xf0\x9f", 0, 2, "\xf0\x9f"); /* cut off: no byte behind the text is touched */
}

static void test_any_order(void **state)
{
    struct inf_text_slice many[] = {{.start = 5, .end = 6},
                                    {.start = 0, .end = 3},
                                    {.start = 1, .end = 5},
                                    {.start = 0, .end = 1}};
    const char *const expected[] = {"b", "a\xc3\xa9\xe4\xb8\xad",
                                    "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80", "a"};
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_text_slices((struct inf_text){TEXT, strlen(TEXT)}, many, 4, &err), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(many[i].text.length, strlen(expected[i]));
        assert_memory_equal(many[i].text.data, expected[i], strlen(expected[i]));
    }
    assert_int_equal(inf_text_slices((struct inf_text){TEXT, strlen(TEXT)}, NULL, 0, &err), 0);
}

static void test_write(void **state)
{
    struct inf_buf out;
    struct inf_buf text;
    struct inf_jsonw w;
    (void)state;
    inf_buf_init(&out, 64);
    inf_jsonw_init(&w, &out);
    inf_buf_init(&text, 2);
    inf_text_write(&text, &w);
    inf_buf_puts(&text, "a\"");
    inf_text_write(&text, &w);
    assert_string_equal(out.data, "\"\",\"a\\\"\"");
    assert_false(out.failed);
    inf_buf_puts(&text, "b");
    inf_text_write(&text, &w);
    assert_true(out.failed);
    inf_buf_free(&text);
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_offsets_of_no_sense),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
