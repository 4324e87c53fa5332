/* The kernels' source, for vectors of VECTOR_BYTES (kernels_*.c). Only C's arithmetic on GCC's
 * vector types; which instructions become of it the compiler knows. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Vectors that memory is read and written by. */
typedef float vec __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

typedef int32_t wide __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t bits __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t halves __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef int8_t narrow __attribute__((vector_size(VECTOR_BYTES / 4)));

#define LANES ((int)(VECTOR_BYTES / sizeof(float)))

static inline vec fill(float value)
{
    return value - (vec){0};
}

static inline vec load(const float *from)
{
    return *(const vec *)from;
}

static inline void store(float *to, vec value)
{
    *(vec *)to = value;
}

/* The last, of fewer lanes; the others are 0. */
static inline vec load_some(const float *from, int count)
{
    vec value = {0};

    memcpy(&value, from, (size_t)count * sizeof *from);
    return value;
}

static inline void store_some(float *to, vec value, int count)
{
    memcpy(to, &value, (size_t)count * sizeof *to);
}

static inline vec choose(mask which, vec yes, vec no)
{
    return (vec)(((mask)yes & which) | ((mask)no & ~which));
}

static inline vec larger(vec a, vec b)
{
    return choose(a > b, a, b);
}

static inline vec smaller(vec a, vec b)
{
    return choose(a < b, a, b);
}

static inline float sum(vec value)
{
    float lanes[LANES], total = 0;

    store(lanes, value);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lanes[i] += lanes[i + width];
    total = lanes[0];
    return total;
}

/* ---- one value ---- */

/* erf(x) = x * p(x^2), a least-squares fit over Chebyshev points on [0, 3.9], beyond which it is 1
 * in single precision; the variable runs from -1 to 1. Largest error 1.7e-7. */
#define ERF_END 3.9F

static const float erf_terms[] = {
    0.3625839650630951F,    -0.18101109564304352F,   0.1346907615661621F,   -0.10953167825937271F,
    0.09067592769861221F,   -0.0738121047616005F,    0.05786509811878204F,  -0.04273125156760216F,
    0.029266733676195145F,  -0.019683614373207092F,  0.013364682905375957F, -0.00691591389477253F,
    0.0020797750912606716F, -0.0016145119443535805F, 0.001867679413408041F, -0.0006842098664492369F,
};

#define ERF_TERMS ((int)(sizeof erf_terms / sizeof erf_terms[0]))

static inline vec erf_of(vec x)
{
    vec at = larger(smaller(x, fill(ERF_END)), fill(-ERF_END));
    vec u = at * at * fill(2.0F / (ERF_END * ERF_END)) - fill(1.0F);
    vec value = fill(erf_terms[ERF_TERMS - 1]);

#pragma GCC unroll 16
    for (int i = ERF_TERMS - 2; i >= 0; i--)
        value = value * u + fill(erf_terms[i]);
    value = choose(x >= fill(ERF_END), fill(1.0F), at * value);
    return choose(x <= fill(-ERF_END), fill(-1.0F), value);
}

static inline vec gelu_of(vec x)
{
    return fill(0.5F) * x * (fill(1.0F) + erf_of(x * fill(0.70710678118654752F)));
}

static inline vec relu_of(vec x)
{
    return larger(x, fill(0));
}

/* ---- rows ---- */

#define ACTIVATION(name, of)                                                                      \
    static void name(float *x, const float *bias, int rows, int cols)                             \
    {                                                                                             \
        for (int row = 0; row < rows; row++, x += cols) {                                         \
            int i = 0;                                                                            \
            for (; i + LANES <= cols; i += LANES)                                                 \
                store(x + i, of(load(x + i) + load(bias + i)));                                   \
            if (i < cols)                                                                         \
                store_some(x + i, of(load_some(x + i, cols - i) + load_some(bias + i, cols - i)), \
                           cols - i);                                                             \
        }                                                                                         \
    }

static inline vec same(vec x)
{
    return x;
}

ACTIVATION(gelu, gelu_of)
ACTIVATION(relu, relu_of)
ACTIVATION(add_bias, same)

/* Of the few rows of a head. */
static void tanh_rows(float *x, const float *bias, int rows, int cols)
{
    for (int row = 0; row < rows; row++, x += cols)
        for (int i = 0; i < cols; i++)
            x[i] = tanhf(x[i] + bias[i]);
}

static void add_rows(const float *const *rows, size_t count, int cols, float *to)
{
    memset(to, 0, (size_t)cols * sizeof *to);
    for (size_t row = 0; row < count; row++) {
        int i = 0;
        if (rows[row] == NULL)
            continue;
        for (; i + LANES <= cols; i += LANES)
            store(to + i, load(to + i) + load(rows[row] + i));
        for (; i < cols; i++)
            to[i] += rows[row][i];
    }
}

/* Adds the bias, and returns the sum. */
static float shift_row(float *x, const float *bias, int cols)
{
    vec total = {0};
    int i = 0;

    for (; i + LANES <= cols; i += LANES) {
        vec value = load(x + i);
        if (bias != NULL)
            value += load(bias + i);
        store(x + i, value);
        total += value;
    }
    if (i < cols) {
        vec value = load_some(x + i, cols - i);
        if (bias != NULL)
            value += load_some(bias + i, cols - i);
        store_some(x + i, value, cols - i);
        total += value;
    }
    return sum(total);
}

/* The sum of the squares of the distances to `from`. */
static float squares(const float *x, float from, int cols)
{
    vec total = {0};
    float rest = 0;
    int i = 0;

    for (; i + LANES <= cols; i += LANES) {
        vec distance = load(x + i) - fill(from);
        total += distance * distance;
    }
    for (; i < cols; i++)
        rest += (x[i] - from) * (x[i] - from);
    return sum(total) + rest;
}

static void normalize(float *x, const float *bias, const struct inf_norm *norm, int rows, int cols)
{
    for (int row = 0; row < rows; row++, x += cols) {
        float mean = shift_row(x, bias, cols) / (float)cols;
        float scale = 1.0F / sqrtf(squares(x, mean, cols) / (float)cols + norm->epsilon);
        int i = 0;
        for (; i + LANES <= cols; i += LANES)
            store(x + i, (load(x + i) - fill(mean)) * fill(scale) * load(norm->scale + i) +
                             load(norm->shift + i));
        for (; i < cols; i++)
            x[i] = (x[i] - mean) * scale * norm->scale[i] + norm->shift[i];
    }
}

static void mean(const float *x, int rows, int cols, float *to)
{
    memset(to, 0, (size_t)cols * sizeof *to);
    for (int row = 0; row < rows; row++, x += cols) {
        int i = 0;
        for (; i + LANES <= cols; i += LANES)
            store(to + i, load(to + i) + load(x + i));
        for (; i < cols; i++)
            to[i] += x[i];
    }
    for (int i = 0; i < cols; i++)
        to[i] /= (float)rows;
}

static void max(const float *x, int rows, int cols, float *to)
{
    memcpy(to, x, (size_t)cols * sizeof *to);
    for (int row = 1; row < rows; row++) {
        x += cols;
        for (int i = 0; i < cols; i++)
            to[i] = x[i] > to[i] ? x[i] : to[i];
    }
}

static void unit(float *x, int cols, float least)
{
    float length = sqrtf(squares(x, 0, cols));

    length = length > least ? length : least;
    for (int i = 0; i < cols; i++)
        x[i] /= length;
}

#include "kernels_product.h"

/* ---- int8 ---- */

static inline vec size_of(vec x)
{
    return larger(x, -x);
}

static void largest(const float *x, int rows, int cols, float *seen)
{
    for (int row = 0; row < rows; row++, x += cols)
        for (int i = 0; i < cols; i++)
            seen[i] = fabsf(x[i]) > seen[i] ? fabsf(x[i]) : seen[i];
}

static float largest_of_row(const float *x, const float *smooth, int cols)
{
    vec most = {0};
    float lanes[LANES], all = 0;
    int i = 0;

    for (; i + LANES <= cols; i += LANES)
        most = larger(most, size_of(load(x + i) * load(smooth + i)));
    if (i < cols)
        most = larger(most, size_of(load_some(x + i, cols - i) * load_some(smooth + i, cols - i)));
    store(lanes, most);
    for (i = 0; i < LANES; i++)
        all = lanes[i] > all ? lanes[i] : all;
    return all;
}

/* To the nearest; halves away from 0. */
static inline narrow round_to_narrow(vec x)
{
    vec half = choose(x < fill(0), fill(-0.5F), fill(0.5F));

    return __builtin_convertvector(__builtin_convertvector(x + half, wide), narrow);
}

static void quantize_row(const float *x, const float *smooth, float by, int cols, int8_t *to)
{
    int i = 0;

    for (; i + LANES <= cols; i += LANES) {
        narrow value = round_to_narrow(load(x + i) * load(smooth + i) * fill(by));
        memcpy(to + i, &value, sizeof value);
    }
    if (i < cols) {
        narrow value = round_to_narrow(load_some(x + i, cols - i) *
                                       load_some(smooth + i, cols - i) * fill(by));
        memcpy(to + i, &value, (size_t)(cols - i));
    }
}

static void quantize(const float *x, const float *smooth, int rows, int cols, int8_t *to,
                     float *scales)
{
    for (int row = 0; row < rows; row++, x += cols, to += cols) {
        float most = largest_of_row(x, smooth, cols);
        bool is_some = most > 0 && most < INFINITY;
        scales[row] = is_some ? most / 127.0F : 0;
        quantize_row(x, smooth, is_some ? 127.0F / most : 0, cols, to);
    }
}

static void restore(const int32_t *products, const float *row_scales, const float *col_scales,
                    int rows, int cols, bool add, float *to)
{
    for (int row = 0; row < rows; row++, products += cols, to += cols) {
        float scale = row_scales[row];
        int i = 0;
        for (; i + LANES <= cols; i += LANES) {
            wide value;
            memcpy(&value, products + i, sizeof value);
            vec real = __builtin_convertvector(value, vec) * fill(scale) * load(col_scales + i);
            if (add)
                real += load(to + i);
            store(to + i, real);
        }
        for (; i < cols; i++) {
            int32_t value;
            memcpy(&value, products + i, sizeof value);
            float real = (float)value * scale * col_scales[i];
            to[i] = add ? to[i] + real : real;
        }
    }
}

/* ---- bf16 ---- */

/* Adding half of the last bit that stays carries into it where more than half is cut off. */
static inline halves halve(vec x)
{
    bits whole = (bits)x;
    bits rounded = (whole + 0x7FFFU + ((whole >> 16) & 1U)) >> 16;

    rounded = (bits)choose(x == x, (vec)rounded, (vec)(0x7FC0U + (bits){0}));
    return __builtin_convertvector(rounded, halves);
}

static void to_bf16(const float *x, size_t count, uint16_t *to)
{
    size_t i = 0;

    for (; i + LANES <= count; i += LANES) {
        halves value = halve(load(x + i));
        memcpy(to + i, &value, sizeof value);
    }
    if (i < count) {
        halves value = halve(load_some(x + i, (int)(count - i)));
        memcpy(to + i, &value, (count - i) * sizeof *to);
    }
}

static inline vec whole_of(halves x)
{
    return (vec)(__builtin_convertvector(x, bits) << 16);
}

static void from_bf16(const uint16_t *x, size_t count, bool add, float *to)
{
    size_t i = 0;

    for (; i + LANES <= count; i += LANES) {
        halves value;
        memcpy(&value, x + i, sizeof value);
        store(to + i, whole_of(value) + (add ? load(to + i) : fill(0)));
    }
    if (i < count) {
        int left = (int)(count - i);
        halves value = {0};
        memcpy(&value, x + i, (count - i) * sizeof *x);
        store_some(to + i, whole_of(value) + (add ? load_some(to + i, left) : fill(0)), left);
    }
}

const struct inf_kernels KERNELS = {
    .name = KERNELS_NAME,
    .is_wide = VECTOR_BYTES > 16,
    .product_cols = STRIPS * LANES,
    .product = multiply,
    .softmax = softmax,
    .add = add,
    .add_rows = add_rows,
    .normalize = normalize,
    .activate = {[INF_ACTIVATION_NONE] = add_bias,
                 [INF_ACTIVATION_GELU] = gelu,
                 [INF_ACTIVATION_RELU] = relu,
                 [INF_ACTIVATION_TANH] = tanh_rows},
    .mean = mean,
    .max = max,
    .unit = unit,
    .largest = largest,
    .quantize = quantize,
    .restore = restore,
    .to_bf16 = to_bf16,
    .from_bf16 = from_bf16,
};
