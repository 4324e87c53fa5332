/* onednn_matrix.c - weights laid by oneDNN as this processor multiplies by them, through libtorch's
 * operators for it. libtorch owns what was laid, and makes each product in memory of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "aten_matrix.h"
#include "matrix_kinds.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct laid {
    int out, in;
    AtenTensorHandle weight;
};

static void drop(void *kept)
{
    struct laid *matrix = kept;

    if (matrix->weight != NULL)
        aoti_torch_delete_tensor_object(matrix->weight);
    free(matrix);
}

/* mkldnn::_reorder_linear_weight(Tensor W, int? batch_size=None) -> Tensor, which takes the handle
 * off the stack and puts its own there. */
static AtenTensorHandle lay(const float *weight, int out, int in)
{
    AtenTensorHandle plain = inf_aten_matrix(weight, aoti_torch_dtype_float32(), out, in);
    uint64_t stack[] = {(uint64_t)(uintptr_t)plain, 0};

    if (plain == NULL ||
        aoti_torch_call_dispatcher("mkldnn::_reorder_linear_weight", "", stack) != 0)
        return NULL;
    return (AtenTensorHandle)(uintptr_t)stack[0];
}

static void *pack(const float *weight, int out, int in)
{
    struct laid *matrix = malloc(sizeof *matrix);

    if (matrix == NULL)
        return NULL;
    *matrix = (struct laid){out, in, lay(weight, out, in)};
    if (matrix->weight != NULL)
        return matrix;
    drop(matrix);
    return NULL;
}

static void put(const float *product, size_t count, bool add, float *to)
{
    if (!add) {
        memcpy(to, product, count * sizeof *to);
        return;
    }
    for (size_t i = 0; i < count; i++)
        to[i] += product[i];
}

static int multiply(const void *kept, const float *from, int rows, bool add, float *to)
{
    const struct laid *matrix = kept;
    AtenTensorHandle text = inf_aten_matrix(from, aoti_torch_dtype_float32(), rows, matrix->in),
                     product = NULL;
    void *data = NULL;
    int rc = -1;

    if (text == NULL)
        return -1;
    if (aoti_torch_cpu__linear_pointwise(text, matrix->weight, NULL, "none", NULL, 0, NULL,
                                         &product) == 0) {
        rc = aoti_torch_get_data_ptr(product, &data) == 0 ? 0 : -1;
        if (rc == 0)
            put(data, (size_t)rows * (size_t)matrix->out, add, to);
        aoti_torch_delete_tensor_object(product);
    }
    aoti_torch_delete_tensor_object(text);
    return rc;
}

static bool is_available(void)
{
    const float weight[] = {1, 2, 3, 4};
    void *matrix = pack(weight, 2, 2);

    if (matrix == NULL)
        return false;
    drop(matrix);
    return true;
}

const struct inf_matrix_kind inf_matrix_onednn = {is_available, pack, multiply, drop};
