/* Which bucket a distance has, and where it stands. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relative.h"
#include <stdlib.h>

enum { HEADS = 2, TOKENS = 300 };

static float table[INF_RELATIVE_BUCKETS * HEADS];
static float filled[HEADS * TOKENS * TOKENS];

/* A value says its bucket, and 100 more for the second head. */
static void make(struct inf_relative *relative)
{
    for (int i = 0; i < INF_RELATIVE_BUCKETS * HEADS; i++)
        table[i] = (float)(i / HEADS + 100 * (i % HEADS));
    assert_int_equal(inf_relative_init(relative, table, HEADS, TOKENS), 0);
}

static int bucket_of(int query, int key, int length, int head)
{
    return (int)filled[(head * length + query) * length + key];
}

/* As transformers' MPNetEncoder.relative_position_bucket gives them. */
static void buckets(void **state)
{
    static const struct {
        int distance, bucket;
    } cases[] = {{0, 0},   {1, 1},   {7, 7},   {8, 8},    {11, 8},   {12, 9},
                 {15, 9},  {16, 10}, {22, 10}, {23, 11},  {31, 11},  {32, 12},
                 {64, 14}, {90, 14}, {91, 15}, {127, 15}, {128, 15}, {299, 15}};
    struct inf_relative relative;

    (void)state;
    make(&relative);
    inf_relative_fill(&relative, TOKENS, filled);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int distance = cases[i].distance, bucket = cases[i].bucket;
        assert_int_equal(bucket_of(distance, 0, TOKENS, 0), bucket); /* the key is before */
        assert_int_equal(bucket_of(TOKENS - 1, TOKENS - 1 - distance, TOKENS, 1), 100 + bucket);
        if (distance > 0)
            assert_int_equal(bucket_of(0, distance, TOKENS, 0), 16 + bucket); /* and behind */
    }
    inf_relative_fini(&relative);
}

static void short_texts(void **state)
{
    struct inf_relative relative;

    (void)state;
    make(&relative);
    inf_relative_fill(&relative, 1, filled);
    assert_int_equal(bucket_of(0, 0, 1, 1), 100);
    inf_relative_fill(&relative, 3, filled);
    for (int query = 0; query < 3; query++)
        for (int key = 0; key < 3; key++)
            assert_int_equal(bucket_of(query, key, 3, 0),
                             key > query ? 16 + key - query : query - key);
    inf_relative_fini(&relative);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets),
        cmocka_unit_test(short_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
