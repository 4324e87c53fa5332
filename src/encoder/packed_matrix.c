/* MKL has its best code for its maker's processors. On others it multiplies by code for any, and
 * fills a block of 512 columns with what is there of the last; there our own code is faster at
 * every shape, oneDNN's lies between the two, and neither takes more memory than the weights
 * (docs/performance.md). By the processor, and not by a trial, so that a process that is made anew
 * gives the same bits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "packed_matrix.h"
#include "kernels.h"
#include "matrix_kinds.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define READ_ROWS 64

struct inf_matrix {
    const struct inf_matrix_kind *kind;
    int out, in;
    void *packed;
};

static bool is_of_mkls_maker(void)
{
#if defined __x86_64__
    __builtin_cpu_init();
    return __builtin_cpu_is("intel");
#else
    return false;
#endif
}

/* Looked for once, since that takes a try. */
static const struct inf_matrix_kind *best;
static pthread_once_t looked = PTHREAD_ONCE_INIT;

static void find_best(void)
{
    static const struct inf_matrix_kind *const of_mkls_maker[] = {&inf_matrix_mkl,
                                                                  &inf_matrix_panels};
    static const struct inf_matrix_kind *const wide[] = {&inf_matrix_panels};
    static const struct inf_matrix_kind *const others[] = {&inf_matrix_onednn, &inf_matrix_mkl,
                                                           &inf_matrix_panels};
    const struct inf_matrix_kind *const *kinds = is_of_mkls_maker()       ? of_mkls_maker
                                                 : inf_kernels()->is_wide ? wide
                                                                          : others;

    while (!(*kinds)->is_available()) /* panels are */
        kinds++;
    best = *kinds;
}

static const struct inf_matrix_kind *best_kind(void)
{
    pthread_once(&looked, find_best);
    return best;
}

/* One under the other; NULL: no memory. */
static float *stack(const float *const *weights, const int *outs, size_t count, int in, int out)
{
    size_t row = (size_t)in * sizeof(float);
    float *whole = malloc((size_t)out * row), *to = whole;

    for (size_t i = 0; i < count && whole != NULL; i++) {
        memcpy(to, weights[i], (size_t)outs[i] * row);
        to += (size_t)outs[i] * (size_t)in;
    }
    return whole;
}

struct inf_matrix *inf_matrix_new_of(const struct inf_matrix_kind *kind,
                                     const float *const *weights, const int *outs, size_t count,
                                     int in)
{
    struct inf_matrix *matrix = malloc(sizeof *matrix);
    float *whole = NULL;
    int out = 0;

    for (size_t i = 0; i < count; i++)
        out += outs[i];
    if (count > 1)
        whole = stack(weights, outs, count, in, out);
    if (matrix != NULL)
        *matrix = (struct inf_matrix){kind, out, in, NULL};
    if (matrix != NULL && (count == 1 || whole != NULL))
        matrix->packed = kind->pack(count == 1 ? weights[0] : whole, out, in);
    free(whole);
    if (matrix != NULL && matrix->packed != NULL)
        return matrix;
    free(matrix);
    return NULL;
}

struct inf_matrix *inf_matrix_new(const float *const *weights, const int *outs, size_t count,
                                  int in)
{
    return inf_matrix_new_of(best_kind(), weights, outs, count, in);
}

void inf_matrix_free(struct inf_matrix *matrix)
{
    if (matrix == NULL)
        return;
    matrix->kind->drop(matrix->packed);
    free(matrix);
}

int inf_matrix_multiply(const struct inf_matrix *matrix, const float *from, int rows, bool add,
                        float *to)
{
    return matrix->kind->multiply(matrix->packed, from, rows, add, to);
}

/* By the unit matrix. */
static int read_by_multiplying(const struct inf_matrix *matrix, float *to)
{
    size_t width = (size_t)matrix->in;
    float *unit = calloc(READ_ROWS * width, sizeof *unit);
    int rc = unit != NULL ? 0 : -1;

    for (int first = 0, rows = 0; first < matrix->in && rc == 0; first += rows) {
        rows = matrix->in - first < READ_ROWS ? matrix->in - first : READ_ROWS;
        for (int row = 0; row < rows; row++)
            unit[(size_t)row * width + (size_t)(first + row)] = 1;
        rc = inf_matrix_multiply(matrix, unit, rows, false,
                                 to + (size_t)first * (size_t)matrix->out);
        for (int row = 0; row < rows; row++)
            unit[(size_t)row * width + (size_t)(first + row)] = 0;
    }
    free(unit);
    return rc;
}

int inf_matrix_read(const struct inf_matrix *matrix, float *to)
{
    if (matrix->kind->read == NULL)
        return read_by_multiplying(matrix, to);
    matrix->kind->read(matrix->packed, to);
    return 0;
}
