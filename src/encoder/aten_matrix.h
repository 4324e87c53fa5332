/* aten_matrix.h - rows of ours as a tensor of libtorch's. Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_ATEN_MATRIX_H
#define INFERD_ENCODER_ATEN_MATRIX_H

#include "aten.h"

/* [rows, cols], row-major; data is borrowed for the tensor's life. To be deleted with
 * aoti_torch_delete_tensor_object. NULL: no memory. */
AtenTensorHandle inf_aten_matrix(const void *data, int32_t dtype, int64_t rows, int64_t cols);

#endif
