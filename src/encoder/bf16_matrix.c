/* libtorch owns what oneDNN laid, and makes each product in memory of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bf16_matrix.h"
#include "aten_matrix.h"

#include <math.h>
#include <stdlib.h>

struct inf_bf16_matrix {
    int in, out;
    AtenTensorHandle weight;
};

/* [out, in], as a linear layer has it. NULL: no memory, or a weight is none. */
static uint16_t *turn(const float *weights, int in, int out)
{
    const struct inf_kernels *kernels = inf_kernels();
    float *row = malloc((size_t)in * sizeof *row);
    uint16_t *turned = malloc((size_t)in * (size_t)out * sizeof *turned);
    bool is_sound = row != NULL && turned != NULL;

    for (int j = 0; j < out && is_sound; j++) {
        for (int i = 0; i < in; i++) {
            row[i] = weights[(size_t)i * (size_t)out + (size_t)j];
            is_sound = is_sound && isfinite(row[i]);
        }
        kernels->to_bf16(row, (size_t)in, turned + (size_t)j * (size_t)in);
    }
    free(row);
    if (is_sound)
        return turned;
    free(turned);
    return NULL;
}

struct inf_bf16_matrix *inf_bf16_matrix_new(const float *weights, int in, int out)
{
    struct inf_bf16_matrix *matrix = malloc(sizeof *matrix);
    uint16_t *turned = turn(weights, in, out);

    if (matrix != NULL && turned != NULL) {
        *matrix = (struct inf_bf16_matrix){
            in, out, inf_aten_lay(turned, aoti_torch_dtype_bfloat16(), out, in)};
        free(turned);
        if (matrix->weight != NULL)
            return matrix;
        turned = NULL;
    }
    free(turned);
    free(matrix);
    return NULL;
}

void inf_bf16_matrix_free(struct inf_bf16_matrix *matrix)
{
    if (matrix == NULL)
        return;
    aoti_torch_delete_tensor_object(matrix->weight);
    free(matrix);
}

int inf_bf16_matrix_multiply(const struct inf_bf16_matrix *matrix,
                             const struct inf_kernels *kernels, const float *from, int rows,
                             bool add, uint16_t *room, float *to)
{
    AtenTensorHandle product = NULL;
    void *data = NULL;

    kernels->to_bf16(from, (size_t)rows * (size_t)matrix->in, room);
    product = inf_aten_multiply(room, aoti_torch_dtype_bfloat16(), rows, matrix->in, matrix->weight,
                                &data);
    if (product == NULL)
        return -1;
    kernels->from_bf16(data, (size_t)rows * (size_t)matrix->out, add, to);
    aoti_torch_delete_tensor_object(product);
    return 0;
}
