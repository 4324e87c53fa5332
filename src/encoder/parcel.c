/* parcel.c - a weight that several steps have (a table that is the last layer, too) travels once.
 * Its memory goes back to the system as soon as it is written, so that the two processes together,
 * which are one to a control group, hold the weights once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parcel.h"
#include "parcel_steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC 0x314b5049U /* "IPK1" */
#define WRITE_MOST ((size_t)1 << 20)

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

static int write_floats(int to, const float *floats, size_t count)
{
    if (write_all(to, floats, count * sizeof *floats) != 0)
        return -1;
    inf_parcel_give_back(floats, count * sizeof *floats);
    return 0;
}

static int write_steps(int to, const struct inf_steps *steps)
{
    struct inf_parcel_step sent;

    for (size_t i = 0; i < steps->count; i++) {
        inf_parcel_describe(steps, i, &sent);
        if (write_all(to, &sent, sizeof sent) != 0)
            return -1;
    }
    return 0;
}

/* What is another step's, too, goes with the first of them. */
static int write_weights(int to, const struct inf_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct inf_step *step = &steps->items[i];
        if (inf_parcel_brings_weight(steps, i) &&
            write_floats(to, step->weight, inf_parcel_weight_count(step)) != 0)
            return -1;
        if (step->bias != NULL && write_floats(to, step->bias, inf_parcel_bias_count(step)) != 0)
            return -1;
    }
    return 0;
}

int inf_parcel_write(int to, const struct inf_steps *steps, const struct inf_packed_choice *choice)
{
    const struct inf_parcel_head head = {.magic = MAGIC,
                                         .count = (uint32_t)steps->count,
                                         .head_size = steps->head_size,
                                         .choice = *choice};

    if (steps->count > INF_PARCEL_STEPS) {
        errno = EINVAL;
        return -1;
    }
    if (write_all(to, &head, sizeof head) != 0 || write_steps(to, steps) != 0)
        return -1;
    return write_weights(to, steps);
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

/* Of the pipe, in the order in which they come; they are the parcel's. */
static const float *read_floats(void *arg, size_t place, size_t count, bool stays)
{
    struct reading *reading = arg;
    int64_t bytes = (int64_t)(count * sizeof(float));
    float *floats = NULL;

    (void)stays;
    if (bytes > reading->bytes_left) {
        fail(reading, "its weights are larger than its definition");
        return NULL;
    }
    reading->bytes_left -= bytes;
    floats = inf_parcel_room(count);
    if (floats == NULL) {
        fail(reading, "out of memory");
        return NULL;
    }
    reading->parcel->owned[place] = floats;
    return read_all(reading, floats, (size_t)bytes) == 0 ? floats : NULL;
}

static int read_steps(struct reading *reading, const struct inf_parcel_head *head)
{
    struct inf_parcel_step *sent = calloc(head->count, sizeof *sent);
    int rc = sent != NULL ? 0 : fail(reading, "out of memory");

    if (rc == 0)
        rc = read_all(reading, sent, head->count * sizeof *sent);
    if (rc == 0)
        rc = inf_parcel_fill(reading->parcel, head, sent, read_floats, reading, reading->reason);
    free(sent);
    return rc;
}

static int read_parcel(struct reading *reading)
{
    struct inf_parcel_head head;

    if (read_all(reading, &head, sizeof head) != 0)
        return -1;
    if (head.magic != MAGIC || head.count == 0 || head.count > INF_PARCEL_STEPS)
        return fail(reading, "it does not begin as a model does");
    return read_steps(reading, &head);
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
        if (!inf_parcel_is_laid((int32_t)parcel->items[i].kind) &&
            parcel->items[i].weight == weight)
            return true;
    return false;
}

void inf_parcel_drop_laid(struct inf_parcel *parcel)
{
    for (size_t i = 0; i < parcel->steps.count; i++) {
        struct inf_step *step = &parcel->items[i];
        if (!inf_parcel_is_laid((int32_t)step->kind))
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
