/* aten_matrix.h - rows of ours as a tensor of libtorch's. Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_ATEN_MATRIX_H
#define INFERD_ENCODER_ATEN_MATRIX_H

#include "aten.h"

/* [rows, cols], row-major; data is borrowed for the tensor's life. To be deleted with
 * aoti_torch_delete_tensor_object. NULL: no memory. */
AtenTensorHandle inf_aten_matrix(const void *data, int32_t dtype, int64_t rows, int64_t cols);

/* The same as oneDNN lays it for this processor, a copy; the caller's. NULL: no memory, or there is
 * no way for this type. */
AtenTensorHandle inf_aten_lay(const void *weight, int32_t dtype, int64_t out, int64_t in);
/* The product of from [rows, in] and what was laid, of the same type, and its numbers; the caller
 * deletes it. NULL: no memory. */
AtenTensorHandle inf_aten_multiply(const void *from, int32_t dtype, int64_t rows, int64_t in,
                                   AtenTensorHandle laid, void **ret_data);

#endif
