/* reduce.c - one row of an output is a matter of pointers; the largest of each column is computed.
 * NaN wins over every number, so that a broken model is not taken for a good one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reduce.h"

#include <math.h>
#include <stdlib.h>

/* The first matrix of an output. */
struct plane {
    size_t rows, cols, value_bytes;
};

static int plane_of(const struct inf_engine_output *output, struct plane *ret)
{
    if (output->rank < 2 || output->rank > 3)
        return -1;
    ret->rows = (size_t)output->shape[output->rank - 2];
    ret->cols = (size_t)output->shape[output->rank - 1];
    ret->value_bytes = output->dtype == 1 ? sizeof(float) : sizeof(double);
    return ret->rows > 0 && ret->cols > 0 ? 0 : -1;
}

static void set_row(struct inf_engine_output *output, const struct plane *plane, const void *data)
{
    output->data = data;
    output->size_bytes = plane->cols * plane->value_bytes;
    output->rank = 2;
    output->shape[0] = 1;
    output->shape[1] = (int64_t)plane->cols;
    output->shape[2] = 0;
}

static void max_of_floats(const float *from, const struct plane *plane, float *to)
{
    for (size_t col = 0; col < plane->cols; col++)
        to[col] = from[col];
    for (size_t row = 1; row < plane->rows; row++) {
        from += plane->cols;
        for (size_t col = 0; col < plane->cols; col++)
            to[col] = from[col] > to[col] || isnan(from[col]) ? from[col] : to[col];
    }
}

static void max_of_doubles(const double *from, const struct plane *plane, double *to)
{
    for (size_t col = 0; col < plane->cols; col++)
        to[col] = from[col];
    for (size_t row = 1; row < plane->rows; row++) {
        from += plane->cols;
        for (size_t col = 0; col < plane->cols; col++)
            to[col] = from[col] > to[col] || isnan(from[col]) ? from[col] : to[col];
    }
}

static int reduce_to_max(struct inf_engine_output *output, const struct plane *plane, void **ret)
{
    void *row = malloc(plane->cols * plane->value_bytes);

    if (row == NULL)
        return -1;
    if (output->dtype == 1)
        max_of_floats(output->data, plane, row);
    else
        max_of_doubles(output->data, plane, row);
    set_row(output, plane, row);
    *ret = row;
    return 0;
}

int inf_reduce_output(struct inf_engine_output *output, enum inf_reduce reduce, uint32_t position,
                      void **ret)
{
    struct plane plane;

    *ret = NULL;
    if (reduce == INF_REDUCE_NONE || plane_of(output, &plane) != 0)
        return 0;
    if (reduce == INF_REDUCE_MAX)
        return reduce_to_max(output, &plane, ret);
    if (position < plane.rows)
        set_row(output, &plane,
                (const char *)output->data + position * plane.cols * plane.value_bytes);
    return 0;
}
