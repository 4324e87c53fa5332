/* MKL asks for more room than it fills, and what it does not touch takes no memory. So each matrix
 * has a mapping of its own, which is not written to again.
 *
 * The number of rows that a matrix is packed for is only a hint: the blocks are laid by out and in,
 * and any number of rows gives the same bits as without packing (tests/unit/encoder). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "packed_matrix.h"
#include "mkl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROWS_HINT 256

struct inf_matrix {
    int out, in;
    float *packed; /* a mapping */
    size_t mapped_bytes;
};

bool inf_matrix_is_available(void)
{
    return cblas_sgemm_pack_get_size != NULL && cblas_sgemm_pack != NULL &&
           cblas_sgemm_compute != NULL;
}

static float *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

/* All but the first page: multiplying finds out anew where the blocks begin, and notes it there,
 * the same each time. A wild write elsewhere ends the process, and does not change answers. */
static void close_for_writing(const struct inf_matrix *matrix)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    mprotect((char *)matrix->packed + page, matrix->mapped_bytes - page, PROT_READ);
}

/* One under the other; NULL: no memory. */
static float *stack(const float *const *weights, const int *outs, size_t count, int in, int out)
{
    size_t row = (size_t)in * sizeof(float);
    float *whole = map((size_t)out * row), *to = whole;

    for (size_t i = 0; i < count && whole != NULL; i++) {
        memcpy(to, weights[i], (size_t)outs[i] * row);
        to += (size_t)outs[i] * (size_t)in;
    }
    return whole;
}

struct inf_matrix *inf_matrix_new(const float *const *weights, const int *outs, size_t count,
                                  int in)
{
    struct inf_matrix *matrix = malloc(sizeof *matrix);
    float *whole = NULL;
    int out = 0;

    for (size_t i = 0; i < count; i++)
        out += outs[i];
    if (matrix == NULL)
        return NULL;
    *matrix = (struct inf_matrix){.out = out, .in = in};
    matrix->mapped_bytes = cblas_sgemm_pack_get_size(CBLAS_B_MATRIX, ROWS_HINT, out, in);
    matrix->packed = map(matrix->mapped_bytes);
    if (matrix->packed != NULL && count > 1)
        whole = stack(weights, outs, count, in, out);
    if (matrix->packed == NULL || (count > 1 && whole == NULL)) {
        inf_matrix_free(matrix);
        return NULL;
    }
    cblas_sgemm_pack(CBLAS_ROW_MAJOR, CBLAS_B_MATRIX, CBLAS_TRANS, ROWS_HINT, out, in, 1.0F,
                     count == 1 ? weights[0] : whole, in, matrix->packed);
    if (whole != NULL)
        munmap(whole, (size_t)out * (size_t)in * sizeof *whole);
    close_for_writing(matrix);
    return matrix;
}

void inf_matrix_free(struct inf_matrix *matrix)
{
    if (matrix == NULL)
        return;
    if (matrix->packed != NULL)
        munmap(matrix->packed, matrix->mapped_bytes);
    free(matrix);
}

void inf_matrix_multiply(const struct inf_matrix *matrix, const float *from, int rows, bool add,
                         float *to)
{
    cblas_sgemm_compute(CBLAS_ROW_MAJOR, CBLAS_NO_TRANS, CBLAS_PACKED, rows, matrix->out,
                        matrix->in, from, matrix->in, matrix->packed, matrix->out,
                        add ? 1.0F : 0.0F, to, matrix->out);
}
