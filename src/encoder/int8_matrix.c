/* Where the processor has AVX512_VNNI, our own code multiplies (int8_vnni.c). Else libtorch does,
 * by oneDNN, which chooses the instructions; scales are then applied by our kernels while the rows
 * are in the cache. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "int8_matrix.h"
#include "aten_matrix.h"
#include "int8_vnni.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST 127
#define SMOOTH_MOST 1e3F /* a channel that is never used must not make the others vanish */

struct inf_int8_matrix {
    int in, out;
    int8_t *weights;       /* [in, out], or NULL: laid */
    struct inf_vnni *laid; /* or NULL */
    float *smooth;         /* [in]: what an input is multiplied by */
    float *scales;         /* [out] */
};

static int multiply(const int8_t *from, const int8_t *weights, int rows, int in, int out,
                    int32_t *to)
{
    AtenTensorHandle tensors[] = {inf_aten_matrix(to, aoti_torch_dtype_int32(), rows, out),
                                  inf_aten_matrix(from, aoti_torch_dtype_int8(), rows, in),
                                  inf_aten_matrix(weights, aoti_torch_dtype_int8(), in, out)};
    int rc = -1;

    if (tensors[0] != NULL && tensors[1] != NULL && tensors[2] != NULL)
        rc = aoti_torch_cpu__int_mm_out(tensors[0], tensors[1], tensors[2]) == 0 ? 0 : -1;
    for (int i = 0; i < 3; i++)
        if (tensors[i] != NULL)
            aoti_torch_delete_tensor_object(tensors[i]);
    return rc;
}

/* The largest numbers there are, with signs that a sum of two in 16 bits does not bear. */
bool inf_int8_matrix_is_exact(void)
{
    enum { ROWS = 3, IN = 64, OUT = 32 };
    int8_t from[ROWS * IN], weights[IN * OUT];
    int32_t products[ROWS * OUT];

    for (int i = 0; i < ROWS * IN; i++)
        from[i] = i / IN == 1 ? -LARGEST : LARGEST;
    for (int i = 0; i < IN * OUT; i++)
        weights[i] = i % OUT % 2 == 0 ? LARGEST : -LARGEST;
    if (multiply(from, weights, ROWS, IN, OUT, products) != 0)
        return false;
    for (int i = 0; i < ROWS * OUT; i++)
        if (products[i] !=
            (i / OUT == 1 ? -1 : 1) * (i % OUT % 2 == 0 ? 1 : -1) * LARGEST * LARGEST * IN)
            return false;
    return true;
}

static float largest_of(const float *values, int count, int stride)
{
    float most = 0;

    for (int i = 0; i < count; i++)
        most = fmaxf(most, fabsf(values[(size_t)i * (size_t)stride]));
    return most;
}

/* Moves of what is large in the inputs a half, on the logarithm's scale, into the weights. */
static void smooth(struct inf_int8_matrix *matrix, float *weights, const float *seen)
{
    for (int i = 0; i < matrix->in; i++) {
        float *row = weights + (size_t)i * (size_t)matrix->out;
        float most = largest_of(row, matrix->out, 1);
        float by = most > 0 && seen[i] > 0 ? sqrtf(seen[i] / most) : 1;
        by = fminf(fmaxf(by, 1 / SMOOTH_MOST), SMOOTH_MOST);
        matrix->smooth[i] = 1 / by;
        for (int j = 0; j < matrix->out; j++)
            row[j] *= by;
    }
}

static int narrow(struct inf_int8_matrix *matrix, const float *weights)
{
    for (int j = 0; j < matrix->out; j++) {
        float most = largest_of(weights + j, matrix->in, matrix->out);
        if (!isfinite(most))
            return -1;
        matrix->scales[j] = most / LARGEST;
    }
    for (int i = 0; i < matrix->in; i++)
        for (int j = 0; j < matrix->out; j++) {
            size_t at = (size_t)i * (size_t)matrix->out + (size_t)j;
            float scale = matrix->scales[j];
            if (!isfinite(weights[at]))
                return -1;
            matrix->weights[at] = scale > 0 ? (int8_t)lrintf(weights[at] / scale) : 0;
        }
    return 0;
}

/* 0, or -1: no memory. */
static int lay(struct inf_int8_matrix *matrix)
{
    if (!inf_vnni_can(matrix->in, matrix->out))
        return 0;
    matrix->laid = inf_vnni_new(matrix->weights, matrix->in, matrix->out);
    free(matrix->weights);
    matrix->weights = NULL;
    return matrix->laid != NULL ? 0 : -1;
}

struct inf_int8_matrix *inf_int8_matrix_new(float *weights, const float *seen, int in, int out)
{
    struct inf_int8_matrix *matrix = malloc(sizeof *matrix);

    if (matrix == NULL)
        return NULL;
    *matrix = (struct inf_int8_matrix){.in = in, .out = out};
    matrix->weights = malloc((size_t)in * (size_t)out);
    matrix->smooth = malloc((size_t)in * sizeof *matrix->smooth);
    matrix->scales = malloc((size_t)out * sizeof *matrix->scales);
    if (matrix->weights != NULL && matrix->smooth != NULL && matrix->scales != NULL) {
        smooth(matrix, weights, seen);
        if (narrow(matrix, weights) == 0 && lay(matrix) == 0)
            return matrix;
    }
    inf_int8_matrix_free(matrix);
    return NULL;
}

void inf_int8_matrix_free(struct inf_int8_matrix *matrix)
{
    if (matrix == NULL)
        return;
    free(matrix->weights);
    inf_vnni_free(matrix->laid);
    free(matrix->smooth);
    free(matrix->scales);
    free(matrix);
}

int inf_int8_matrix_multiply(const struct inf_int8_matrix *matrix,
                             const struct inf_kernels *kernels, const float *from, int rows,
                             bool add, const struct inf_int8_room *room, float *to)
{
    int32_t *products = add ? room->products : (int32_t *)(void *)to;

    kernels->quantize(from, matrix->smooth, rows, matrix->in, room->rows, room->scales);
    if (matrix->laid != NULL) {
        inf_vnni_multiply(matrix->laid, room->rows, rows, room->scales, matrix->scales, add, to);
        return 0;
    }
    if (multiply(room->rows, matrix->weights, rows, matrix->in, matrix->out, products) != 0)
        return -1;
    kernels->restore(products, room->scales, matrix->scales, rows, matrix->out, add, to);
    return 0;
}
