/* Lines out of pieces. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_reader.h"
#include <stdlib.h>
#include <string.h>

/* The lines, joined by bars; each piece has `size` bytes. */
static void expect(const char *input, size_t size, const char *lines)
{
    struct inf_line_reader reader;
    struct inf_error err;
    char found[200] = "";
    const char *text;
    size_t length, all = strlen(input);

    inf_line_reader_init(&reader);
    for (size_t at = 0; at <= all; at += size) {
        size_t part = all - at < size ? all - at : size;

        assert_int_equal(inf_line_reader_push(&reader, input + at, part, &err), 0);
        reader.over = at + size > all;
        while (inf_line_reader_next(&reader, &text, &length)) {
            strncat(found, text, length);
            strncat(found, "|", 2);
        }
        assert_int_equal(inf_line_reader_shrink(&reader, &err), 0);
    }
    assert_string_equal(found, lines);
    inf_line_reader_fini(&reader);
}

static void test_any_cut(void **state)
{
    (void)state;
    for (size_t size = 1; size < 12; size++) {
        expect("one\ntwo\n\nthree", size, "one|two||three|");
        expect("one\n", size, "one|");
        expect("\n\n", size, "||");
        expect("", size, "");
    }
}

static void test_too_long(void **state)
{
    struct inf_line_reader reader;
    struct inf_error err;
    char *piece = calloc(1, INF_LINE_MAX);
    const char *text;
    size_t length;

    (void)state;
    inf_line_reader_init(&reader);
    assert_int_equal(inf_line_reader_push(&reader, "a\n", 2, &err), 0);
    assert_true(inf_line_reader_next(&reader, &text, &length));
    assert_int_equal(inf_line_reader_push(&reader, piece, INF_LINE_MAX, &err), 0);
    assert_int_equal(inf_line_reader_shrink(&reader, &err), 0);
    assert_int_equal(inf_line_reader_push(&reader, "b", 1, &err), 0);
    assert_int_equal(inf_line_reader_shrink(&reader, &err), -1);
    assert_string_equal(err.reason, "line [2] is longer than [16777216] bytes");
    for (int i = 0; i < 2; i++)
        assert_int_equal(inf_line_reader_push(&reader, piece, INF_LINE_MAX, &err), 0);
    assert_int_equal(inf_line_reader_push(&reader, piece, INF_LINE_MAX, &err), -1);
    assert_int_equal(err.code, INF_ERR_PAYLOAD_TOO_LARGE);
    inf_line_reader_clear(&reader);
    assert_false(inf_line_reader_next(&reader, &text, &length));
    inf_line_reader_fini(&reader);
    free(piece);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_cut),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
