/* Our own attention is near to what the formula gives, and the same to the last bit in company,
 * alone and shared by threads. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attention_heads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEADS = 3, WIDTH_MOST = HEADS * 256, TOKENS_MOST = 600, TEXTS_MOST = 16 };

/* The one that is tested, and how near its answers' direction has to be. */
static const struct inf_attention_kind *kind;
static double nearest;

static float qkv[TOKENS_MOST * 3 * WIDTH_MOST], to[TOKENS_MOST * WIDTH_MOST];
static float exact[TOKENS_MOST * WIDTH_MOST], alone[TOKENS_MOST * WIDTH_MOST];
static float added[HEADS * TOKENS_MOST * TOKENS_MOST];
static struct inf_packed_text texts[TEXTS_MOST];

static const float *bias(void *arg, int length)
{
    (void)arg;
    for (int i = 0; i < HEADS * length * length; i++)
        added[i] = (float)(i % 7) / 3;
    return added;
}

static struct inf_packing pack(const int *lengths, int count)
{
    struct inf_packing packing = {texts, count, 0};

    for (int i = 0; i < count; i++) {
        texts[i] = (struct inf_packed_text){i, lengths[i], packing.tokens};
        packing.tokens += lengths[i];
    }
    return packing;
}

static void run(const struct inf_attention *attention, const struct inf_packing *packing,
                bool first_only, const float *from, size_t members, float *ret)
{
    int longest = packing->texts[packing->count - 1].length;
    size_t bytes = kind->room(attention->size, longest) * members;
    void *room = aligned_alloc(64, bytes);

    assert_non_null(room);
    memset(room, 0xff, bytes); /* not a number, each */
    inf_attention_by(kind, attention, packing, first_only, from, room, members, ret);
    free(room);
}

static double cosine(const float *a, const float *b, size_t count)
{
    double product = 0, of_a = 0, of_b = 0;

    for (size_t i = 0; i < count; i++) {
        product += (double)a[i] * (double)b[i];
        of_a += (double)a[i] * (double)a[i];
        of_b += (double)b[i] * (double)b[i];
    }
    return product / sqrt(of_a * of_b);
}

/* The formula, for one head and one token of a text whose first one is at `from`. */
static void expect(const struct inf_attention *attention, const float *from, int length, int token,
                   const float *scores, float *ret)
{
    int size = attention->size, row = 3 * HEADS * size, width = HEADS * size;
    double weights[TOKENS_MOST], sum = 0;

    for (int other = 0; other < length; other++) {
        double score = scores != NULL ? (double)scores[token * length + other] : 0;
        for (int i = 0; i < size; i++)
            score +=
                (double)from[token * row + i] * (double)from[other * row + width + i] / sqrt(size);
        weights[other] = exp(score);
        sum += weights[other];
    }
    for (int i = 0; i < size; i++) {
        double answer = 0;
        for (int other = 0; other < length; other++)
            answer += weights[other] / sum * (double)from[other * row + 2 * width + i];
        ret[i] = (float)answer;
    }
}

static void expect_all(const struct inf_attention *attention, const struct inf_packing *packing,
                       bool first_only)
{
    int size = attention->size;
    float *ret = exact;

    for (int i = 0; i < packing->count; i++) {
        int length = packing->texts[i].length;
        const float *scores = attention->bias != NULL ? bias(NULL, length) : NULL;
        for (int token = 0; token < (first_only ? 1 : length); token++)
            for (int head = 0; head < HEADS; head++, ret += size)
                expect(attention,
                       qkv + (size_t)packing->texts[i].start * 3 * HEADS * (size_t)size +
                           head * size,
                       length, token, scores != NULL ? scores + head * length * length : NULL, ret);
    }
}

static void check_tokens(const int *lengths, int count, int size, bool has_bias, bool first_only)
{
    const struct inf_attention attention = {
        .heads = HEADS, .size = size, .bias = has_bias ? bias : NULL};
    const struct inf_packing packing = pack(lengths, count);
    size_t width = (size_t)(HEADS * size), most = 0;

    expect_all(&attention, &packing, first_only);
    run(&attention, &packing, first_only, qkv, 1, to);
    for (int i = 0; i < count; i++) {
        size_t tokens = first_only ? 1 : (size_t)lengths[i];
        size_t at = (size_t)(first_only ? i : texts[i].start) * width;
        double near = cosine(to + at, exact + at, tokens * width);
        if (!(near > nearest))
            fail_msg("text %d, of %d tokens, heads of %d: %g", i, lengths[i], size, near);
        most += tokens;
    }
    run(&attention, &packing, first_only, qkv, 3, alone);
    assert_memory_equal(to, alone, most * width * sizeof *to);
    for (int i = 0; i < count; i++) {
        const struct inf_packed_text text = texts[i];
        size_t tokens = first_only ? 1 : (size_t)text.length;
        const struct inf_packing one = {&texts[i], 1, text.length};
        texts[i].start = 0;
        run(&attention, &one, first_only, qkv + (size_t)text.start * 3 * width, 1, alone);
        assert_memory_equal(to + (size_t)(first_only ? i : text.start) * width, alone,
                            tokens * width * sizeof *to);
        texts[i] = text;
    }
}

static void check(const int *lengths, int count, int size, bool has_bias)
{
    check_tokens(lengths, count, size, has_bias, false);
    check_tokens(lengths, count, size, has_bias, true);
}

/* Else nobody calls it. */
static bool has_it(void)
{
    srand(1);
    for (size_t i = 0; i < sizeof qkv / sizeof qkv[0]; i++)
        qkv[i] = (float)rand() / (float)RAND_MAX * 4 - 2;
    return kind->can(16);
}

static void texts_of_all_lengths(void **state)
{
    const int mixed[] = {1, 1, 2, 3, 5, 6, 7, 15, 16, 16, 16, 17, 33, 66};
    const int longest[] = {512};

    (void)state;
    if (!has_it())
        return;
    check(mixed, sizeof mixed / sizeof mixed[0], 32, false);
    check(mixed, sizeof mixed / sizeof mixed[0], 16, true);
    check(longest, 1, 64, false);
}

static void heads_of_all_sizes(void **state)
{
    const int lengths[] = {5, 40, 40};

    (void)state;
    if (!has_it())
        return;
    for (int size = 16; size <= 256; size += 16)
        check(lengths, 3, size, size % 32 == 0);
}

/* Weights of all but one key are as good as none. */
static void scores_far_apart(void **state)
{
    enum { LENGTH = 20, SIZE = 16, ROW = 3 * HEADS * SIZE };
    const int lengths[] = {LENGTH};
    const struct inf_attention attention = {.heads = HEADS, .size = SIZE};
    const struct inf_packing packing = pack(lengths, 1);

    (void)state;
    if (!has_it())
        return;
    for (int token = 0; token < LENGTH; token++)
        for (int i = 0; i < HEADS * SIZE; i++) {
            qkv[token * ROW + i] = 30;
            qkv[token * ROW + HEADS * SIZE + i] = token == 7 ? 30 : -30;
            qkv[token * ROW + 2 * HEADS * SIZE + i] = (float)token;
        }
    run(&attention, &packing, false, qkv, 1, to);
    for (int i = 0; i < LENGTH * HEADS * SIZE; i++)
        assert_true(fabsf(to[i] - 7) < 1e-5F);
}

static void only_sizes_that_it_can(void **state)
{
    (void)state;
    assert_false(inf_attention_bf16.can(8) || inf_attention_bf16.can(272));
    assert_false(inf_attention_float32.can(8) || inf_attention_float32.can(40));
}

static int in_bf16(void **state)
{
    (void)state;
    kind = &inf_attention_bf16;
    nearest = 0.9999;
    return 0;
}

static int in_float32(void **state)
{
    (void)state;
    kind = &inf_attention_float32;
    nearest = 1 - 1e-10;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_all_lengths),
        cmocka_unit_test(heads_of_all_sizes),
        cmocka_unit_test(scores_far_apart),
        cmocka_unit_test(only_sizes_that_it_can),
    };

    return cmocka_run_group_tests_name("bf16", tests, in_bf16, NULL) +
           cmocka_run_group_tests_name("float32", tests, in_float32, NULL);
}
