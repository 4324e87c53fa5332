/* products.c - how fast one linear layer is in float32 by each kind of packed weight, on one
 * thread.
 *
 * The kinds take turns, so that what else the machine does hits all of them. Prints a row for each
 * shape and number of rows: thousands of millions of operations a second of CPU, the best of all
 * turns, and how many times as fast our own are as oneDNN's and MKL's, the median of all turns.
 *
 * Usage: OMP_NUM_THREADS=1 products [TURNS] */
/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix_kinds.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MKL, ONEDNN, OWN, KINDS, TURNS = 60, TURNS_MOST = 10000, ROWS_MOST = 256 };

static const struct inf_matrix_kind *const kinds[KINDS] = {&inf_matrix_mkl, &inf_matrix_onednn,
                                                           &inf_matrix_panels};
static const int shapes[][2] = {{384, 1152}, {384, 384}, {384, 1536}, {1536, 384}, {768, 3072}};
static const int rows_of[] = {1, 8, 16, 32, 64, ROWS_MOST};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static float *floats(size_t count)
{
    float *values = malloc(count * sizeof *values);
    uint32_t state = 1;

    for (size_t i = 0; i < count && values != NULL; i++) {
        state = state * 1664525U + 1013904223U;
        values[i] = (float)(state >> 8) / (float)(1 << 23) - 1;
    }
    if (values == NULL)
        exit(EXIT_FAILURE);
    return values;
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;

    return (one > other) - (one < other);
}

static double median_ratio(const double *seconds, int kind, int turns)
{
    static double ratios[TURNS_MOST];

    for (int i = 0; i < turns; i++)
        ratios[i] = seconds[i * KINDS + kind] / seconds[i * KINDS + OWN];
    qsort(ratios, (size_t)turns, sizeof ratios[0], by_value);
    return ratios[turns / 2];
}

static double best(const double *seconds, int kind, int turns)
{
    double least = seconds[kind];

    for (int i = 1; i < turns; i++)
        least = seconds[i * KINDS + kind] < least ? seconds[i * KINDS + kind] : least;
    return least;
}

static void measure(struct inf_matrix *const matrices[KINDS], const float *from, int in, int out,
                    int rows, int turns, float *to)
{
    static double seconds[TURNS_MOST * KINDS];
    double operations = 2.0 * rows * in * out / 1e9;

    for (int turn = 0; turn < turns; turn++)
        for (int kind = 0; kind < KINDS; kind++) {
            double begun = now();
            if (matrices[kind] != NULL &&
                inf_matrix_multiply(matrices[kind], from, rows, false, to) != 0)
                exit(EXIT_FAILURE);
            seconds[turn * KINDS + kind] = now() - begun;
        }
    printf("%4d to %4d, %3d rows: MKL %5.1f, oneDNN %5.1f, own %5.1f; own / MKL %.2f, own / oneDNN "
           "%.2f\n",
           in, out, rows, matrices[MKL] == NULL ? 0 : operations / best(seconds, MKL, turns),
           matrices[ONEDNN] == NULL ? 0 : operations / best(seconds, ONEDNN, turns),
           operations / best(seconds, OWN, turns), median_ratio(seconds, MKL, turns),
           median_ratio(seconds, ONEDNN, turns));
}

static void measure_shape(int in, int out, int turns)
{
    float *weight = floats((size_t)in * (size_t)out),
          *from = floats((size_t)ROWS_MOST * (size_t)in);
    float *to = floats((size_t)ROWS_MOST * (size_t)out);
    struct inf_matrix *matrices[KINDS] = {NULL};

    for (int kind = 0; kind < KINDS; kind++)
        if (kinds[kind]->is_available())
            matrices[kind] =
                inf_matrix_new_of(kinds[kind], (const float *const *)&weight, &out, 1, in);
    for (size_t i = 0; i < sizeof rows_of / sizeof rows_of[0]; i++)
        measure(matrices, from, in, out, rows_of[i], turns, to);
    for (int kind = 0; kind < KINDS; kind++)
        inf_matrix_free(matrices[kind]);
    free(weight);
    free(from);
    free(to);
}

int main(int argc, char **argv)
{
    long turns = argc > 1 ? strtol(argv[1], NULL, 10) : TURNS;

    if (turns < 1 || turns > TURNS_MOST) {
        fprintf(stderr, "usage: products [TURNS], 1 to %d\n", TURNS_MOST);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        measure_shape(shapes[i][0], shapes[i][1], (int)turns);
    return EXIT_SUCCESS;
}
