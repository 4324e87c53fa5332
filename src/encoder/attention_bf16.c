/* attention_bf16.c - its instruction adds up two products in each of 16 lanes. So keys lie as pairs
 * of numbers of 16 tokens, and values as pairs of tokens of 16 numbers; a few queries at a time are
 * multiplied by all keys, weighed, and the weights by all values. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "attention_heads.h"

#if defined __x86_64__
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define BF16_INLINE BF16 __attribute__((always_inline)) static inline

#define LANES 16
#define STRIPS 4  /* of LANES keys, or numbers of values, at once */
#define QUERIES 6 /* at once: with their sums, 24 of 32 registers */
#define SIZE_MOST 256

static bool can(int size)
{
    __builtin_cpu_init();
    return size % LANES == 0 && size <= SIZE_MOST && __builtin_cpu_supports("avx512bf16") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq");
}

/* ---- one head of one text ---- */

/* Each member's. Lengths are filled up to LANES. */
struct room {
    uint32_t *keys;    /* [size / 2][tokens]: pairs of a token's numbers */
    uint32_t *values;  /* [tokens / 2][size]: a number of a pair of tokens */
    float *scores;     /* [QUERIES][tokens] */
    uint16_t *weights; /* the same, as bf16 */
};

struct head {
    struct inf_attention_head of;
    int padded; /* its length, up to LANES */
    struct room room;
};

BF16_INLINE __m512 load_some(const float *from, int count)
{
    __mmask16 which = (__mmask16)(count >= LANES ? 0xffffU : (1U << count) - 1);

    return _mm512_maskz_loadu_ps(which, from);
}

/* 16 rows of 16 numbers of 32 bits become columns. */
BF16_INLINE void turn(__m512i rows[LANES])
{
    __m512i other[LANES];

#pragma GCC unroll 8
    for (int i = 0; i < LANES; i += 2) {
        other[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
        other[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < LANES; i += 4) {
        rows[i] = _mm512_unpacklo_epi64(other[i], other[i + 2]);
        rows[i + 1] = _mm512_unpackhi_epi64(other[i], other[i + 2]);
        rows[i + 2] = _mm512_unpacklo_epi64(other[i + 1], other[i + 3]);
        rows[i + 3] = _mm512_unpackhi_epi64(other[i + 1], other[i + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        other[i] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0x88);
        other[i + 4] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0xdd);
        other[i + 8] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0x88);
        other[i + 12] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0xdd);
    }
#pragma GCC unroll 8
    for (int i = 0; i < LANES / 2; i++) {
        rows[i] = _mm512_shuffle_i32x4(other[i], other[i + 8], 0x88);
        rows[i + 8] = _mm512_shuffle_i32x4(other[i], other[i + 8], 0xdd);
    }
}

/* 16 keys, 32 of their numbers (or, of the last, 16). */
BF16_INLINE void lay_some_keys(const struct head *head, int token, int number)
{
    uint32_t *to = head->room.keys + (size_t)(number / 2) * (size_t)head->padded + (size_t)token;
    bool is_whole = number + 2 * LANES <= head->of.size;
    __m512i rows[LANES];

#pragma GCC unroll 16
    for (int i = 0; i < LANES; i++) {
        const float *from = head->of.key + (size_t)(token + i) * head->of.row + (size_t)number;
        bool is_there = token + i < head->of.length;
        __m512 low = load_some(from, is_there ? LANES : 0);
        __m512 high = load_some(from + LANES, is_there && is_whole ? LANES : 0);
        rows[i] = (__m512i)_mm512_cvtne2ps_pbh(high, low);
    }
    turn(rows);
    for (int i = 0; i < (is_whole ? LANES : LANES / 2); i++)
        _mm512_storeu_si512(to + (size_t)i * (size_t)head->padded, rows[i]);
}

BF16 static void lay_keys(const struct head *head)
{
    for (int token = 0; token < head->of.length; token += LANES)
        for (int number = 0; number < head->of.size; number += 2 * LANES)
            lay_some_keys(head, token, number);
}

BF16 static void lay_values(const struct head *head)
{
    const __m512i pairs =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    uint32_t *to = head->room.values;

    for (int token = 0; token < head->of.length; token += 2)
        for (int number = 0; number < head->of.size; number += LANES, to += LANES) {
            const float *from = head->of.value + (size_t)token * head->of.row + (size_t)number;
            __m512 one = _mm512_loadu_ps(from);
            __m512 next = load_some(from + head->of.row, token + 1 < head->of.length ? LANES : 0);
            __m512i both = (__m512i)_mm512_cvtne2ps_pbh(next, one);
            _mm512_storeu_si512(to, _mm512_permutexvar_epi16(pairs, both));
        }
}

/* In assembly, since of the intrinsic GCC 12 copies each sum into another register and back. */
BF16_INLINE __m512 dot(__m512 sum, __m512i a, __m512i b)
{
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

/* to[queries][columns at to_row] = a[queries][pairs at a_row] x b[pairs][columns at b_row], for
 * `strips` of columns; queries and strips are constants where this is called. */
BF16_INLINE void product(const uint32_t *a, size_t a_row, const uint32_t *b, size_t b_row,
                         int pairs, int queries, int strips, float *to, size_t to_row)
{
    __m512 sums[QUERIES][STRIPS];

#pragma GCC unroll 8
    for (int i = 0; i < queries; i++)
#pragma GCC unroll 8
        for (int j = 0; j < strips; j++)
            sums[i][j] = _mm512_setzero_ps();
    for (int k = 0; k < pairs; k++, b += b_row) {
        __m512i pair[STRIPS];
#pragma GCC unroll 8
        for (int j = 0; j < strips; j++)
            pair[j] = _mm512_loadu_si512(b + j * LANES);
#pragma GCC unroll 8
        for (int i = 0; i < queries; i++)
#pragma GCC unroll 8
            for (int j = 0; j < strips; j++)
                sums[i][j] = dot(sums[i][j],
                                 _mm512_set1_epi32((int)a[(size_t)i * a_row + (size_t)k]), pair[j]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < queries; i++)
#pragma GCC unroll 8
        for (int j = 0; j < strips; j++)
            _mm512_storeu_ps(to + (size_t)i * to_row + j * LANES, sums[i][j]);
}

/* The same for so many columns; queries are a constant. */
BF16_INLINE void products(const uint32_t *a, size_t a_row, const uint32_t *b, size_t b_row,
                          int pairs, int queries, int columns, float *to, size_t to_row)
{
    int done = 0;

    for (; done + STRIPS * LANES <= columns; done += STRIPS * LANES)
        product(a, a_row, b + done, b_row, pairs, queries, STRIPS, to + done, to_row);
    if (done + 2 * LANES <= columns) {
        product(a, a_row, b + done, b_row, pairs, queries, 2, to + done, to_row);
        done += 2 * LANES;
    }
    if (done < columns)
        product(a, a_row, b + done, b_row, pairs, queries, 1, to + done, to_row);
}

/* QUERIES rows of `a` and `to` can be read and written, whatever there are of them; so one text's
 * last ones are computed with what was there before, which nobody reads. */
BF16 static void multiply(const uint32_t *a, size_t a_row, const uint32_t *b, size_t b_row,
                          int pairs, int queries, int columns, float *to, size_t to_row)
{
    if (queries > QUERIES / 2)
        products(a, a_row, b, b_row, pairs, QUERIES, columns, to, to_row);
    else if (queries > 1)
        products(a, a_row, b, b_row, pairs, QUERIES / 2, columns, to, to_row);
    else
        products(a, a_row, b, b_row, pairs, 1, columns, to, to_row);
}

#define LEAST (-87.0F) /* the logarithm of what is as good as 0, and no denormal number */

/* e^x for x <= 0: 2^n times a polynomial of what is left, within 2e-7 of it. */
BF16_INLINE __m512 exp_of(__m512 x)
{
    const __m512 by = _mm512_set1_ps(1.44269504F), high = _mm512_set1_ps(-0.693359375F);
    const __m512 low = _mm512_set1_ps(2.12194440e-4F);
    const float terms[] = {1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1, 1};
    __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, by), 8);
    __m512 rest = _mm512_fmadd_ps(n, low, _mm512_fmadd_ps(n, high, x));
    __m512 value = _mm512_set1_ps(1.0F / 720);

#pragma GCC unroll 8
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        value = _mm512_fmadd_ps(value, rest, _mm512_set1_ps(terms[i]));
    return _mm512_scalef_ps(value, n);
}

/* The weights of one query's scores; returns what their sum, as rounded, is to be divided by. */
BF16_INLINE float weigh(const struct head *head, const float *bias, float *scores,
                        uint16_t *weights)
{
    __m512 most = _mm512_set1_ps(-INFINITY), sum = _mm512_setzero_ps();

    for (int i = 0; i < head->padded; i += LANES) {
        int left = head->of.length - i;
        __mmask16 which = (__mmask16)(left >= LANES ? 0xffffU : (1U << left) - 1);
        __m512 score = _mm512_mask_loadu_ps(_mm512_set1_ps(-INFINITY), which, scores + i);
        if (bias != NULL)
            score = _mm512_add_ps(score, _mm512_maskz_loadu_ps(which, bias + i));
        most = _mm512_max_ps(most, score);
        _mm512_storeu_ps(scores + i, score);
    }
    most = _mm512_set1_ps(_mm512_reduce_max_ps(most));
    for (int i = 0; i < head->padded; i += LANES) {
        __m512 below = _mm512_sub_ps(_mm512_loadu_ps(scores + i), most);
        __m512 weight = exp_of(_mm512_max_ps(_mm512_set1_ps(LEAST), below));
        __m256i rounded = (__m256i)_mm512_cvtneps_pbh(weight);
        _mm256_storeu_si256((__m256i *)(void *)(weights + i), rounded);
        sum = _mm512_add_ps(
            sum, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(rounded), 16)));
    }
    return _mm512_reduce_add_ps(sum);
}

/* So many queries (at most QUERIES) from `first` on; their answers go to `to`, which has `width`
 * numbers a token. */
BF16 static void attend_some(const struct head *head, int first, int queries, size_t width,
                             float *to)
{
    uint16_t query[QUERIES * SIZE_MOST] = {0};
    float sums[QUERIES], answers[QUERIES * SIZE_MOST];
    size_t size = (size_t)head->of.size, padded = (size_t)head->padded;
    const __m512 scale = _mm512_set1_ps(1.0F / sqrtf((float)head->of.size));

    for (size_t i = 0; i < (size_t)queries; i++)
        for (size_t j = 0; j < size; j += LANES) {
            const float *from = head->of.query + ((size_t)first + i) * head->of.row + j;
            __m256i rounded =
                (__m256i)_mm512_cvtneps_pbh(_mm512_mul_ps(_mm512_loadu_ps(from), scale));
            _mm256_storeu_si256((__m256i *)(void *)(query + i * size + j), rounded);
        }
    multiply((const uint32_t *)(void *)query, size / 2, head->room.keys, padded, head->of.size / 2,
             queries, head->padded, head->room.scores, padded);
    for (size_t i = 0; i < (size_t)queries; i++)
        sums[i] = weigh(head,
                        head->of.bias == NULL
                            ? NULL
                            : head->of.bias + ((size_t)first + i) * (size_t)head->of.length,
                        head->room.scores + i * padded, head->room.weights + i * padded);
    multiply((const uint32_t *)(void *)head->room.weights, padded / 2, head->room.values, size,
             (head->of.length + 1) / 2, queries, head->of.size, answers, size);
    for (size_t i = 0; i < (size_t)queries; i++)
        for (size_t j = 0; j < size; j += LANES)
            _mm512_storeu_ps(
                to + i * width + j,
                _mm512_div_ps(_mm512_loadu_ps(answers + i * size + j), _mm512_set1_ps(sums[i])));
}

/* ---- all of its queries ---- */

static int up_to_lanes(int count)
{
    return (count + LANES - 1) / LANES * LANES;
}

static size_t room(int size, int longest)
{
    size_t tokens = (size_t)up_to_lanes(longest), half = (size_t)size / 2;

    return tokens * (2 * half * sizeof(uint32_t) + QUERIES * (sizeof(float) + sizeof(uint16_t)));
}

static struct room room_at(void *at, const struct inf_attention_head *head)
{
    size_t tokens = (size_t)up_to_lanes(head->length), half = (size_t)head->size / 2;
    struct room ret = {.keys = at};

    ret.values = ret.keys + half * tokens;
    ret.scores = (float *)(void *)(ret.values + half * tokens);
    ret.weights = (uint16_t *)(void *)(ret.scores + QUERIES * tokens);
    return ret;
}

static void attend(const struct inf_attention_head *of, void *at)
{
    const struct head head = {*of, up_to_lanes(of->length), room_at(at, of)};

    lay_keys(&head);
    lay_values(&head);
    for (int first = 0, count = 0; first < of->queries; first += count) {
        count = of->queries - first < QUERIES ? of->queries - first : QUERIES;
        attend_some(&head, first, count, of->to_row, of->to + (size_t)first * of->to_row);
    }
}

const struct inf_attention_kind inf_attention_bf16 = {can, room, attend};

#else

static bool can(int size)
{
    (void)size;
    return false;
}

/* Nobody asks where it cannot be. */
const struct inf_attention_kind inf_attention_bf16 = {can, NULL, NULL};

#endif
