/* parcel.c - a weight that several steps have (a table that is the last layer, too) travels once.
 * Its memory goes back to the system as soon as it is written, so that the two processes together,
 * which are one to a control group, hold the weights once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parcel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAGIC 0x314b5049U /* "IPK1" */
#define WRITE_MOST ((size_t)1 << 20)
#define ROWS_MOST (1 << 26) /* of a weight; so sums of a few do not overflow */

struct sent_header {
    uint32_t magic, count;
    int32_t head_size, padding;
    struct inf_packed_choice choice;
};

struct sent_step {
    int32_t kind, rows, cols, activation, input;
    float epsilon;
    int32_t has_weight, has_bias;
    int32_t same_as; /* the number of an earlier step with this weight, or -1 */
};

static size_t weight_count(const struct inf_step *step)
{
    return step->kind == INF_STEP_NORM ? (size_t)step->cols
                                       : (size_t)step->rows * (size_t)step->cols;
}

static size_t bias_count(const struct inf_step *step)
{
    return (size_t)(step->kind == INF_STEP_NORM ? step->cols : step->rows);
}

/* ---- writing ---- */

static int write_all(int to, const void *data, size_t length)
{
    const char *at = data;

    while (length > 0) {
        ssize_t written = write(to, at, length < WRITE_MOST ? length : WRITE_MOST);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        at += written;
        length -= (size_t)written;
    }
    return 0;
}

/* The whole pages of it. */
static void give_back(const float *floats, size_t count)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)floats + page - 1) & ~(page - 1);
    uintptr_t to = (uintptr_t)(floats + count) & ~(page - 1);

    if (to > from)
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
}

static int write_floats(int to, const float *floats, size_t count)
{
    if (write_all(to, floats, count * sizeof *floats) != 0)
        return -1;
    give_back(floats, count);
    return 0;
}

static int first_with(const struct inf_steps *steps, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (steps->items[i].weight == steps->items[number].weight &&
            weight_count(&steps->items[i]) == weight_count(&steps->items[number]))
            return (int)i;
    return -1;
}

static int write_steps(int to, const struct inf_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct inf_step *step = &steps->items[i];
        const struct sent_step sent = {.kind = (int32_t)step->kind,
                                       .rows = step->rows,
                                       .cols = step->cols,
                                       .activation = (int32_t)step->activation,
                                       .input = step->input,
                                       .epsilon = step->epsilon,
                                       .has_weight = step->weight != NULL,
                                       .has_bias = step->bias != NULL,
                                       .same_as = step->weight != NULL ? first_with(steps, i) : -1};
        if (write_all(to, &sent, sizeof sent) != 0)
            return -1;
    }
    return 0;
}

int inf_parcel_write(int to, const struct inf_steps *steps, const struct inf_packed_choice *choice)
{
    const struct sent_header header = {.magic = MAGIC,
                                       .count = (uint32_t)steps->count,
                                       .head_size = steps->head_size,
                                       .choice = *choice};

    if (steps->count > INF_PARCEL_STEPS) {
        errno = EINVAL;
        return -1;
    }
    if (write_all(to, &header, sizeof header) != 0 || write_steps(to, steps) != 0)
        return -1;
    for (size_t i = 0; i < steps->count; i++) {
        const struct inf_step *step = &steps->items[i];
        if (step->weight != NULL && first_with(steps, i) < 0 &&
            write_floats(to, step->weight, weight_count(step)) != 0)
            return -1;
        if (step->bias != NULL && write_floats(to, step->bias, bias_count(step)) != 0)
            return -1;
    }
    return 0;
}

/* ---- reading ---- */

struct reading {
    int from;
    int64_t bytes_left;
    struct inf_parcel *parcel;
    char *reason;
};

static int fail(const struct reading *reading, const char *what)
{
    snprintf(reading->reason, INF_PACKED_REASON, "%s", what);
    return -1;
}

static int read_all(const struct reading *reading, void *data, size_t length)
{
    char *at = data;

    while (length > 0) {
        ssize_t got = read(reading->from, at, length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(reading, "its weights ended early");
        at += got;
        length -= (size_t)got;
    }
    return 0;
}

static bool is_shape(const struct sent_step *sent)
{
    return sent->rows >= 0 && sent->rows <= ROWS_MOST && sent->cols >= 0 &&
           (sent->cols == 0 || sent->rows <= INT32_MAX / sent->cols);
}

/* Does it have what its kind has? A linear layer of unknown weights has none, and no shape. */
static bool is_sound(const struct sent_step *sent, size_t number)
{
    bool has_shape = sent->rows > 0 && sent->cols > 0;

    if (!is_shape(sent) || sent->same_as < -1 || sent->same_as >= (int32_t)number ||
        sent->activation < 0 || sent->activation >= INF_ACTIVATION_COUNT)
        return false;
    switch (sent->kind) {
    case INF_STEP_EMBEDDING:
        return sent->has_weight != 0 && has_shape && sent->has_bias == 0;
    case INF_STEP_LINEAR:
        return sent->has_weight != 0 ? has_shape : sent->has_bias == 0;
    case INF_STEP_NORM:
        return sent->has_weight == sent->has_bias && (sent->has_weight == 0 || sent->cols > 0);
    default:
        return sent->kind == INF_STEP_ACTIVATION && sent->has_weight == 0 && sent->has_bias == 0;
    }
}

static float *read_floats(struct reading *reading, size_t count)
{
    int64_t bytes = (int64_t)(count * sizeof(float));
    float *floats = NULL;

    if (bytes > reading->bytes_left) {
        fail(reading, "its weights are larger than its definition");
        return NULL;
    }
    reading->bytes_left -= bytes;
    floats = malloc((size_t)bytes);
    if (floats == NULL) {
        fail(reading, "out of memory");
        return NULL;
    }
    if (read_all(reading, floats, (size_t)bytes) != 0) {
        free(floats);
        return NULL;
    }
    return floats;
}

/* Of the step with this number, whose shape is known. */
static int read_weights(struct reading *reading, size_t number, const struct sent_step *sent)
{
    struct inf_parcel *parcel = reading->parcel;
    struct inf_step *step = &parcel->items[number];

    if (sent->has_weight != 0 && sent->same_as >= 0) {
        const struct inf_step *other = &parcel->items[sent->same_as];
        if (other->weight == NULL || weight_count(other) != weight_count(step))
            return fail(reading, "a weight is another's of another shape");
        step->weight = other->weight;
    } else if (sent->has_weight != 0) {
        step->weight = parcel->owned[2 * number] = read_floats(reading, weight_count(step));
        if (step->weight == NULL)
            return -1;
    }
    if (sent->has_bias != 0) {
        step->bias = parcel->owned[2 * number + 1] = read_floats(reading, bias_count(step));
        if (step->bias == NULL)
            return -1;
    }
    return 0;
}

static int read_steps(struct reading *reading, struct sent_step *sent, size_t count)
{
    struct inf_parcel *parcel = reading->parcel;

    if (read_all(reading, sent, count * sizeof *sent) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!is_sound(&sent[i], i))
            return fail(reading, "a step of it makes no sense");
        parcel->items[i] = (struct inf_step){.kind = (enum inf_step_kind)sent[i].kind,
                                             .rows = sent[i].rows,
                                             .cols = sent[i].cols,
                                             .epsilon = sent[i].epsilon,
                                             .activation = (enum inf_activation)sent[i].activation,
                                             .input = sent[i].input};
    }
    for (size_t i = 0; i < count; i++)
        if (read_weights(reading, i, &sent[i]) != 0)
            return -1;
    return 0;
}

static int read_parcel(struct reading *reading)
{
    struct inf_parcel *parcel = reading->parcel;
    struct sent_header header;
    struct sent_step *sent = NULL;
    int rc = 0;

    if (read_all(reading, &header, sizeof header) != 0)
        return -1;
    if (header.magic != MAGIC || header.count == 0 || header.count > INF_PARCEL_STEPS)
        return fail(reading, "it does not begin as a model does");
    sent = calloc(header.count, sizeof *sent);
    rc = sent != NULL ? read_steps(reading, sent, header.count) : fail(reading, "out of memory");
    free(sent);
    parcel->choice = header.choice;
    parcel->steps = (struct inf_steps){parcel->items, header.count, header.head_size};
    return rc;
}

struct inf_parcel *inf_parcel_read(int from, int64_t bytes_max, char *reason)
{
    struct reading reading = {from, bytes_max, calloc(1, sizeof *reading.parcel), reason};

    if (reading.parcel == NULL) {
        fail(&reading, "out of memory");
        return NULL;
    }
    if (read_parcel(&reading) == 0)
        return reading.parcel;
    inf_parcel_free(reading.parcel);
    return NULL;
}

/* ---- giving back ---- */

static bool is_tables(const struct inf_parcel *parcel, const float *weight)
{
    for (size_t i = 0; i < parcel->steps.count; i++)
        if (parcel->items[i].kind != INF_STEP_LINEAR && parcel->items[i].weight == weight)
            return true;
    return false;
}

void inf_parcel_drop_linear(struct inf_parcel *parcel)
{
    for (size_t i = 0; i < parcel->steps.count; i++) {
        struct inf_step *step = &parcel->items[i];
        if (step->kind != INF_STEP_LINEAR)
            continue;
        if (!is_tables(parcel, parcel->owned[2 * i])) {
            free(parcel->owned[2 * i]);
            parcel->owned[2 * i] = NULL;
        }
        free(parcel->owned[2 * i + 1]);
        parcel->owned[2 * i + 1] = NULL;
        step->weight = step->bias = NULL;
    }
}

void inf_parcel_free(struct inf_parcel *parcel)
{
    if (parcel == NULL)
        return;
    for (size_t i = 0; i < sizeof parcel->owned / sizeof parcel->owned[0]; i++)
        free(parcel->owned[i]);
    free(parcel);
}
