/* What becomes of counts of several nodes, and of what cannot be counted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sum_tree.h"
#include <string.h>

enum { VALUES_MAX = 8 };

/* values: an array of them. */
static void check(const char *values, const char *expected)
{
    const struct cJSON *items[VALUES_MAX];
    struct inf_error err;
    struct inf_json json;
    struct inf_jsonw w;
    struct inf_buf out;
    size_t count = 0;

    assert_int_equal(inf_json_parse(values, strlen(values), NULL, &json, &err), 0);
    for (const struct cJSON *item = inf_json_first(json.root); item != NULL;
         item = inf_json_next(item))
        items[count++] = item;
    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_sum_tree(items, count, &w);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
    inf_json_free(&json);
}

static void test_sums(void **state)
{
    (void)state;
    check("[1,2,-4]", "-1");
    check("[1.5,2]", "3.5");
    check("[9223372036854775807,0]", "9223372036854775807");
    check("[9223372036854775807,1]", "9.223372036854776E18");
    check("[\"a\",\"b\"]", "\"a\"");
    check("[1,\"b\"]", "1");
    check("[null,3]", "null");
}

static void test_trees(void **state)
{
    (void)state;
    check("[{\"a\":1,\"b\":{\"c\":2,\"type\":\"x\"}},{\"b\":{\"c\":3,\"type\":\"x\"},\"d\":5,\"a\":"
          "1}]",
          "{\"a\":2,\"b\":{\"c\":5,\"type\":\"x\"},\"d\":5}");
    check("[{\"a\":1},{\"b\":1},{\"b\":2,\"a\":7}]", "{\"a\":8,\"b\":3}");
    check("[{\"a\":1},{\"a\":[]}]", "{\"a\":1}");
    check("[[1,{\"a\":2}],[10,{\"a\":20}]]", "[11,{\"a\":22}]");
    check("[[1,2],[10]]", "[1,2]");
    check("[[],[]]", "[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums), cmocka_unit_test(test_trees)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
