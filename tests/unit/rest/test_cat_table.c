/* Tables: which columns, in which order, how wide, and what a script reads. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cat_table.h"
#include <string.h>

static const struct inf_cat_column columns[] = {
    {"id", "modelId", INF_CAT_TEXT, false, "the id"},
    {"heap_size", "hs,heapSize", INF_CAT_BYTES, false, "bytes"},
    {"count", "c", INF_CAT_NUMBER, true, "how many"},
    {"description", "d", INF_CAT_TEXT, true, "words"},
    {.name = NULL},
};

static void add(struct inf_cat_table *table, const char *id, int64_t size, int64_t count,
                const char *description)
{
    inf_cat_table_text(table, id);
    inf_cat_table_int(table, size);
    inf_cat_table_int(table, count);
    inf_cat_table_text(table, description);
}

static struct inf_cat_table *example(const struct inf_cat_options *options)
{
    struct inf_cat_table *table = inf_cat_table_new(columns, options);

    add(table, "b", 10 * 1024, 9, NULL);
    add(table, "a-long-one", 1536, 10, "two\nlines");
    add(table, "\xC3\xBC", 900, 9, "x");
    return table;
}

static void shows(struct inf_cat_options options, const char *expected)
{
    struct inf_cat_table *table = example(&options);
    struct inf_error err;
    struct inf_buf out;

    assert_int_equal(inf_cat_table_sort(table, &err), 0);
    inf_buf_init(&out, 10000);
    inf_buf_puts(&out, "");
    inf_cat_table_write_text(table, &out);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
    inf_cat_table_free(table);
}

static void test_alignment(void **state)
{
    (void)state;
    shows((struct inf_cat_options){0}, "b           10kb\n"
                                       "a-long-one 1.5kb\n"
                                       "\xC3\xBC           900b\n");
    shows((struct inf_cat_options){.header = true}, "id         heap_size\n"
                                                    "b               10kb\n"
                                                    "a-long-one     1.5kb\n"
                                                    "\xC3\xBC               900b\n");
}

static void test_no_blanks_behind_the_last_text(void **state)
{
    (void)state;
    shows((struct inf_cat_options){.columns = "id,d"}, "b          \n"
                                                       "a-long-one two lines\n"
                                                       "\xC3\xBC          x\n");
}

static void test_columns(void **state)
{
    (void)state;
    shows((struct inf_cat_options){.columns = "hs,id,nothing,hs", .header = true},
          "   hs id\n"
          " 10kb b\n"
          "1.5kb a-long-one\n"
          " 900b \xC3\xBC\n");
    shows((struct inf_cat_options){.columns = "c*,heap*,c*", .header = true}, "count heap_size\n"
                                                                              "    9      10kb\n"
                                                                              "   10     1.5kb\n"
                                                                              "    9      900b\n");
    shows((struct inf_cat_options){.columns = "model*"}, "b\na-long-one\n\xC3\xBC\n");
    shows((struct inf_cat_options){.columns = "nothing"}, "\n\n\n");
}

static void test_sizes_in_a_unit(void **state)
{
    (void)state;
    shows((struct inf_cat_options){.columns = "hs", .byte_unit = "b"}, "10240\n 1536\n  900\n");
    shows((struct inf_cat_options){.columns = "hs", .byte_unit = "kb"}, "10\n 1\n 0\n");
    shows((struct inf_cat_options){.columns = "hs", .byte_unit = "gb"}, "0\n0\n0\n");
}

static void test_order(void **state)
{
    (void)state;
    shows((struct inf_cat_options){.columns = "id", .sort = "id"}, "a-long-one\nb\n\xC3\xBC\n");
    shows((struct inf_cat_options){.columns = "id", .sort = "hs"}, "\xC3\xBC\na-long-one\nb\n");
    shows((struct inf_cat_options){.columns = "id", .sort = "heap_size:desc"},
          "b\na-long-one\n\xC3\xBC\n");
    /* By value, not by letter; equal ones stay in their order, or follow the next key. */
    shows((struct inf_cat_options){.columns = "id", .sort = "count:asc"},
          "b\n\xC3\xBC\na-long-one\n");
    shows((struct inf_cat_options){.columns = "id", .sort = "c:desc,hs"},
          "a-long-one\n\xC3\xBC\nb\n");
    /* What has no value comes first. */
    shows((struct inf_cat_options){.columns = "id", .sort = "d"}, "b\na-long-one\n\xC3\xBC\n");
}

static void test_unknown_sort_key(void **state)
{
    const struct inf_cat_options options = {.sort = "id,nothing:desc"};
    struct inf_cat_table *table = example(&options);
    struct inf_error err;
    (void)state;
    assert_int_equal(inf_cat_table_sort(table, &err), -1);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    assert_string_equal(err.reason, "Unable to sort by unknown sort key `nothing`");
    inf_cat_table_free(table);
    inf_cat_table_free(NULL);
}

static void test_json(void **state)
{
    const struct inf_cat_options options = {.columns = "id,hs,d", .sort = "id"};
    struct inf_cat_table *table = example(&options);
    struct inf_error err;
    struct inf_jsonw w;
    struct inf_buf out;
    (void)state;
    assert_int_equal(inf_cat_table_sort(table, &err), 0);
    inf_buf_init(&out, 10000);
    inf_jsonw_init(&w, &out);
    inf_cat_table_write_json(table, &w);
    assert_string_equal(out.data, "[{\"id\":\"a-long-one\",\"hs\":\"1.5kb\",\"d\":\"two\\nlines\"},"
                                  "{\"id\":\"b\",\"hs\":\"10kb\",\"d\":null},"
                                  "{\"id\":\"\xC3\xBC\",\"hs\":\"900b\",\"d\":\"x\"}]");
    inf_buf_free(&out);
    inf_cat_table_free(table);
}

static void test_no_rows(void **state)
{
    const struct inf_cat_options options = {.header = true};
    struct inf_cat_table *table = inf_cat_table_new(columns, &options);
    struct inf_error err;
    struct inf_buf out;
    (void)state;
    assert_int_equal(inf_cat_table_sort(table, &err), 0);
    inf_buf_init(&out, 100);
    inf_cat_table_write_text(table, &out);
    assert_string_equal(out.data, "id heap_size\n");
    inf_buf_free(&out);
    inf_cat_table_free(table);
}

static void test_decimals_and_help(void **state)
{
    static const struct inf_cat_column load[] = {
        {"load", "l,load_1m", INF_CAT_NUMBER, false, "load average"},
        {"n", NULL, INF_CAT_TEXT, false, "name"},
        {.name = NULL},
    };
    const struct inf_cat_options options = {.sort = "load:desc"};
    struct inf_cat_table *table = inf_cat_table_new(load, &options);
    struct inf_error err;
    struct inf_buf out;
    (void)state;
    inf_cat_table_decimal(table, 0.5, 2);
    inf_cat_table_text(table, "a");
    inf_cat_table_decimal(table, 10.125, 2);
    inf_cat_table_text(table, "b");
    assert_int_equal(inf_cat_table_sort(table, &err), 0);
    inf_buf_init(&out, 1000);
    inf_cat_table_write_text(table, &out);
    assert_string_equal(out.data, "10.12 b\n 0.50 a\n");
    inf_buf_clear(&out);
    inf_cat_columns_write(load, &out);
    assert_string_equal(out.data, "load | l,load_1m | load average\nn    |           | name\n");
    inf_buf_free(&out);
    inf_cat_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_no_blanks_behind_the_last_text),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_sizes_in_a_unit),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_unknown_sort_key),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_decimals_and_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
