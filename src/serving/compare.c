/* Values are compared as numbers, since other ways through a sum change the last bits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"
#include "deployment.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

size_t inf_compare_count(const struct inf_tensor *tensor)
{
    size_t count = 1;

    for (int i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->shape[i];
    return count;
}

double inf_compare_value(const struct inf_tensor *tensor, size_t i)
{
    return tensor->dtype == INF_FLOAT32 ? (double)((const float *)tensor->data)[i]
                                        : ((const double *)tensor->data)[i];
}

static bool are_alike(const struct inf_tensor *a, const struct inf_tensor *b)
{
    return a->rank == b->rank && a->dtype == b->dtype &&
           memcmp(a->shape, b->shape, sizeof a->shape) == 0;
}

/* Of what is finite in a row: the last dimension. */
static double mean_square(const struct inf_tensor *tensor, size_t from, size_t count)
{
    double sum = 0;

    for (size_t i = from; i < from + count; i++) {
        double x = inf_compare_value(tensor, i);
        sum += isfinite(x) ? x * x : 0;
    }
    return sum / (double)count;
}

double inf_compare_difference(const void *expected, const void *found, double size_most)
{
    struct inf_tensor a = inf_allocation_tensor(expected), b = inf_allocation_tensor(found);
    size_t count = inf_compare_count(&a), cols = (size_t)a.shape[a.rank - 1];
    double largest = 0, square = 0;

    if (!are_alike(&a, &b))
        return (double)INFINITY;
    for (size_t i = 0; i < count; i++) {
        double x = inf_compare_value(&a, i), y = inf_compare_value(&b, i), one = 0;
        if (i % cols == 0)
            square = mean_square(&a, i, cols);
        if (x != y)
            one = fabs(x - y) / fmin(inf_packed_size(x, square), size_most);
        if (isnan(one))
            return (double)INFINITY;
        largest = fmax(largest, one);
    }
    return largest;
}

static double cosine_of_row(const struct inf_tensor *a, const struct inf_tensor *b, size_t from,
                            size_t count)
{
    double product = 0, of_a = 0, of_b = 0;

    for (size_t i = from; i < from + count; i++) {
        double x = inf_compare_value(a, i), y = inf_compare_value(b, i);
        product += x * y;
        of_a += x * x;
        of_b += y * y;
    }
    if (of_a == 0 && of_b == 0)
        return 1;
    return of_a > 0 && of_b > 0 ? product / sqrt(of_a * of_b) : 0;
}

double inf_compare_cosine(const void *expected, const void *found)
{
    struct inf_tensor a = inf_allocation_tensor(expected), b = inf_allocation_tensor(found);
    size_t rows = a.rank > 1 ? (size_t)a.shape[0] : 1, per_row = inf_compare_count(&a) / rows;
    double least = 1;

    if (!are_alike(&a, &b))
        return 0;
    for (size_t row = 0; row < rows; row++) {
        double cosine = cosine_of_row(&a, &b, row * per_row, per_row);
        if (isnan(cosine))
            return 0;
        least = fmin(least, cosine);
    }
    return least;
}
