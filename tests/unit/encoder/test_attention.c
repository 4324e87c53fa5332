/* Attention over packed texts, against the formula, with and without a bias. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attention.h"
#include <math.h>
#include <stdlib.h>

enum { HEADS = 3, SIZE = 8, WIDTH = HEADS * SIZE, ROW = 3 * WIDTH, MOST = 600 };

static float qkv[MOST * ROW], to[MOST * WIDTH], added[HEADS * MOST * MOST];
static struct inf_packed_text texts[16];

static const float *bias(void *arg, int length)
{
    (void)arg;
    for (int i = 0; i < HEADS * length * length; i++)
        added[i] = (float)(i % 7) / 3;
    return added;
}

/* Of one head and one token of a text of `length` from `start` on. */
static void expect(int start, int length, int head, int token, const float *scores, double *ret)
{
    const float *query = qkv + (start + token) * ROW + head * SIZE;
    double weights[MOST], sum = 0;

    for (int other = 0; other < length; other++) {
        const float *key = qkv + (start + other) * ROW + WIDTH + head * SIZE;
        double score = 0;
        for (int i = 0; i < SIZE; i++)
            score += (double)query[i] * (double)key[i] / sqrt(SIZE);
        if (scores != NULL)
            score += (double)scores[(head * length + token) * length + other];
        weights[other] = exp(score);
        sum += weights[other];
    }
    for (int i = 0; i < SIZE; i++) {
        ret[i] = 0;
        for (int other = 0; other < length; other++)
            ret[i] += weights[other] / sum *
                      (double)qkv[(start + other) * ROW + 2 * WIDTH + head * SIZE + i];
    }
}

/* Of every token, or of each text's first alone. */
static void check_tokens(const int *lengths, int count, bool has_bias, bool first_only)
{
    const struct inf_attention attention = {
        .heads = HEADS, .size = SIZE, .bias = has_bias ? bias : NULL};
    struct inf_packing packing = {texts, count, 0};
    double expected[SIZE];

    srand(1);
    for (int i = 0; i < MOST * ROW; i++)
        qkv[i] = (float)rand() / (float)RAND_MAX * 4 - 2;
    for (int i = 0; i < count; i++) {
        texts[i] = (struct inf_packed_text){i, lengths[i], packing.tokens};
        packing.tokens += lengths[i];
    }
    assert_int_equal(inf_attention(&attention, &packing, first_only, qkv, to), 0);
    for (int text = 0; text < count; text++) {
        const float *scores = has_bias ? bias(NULL, lengths[text]) : NULL;
        for (int token = 0; token < (first_only ? 1 : lengths[text]); token++)
            for (int head = 0; head < HEADS; head++) {
                int row = first_only ? text : texts[text].start + token;
                const float *got = to + row * WIDTH + head * SIZE;
                expect(texts[text].start, lengths[text], head, token, scores, expected);
                for (int i = 0; i < SIZE; i++)
                    if (!(fabs((double)got[i] - expected[i]) <= 1e-5))
                        fail_msg("text %d, token %d, head %d: %g instead of %g", text, token, head,
                                 (double)got[i], expected[i]);
            }
    }
}

static void check(const int *lengths, int count, bool has_bias)
{
    check_tokens(lengths, count, has_bias, false);
    check_tokens(lengths, count, has_bias, true);
}

static void one_text(void **state)
{
    static const int lengths[] = {1, 2, 7, 16, 33, 130, 512};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        check(&lengths[i], 1, false);
}

static void texts_do_not_see_each_other(void **state)
{
    const int mixed[] = {1, 1, 4, 4, 4, 9, 40}, same[] = {12, 12, 12, 12};

    (void)state;
    check(mixed, 7, false);
    check(same, 4, false);
}

static void with_a_bias(void **state)
{
    const int mixed[] = {1, 5, 5, 17};

    (void)state;
    check(mixed, 4, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_text),
        cmocka_unit_test(texts_do_not_see_each_other),
        cmocka_unit_test(with_a_bias),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
