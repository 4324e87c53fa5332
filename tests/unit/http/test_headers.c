/* The gate against ill-formed framing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "headers.h"
#include <string.h>

static int framing(const char *const lines[][2], bool http_10, struct inf_headers *headers)
{
    struct inf_error err;
    inf_headers_init(headers);
    for (size_t i = 0; lines[i][0] != NULL; i++)
        inf_headers_add(headers, lines[i][0], strlen(lines[i][0]), lines[i][1],
                        strlen(lines[i][1]));
    int rc = inf_headers_check_framing(headers, http_10, &err);
    assert_true(rc == 0 || err.code == INF_ERR_PLAIN_BAD_REQUEST);
    return rc;
}

#define LINES(...) ((const char *const[][2]){__VA_ARGS__, {NULL, NULL}})

static void test_good_framing(void **state)
{
    (void)state;
    struct inf_headers headers;
    assert_int_equal(framing(LINES({"Host", "a"}), false, &headers), 0);
    assert_int_equal(headers.content_length, -1);
    assert_false(headers.chunked);
    assert_int_equal(framing(LINES({"content-LENGTH", "12"}), true, &headers), 0);
    assert_int_equal(headers.content_length, 12);
    assert_int_equal(framing(LINES({"Transfer-Encoding", "Chunked"}), false, &headers), 0);
    assert_true(headers.chunked);
}

static void test_bad_framing(void **state)
{
    (void)state;
    struct inf_headers headers;
    assert_int_equal(
        framing(LINES({"Content-Length", "1"}, {"Content-Length", "1"}), false, &headers), -1);
    assert_int_equal(
        framing(LINES({"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}), false, &headers),
        -1);
    assert_int_equal(framing(LINES({"Transfer-Encoding", "chunked"}), true, &headers), -1);
    assert_int_equal(framing(LINES({"Transfer-Encoding", "gzip"}), false, &headers), -1);
    assert_int_equal(framing(LINES({"Transfer-Encoding", " chunked"}), false, &headers), -1);
    assert_int_equal(framing(LINES({"Transfer-Encoding", ""}), false, &headers), -1);
    assert_int_equal(framing(LINES({"Host", "a"}, {"Host", "a"}), false, &headers), -1);
    static const char *const lengths[] = {
        "", "+1", "-1", "1 ", "0x1", "1,1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        assert_int_equal(framing(LINES({"Content-Length", lengths[i]}), false, &headers), -1);
}

/* Two headers as libmicrohttpd leaves them, NULs in the place of colons and CRs: name and value of
 * each at these places, and the end of the whole. */
static bool lines_are_fine(const size_t places[4], size_t end)
{
    static const char received[] = "HTTP/1.1\0\nHost\0 a\0\nX-Y\0b\0\n\r\n";
    struct inf_headers headers;
    inf_headers_init(&headers);
    inf_headers_check_lines(&headers, received);
    for (size_t i = 0; i < 4; i += 2)
        inf_headers_add(&headers, received + places[i], strlen(received + places[i]),
                        received + places[i + 1], strlen(received + places[i + 1]));
    inf_headers_check_last(&headers, received + end);
    return !headers.broken_line;
}

static void test_lines(void **state)
{
    (void)state;
    assert_true(lines_are_fine((const size_t[]){10, 16, 19, 23}, 28));
    assert_false(lines_are_fine((const size_t[]){10, 16, 20, 23}, 28)); /* more between */
    assert_false(lines_are_fine((const size_t[]){11, 16, 19, 23}, 28));
    assert_false(lines_are_fine((const size_t[]){10, 16, 19, 23}, 27)); /* less after */
    assert_false(lines_are_fine((const size_t[]){10, 16, 23, 19}, 28)); /* elsewhere */
}

static void test_characters(void **state)
{
    (void)state;
    struct inf_headers headers;
    static const char *const names[] = {"", "a b", "a ", " a", "a:", "\xc3\xbc", "a\t", "(a)"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(framing(LINES({names[i], "x"}), false, &headers), -1);
    assert_int_equal(framing(LINES({"X", "a\rb"}), false, &headers), -1);
    assert_int_equal(framing(LINES({"X", "a\x7f"}), false, &headers), -1);
    assert_int_equal(framing(LINES({"X!#$%&'*+-.^_`|~1", "a\tb \xc3\xbc"}), false, &headers), 0);
    assert_int_equal(framing(LINES({"X-Opaque-Id", "a\rb"}), false, &headers), -1);
    assert_null(headers.text[INF_H_OPAQUE_ID]); /* which would be repeated in the answer */
    inf_headers_init(&headers);
    inf_headers_add(&headers, "X\0Y", 3, "a", 1);
    assert_true(headers.malformed);
    assert_false(inf_header_value_valid("a\0b", 3));
}

static void test_single_valued(void **state)
{
    (void)state;
    struct inf_headers headers;
    struct inf_error err;
    assert_int_equal(framing(LINES({"Accept", "a"}, {"accept", "a"}), false, &headers), 0);
    assert_int_equal(inf_headers_check_single(&headers, &err), 0);
    assert_int_equal(framing(LINES({"X-Opaque-Id", "a"}, {"x-opaque-id", "b"}), false, &headers),
                     0);
    assert_int_equal(inf_headers_check_single(&headers, &err), -1);
    assert_string_equal(err.reason, "multiple values for single-valued header [X-Opaque-Id].");
    assert_int_equal(framing(LINES({"X-Other", "a"}, {"X-Other", "b"}), false, &headers), 0);
    assert_int_equal(inf_headers_check_single(&headers, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_framing),  cmocka_unit_test(test_bad_framing),
        cmocka_unit_test(test_lines),         cmocka_unit_test(test_characters),
        cmocka_unit_test(test_single_valued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
