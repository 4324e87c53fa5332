/* one_row.c - a reduced output, copied. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "one_row.h"

#include <stdlib.h>

int inf_one_row(const struct inf_tensor *output, double **ret, size_t *ret_count,
                struct inf_error *err)
{
    struct inf_matrix matrix;
    double *values = NULL;
    if (inf_matrix_of(output, &matrix, err) != 0) {
        return -1;
    }
    if (matrix.rows != 1) {
        return inf_error_set(err, INF_ERR_INTERNAL,
                             "Expected [1] row of the model's output; got [%zu]", matrix.rows);
    }
    if (inf_matrix_check(&matrix, 1, err) != 0) {
        return -1;
    }
    values = calloc(matrix.cols, sizeof *values);
    if (!values) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] values",
                             matrix.cols);
    }
    inf_matrix_read_row(&matrix, 0, values);
    *ret = values;
    *ret_count = matrix.cols;
    return 0;
}
