/* mkl_matrix.c - weights packed by MKL's functions for it.
 *
 * MKL asks for more room than it fills, and what it does not touch takes no memory. So each matrix
 * has a mapping of its own, which is not written to again.
 *
 * The number of rows that a matrix is packed for is only a hint: the blocks are laid by out and in,
 * and any number of rows gives the same bits as without packing (tests/unit/encoder). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix_kinds.h"
#include "mkl.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROWS_HINT 256

/* MKL keeps a few pages for itself and begins its blocks at the next 2 MiB behind them. */
#define BLOCKS_AT 0x2000
#define HUGE_PAGE ((size_t)2 << 20)
#define FULL_ENOUGH 0.8 /* of a huge page, for it to be one */

struct packed {
    int out, in;
    float *packed; /* a mapping of its own */
    size_t mapped_bytes;
};

static bool is_available(void)
{
    return cblas_sgemm_pack_get_size != NULL && cblas_sgemm_pack != NULL &&
           cblas_sgemm_compute != NULL;
}

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t bytes)
{
    return (bytes + page_bytes() - 1) / page_bytes() * page_bytes();
}

static void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

/* A mapping of that many bytes, in which MKL's blocks begin at a huge page; whole pages. */
static float *map_for_blocks(size_t bytes)
{
    char *memory = map(bytes + HUGE_PAGE);
    uintptr_t start = (uintptr_t)memory + BLOCKS_AT;
    size_t before = (HUGE_PAGE - start % HUGE_PAGE) % HUGE_PAGE, after = HUGE_PAGE - before;

    if (memory == NULL)
        return NULL;
    if (before > 0)
        munmap(memory, before);
    if (after > 0)
        munmap(memory + before + bytes, after);
    return (float *)(memory + before);
}

/* A short text reads all weights for little work, and a fifth of its time goes into looking up
 * pages of 4 KiB. So blocks lie in huge pages, but for the end of them that would leave one half
 * empty. It is advice: where MKL begins its blocks elsewhere, nothing breaks. */
static void advise(const struct packed *matrix)
{
    size_t filled = (size_t)matrix->out * (size_t)matrix->in * sizeof(float);
    size_t pages = (size_t)((double)filled / (double)HUGE_PAGE + 1 - FULL_ENOUGH);

    if (pages > 0 && BLOCKS_AT + pages * HUGE_PAGE <= matrix->mapped_bytes)
        madvise((char *)matrix->packed + BLOCKS_AT, pages * HUGE_PAGE, MADV_HUGEPAGE);
}

/* All but the first page: multiplying finds out anew where the blocks begin, and notes it there,
 * the same each time. A wild write elsewhere ends the process, and does not change answers. */
static void close_for_writing(const struct packed *matrix)
{
    size_t page = page_bytes();

    mprotect((char *)matrix->packed + page, matrix->mapped_bytes - page, PROT_READ);
}

static void drop(void *kept)
{
    struct packed *matrix = kept;

    if (matrix->packed != NULL)
        munmap(matrix->packed, matrix->mapped_bytes);
    free(matrix);
}

static void *pack(const float *weight, int out, int in)
{
    struct packed *matrix = malloc(sizeof *matrix);

    if (matrix == NULL)
        return NULL;
    *matrix = (struct packed){.out = out, .in = in};
    matrix->mapped_bytes =
        whole_pages(cblas_sgemm_pack_get_size(CBLAS_B_MATRIX, ROWS_HINT, out, in));
    matrix->packed = map_for_blocks(matrix->mapped_bytes);
    if (matrix->packed == NULL) {
        drop(matrix);
        return NULL;
    }
    advise(matrix);
    cblas_sgemm_pack(CBLAS_ROW_MAJOR, CBLAS_B_MATRIX, CBLAS_TRANS, ROWS_HINT, out, in, 1.0F, weight,
                     in, matrix->packed);
    close_for_writing(matrix);
    return matrix;
}

static int multiply(const void *kept, const float *from, int rows, bool add, float *to)
{
    const struct packed *matrix = kept;

    cblas_sgemm_compute(CBLAS_ROW_MAJOR, CBLAS_NO_TRANS, CBLAS_PACKED, rows, matrix->out,
                        matrix->in, from, matrix->in, matrix->packed, matrix->out,
                        add ? 1.0F : 0.0F, to, matrix->out);
    return 0;
}

const struct inf_matrix_kind inf_matrix_mkl = {is_available, pack, multiply, drop, NULL};
