/* JSON as YAML: what a reader of YAML 1.1 would misread is quoted or spelled otherwise. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json.h"
#include <string.h>

static void becomes(const char *json, const char *expected)
{
    struct inf_buf out;
    inf_buf_init(&out, 100000);
    assert_int_equal(inf_json_yaml(json, strlen(json), &out), 0);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void test_scalars(void **state)
{
    (void)state;
    becomes("[null,true,false,0,-1]", "---\n- null\n- true\n- false\n- 0\n- -1\n");
    becomes("[1.5,1e5,1E-7,2.5e+30]", "---\n- 1.5\n- 100000\n- 1.0e-7\n- 2.5e+30\n");
    becomes("[9223372036854775807]", "---\n- 9223372036854775807\n");
    becomes("[\"true\",\"1\",\"\",\"- a\",\"a\\\"b\"]",
            "---\n- \"true\"\n- \"1\"\n- \"\"\n- \"- a\"\n- \"a\\\"b\"\n");
}

static void test_strings(void **state)
{
    (void)state;
    becomes("[\"a\\nb\\t\\u0001\"]", "---\n- \"a\\nb\\t\\x01\"\n");
    becomes("[\"\\u00e9\\u2028\\ud83d\\ude00\"]", "---\n- \"\xC3\xA9\\L\\U0001F600\"\n");
    becomes("[\"\\u0085\\ufeff\"]", "---\n- \"\\N\\uFEFF\"\n");
}

static void test_containers(void **state)
{
    (void)state;
    becomes("{}", "--- {}\n");
    becomes("{\"a\":{\"b\":[1,{\"c\":2}],\"d\":[],\"e\":{}}}",
            "---\na:\n  b:\n  - 1\n  - c: 2\n  d: []\n  e: {}\n");
}

static void test_keys(void **state)
{
    (void)state;
    becomes("{\"no\":1,\"on\":2,\"n_o\":3,\"A\":4,\"1\":5,\"\":6,\"a b\":7}",
            "---\n\"no\": 1\n\"on\": 2\nn_o: 3\n\"A\": 4\n\"1\": 5\n\"\": 6\n\"a b\": 7\n");
}

static void test_refusals(void **state)
{
    (void)state;
    struct inf_buf out;
    inf_buf_init(&out, 100);
    assert_int_equal(inf_json_yaml("{", 1, &out), -1);
    static const char longer[] = "[\"0123456789\"]";
    inf_buf_init(&out, 8);
    assert_int_equal(inf_json_yaml(longer, strlen(longer), &out), -1);
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),    cmocka_unit_test(test_strings),
        cmocka_unit_test(test_containers), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
