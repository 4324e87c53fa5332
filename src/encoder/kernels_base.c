/* The kernels for any processor. */
/* SPDX-License-Identifier: Apache-2.0 */
#define VECTOR_BYTES 16
#define KERNELS inf_kernels_base
#define KERNELS_NAME "base"
#include "kernels_body.h"
