/* kernels.h - what the encoder does between its matrix products, a row at a time.
 *
 * Each is there for several instruction sets (kernels_base.c, kernels_avx2.c, kernels_avx512.c are
 * one source compiled three times); which one runs is chosen by what the processor has. Results
 * differ between them by rounding.
 *
 * Thread: any; pure. Rows are [rows, cols] float32, one after the other. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_KERNELS_H
#define INFERD_ENCODER_KERNELS_H

#include "inferd/packed.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Scale, shift and epsilon of a layer normalization (arXiv:1607.06450); [cols] each. */
struct inf_norm {
    const float *scale, *shift;
    float epsilon;
};

/* Numbers that some kernels may read behind a row's end: up to a multiple of this. */
#define INF_KERNEL_PAD 16

/* to[rows, cols] = a[rows, depth] x b[depth, cols], or that on top of what `to` holds. Rows begin
 * a_row, b_row and to_row numbers after each other; those of b can be read up to INF_KERNEL_PAD. */
struct inf_product {
    const float *a, *b;
    float *to;
    size_t a_row, b_row, to_row;
    int rows, depth, cols;
    bool add;
};

struct inf_kernels {
    const char *name; /* "avx512" */
    bool is_wide;     /* vectors, for which products were measured to be faster than libraries' */
    int product_cols; /* that product has at once in registers; more take turns */
    void (*product)(const struct inf_product *product);
    /* x[count] = the softmax of scale * x. Behind them, up to a multiple of INF_KERNEL_PAD, x is
     * written, too. scale is not negative. */
    void (*softmax)(float *x, int count, float scale);
    /* to += by * x */
    void (*add)(const float *x, float by, int count, float *to);
    /* to = the sum of `count` rows, of which each may be NULL. */
    void (*add_rows)(const float *const *rows, size_t count, int cols, float *to);
    /* Each row of x: + bias (NULL: none), then normalized. */
    void (*normalize)(float *x, const float *bias, const struct inf_norm *norm, int rows, int cols);
    /* Each row of x: + bias, and then as its activation says. GELU is x * P(X <= x) of the normal
     * distribution (arXiv:1606.08415, the exact form), within 6e-7. */
    void (*activate[INF_ACTIVATION_COUNT])(float *x, const float *bias, int rows, int cols);
    /* to[cols] = the mean, or the largest, of each column. */
    void (*mean)(const float *x, int rows, int cols, float *to);
    void (*max)(const float *x, int rows, int cols, float *to);
    /* x / max(its length, least). */
    void (*unit)(float *x, int cols, float least);
    /* Each of seen[cols]: the largest of it and the column's values, whatever their signs. */
    void (*largest)(const float *x, int rows, int cols, float *seen);
    /* Each row of x times `smooth`, to int8 so that its largest value is 127; scales[row] is what
     * one of it stands for. */
    void (*quantize)(const float *x, const float *smooth, int rows, int cols, int8_t *to,
                     float *scales);
    /* Integer products as numbers again: to = products * row_scales[row] * col_scales[col], or with
     * `add` on top of what `to` holds. products may lie where `to` is. */
    void (*restore)(const int32_t *products, const float *row_scales, const float *col_scales,
                    int rows, int cols, bool add, float *to);
    /* To the nearest number that bf16 has, of two the even one; a NaN stays one. */
    void (*to_bf16)(const float *x, size_t count, uint16_t *to);
    /* The same number, exactly; with `add` on top of what `to` holds. */
    void (*from_bf16)(const uint16_t *x, size_t count, bool add, float *to);
};

extern const struct inf_kernels inf_kernels_base, inf_kernels_avx2, inf_kernels_avx512;

/* The best that this processor runs. */
const struct inf_kernels *inf_kernels(void);
/* All that it runs, the best first, for tests; returns how many. */
size_t inf_kernels_all(const struct inf_kernels **ret, size_t capacity);

#endif
