/* quantize.c - an encoder's linear layers multiply in fewer bits, and what that costs is measured.
 *
 * All are made at once. If the samples' answers are then further from the float32 ones than is
 * wanted, each is tried alone, and those that harm most are float32 again, as few as do. What came
 * of it is kept (fit.h), and a model that was fitted before is made by that. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint.h"
#include "fit.h"
#include "inferd/packed.h"
#include "packed_parts.h"
#include "packing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINEARS_MAX (INF_ENCODER_DENSES * INF_ENCODER_LAYERS)
#define LEAST_GAIN 1.05
_Static_assert(LINEARS_MAX <= INF_FIT_LINEARS, "a fit has room for each layer");
#define TIMED 3  /* runs, of which the fastest counts */
#define TRIED 10 /* samples by which a single layer is judged, and that are timed */

/* A layer by its number, and what it costs alone: 1 - the worst cosine. */
struct linear {
    int number;
    double harm;
};

/* One in fewer bits, of whichever type. */
struct made {
    struct inf_int8_matrix *int8;
    struct inf_bf16_matrix *bf16;
};

static const char *const names[INF_LINEAR_TYPES] = {
    [INF_LINEAR_FLOAT32] = "float32", [INF_LINEAR_BF16] = "bf16", [INF_LINEAR_INT8] = "int8"};

struct trial {
    struct inf_packed *packed;
    struct inf_packed_input samples, few; /* all; the first of them */
    struct inf_packed_output expected;    /* of all, in float32 */
    enum inf_linear_type type;            /* that they become */
    struct made made[LINEARS_MAX];
    struct linear order[LINEARS_MAX]; /* the most harmful first, once that is known */
    int linears;
    struct inf_fit_aim aim;
    uint8_t *sizes;  /* [aim.size_count], codes of how large inputs get; NULL: nobody asks */
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

/* "<type> <words>" */
static int complain(struct trial *trial, const char *words)
{
    snprintf(trial->reason, INF_PACKED_REASON, "%s %s", names[trial->type], words);
    return -1;
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
    inf_packed_forget(trial->packed, &output);
    for (int i = 0; i < samples->rows; i++)
        if (!isfinite(trial->cosines[i]))
            return complain(trial, "makes numbers that are none");
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
        inf_packed_forget(trial->packed, &output);
        *ret = took < *ret ? took : *ret;
    }
    return 0;
}

/* What this processor has for bf16. */
static const char *instructions(void)
{
#if defined __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("amx-bf16"))
        return "AMX";
    if (__builtin_cpu_supports("avx512bf16"))
        return "AVX512_BF16";
    return "neither AMX nor AVX512_BF16";
#else
    return "no x86 instructions";
#endif
}

/* ---- layers ---- */

static struct inf_dense *dense_of(const struct trial *trial, int number)
{
    return inf_encoder_dense(&trial->packed->encoder, number);
}

/* Sizes of each layer's inputs lie one after the other. */
static void see(struct trial *trial, float *seen)
{
    for (int i = 0; i < trial->linears; i++) {
        dense_of(trial, i)->seen = seen;
        if (seen != NULL)
            seen += dense_of(trial, i)->in;
    }
}

/* The answers in float32, and how large each input of each layer gets in them. */
static int observe(struct trial *trial, float *seen)
{
    int rc = 0;

    see(trial, seen);
    rc = inf_packed_answer(trial->packed, &trial->samples, &trial->expected, trial->reason);
    see(trial, NULL);
    for (int64_t i = 0; i < trial->aim.size_count && rc == 0; i++)
        trial->sizes[i] = inf_fit_code(seen[i]);
    return rc;
}

/* seen[in]: how large its inputs get; NULL: nobody asks. */
static int make_one(struct trial *trial, int number, const float *seen)
{
    const struct inf_dense *dense = dense_of(trial, number);
    float *weights = malloc((size_t)dense->in * (size_t)dense->out * sizeof *weights);
    struct made *made = &trial->made[number];

    if (weights == NULL || inf_matrix_read(dense->weight, weights) != 0) {
        free(weights);
        return complain(trial, "finds no memory for its weights");
    }
    if (trial->type == INF_LINEAR_INT8)
        made->int8 = inf_int8_matrix_new(weights, seen, dense->in, dense->out);
    else
        made->bf16 = inf_bf16_matrix_new(weights, dense->in, dense->out);
    free(weights);
    return made->int8 != NULL || made->bf16 != NULL
               ? 0
               : complain(trial, "cannot be had: a weight is no finite number, or memory or the "
                                 "processor's instructions are lacking");
}

/* Those that are to be, or all (narrow NULL), of the sizes' codes. */
static int make_some(struct trial *trial, const uint8_t *narrow, const uint8_t *codes, float *seen)
{
    int rc = 0;

    for (int64_t i = 0; i < trial->aim.size_count; i++)
        seen[i] = inf_fit_size(codes[i]);
    for (int i = 0; i < trial->linears && rc == 0; i++) {
        if (narrow == NULL || narrow[i] == 1)
            rc = make_one(trial, i, seen);
        if (seen != NULL)
            seen += dense_of(trial, i)->in;
    }
    return rc;
}

/* Room for all sizes: NULL where nobody asks, too. 0, or -1: no memory. */
static int reserve_seen(struct trial *trial, float **ret)
{
    *ret = NULL;
    if (trial->aim.size_count == 0)
        return 0;
    *ret = calloc((size_t)trial->aim.size_count, sizeof **ret);
    return *ret != NULL ? 0 : inf_packed_complain(trial->reason, "out of memory");
}

static int make_all(struct trial *trial)
{
    float *seen = NULL;
    int rc = reserve_seen(trial, &seen);

    if (rc == 0)
        rc = observe(trial, seen);
    if (rc == 0)
        rc = make_some(trial, NULL, trial->sizes, seen);
    free(seen);
    return rc;
}

static void use(struct trial *trial, int number, bool is_narrow)
{
    struct inf_dense *dense = dense_of(trial, number);

    dense->int8 = is_narrow ? trial->made[number].int8 : NULL;
    dense->bf16 = is_narrow ? trial->made[number].bf16 : NULL;
}

/* All in fewer bits but for the first `left` of the order. */
static void use_but(struct trial *trial, int left)
{
    for (int i = 0; i < trial->linears; i++)
        use(trial, trial->order[i].number, i >= left);
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
        use(trial, i, true);
        if (measure(trial, &trial->few) != 0)
            return -1;
        use(trial, i, false);
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
                 "no linear layer can be in %s with a cosine of at least [%g]", names[trial->type],
                 min_cosine);
        return -1;
    }
    return try_but(trial, most);
}

/* ---- all of it ---- */

static void aim(struct trial *trial, double min_cosine)
{
    const struct inf_packed_input *samples = &trial->samples;
    const int32_t shape[] = {samples->tensors, samples->rows, samples->cols};
    size_t numbers = (size_t)samples->tensors * (size_t)samples->rows * (size_t)samples->cols;

    trial->linears = INF_ENCODER_DENSES * trial->packed->encoder.layer_count;
    trial->aim =
        (struct inf_fit_aim){.samples = inf_fingerprint(inf_fingerprint(0, shape, sizeof shape),
                                                        samples->data, numbers * sizeof(int32_t)),
                             .min_cosine = min_cosine,
                             .type = (int32_t)trial->type,
                             .linears = trial->linears};
    for (int i = 0; i < trial->linears && trial->type == INF_LINEAR_INT8; i++)
        trial->aim.size_count += dense_of(trial, i)->in;
    for (int i = 0; i < trial->linears; i++)
        trial->order[i].number = i;
}

static int begin(struct trial *trial)
{
    size_t tensor = (size_t)trial->samples.rows * (size_t)trial->samples.cols;
    int32_t *few = NULL;

    trial->sizes = malloc((size_t)trial->aim.size_count + 1);
    trial->few = trial->samples;
    trial->few.rows = trial->samples.rows < TRIED ? trial->samples.rows : TRIED;
    few = malloc((size_t)trial->few.tensors * tensor * sizeof *few);
    trial->few.data = few;
    trial->cosines = malloc((size_t)trial->samples.rows * sizeof *trial->cosines);
    if (few == NULL || trial->cosines == NULL || trial->sizes == NULL)
        return inf_packed_complain(trial->reason, "out of memory");
    for (int i = 0; i < trial->few.tensors; i++)
        memcpy(few + (size_t)i * (size_t)trial->few.rows * (size_t)trial->few.cols,
               trial->samples.data + (size_t)i * tensor,
               (size_t)trial->few.rows * (size_t)trial->few.cols * sizeof *few);
    return 0;
}

static void forget(struct made *made)
{
    inf_int8_matrix_free(made->int8);
    inf_bf16_matrix_free(made->bf16);
    *made = (struct made){0};
}

/* What is not used is let go: the float32 weights of the layers in fewer bits, and what was made
 * for the others. */
static void settle(struct trial *trial)
{
    for (int i = 0; i < trial->linears; i++) {
        struct inf_dense *dense = dense_of(trial, i);
        if (dense->int8 != NULL || dense->bf16 != NULL) {
            inf_matrix_free(dense->weight);
            dense->weight = NULL;
            trial->made[i] = (struct made){0};
        } else {
            forget(&trial->made[i]);
        }
    }
}

/* Everybody's processor has fast products in int8 that has exact ones; of bf16 only a try tells. */
static int check_gain(struct trial *trial, double speedup)
{
    if (trial->type != INF_LINEAR_BF16 || speedup >= LEAST_GAIN)
        return 0;
    snprintf(trial->reason, INF_PACKED_REASON,
             "bf16 is not faster than float32 on this processor, which has %s: sample texts were "
             "computed [%.2f] times as fast",
             instructions(), speedup);
    return -1;
}

static int run(struct trial *trial, double min_cosine, struct inf_precision_report *ret)
{
    double before = 0, after = 0;
    int left = 0;

    if (begin(trial) != 0 || make_all(trial) != 0 || time_few(trial, &before) != 0)
        return -1;
    trial->packed->encoder.linears = trial->type;
    if (choose(trial, min_cosine, &left) != 0 || time_few(trial, &after) != 0 ||
        check_gain(trial, before / after) != 0)
        return -1;
    *ret = (struct inf_precision_report){.linears = trial->linears,
                                         .narrow_linears = trial->linears - left,
                                         .median_cosine = trial->cosines[trial->samples.rows / 2],
                                         .worst_cosine = trial->cosines[0],
                                         .speedup = after > 0 ? before / after : 0};
    return 0;
}

/* By what was found before. */
static int run_again(struct trial *trial, const struct inf_fit *fit,
                     struct inf_precision_report *ret)
{
    float *seen = NULL;
    int rc = reserve_seen(trial, &seen);

    if (rc == 0)
        rc = make_some(trial, fit->narrow, fit->sizes, seen);
    free(seen);
    if (rc != 0)
        return -1;
    for (int i = 0; i < trial->linears; i++)
        use(trial, i, fit->narrow[i] == 1);
    trial->packed->encoder.linears = trial->type;
    *ret = fit->report;
    ret->is_kept = 1;
    return 0;
}

/* What is in use now; a fit that cannot be written is made again the next time. */
static void keep(const struct trial *trial, const struct inf_precision_report *report,
                 struct inf_packed_fit *ret)
{
    struct inf_fit fit = {.aim = trial->aim, .report = *report, .sizes = trial->sizes};

    for (int i = 0; i < trial->linears; i++)
        fit.narrow[i] = dense_of(trial, i)->int8 != NULL || dense_of(trial, i)->bf16 != NULL;
    (void)inf_fit_write(&fit, ret);
}

static int fit_or_remember(struct trial *trial, double min_cosine,
                           const struct inf_packed_fit *kept, struct inf_precision_report *ret,
                           struct inf_packed_fit *ret_fit)
{
    struct inf_fit fit;

    aim(trial, min_cosine);
    if (kept != NULL && inf_fit_read(kept->bytes, kept->length, &trial->aim, &fit) == 0)
        return run_again(trial, &fit, ret);
    if (run(trial, min_cosine, ret) != 0)
        return -1;
    keep(trial, ret, ret_fit);
    return 0;
}

static void end(struct trial *trial)
{
    for (int i = 0; i < trial->linears; i++)
        forget(&trial->made[i]);
    free((int32_t *)trial->few.data);
    free(trial->cosines);
    free(trial->sizes);
    inf_packed_forget(trial->packed, &trial->expected);
    free(trial);
}

int inf_packed_quantize(struct inf_packed *packed, const struct inf_packed_input *samples,
                        enum inf_linear_type type, double min_cosine,
                        const struct inf_packed_fit *kept, struct inf_precision_report *ret,
                        struct inf_packed_fit *ret_fit, char *reason)
{
    struct trial *trial = NULL;
    int rc = -1;

    *ret_fit = (struct inf_packed_fit){0};
    if (type == INF_LINEAR_INT8 && !inf_int8_matrix_is_exact())
        return inf_packed_complain(reason, "this processor's int8 products are not exact");
    trial = calloc(1, sizeof *trial);
    if (trial == NULL)
        return inf_packed_complain(reason, "out of memory");
    trial->packed = packed;
    trial->samples = *samples;
    trial->type = type;
    trial->reason = reason;
    rc = fit_or_remember(trial, min_cosine, kept, ret, ret_fit);
    if (rc == 0)
        settle(trial);
    else
        use_but(trial, trial->linears);
    end(trial);
    return rc;
}
