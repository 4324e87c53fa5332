/* onednn_matrix.c - weights laid by oneDNN as this processor multiplies by them, through libtorch's
 * operators for it. libtorch owns what was laid, and makes each product in memory of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "aten_matrix.h"
#include "matrix_kinds.h"

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

static void *pack(const float *weight, int out, int in)
{
    struct laid *matrix = malloc(sizeof *matrix);

    if (matrix == NULL)
        return NULL;
    *matrix = (struct laid){out, in, inf_aten_lay(weight, aoti_torch_dtype_float32(), out, in)};
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
    void *data = NULL;
    AtenTensorHandle product = inf_aten_multiply(from, aoti_torch_dtype_float32(), rows, matrix->in,
                                                 matrix->weight, &data);

    if (product == NULL)
        return -1;
    put(data, (size_t)rows * (size_t)matrix->out, add, to);
    aoti_torch_delete_tensor_object(product);
    return 0;
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

const struct inf_matrix_kind inf_matrix_onednn = {is_available, pack, multiply, drop, NULL};
