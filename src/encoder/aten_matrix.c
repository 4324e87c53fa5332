/* A view, which libtorch does not own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "aten_matrix.h"

#include <stddef.h>

AtenTensorHandle inf_aten_matrix(const void *data, int32_t dtype, int64_t rows, int64_t cols)
{
    const int64_t sizes[] = {rows, cols}, strides[] = {cols, 1};
    AtenTensorHandle tensor = NULL;

    if (aoti_torch_create_tensor_from_blob((void *)data, 2, sizes, strides, 0, dtype,
                                           aoti_torch_device_type_cpu(), 0, &tensor) != 0)
        return NULL;
    return tensor;
}
