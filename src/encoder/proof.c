/* Which encoder and head a model is, found by trying, and proven by its own answers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/packed.h"
#include "packed_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-5
#define FIRST_ID 3 /* those before are padding's and the like, which some models count by */

/* Tokens of the probes; the first finds the head. They are bounded by the model's positions. */
static const int lengths[] = {9, 3, 22, 70, 512};

enum { PROBES = sizeof lengths / sizeof lengths[0], TENSORS_LEAST = 2, TENSORS_MOST = 4 };

struct probe {
    int32_t *data; /* [tensors][1][length] */
    struct inf_packed_input input;
    struct inf_packed_output expected; /* the module's */
};

struct proof {
    const struct inf_packed_reference *reference;
    char *reason;                /* of what was tried last, or came nearest */
    double nearest;              /* difference of anything tried that was not it */
    struct probe probes[PROBES]; /* for the present architecture */
    size_t count;
};

/* ---- probes ---- */

/* Numbers that look random (a linear congruential generator's), the same each time. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

static void fill_probe(int32_t *data, int tensors, int length, const struct inf_encoder *encoder)
{
    uint32_t state = (uint32_t)length;

    for (int i = 0; i < length; i++) {
        data[i] =
            FIRST_ID + (int32_t)(next_random(&state) % (uint32_t)(encoder->vocabulary - FIRST_ID));
        data[length + i] = 1;
        if (tensors > 2)
            data[2 * length + i] = encoder->type_count > 1 && i > length / 2;
        if (tensors > 3)
            data[3 * length + i] = i;
    }
}

static int add_probe(struct proof *proof, int length, const struct inf_encoder *encoder)
{
    const struct inf_packed_reference *reference = proof->reference;
    struct probe *probe = &proof->probes[proof->count];

    probe->data = malloc((size_t)reference->tensors * (size_t)length * sizeof *probe->data);
    if (probe->data == NULL)
        return inf_packed_complain(proof->reason, "out of memory");
    fill_probe(probe->data, reference->tensors, length, encoder);
    probe->input = (struct inf_packed_input){probe->data, reference->tensors, 1, length};
    if (reference->answer(reference->arg, &probe->input, &probe->expected, proof->reason) != 0) {
        free(probe->data);
        return -1;
    }
    proof->count++;
    return 0;
}

static void forget_probes(struct proof *proof)
{
    for (size_t i = 0; i < proof->count; i++) {
        free(proof->probes[i].data);
        free(proof->probes[i].expected.data);
    }
    proof->count = 0;
}

bool inf_packed_is_large_enough(const struct inf_encoder *encoder)
{
    return encoder->vocabulary > FIRST_ID && inf_encoder_longest(encoder) >= lengths[0];
}

/* The probe of this number, made when it is first wanted. NULL, and why not in proof->reason. */
static const struct probe *probe_of(struct proof *proof, size_t number,
                                    const struct inf_encoder *encoder)
{
    int most = inf_encoder_longest(encoder);
    int length = lengths[number] < most ? lengths[number] : most;

    if (number == proof->count && add_probe(proof, length, encoder) != 0)
        return NULL;
    return &proof->probes[number];
}

/* ---- comparing ---- */

static double mean_square(const float *row, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += isfinite(row[i]) ? (double)row[i] * (double)row[i] : 0;
    return sum / (double)count;
}

/* The largest difference of any number of a row, in terms of what it may be; infinite when one is
 * no number. */
static double compare_row(const float *row, const float *expected, size_t count)
{
    double square = mean_square(expected, count), most = 0;

    for (size_t i = 0; i < count; i++) {
        double wanted = (double)expected[i];
        double difference = fabs((double)row[i] - wanted) / inf_packed_size(wanted, square);
        if (!(difference <= most))
            most = isnan(difference) ? (double)INFINITY : difference;
    }
    return most;
}

/* The same of all; infinite when shapes differ, too. */
static double compare(const struct inf_packed_output *a, const struct inf_packed_output *b)
{
    size_t count = inf_packed_count(a), cols = (size_t)a->shape[a->rank - 1];
    double most = 0;

    if (a->rank != b->rank || memcmp(a->shape, b->shape, sizeof a->shape) != 0)
        return (double)INFINITY;
    for (size_t i = 0; i < count; i += cols)
        most = fmax(most, compare_row(a->data + i, b->data + i, cols));
    return most;
}

static double try_alone(struct inf_packed *packed, const struct probe *probe)
{
    char reason[INF_PACKED_REASON];
    struct inf_packed_output output;
    double difference = 0;

    if (inf_packed_answer(packed, &probe->input, &output, reason) != 0)
        return (double)INFINITY;
    difference = compare(&output, &probe->expected);
    inf_packed_forget(packed, &output);
    return difference;
}

/* ---- together ---- */

/* So many probes as the rows of one input, each filled up with zeros. */
static int32_t *join(const struct proof *proof, size_t count, struct inf_packed_input *ret)
{
    int cols = 0, tensors = proof->reference->tensors;
    int32_t *data = NULL;

    for (size_t i = 0; i < count; i++)
        cols = proof->probes[i].input.cols > cols ? proof->probes[i].input.cols : cols;
    data = calloc((size_t)tensors * count * (size_t)cols, sizeof *data);
    for (int tensor = 0; tensor < tensors && data != NULL; tensor++)
        for (size_t i = 0; i < count; i++) {
            int length = proof->probes[i].input.cols;
            memcpy(data + ((size_t)tensor * count + i) * (size_t)cols,
                   proof->probes[i].data + (size_t)tensor * (size_t)length,
                   (size_t)length * sizeof *data);
        }
    *ret = (struct inf_packed_input){data, tensors, (int)count, cols};
    return data;
}

/* What a probe got among others: the beginning of its rows, which were filled up. */
static void cut(const struct inf_packed_output *whole, size_t count, size_t probe,
                struct inf_packed_output *part)
{
    size_t per_probe = inf_packed_count(whole) / count;
    size_t lines = part->rank == 3 && part->shape[0] > 1 ? (size_t)part->shape[0] : 1;
    size_t line = inf_packed_count(part) / lines;

    for (size_t i = 0; i < lines; i++)
        memcpy(part->data + i * line, whole->data + probe * per_probe + i * (per_probe / lines),
               line * sizeof *part->data);
}

/* The longest, which is the last, stays away: it would take longer than all else, and what
 * neighbours do to each other is not a matter of length. */
static double try_together(struct inf_packed *packed, const struct proof *proof)
{
    char reason[INF_PACKED_REASON];
    struct inf_packed_input input;
    struct inf_packed_output output;
    size_t count = proof->count - 1;
    int32_t *data = join(proof, count, &input);
    double most = 0;
    int rc = data == NULL ? -1 : inf_packed_answer(packed, &input, &output, reason);

    free(data);
    if (rc != 0)
        return (double)INFINITY;
    for (size_t i = 0; i < count; i++) {
        const struct inf_packed_output *expected = &proof->probes[i].expected;
        struct inf_packed_output part = *expected;
        part.data = malloc(inf_packed_count(expected) * sizeof *part.data);
        if (part.data != NULL)
            cut(&output, count, i, &part);
        most = fmax(most, part.data != NULL ? compare(&part, expected) : (double)INFINITY);
        free(part.data);
    }
    inf_packed_forget(packed, &output);
    return most;
}

/* ---- which it is ---- */

static double try_all(struct inf_packed *packed, struct proof *proof)
{
    double most = 0;

    for (size_t i = 0; i < PROBES && most <= TOLERANCE; i++) {
        const struct probe *probe = probe_of(proof, i, &packed->encoder);
        most = probe != NULL ? fmax(most, try_alone(packed, probe)) : (double)INFINITY;
    }
    return most <= TOLERANCE ? fmax(most, try_together(packed, proof)) : most;
}

/* Does the model answer as its module does? */
static bool is_it(struct inf_packed *packed, struct proof *proof)
{
    packed->difference = try_all(packed, proof);
    if (packed->difference <= TOLERANCE)
        return true;
    if (packed->difference < proof->nearest) {
        proof->nearest = packed->difference;
        snprintf(proof->reason, INF_PACKED_REASON,
                 "its answers are not those of what it looks like, the nearest are off by %.2g",
                 proof->nearest);
    }
    return false;
}

/* With these dense layers: which tokens, and of what length. */
static bool find_pooling(struct inf_packed *packed, struct proof *proof)
{
    for (int tokens = 0; tokens < INF_HEAD_TOKENS_COUNT; tokens++)
        for (int unit = 0; unit < 2; unit++) {
            packed->head.tokens = (enum inf_head_tokens)tokens;
            packed->head.is_unit = unit == 1;
            if (tokens == INF_HEAD_SPANS && packed->head.out != 2)
                continue;
            if (is_it(packed, proof))
                return true;
        }
    return false;
}

/* All dense layers first, then fewer: who has a classifier uses it, who has a pooler may not. 1:
 * this is it; 0: none is; -1: no memory. */
static int find_head(struct inf_packed *packed, struct proof *proof, const struct inf_step *steps,
                     size_t count)
{
    int hidden = packed->encoder.hidden;

    for (size_t layers = inf_head_count_layers(steps, count, hidden) + 1; layers-- > 0;) {
        if (inf_head_init(&packed->head, steps, count, hidden, layers) != 0)
            return inf_packed_complain(proof->reason, "out of memory");
        if (find_pooling(packed, proof))
            return 1;
        inf_head_fini(&packed->head);
    }
    return 0;
}

/* As find_head, for one architecture. */
static int try_architecture(struct inf_packed *packed, struct proof *proof,
                            const struct inf_steps *steps)
{
    size_t used = 0;
    int rc = inf_recognise(packed->architecture, steps, &packed->encoder, &used);

    if (rc == 1)
        return 0;
    if (rc < 0)
        return inf_packed_complain(proof->reason, "out of memory");
    if (inf_packed_is_large_enough(&packed->encoder))
        rc = find_head(packed, proof, steps->items + used, steps->count - used);
    forget_probes(proof);
    if (rc != 1)
        inf_encoder_fini(&packed->encoder);
    return rc;
}

static bool find(struct inf_packed *packed, struct proof *proof, const struct inf_steps *steps)
{
    size_t count = 0;
    const struct inf_architecture *all = inf_architectures(&count);
    int rc = 0;

    inf_packed_complain(proof->reason, "it is of no architecture that is known");
    for (size_t i = 0; i < count && rc == 0; i++) {
        packed->architecture = &all[i];
        rc = try_architecture(packed, proof, steps);
    }
    return rc == 1;
}

struct inf_packed *inf_packed_new(const struct inf_steps *steps,
                                  const struct inf_packed_reference *reference, char *reason)
{
    struct proof proof = {.reference = reference, .reason = reason, .nearest = (double)INFINITY};
    struct inf_packed *packed = NULL;

    inf_packed_complain(reason, "it takes other inputs than ids, mask, types and positions");
    if (reference->tensors < TENSORS_LEAST || reference->tensors > TENSORS_MOST)
        return NULL;
    inf_packed_complain(reason, "out of memory");
    packed = inf_packed_empty();
    if (packed == NULL)
        return NULL;
    if (find(packed, &proof, steps))
        return packed;
    inf_packed_free(packed);
    return NULL;
}
