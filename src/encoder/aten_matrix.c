/* Views, which libtorch does not own, and what it makes of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "aten_matrix.h"

#include <stddef.h>
#include <stdint.h>

AtenTensorHandle inf_aten_matrix(const void *data, int32_t dtype, int64_t rows, int64_t cols)
{
    const int64_t sizes[] = {rows, cols}, strides[] = {cols, 1};
    AtenTensorHandle tensor = NULL;

    if (aoti_torch_create_tensor_from_blob((void *)data, 2, sizes, strides, 0, dtype,
                                           aoti_torch_device_type_cpu(), 0, &tensor) != 0)
        return NULL;
    return tensor;
}

/* mkldnn::_reorder_linear_weight(Tensor W, int? batch_size=None) -> Tensor, which takes the handle
 * off the stack and puts its own there. */
AtenTensorHandle inf_aten_lay(const void *weight, int32_t dtype, int64_t out, int64_t in)
{
    AtenTensorHandle plain = inf_aten_matrix(weight, dtype, out, in);
    uint64_t stack[] = {(uint64_t)(uintptr_t)plain, 0};

    if (plain == NULL ||
        aoti_torch_call_dispatcher("mkldnn::_reorder_linear_weight", "", stack) != 0)
        return NULL;
    return (AtenTensorHandle)(uintptr_t)stack[0];
}

AtenTensorHandle inf_aten_multiply(const void *from, int32_t dtype, int64_t rows, int64_t in,
                                   AtenTensorHandle laid, void **ret_data)
{
    AtenTensorHandle text = inf_aten_matrix(from, dtype, rows, in), product = NULL;

    if (text == NULL)
        return NULL;
    if (aoti_torch_cpu__linear_pointwise(text, laid, NULL, "none", NULL, 0, NULL, &product) != 0)
        product = NULL;
    aoti_torch_delete_tensor_object(text);
    if (product == NULL || aoti_torch_get_data_ptr(product, ret_data) == 0)
        return product;
    aoti_torch_delete_tensor_object(product);
    return NULL;
}
