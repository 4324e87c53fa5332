/* matrix_kinds.h - what packs a weight and multiplies by it, libraries and our own code, for
 * packed_matrix.c and its test.
 *
 * Thread: any; what was packed does not change. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_MATRIX_KINDS_H
#define INFERD_ENCODER_MATRIX_KINDS_H

#include "packed_matrix.h"

struct inf_matrix_kind {
    /* Is it there, in this libtorch on this processor? */
    bool (*is_available)(void);
    /* weight: [out, in], borrowed for the call. NULL: no memory. */
    void *(*pack)(const float *weight, int out, int in);
    /* As inf_matrix_multiply. */
    int (*multiply)(const void *packed, const float *from, int rows, bool add, float *to);
    void (*drop)(void *packed);
    /* to[in, out]: the weights, transposed. NULL: there is no way but to multiply by the unit
     * matrix. */
    void (*read)(const void *packed, float *to);
};

/* MKL's (oneMKL reference, cblas_?gemm_pack and cblas_?gemm_compute), oneDNN's by way of libtorch,
 * and our own. */
extern const struct inf_matrix_kind inf_matrix_mkl, inf_matrix_onednn, inf_matrix_panels;

/* As inf_matrix_new, by that kind. */
struct inf_matrix *inf_matrix_new_of(const struct inf_matrix_kind *kind,
                                     const float *const *weights, const int *outs, size_t count,
                                     int in);

#endif
