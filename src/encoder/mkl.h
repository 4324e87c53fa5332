/* mkl.h - the few functions of MKL's C interface that are used; libtorch_cpu exports them.
 *
 * Weak, since a libtorch without MKL has none of them. Signatures: Intel oneMKL reference for C,
 * BLAS-like extensions; MKL_INT is int in the interface that libtorch is linked with (LP64), which
 * tests/unit/encoder/test_packed_matrix.c finds out by using it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_MKL_H
#define INFERD_ENCODER_MKL_H

#include <stddef.h>

enum {
    CBLAS_ROW_MAJOR = 101,
    CBLAS_NO_TRANS = 111,
    CBLAS_TRANS = 112,
    CBLAS_PACKED = 151,
    CBLAS_B_MATRIX = 162
};

__attribute__((weak)) size_t cblas_sgemm_pack_get_size(int identifier, int m, int n, int k);
__attribute__((weak)) void cblas_sgemm_pack(int layout, int identifier, int trans, int m, int n,
                                            int k, float alpha, const float *from, int ld,
                                            float *to);
__attribute__((weak)) void cblas_sgemm_compute(int layout, int trans_a, int trans_b, int m, int n,
                                               int k, const float *a, int lda, const float *b,
                                               int ldb, float beta, float *c, int ldc);

#endif
