/* The kernels for processors with AVX2 and FMA. */
/* SPDX-License-Identifier: Apache-2.0 */
#if defined __x86_64__
#pragma GCC target("avx2,fma")
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define KERNELS inf_kernels_avx2
#define KERNELS_NAME "avx2"
#include "kernels_body.h"
