/* The kernels for processors with AVX-512. */
/* SPDX-License-Identifier: Apache-2.0 */
#if defined __x86_64__
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma")
#define VECTOR_BYTES 64
#else
#define VECTOR_BYTES 16
#endif
#define KERNELS inf_kernels_avx512
#define KERNELS_NAME "avx512"
#include "kernels_body.h"
