/* Softmax, and the largest of many values against a sorted copy. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "probability.h"
#include <math.h>
#include <stdlib.h>

static void test_softmax(void **state)
{
    double even[] = {3, 3, 3, 3};
    double far[] = {1000, -1000, 999};
    (void)state;
    inf_softmax(even, 4);
    for (int i = 0; i < 4; i++) {
        assert_true(even[i] == 0.25);
    }
    inf_softmax(far, 3);
    assert_true(fabs(far[0] - 1 / (1 + exp(-1))) < 1e-15);
    assert_true(far[1] == 0);
    assert_true(fabs(far[0] + far[2] - 1) < 1e-15);
}

static void test_ties_keep_their_order(void **state)
{
    const double values[] = {1, 5, 5, 0, 5};
    size_t best[5];
    (void)state;
    inf_top(values, 5, 2, best);
    assert_int_equal(best[0], 1);
    assert_int_equal(best[1], 2);
    inf_top(values, 5, 5, best);
    const size_t expected[] = {1, 2, 4, 0, 3};
    assert_memory_equal(best, expected, sizeof expected);
    inf_top(values, 5, 0, best);
}

static void test_against_a_scan(void **state)
{
    enum { COUNT = 300 };
    double values[COUNT];
    size_t best[COUNT];
    unsigned seed = 1;
    (void)state;
    for (size_t wanted = 1; wanted <= COUNT; wanted += 13) {
        for (int i = 0; i < COUNT; i++) {
            seed = seed * 1103515245u + 12345u;
            values[i] = (double)(seed >> 16 & 63); /* many ties */
        }
        inf_top(values, COUNT, wanted, best);
        for (size_t at = 0; at < wanted; at++) {
            size_t found = COUNT;
            for (size_t i = 0; i < COUNT; i++) {
                if (values[i] >= 0 && (found == COUNT || values[i] > values[found])) {
                    found = i;
                }
            }
            assert_int_equal(best[at], found);
            values[found] = -1;
        }
    }
}

static void test_how_many(void **state)
{
    (void)state;
    assert_int_equal(inf_top_count(-1, 7), 7);
    assert_int_equal(inf_top_count(0, 7), 0);
    assert_int_equal(inf_top_count(5, 7), 5);
    assert_int_equal(inf_top_count(9, 7), 7);
}

static void test_write(void **state)
{
    struct inf_buf out;
    struct inf_jsonw w;
    (void)state;
    inf_buf_init(&out, 256);
    inf_jsonw_init(&w, &out);
    inf_top_class_write("a\"b!", 3, 0.25, &w);
    assert_string_equal(
        out.data, "{\"class_name\":\"a\\\"b\",\"class_probability\":0.25,\"class_score\":0.25}");
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_softmax),        cmocka_unit_test(test_ties_keep_their_order),
        cmocka_unit_test(test_against_a_scan), cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
