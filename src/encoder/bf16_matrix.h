/* bf16_matrix.h - the weights of a linear layer as bf16 (the upper half of a float32), laid by
 * oneDNN, which has instructions for them on some processors. Sums are made in float32; a product
 * is bf16 again.
 *
 * Thread: any; a matrix does not change. Multiplying uses the thread's own team. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_BF16_MATRIX_H
#define INFERD_ENCODER_BF16_MATRIX_H

#include "kernels.h"

struct inf_bf16_matrix;

/* weights: [in, out]. NULL: no memory, a weight that is no finite number, or libtorch multiplies by
 * none on this processor. */
struct inf_bf16_matrix *inf_bf16_matrix_new(const float *weights, int in, int out);
/* NULL is fine. */
void inf_bf16_matrix_free(struct inf_bf16_matrix *matrix);

/* to[rows, out] = from[rows, in] x weights; with `add`, on top of what `to` holds. room: [rows,
 * in]. 0, or -1: no memory. */
int inf_bf16_matrix_multiply(const struct inf_bf16_matrix *matrix,
                             const struct inf_kernels *kernels, const float *from, int rows,
                             bool add, uint16_t *room, float *to);

#endif
