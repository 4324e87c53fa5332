/* What the common parameters make of an answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gzip.h"
#include "shape.h"
#include <string.h>

static void shapes(struct inf_shape shape, const char *expected)
{
    struct inf_buf body;
    inf_buf_init(&body, 1000);
    inf_buf_puts(&body, "{\"a\":1,\"b\":2}");
    inf_shape_apply(&shape, &body);
    assert_string_equal(body.data, expected);
    inf_buf_free(&body);
}

static void test_texts(void **state)
{
    (void)state;
    shapes((struct inf_shape){0}, "{\"a\":1,\"b\":2}");
    shapes((struct inf_shape){.filter_path = "b"}, "{\"b\":2}");
    shapes((struct inf_shape){.filter_path = ""}, "{\"a\":1,\"b\":2}");
    shapes((struct inf_shape){.filter_path = "b", .pretty = true}, "{\n  \"b\" : 2\n}\n");
    shapes((struct inf_shape){.yaml = true}, "---\na: 1\nb: 2\n");
    shapes((struct inf_shape){.filter_path = "-a", .yaml = true, .pretty = true}, "---\nb: 2\n");
    shapes((struct inf_shape){.gzip = true}, "{\"a\":1,\"b\":2}"); /* too short to gain */
}

static void test_what_is_needed(void **state)
{
    (void)state;
    assert_false(inf_shape_needed(&(struct inf_shape){0}, 100000));
    assert_false(inf_shape_needed(&(struct inf_shape){.pretty = true}, 0));
    assert_false(inf_shape_needed(&(struct inf_shape){.gzip = true}, INF_GZIP_LEAST - 1));
    assert_true(inf_shape_needed(&(struct inf_shape){.gzip = true}, INF_GZIP_LEAST));
    assert_false(inf_shape_needed(&(struct inf_shape){.filter_path = ""}, 10));
    assert_true(inf_shape_needed(&(struct inf_shape){.filter_path = "a"}, 10));
    assert_true(inf_shape_needed(&(struct inf_shape){.yaml = true}, 10));
}

static void test_what_is_no_json_stays(void **state)
{
    (void)state;
    struct inf_shape shape = {.filter_path = "a", .yaml = true};
    struct inf_buf body;
    inf_buf_init(&body, 1000);
    inf_buf_puts(&body, "no json");
    inf_shape_apply(&shape, &body);
    assert_string_equal(body.data, "no json");
    assert_false(shape.yaml);
    inf_buf_free(&body);
}

static void test_compression_is_last(void **state)
{
    (void)state;
    struct inf_shape shape = {.pretty = true, .gzip = true};
    struct inf_buf body;
    inf_buf_init(&body, 100000);
    inf_buf_puts(&body, "[0");
    for (int i = 1; i < 1000; i++)
        inf_buf_printf(&body, ",%d", i);
    inf_buf_puts(&body, "]");
    size_t length = body.length;
    inf_shape_apply(&shape, &body);
    assert_true(shape.gzip);
    assert_true(body.length < length);
    assert_memory_equal(body.data, "\x1f\x8b", 2);
    inf_buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_what_is_needed),
        cmocka_unit_test(test_what_is_no_json_stays),
        cmocka_unit_test(test_compression_is_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
