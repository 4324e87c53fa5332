/* The growable buffer: its maximum, its sticky failure, and who owns the bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/buf.h"
#include <stdlib.h>
#include <string.h>

static void test_append_and_terminate(void **state)
{
    (void)state;
    struct inf_buf buf;
    inf_buf_init(&buf, 1 << 20);
    assert_null(buf.data);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(inf_buf_append(&buf, "0123456789", 10), 0);
        assert_int_equal(buf.data[buf.length], '\0');
    }
    assert_int_equal(buf.length, 100000);
    assert_int_equal(strlen(buf.data), 100000);
    inf_buf_free(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.max, 1 << 20);
}

static void test_exactly_max(void **state)
{
    (void)state;
    struct inf_buf buf;
    inf_buf_init(&buf, 10);
    assert_int_equal(inf_buf_puts(&buf, "0123456789"), 0);
    assert_true(buf.capacity <= 11);
    assert_int_equal(inf_buf_append(&buf, "", 0), 0);
    assert_int_equal(inf_buf_append(&buf, "x", 1), -1);
    assert_true(buf.failed);
    assert_string_equal(buf.data, "0123456789");
    assert_int_equal(buf.length, 10);
    inf_buf_free(&buf);
}

static void test_failure_is_sticky(void **state)
{
    (void)state;
    struct inf_buf buf;
    inf_buf_init(&buf, 4);
    inf_buf_puts(&buf, "ab");
    assert_int_equal(inf_buf_puts(&buf, "cde"), -1);
    assert_int_equal(inf_buf_puts(&buf, "c"), -1);
    assert_int_equal(inf_buf_printf(&buf, "%d", 1), -1);
    assert_string_equal(buf.data, "ab");
    inf_buf_clear(&buf);
    assert_int_equal(inf_buf_puts(&buf, "wxyz"), 0);
    assert_string_equal(buf.data, "wxyz");
    inf_buf_free(&buf);
}

static void test_printf(void **state)
{
    (void)state;
    struct inf_buf buf;
    inf_buf_init(&buf, 300);
    assert_int_equal(inf_buf_printf(&buf, "%s=%d;", "a", 1), 0);
    assert_int_equal(inf_buf_printf(&buf, "%0200d", 7), 0);
    assert_int_equal(buf.length, 204);
    assert_int_equal(inf_buf_printf(&buf, "%0200d", 7), -1);
    assert_int_equal(buf.length, 204);
    inf_buf_free(&buf);
}

static void test_reserve(void **state)
{
    (void)state;
    struct inf_buf buf;
    inf_buf_init(&buf, 1000);
    assert_int_equal(inf_buf_reserve(&buf, 500), 0);
    char *data = buf.data;
    for (int i = 0; i < 500; i++) {
        inf_buf_append(&buf, "x", 1);
    }
    assert_ptr_equal(buf.data, data);
    assert_int_equal(inf_buf_reserve(&buf, SIZE_MAX), -1);
    assert_int_equal(buf.length, 500);
    inf_buf_free(&buf);
}

static void test_max_of_everything(void **state)
{
    (void)state;
    struct inf_buf buf;
    inf_buf_init(&buf, SIZE_MAX);
    assert_int_equal(inf_buf_puts(&buf, "a"), 0);
    assert_int_equal(inf_buf_reserve(&buf, SIZE_MAX), -1);
    inf_buf_free(&buf);
}

static void test_take(void **state)
{
    (void)state;
    struct inf_buf buf;
    size_t length = 99;
    inf_buf_init(&buf, 10);
    char *empty = inf_buf_take(&buf, &length);
    assert_string_equal(empty, "");
    assert_int_equal(length, 0);
    free(empty);
    inf_buf_puts(&buf, "abc");
    char *text = inf_buf_take(&buf, &length);
    assert_string_equal(text, "abc");
    assert_int_equal(length, 3);
    assert_null(buf.data);
    free(text);
    inf_buf_puts(&buf, "longer than ten");
    assert_null(inf_buf_take(&buf, NULL));
    assert_int_equal(inf_buf_puts(&buf, "again"), 0);
    inf_buf_free(&buf);
}

static void percent(void **state)
{
    struct inf_buf buf;

    (void)state;
    inf_buf_init(&buf, 64);
    assert_int_equal(inf_buf_put_percent(&buf, "a-B_9.~/ %\xc3\xa9"), 0);
    assert_string_equal(buf.data, "a-B_9.~%2F%20%25%C3%A9");
    inf_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent),
        cmocka_unit_test(test_append_and_terminate),
        cmocka_unit_test(test_exactly_max),
        cmocka_unit_test(test_failure_is_sticky),
        cmocka_unit_test(test_printf),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_max_of_everything),
        cmocka_unit_test(test_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
