/* int8_matrix.h - the weights of a linear layer as int8: a scale for each output column, and for
 * each row that is multiplied by them one of its own.
 *
 * Where some inputs are much larger than the others they would take the others' bits away. So each
 * input is divided by a number that its weights are multiplied by (SmoothQuant, arXiv:2211.10438,
 * with its alpha at 0.5). The integer product is libtorch's.
 *
 * Thread: any; a matrix does not change. Multiplying uses the thread's own team. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_INT8_MATRIX_H
#define INFERD_ENCODER_INT8_MATRIX_H

#include "kernels.h"

struct inf_int8_matrix;

/* Does libtorch's product give the exact numbers here? Some processors' instructions for it
 * saturate in between. */
bool inf_int8_matrix_is_exact(void);

/* weights: [in, out]; seen[in]: how large each input gets. What was there of weights is changed.
 * NULL: no memory, or a weight that is no finite number. */
struct inf_int8_matrix *inf_int8_matrix_new(float *weights, const float *seen, int in, int out);
/* NULL is fine. */
void inf_int8_matrix_free(struct inf_int8_matrix *matrix);

/* What a product needs besides, the caller's. */
struct inf_int8_room {
    int8_t *rows;      /* [rows, in] */
    float *scales;     /* [rows] */
    int32_t *products; /* [rows, out]; read only with `add` */
};

/* to[rows, out] = from[rows, in] x weights; with `add`, on top of what `to` holds. 0, or -1: no
 * memory. */
int inf_int8_matrix_multiply(const struct inf_int8_matrix *matrix,
                             const struct inf_kernels *kernels, const float *from, int rows,
                             bool add, const struct inf_int8_room *room, float *to);

#endif
