/* matrix.h - a model's output as Elasticsearch's tasks see it: result[0], a matrix.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_MATRIX_H
#define INFERD_TASK_MATRIX_H

#include "inferd/task.h"

/* result[0] of the wrapping rules in compatibility 10.2: a 3-D output's first matrix, a 2-D output
 * itself, a 1-D output as one row. Borrows the tensor's data. */
struct inf_matrix {
    enum inf_dtype dtype;
    size_t rows, cols;
    const void *data; /* [rows][cols] */
};

/* INTERNAL when rank or shape are none that a task can read. */
int inf_matrix_of(const struct inf_tensor *output, struct inf_matrix *ret, struct inf_error *err);
/* The same, and INTERNAL when NaN or an infinity is in it. */
int inf_matrix_of_numbers(const struct inf_tensor *output, struct inf_matrix *ret,
                          struct inf_error *err);
/* INTERNAL when one of the first `rows` rows holds NaN or an infinity. */
int inf_matrix_check(const struct inf_matrix *matrix, size_t rows, struct inf_error *err);
/* Copies a row into cols doubles; row < rows. */
void inf_matrix_read_row(const struct inf_matrix *matrix, size_t row, double *ret);
/* Writes a row as a JSON array of numbers; row < rows. */
void inf_matrix_write_row(const struct inf_matrix *matrix, size_t row, struct inf_jsonw *w);

#endif
