/* int8_vnni.c - its instruction adds up four products of an unsigned and a signed number in each of
 * 16 lanes. So four inputs of 16 columns lie together, and rows are shifted by 128, which the sums
 * begin without.
 *
 * A block of a few rows by 64 columns stays in registers, and is scaled to float32 from there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "int8_vnni.h"

#include <stdlib.h>

#if defined __x86_64__
#include "team.h"
#include <immintrin.h>
#include <string.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define VNNI_INLINE VNNI __attribute__((always_inline)) static inline

#define LANES 16
#define STRIPS 4 /* of LANES columns, in a panel */
#define PANEL (STRIPS * LANES)
#define FOUR 4 /* inputs that lie together */
#define ROWS 6 /* of a block: with its sums, 24 of 32 registers */
#define ALIGNMENT 64

struct inf_vnni {
    int in, out;
    int8_t *weights;  /* panels: [in / 4][columns of it][4] */
    int32_t *offsets; /* [out]: what 128 more in each input adds, negative */
};

bool inf_vnni_can(int in, int out)
{
    __builtin_cpu_init();
    return in % FOUR == 0 && out % LANES == 0 && __builtin_cpu_supports("avx512vnni") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq");
}

static int columns_of(const struct inf_vnni *laid, int first)
{
    return laid->out - first < PANEL ? laid->out - first : PANEL;
}

static void lay(struct inf_vnni *laid, const int8_t *weights)
{
    for (int first = 0; first < laid->out; first += PANEL) {
        int8_t *panel = laid->weights + (size_t)first * (size_t)laid->in;
        int columns = columns_of(laid, first);
        for (int i = 0; i < laid->in; i++)
            for (int j = 0; j < columns; j++)
                panel[((size_t)(i / FOUR) * (size_t)columns + (size_t)j) * FOUR + i % FOUR] =
                    weights[(size_t)i * (size_t)laid->out + (size_t)(first + j)];
    }
    for (int i = 0; i < laid->in; i++)
        for (int j = 0; j < laid->out; j++)
            laid->offsets[j] -= 128 * weights[(size_t)i * (size_t)laid->out + (size_t)j];
}

struct inf_vnni *inf_vnni_new(const int8_t *weights, int in, int out)
{
    struct inf_vnni *laid = malloc(sizeof *laid);
    size_t bytes = (size_t)in * (size_t)out;

    if (laid == NULL)
        return NULL;
    *laid = (struct inf_vnni){.in = in, .out = out};
    laid->weights = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    laid->offsets = calloc((size_t)out, sizeof *laid->offsets);
    if (laid->weights == NULL || laid->offsets == NULL) {
        inf_vnni_free(laid);
        return NULL;
    }
    lay(laid, weights);
    return laid;
}

void inf_vnni_free(struct inf_vnni *laid)
{
    if (laid == NULL)
        return;
    free(laid->weights);
    free(laid->offsets);
    free(laid);
}

/* ---- a product ---- */

struct product {
    const struct inf_vnni *laid;
    const int8_t *from;
    const float *row_scales, *col_scales;
    int rows;
    bool add;
    float *to;
};

VNNI_INLINE void put(const struct product *product, __m512i sum, int row, int column)
{
    float *to = product->to + (size_t)row * (size_t)product->laid->out + (size_t)column;
    __m512 scale = _mm512_mul_ps(_mm512_set1_ps(product->row_scales[row]),
                                 _mm512_loadu_ps(product->col_scales + column));
    __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);

    if (product->add)
        value = _mm512_add_ps(value, _mm512_loadu_ps(to));
    _mm512_storeu_ps(to, value);
}

/* In assembly, since of the intrinsic GCC 12 copies each sum into another register and back. */
VNNI_INLINE __m512i dot(__m512i sum, __m512i inputs, __m512i weights)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(inputs), "v"(weights));
    return sum;
}

/* `rows` and `strips` are constants where this is called; `columns` are the panel's. */
VNNI_INLINE void block(const struct product *product, int row, int rows, int column, int strips,
                       const int8_t *weights, int columns)
{
    int in = product->laid->in;
    const int8_t *from = product->from + (size_t)row * (size_t)in;
    __m512i sums[ROWS][STRIPS];

#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 8
        for (int j = 0; j < strips; j++)
            sums[i][j] = _mm512_loadu_si512(product->laid->offsets + column + j * LANES);
    for (int k = 0; k < in; k += FOUR, weights += (size_t)columns * FOUR) {
        __m512i four[STRIPS];
#pragma GCC unroll 8
        for (int j = 0; j < strips; j++)
            four[j] = _mm512_loadu_si512(weights + j * LANES * FOUR);
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            int32_t inputs;
            memcpy(&inputs, from + (size_t)i * (size_t)in + (size_t)k, sizeof inputs);
#pragma GCC unroll 8
            for (int j = 0; j < strips; j++)
                sums[i][j] = dot(sums[i][j], _mm512_set1_epi32(inputs), four[j]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 8
        for (int j = 0; j < strips; j++)
            put(product, sums[i][j], row + i, column + j * LANES);
}

VNNI_INLINE void any_rows(const struct product *product, int row, int rows, int column, int strips,
                          const int8_t *weights, int columns)
{
    switch (rows) {
    case 1:
        block(product, row, 1, column, strips, weights, columns);
        break;
    case 2:
        block(product, row, 2, column, strips, weights, columns);
        break;
    case 3:
        block(product, row, 3, column, strips, weights, columns);
        break;
    case 4:
        block(product, row, 4, column, strips, weights, columns);
        break;
    case 5:
        block(product, row, 5, column, strips, weights, columns);
        break;
    default:
        block(product, row, ROWS, column, strips, weights, columns);
    }
}

VNNI static void multiply_panel(const struct product *product, int first)
{
    const struct inf_vnni *laid = product->laid;
    const int8_t *panel = laid->weights + (size_t)first * (size_t)laid->in;
    int columns = columns_of(laid, first), blocks = (product->rows + ROWS - 1) / ROWS;

    for (int i = 0, row = 0; i < blocks; i++) {
        int rows = (product->rows - row) / (blocks - i);
        if (columns == PANEL)
            any_rows(product, row, rows, first, STRIPS, panel, PANEL);
        else
            for (int j = 0; j < columns; j += LANES)
                any_rows(product, row, rows, first + j, 1, panel + j * FOUR, columns);
        row += rows;
    }
}

static void multiply_panels(void *arg, size_t first, size_t last, size_t member)
{
    (void)member;
    for (size_t i = first; i < last; i++)
        multiply_panel(arg, (int)i * PANEL);
}

/* By 128, so that they are unsigned. */
VNNI static void shift(int8_t *from, size_t count)
{
    size_t i = 0;

    for (; i + ALIGNMENT <= count; i += ALIGNMENT)
        _mm512_storeu_si512(
            from + i, _mm512_xor_si512(_mm512_loadu_si512(from + i), _mm512_set1_epi8(INT8_MIN)));
    for (; i < count; i++)
        from[i] ^= INT8_MIN;
}

void inf_vnni_multiply(const struct inf_vnni *laid, int8_t *from, int rows, const float *row_scales,
                       const float *col_scales, bool add, float *to)
{
    struct product product = {laid, from, row_scales, col_scales, rows, add, to};
    size_t count = (size_t)rows * (size_t)laid->in,
           panels = (size_t)(laid->out + PANEL - 1) / PANEL;
    size_t members = count * (size_t)laid->out >= INF_TEAM_WORTH_IT ? inf_team_size() : 1;

    shift(from, count);
    inf_team_run(members, panels, multiply_panels, &product);
}

#else

bool inf_vnni_can(int in, int out)
{
    (void)in;
    (void)out;
    return false;
}

struct inf_vnni *inf_vnni_new(const int8_t *weights, int in, int out)
{
    (void)weights;
    (void)in;
    (void)out;
    return NULL;
}

void inf_vnni_free(struct inf_vnni *laid)
{
    (void)laid;
}

void inf_vnni_multiply(const struct inf_vnni *laid, int8_t *from, int rows, const float *row_scales,
                       const float *col_scales, bool add, float *to)
{
    (void)laid;
    (void)from;
    (void)rows;
    (void)row_scales;
    (void)col_scales;
    (void)add;
    (void)to;
}

#endif
