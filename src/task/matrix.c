/* matrix.c - reading a model's output without copying it. float32 values are written as float32,
 * the shortest text that reads back as the same float: half the bytes of the double it would
 * become. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

static int bad_shape(const struct inf_tensor *output, struct inf_error *err)
{
    char shape[96] = "";
    size_t used = 0;
    for (int i = 0; i < output->rank && i < 3; i++) {
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%lld", i ? ", " : "",
                                 (long long)output->shape[i]);
    }
    return inf_error_set(err, INF_ERR_INTERNAL, "Cannot convert results tensor of size [%s]%s",
                         shape, output->rank > 3 ? " and more dimensions" : "");
}

int inf_matrix_of(const struct inf_tensor *output, struct inf_matrix *ret, struct inf_error *err)
{
    int rank = output->rank;
    if (rank < 1 || rank > 3 || !output->data) {
        return bad_shape(output, err);
    }
    for (int i = 0; i < rank; i++) {
        if (output->shape[i] < 1) {
            return bad_shape(output, err);
        }
    }
    if (output->dtype != INF_FLOAT32 && output->dtype != INF_FLOAT64) {
        return inf_error_set(err, INF_ERR_INTERNAL, "Cannot process result tensor of type [%d]",
                             (int)output->dtype);
    }
    *ret = (struct inf_matrix){.dtype = output->dtype,
                               .rows = rank > 1 ? (size_t)output->shape[rank - 2] : 1,
                               .cols = (size_t)output->shape[rank - 1],
                               .data = output->data};
    return 0;
}

static double value_at(const struct inf_matrix *matrix, size_t i)
{
    return matrix->dtype == INF_FLOAT32 ? (double)((const float *)matrix->data)[i]
                                        : ((const double *)matrix->data)[i];
}

int inf_matrix_check(const struct inf_matrix *matrix, size_t rows, struct inf_error *err)
{
    for (size_t i = 0; i < rows * matrix->cols; i++) {
        double value = value_at(matrix, i);
        if (!isfinite(value)) {
            return inf_error_set(err, INF_ERR_INTERNAL,
                                 "The model's output holds [%s] at row [%zu], column [%zu], which "
                                 "is no JSON number",
                                 isnan(value) ? "NaN"
                                 : value > 0  ? "Infinity"
                                              : "-Infinity",
                                 i / matrix->cols, i % matrix->cols);
        }
    }
    return 0;
}

int inf_matrix_of_numbers(const struct inf_tensor *output, struct inf_matrix *ret,
                          struct inf_error *err)
{
    if (inf_matrix_of(output, ret, err) != 0) {
        return -1;
    }
    return inf_matrix_check(ret, ret->rows, err);
}

void inf_matrix_read_row(const struct inf_matrix *matrix, size_t row, double *ret)
{
    for (size_t col = 0; col < matrix->cols; col++) {
        ret[col] = value_at(matrix, row * matrix->cols + col);
    }
}

void inf_matrix_write_row(const struct inf_matrix *matrix, size_t row, struct inf_jsonw *w)
{
    size_t start = row * matrix->cols;
    inf_jsonw_begin_array(w);
    for (size_t i = start; i < start + matrix->cols; i++) {
        if (matrix->dtype == INF_FLOAT32) {
            inf_jsonw_float(w, ((const float *)matrix->data)[i]);
        } else {
            inf_jsonw_double(w, ((const double *)matrix->data)[i]);
        }
    }
    inf_jsonw_end_array(w);
}
