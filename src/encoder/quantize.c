/* quantize.c - an encoder's linear layers become int8, and what that costs is measured.
 *
 * All are made at once. If the samples' answers are then further from the float32 ones than is
 * wanted, each is tried alone, and those that harm most are float32 again, as few as do. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/packed.h"
#include "packed_parts.h"
#include "packing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINEARS_MAX (INF_ENCODER_DENSES * INF_ENCODER_LAYERS)
#define TIMED 3  /* runs, of which the fastest counts */
#define TRIED 10 /* samples by which a single layer is judged, and that are timed */

/* A layer by its number, and what it costs alone: 1 - the worst cosine. */
struct linear {
    int number;
    double harm;
};

struct trial {
    struct inf_packed *packed;
    struct inf_packed_input samples, few; /* all; the first of them */
    struct inf_packed_output expected;    /* of all, in float32 */
    struct inf_int8_matrix *made[LINEARS_MAX];
    struct linear order[LINEARS_MAX]; /* the most harmful first, once that is known */
    int linears;
    double *cosines; /* [rows], ascending: of what was measured last */
    char *reason;
};

/* ---- answers ---- */

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double cosine_of(const float *a, const float *b, size_t count)
{
    double product = 0, of_a = 0, of_b = 0;

    for (size_t i = 0; i < count; i++) {
        product += (double)a[i] * (double)b[i];
        of_a += (double)a[i] * (double)a[i];
        of_b += (double)b[i] * (double)b[i];
    }
    if (of_a == 0 && of_b == 0)
        return 1;
    return of_a > 0 && of_b > 0 ? product / sqrt(of_a * of_b) : 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The cosines of the samples' answers now, ascending. */
static int measure(struct trial *trial, const struct inf_packed_input *samples)
{
    struct inf_packed_output output;
    size_t per_text = inf_packed_count(&trial->expected) / (size_t)trial->samples.rows;

    if (inf_packed_answer(trial->packed, samples, &output, trial->reason) != 0)
        return -1;
    for (size_t i = 0; i < (size_t)samples->rows; i++)
        trial->cosines[i] =
            cosine_of(output.data + i * per_text, trial->expected.data + i * per_text, per_text);
    free(output.data);
    for (int i = 0; i < samples->rows; i++)
        if (!isfinite(trial->cosines[i]))
            return inf_packed_complain(trial->reason, "int8 makes numbers that are none");
    qsort(trial->cosines, (size_t)samples->rows, sizeof *trial->cosines, compare);
    return 0;
}

static int time_few(struct trial *trial, double *ret)
{
    *ret = INFINITY;
    for (int i = 0; i < TIMED; i++) {
        struct inf_packed_output output;
        double from = cpu_seconds(), took = 0;
        if (inf_packed_answer(trial->packed, &trial->few, &output, trial->reason) != 0)
            return -1;
        took = cpu_seconds() - from;
        free(output.data);
        *ret = took < *ret ? took : *ret;
    }
    return 0;
}

/* ---- layers ---- */

static struct inf_dense *dense_of(const struct trial *trial, int number)
{
    return inf_encoder_dense(&trial->packed->encoder, number);
}

/* The answers in float32, and how large each input of each layer gets in them: the rows of *ret lie
 * one after the other, the caller's to free. */
static int observe(struct trial *trial, float **ret)
{
    size_t count = 0;

    for (int i = 0; i < trial->linears; i++)
        count += (size_t)dense_of(trial, i)->in;
    *ret = calloc(count, sizeof **ret);
    if (*ret == NULL)
        return inf_packed_complain(trial->reason, "out of memory");
    count = 0;
    for (int i = 0; i < trial->linears; i++) {
        dense_of(trial, i)->seen = *ret + count;
        count += (size_t)dense_of(trial, i)->in;
    }
    return inf_packed_answer(trial->packed, &trial->samples, &trial->expected, trial->reason);
}

static int make_one(struct trial *trial, int number)
{
    const struct inf_dense *dense = dense_of(trial, number);
    float *weights = malloc((size_t)dense->in * (size_t)dense->out * sizeof *weights);

    if (weights != NULL && inf_matrix_read(dense->weight, weights) == 0)
        trial->made[number] = inf_int8_matrix_new(weights, dense->seen, dense->in, dense->out);
    free(weights);
    if (trial->made[number] == NULL)
        return inf_packed_complain(trial->reason,
                                   "out of memory for int8, or a weight is no finite number");
    return 0;
}

static int make_all(struct trial *trial)
{
    float *seen = NULL;
    int rc = observe(trial, &seen);

    for (int i = 0; i < trial->linears && rc == 0; i++)
        rc = make_one(trial, i);
    for (int i = 0; i < trial->linears; i++)
        dense_of(trial, i)->seen = NULL;
    free(seen);
    return rc;
}

/* All in int8 but for the first `left` of the order. */
static void use_but(struct trial *trial, int left)
{
    for (int i = 0; i < trial->linears; i++) {
        int number = trial->order[i].number;
        dense_of(trial, number)->int8 = i < left ? NULL : trial->made[number];
    }
}

/* As use_but, and measured with all samples. */
static int try_but(struct trial *trial, int left)
{
    use_but(trial, left);
    return measure(trial, &trial->samples);
}

/* The most harmful first; of equals, the first of the model. */
static int compare_harm(const void *a, const void *b)
{
    const struct linear *x = a, *y = b;

    if (x->harm != y->harm)
        return x->harm > y->harm ? -1 : 1;
    return x->number - y->number;
}

static int find_harm(struct trial *trial)
{
    use_but(trial, trial->linears);
    for (int i = 0; i < trial->linears; i++) {
        dense_of(trial, i)->int8 = trial->made[i];
        if (measure(trial, &trial->few) != 0)
            return -1;
        dense_of(trial, i)->int8 = NULL;
        trial->order[i].harm = 1 - trial->cosines[0];
    }
    qsort(trial->order, (size_t)trial->linears, sizeof trial->order[0], compare_harm);
    return 0;
}

/* *ret: how many of the order stay float32, which is in use and measured then. Bisects, since more
 * of them are hardly ever worse. */
static int choose(struct trial *trial, double min_cosine, int *ret)
{
    int least = 0, most = trial->linears; /* too few; enough */

    if (try_but(trial, 0) != 0)
        return -1;
    *ret = 0;
    if (trial->cosines[0] >= min_cosine)
        return 0;
    if (find_harm(trial) != 0)
        return -1;
    while (most - least > 1) {
        int middle = least + (most - least) / 2;
        if (try_but(trial, middle) != 0)
            return -1;
        if (trial->cosines[0] >= min_cosine)
            most = middle;
        else
            least = middle;
    }
    *ret = most;
    if (most == trial->linears) {
        snprintf(trial->reason, INF_PACKED_REASON,
                 "no linear layer can be in int8 with a cosine of at least [%g]", min_cosine);
        return -1;
    }
    return try_but(trial, most);
}

/* ---- all of it ---- */

static int begin(struct trial *trial)
{
    size_t tensor = (size_t)trial->samples.rows * (size_t)trial->samples.cols;
    int32_t *few = NULL;

    trial->linears = INF_ENCODER_DENSES * trial->packed->encoder.layer_count;
    for (int i = 0; i < trial->linears; i++)
        trial->order[i].number = i;
    trial->few = trial->samples;
    trial->few.rows = trial->samples.rows < TRIED ? trial->samples.rows : TRIED;
    few = malloc((size_t)trial->few.tensors * tensor * sizeof *few);
    trial->few.data = few;
    trial->cosines = malloc((size_t)trial->samples.rows * sizeof *trial->cosines);
    if (few == NULL || trial->cosines == NULL)
        return inf_packed_complain(trial->reason, "out of memory");
    for (int i = 0; i < trial->few.tensors; i++)
        memcpy(few + (size_t)i * (size_t)trial->few.rows * (size_t)trial->few.cols,
               trial->samples.data + (size_t)i * tensor,
               (size_t)trial->few.rows * (size_t)trial->few.cols * sizeof *few);
    return 0;
}

/* What is not used is let go: the float32 weights of the int8 layers, and the others' int8. */
static void settle(struct trial *trial)
{
    for (int i = 0; i < trial->linears; i++) {
        struct inf_dense *dense = dense_of(trial, i);
        if (dense->int8 != NULL) {
            inf_matrix_free(dense->weight);
            dense->weight = NULL;
        } else {
            inf_int8_matrix_free(trial->made[i]);
        }
        trial->made[i] = NULL;
    }
}

static int run(struct trial *trial, double min_cosine, struct inf_precision_report *ret)
{
    double before = 0, after = 0;
    int left = 0;

    if (begin(trial) != 0 || make_all(trial) != 0 || time_few(trial, &before) != 0)
        return -1;
    trial->packed->encoder.has_int8 = true;
    if (choose(trial, min_cosine, &left) != 0 || time_few(trial, &after) != 0)
        return -1;
    *ret = (struct inf_precision_report){.linears = trial->linears,
                                         .int8_linears = trial->linears - left,
                                         .median_cosine = trial->cosines[trial->samples.rows / 2],
                                         .worst_cosine = trial->cosines[0],
                                         .speedup = after > 0 ? before / after : 0};
    return 0;
}

int inf_packed_quantize(struct inf_packed *packed, const struct inf_packed_input *samples,
                        double min_cosine, struct inf_precision_report *ret, char *reason)
{
    struct trial *trial = NULL;
    int rc = -1;

    if (!inf_int8_matrix_is_exact())
        return inf_packed_complain(reason, "this processor's int8 products are not exact");
    trial = calloc(1, sizeof *trial);
    if (trial == NULL)
        return inf_packed_complain(reason, "out of memory");
    trial->packed = packed;
    trial->samples = *samples;
    trial->reason = reason;
    rc = run(trial, min_cosine, ret);
    if (rc == 0)
        settle(trial);
    else
        use_but(trial, trial->linears);
    for (int i = 0; i < trial->linears; i++)
        inf_int8_matrix_free(trial->made[i]);
    free((int32_t *)trial->few.data);
    free(trial->cosines);
    free(trial->expected.data);
    free(trial);
    return rc;
}
