/* panel_matrix.c - weights laid in panels as our own kernels multiply by them (kernels_product.h).
 *
 * For processors of whose speed the libraries leave much: for 16 rows oneDNN reaches two thirds to
 * five sixths of it on AMD's (docs/performance.md). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"
#include "matrix_kinds.h"
#include "team.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64
#define DEPTH_AT_ONCE 384

struct laid {
    const struct inf_kernels *kernels;
    int out, in;
    float *panels; /* one after the other: [in, columns], the last's filled up with zeros */
};

static void drop(void *kept)
{
    struct laid *matrix = kept;

    free(matrix->panels);
    free(matrix);
}

static int padded(int columns)
{
    return (columns + INF_KERNEL_PAD - 1) / INF_KERNEL_PAD * INF_KERNEL_PAD;
}

/* Of the panel that begins with this column. */
static int columns_from(const struct laid *matrix, int first)
{
    int left = matrix->out - first, most = matrix->kernels->product_cols;

    return left < most ? left : most;
}

/* Only the last panel can be narrower, and is filled up. */
static size_t width_of(const struct laid *matrix, int columns)
{
    return (size_t)(columns == matrix->kernels->product_cols ? columns : padded(columns));
}

static void lay(const struct laid *matrix, const float *weight)
{
    size_t in = (size_t)matrix->in;

    for (int first = 0; first < matrix->out; first += matrix->kernels->product_cols) {
        int columns = columns_from(matrix, first);
        size_t width = width_of(matrix, columns);
        float *to = matrix->panels + (size_t)first * in;
        for (size_t k = 0; k < in; k++, to += width)
            for (size_t j = 0; j < width; j++)
                to[j] = j < (size_t)columns ? weight[((size_t)first + j) * in + k] : 0;
    }
}

static void *pack(const float *weight, int out, int in)
{
    struct laid *matrix = malloc(sizeof *matrix);

    if (matrix == NULL)
        return NULL;
    *matrix = (struct laid){.kernels = inf_kernels(), .out = out, .in = in};
    matrix->panels = aligned_alloc(ALIGNMENT, (size_t)padded(out + INF_KERNEL_PAD - 1) *
                                                  (size_t)in * sizeof(float));
    if (matrix->panels == NULL) {
        drop(matrix);
        return NULL;
    }
    lay(matrix, weight);
    return matrix;
}

struct product {
    const struct laid *matrix;
    const float *from;
    int rows;
    bool add;
    float *to;
};

/* Part of the depth at a time, since one long sum would have more of its rounding. */
static void multiply_panel(const struct product *product, int column)
{
    const struct laid *matrix = product->matrix;
    int columns = columns_from(matrix, column), depth = 0;
    size_t width = width_of(matrix, columns);
    const float *panel = matrix->panels + (size_t)column * (size_t)matrix->in;

    for (int k = 0; k < matrix->in; k += depth) {
        depth = matrix->in - k < DEPTH_AT_ONCE ? matrix->in - k : DEPTH_AT_ONCE;
        const struct inf_product part = {.a = product->from + k,
                                         .a_row = (size_t)matrix->in,
                                         .b = panel + (size_t)k * width,
                                         .b_row = width,
                                         .to = product->to + column,
                                         .to_row = (size_t)matrix->out,
                                         .rows = product->rows,
                                         .depth = depth,
                                         .cols = columns,
                                         .add = product->add || k > 0};
        matrix->kernels->product(&part);
    }
}

static void multiply_panels(void *arg, size_t first, size_t last, size_t member)
{
    const struct product *product = arg;

    (void)member;
    for (size_t i = first; i < last; i++)
        multiply_panel(product, (int)i * product->matrix->kernels->product_cols);
}

static int multiply(const void *kept, const float *from, int rows, bool add, float *to)
{
    const struct laid *matrix = kept;
    struct product product = {matrix, from, rows, add, to};
    size_t columns = (size_t)matrix->kernels->product_cols;
    size_t panels = ((size_t)matrix->out + columns - 1) / columns;
    size_t products = (size_t)rows * (size_t)matrix->in * (size_t)matrix->out;

    inf_team_run(products >= INF_TEAM_WORTH_IT ? inf_team_size() : 1, panels, multiply_panels,
                 &product);
    return 0;
}

static void read(const void *kept, float *to)
{
    const struct laid *matrix = kept;
    size_t in = (size_t)matrix->in, out = (size_t)matrix->out;

    for (int first = 0; first < matrix->out; first += matrix->kernels->product_cols) {
        int columns = columns_from(matrix, first);
        const float *from = matrix->panels + (size_t)first * in;
        for (size_t k = 0; k < in; k++, from += width_of(matrix, columns))
            memcpy(to + k * out + (size_t)first, from, (size_t)columns * sizeof *to);
    }
}

static bool is_available(void)
{
    return true;
}

const struct inf_matrix_kind inf_matrix_panels = {is_available, pack, multiply, drop, read};
