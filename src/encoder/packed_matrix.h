/* packed_matrix.h - the weights of a linear layer, packed once and multiplied by often.
 *
 * MKL and oneDNN, which libtorch brings, lay a matrix in blocks before they multiply, on each call.
 * For a short text that takes longer than multiplying. Here it is done once, by what suits the
 * processor (matrix_kinds.h).
 *
 * Thread: any; a packed matrix does not change. Multiplying uses the thread's own team. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_PACKED_MATRIX_H
#define INFERD_ENCODER_PACKED_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

struct inf_matrix;

/* Several weights, [outs[i], in] row-major each, borrowed for the call, one under the other; so the
 * product has the sum of the outs as columns. NULL: no memory. */
struct inf_matrix *inf_matrix_new(const float *const *weights, const int *outs, size_t count,
                                  int in);
/* NULL is fine. */
void inf_matrix_free(struct inf_matrix *matrix);

/* to[in, out]: the weights, transposed, as they were but for the sign of a zero. to has room; 0, or
 * -1: no memory. */
int inf_matrix_read(const struct inf_matrix *matrix, float *to);

/* to[rows, out] = from[rows, in] x weight transposed; with `add`, on top of what `to` holds. 0, or
 * -1: no memory. */
int inf_matrix_multiply(const struct inf_matrix *matrix, const float *from, int rows, bool add,
                        float *to);

#endif
