/* A note is the head and the steps of a parcel (parcel_steps.h), the places of weights and biases
 * in the file, the weights' fingerprint, and that of all before it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "note.h"
#include "fingerprint.h"
#include "parcel_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 0x314e5049U /* "IPN1" */
#define NOWHERE ((int64_t)-1)

/* Of one step. */
struct places {
    int64_t weight, bias; /* bytes from the file's beginning; NOWHERE: none, or another step's */
};

/* What stands behind the places. */
struct seal {
    uint64_t weights; /* the fingerprint of all of them, in the order of their steps */
    uint64_t note;    /* that of the note up to here */
};

static size_t note_length(size_t count)
{
    return sizeof(struct inf_parcel_head) +
           count * (sizeof(struct inf_parcel_step) + sizeof(struct places)) + sizeof(struct seal);
}

/* ---- writing ---- */

struct writing {
    const struct inf_packed_file *file;
    char *to;
    uint64_t weights;
    bool is_lost; /* a weight stands nowhere */
};

static void put(struct writing *writing, const void *data, size_t length)
{
    memcpy(writing->to, data, length);
    writing->to += length;
}

/* Which of two parts of the same bytes it is does not matter. */
static int64_t find(struct writing *writing, const float *floats, size_t count)
{
    const struct inf_packed_file *file = writing->file;
    int64_t bytes = (int64_t)(count * sizeof *floats);

    for (size_t i = 0; i < file->part_count; i++) {
        const struct inf_packed_part *part = &file->parts[i];
        if (part->length == bytes && part->offset >= 0 && part->offset <= file->length - bytes &&
            memcmp(file->bytes + part->offset, floats, (size_t)bytes) == 0) {
            writing->weights = inf_fingerprint(writing->weights, floats, (size_t)bytes);
            inf_parcel_give_back(file->bytes + part->offset, (size_t)bytes);
            return part->offset;
        }
    }
    writing->is_lost = true;
    return NOWHERE;
}

static void put_places(struct writing *writing, const struct inf_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct inf_step *step = &steps->items[i];
        struct places places = {NOWHERE, NOWHERE};

        if (inf_parcel_brings_weight(steps, i))
            places.weight = find(writing, step->weight, inf_parcel_weight_count(step));
        if (step->bias != NULL)
            places.bias = find(writing, step->bias, inf_parcel_bias_count(step));
        put(writing, &places, sizeof places);
    }
}

static void put_steps(struct writing *writing, const struct inf_parcel *parcel)
{
    const struct inf_parcel_head head = {.magic = MAGIC,
                                         .count = (uint32_t)parcel->steps.count,
                                         .head_size = parcel->steps.head_size,
                                         .choice = parcel->choice};
    struct inf_parcel_step step;

    put(writing, &head, sizeof head);
    for (size_t i = 0; i < parcel->steps.count; i++) {
        inf_parcel_describe(&parcel->steps, i, &step);
        put(writing, &step, sizeof step);
    }
}

int inf_note_write(const struct inf_parcel *parcel, const struct inf_packed_file *file,
                   struct inf_packed_note *ret)
{
    size_t length = note_length(parcel->steps.count);
    char *note = malloc(length);
    struct writing writing = {.file = file, .to = note};
    struct seal seal;

    if (note == NULL)
        return -1;
    put_steps(&writing, parcel);
    put_places(&writing, &parcel->steps);
    if (writing.is_lost) {
        free(note);
        return -1;
    }
    seal.weights = writing.weights;
    put(&writing, &seal.weights, sizeof seal.weights);
    seal.note = inf_fingerprint(0, note, length - sizeof seal.note);
    put(&writing, &seal.note, sizeof seal.note);
    *ret = (struct inf_packed_note){note, length};
    return 0;
}

/* ---- reading ---- */

struct reading {
    const struct inf_packed_file *file;
    const struct places *places;
    struct inf_parcel *parcel;
    uint64_t weights;
    char *reason;
};

static int fail(char *reason, const char *what)
{
    snprintf(reason, INF_PACKED_REASON, "%s", what);
    return -1;
}

/* What stays is copied: nobody may be hurt by a disk that fails later. */
static const float *take_floats(void *arg, size_t place, size_t count, bool stays)
{
    struct reading *reading = arg;
    const struct places *of_step = &reading->places[place / 2];
    int64_t at = place % 2 == 0 ? of_step->weight : of_step->bias;
    size_t bytes = count * sizeof(float);
    const char *from = NULL;

    if (at < 0 || (int64_t)bytes > reading->file->length ||
        at > reading->file->length - (int64_t)bytes) {
        fail(reading->reason, "a weight would stand outside of the file");
        return NULL;
    }
    from = reading->file->bytes + at;
    reading->weights = inf_fingerprint(reading->weights, from, bytes);
    if (!stays && (uintptr_t)from % _Alignof(float) == 0)
        return (const float *)from;
    reading->parcel->owned[place] = inf_parcel_room(count);
    if (reading->parcel->owned[place] == NULL) {
        fail(reading->reason, "out of memory");
        return NULL;
    }
    return memcpy(reading->parcel->owned[place], from, bytes);
}

/* All that is in a note, as it is; bytes need not be aligned. */
struct contents {
    struct inf_parcel_head head;
    struct inf_parcel_step steps[INF_PARCEL_STEPS];
    struct places places[INF_PARCEL_STEPS];
    struct seal seal;
};

static int unpack(const char *note, size_t length, struct contents *ret, char *reason)
{
    size_t count = 0;

    if (length < note_length(0))
        return fail(reason, "the note is cut off");
    memcpy(&ret->head, note, sizeof ret->head);
    count = ret->head.count;
    if (ret->head.magic != MAGIC || count == 0 || count > INF_PARCEL_STEPS ||
        length != note_length(count))
        return fail(reason, "the note is cut off, or none");
    memcpy(&ret->seal, note + length - sizeof ret->seal, sizeof ret->seal);
    if (ret->seal.note != inf_fingerprint(0, note, length - sizeof ret->seal.note))
        return fail(reason, "the note is damaged");
    note += sizeof ret->head;
    memcpy(ret->steps, note, count * sizeof ret->steps[0]);
    note += count * sizeof ret->steps[0];
    memcpy(ret->places, note, count * sizeof ret->places[0]);
    return 0;
}

static int fill(const struct contents *contents, struct reading *reading)
{
    if (inf_parcel_fill(reading->parcel, &contents->head, contents->steps, take_floats, reading,
                        reading->reason) != 0)
        return -1;
    return reading->weights == contents->seal.weights
               ? 0
               : fail(reading->reason, "the weights in the file are not those that were proven");
}

struct inf_parcel *inf_note_read(const struct inf_packed_file *file, const void *note,
                                 size_t length, char *reason)
{
    struct contents *contents = malloc(sizeof *contents);
    struct reading reading = {
        .file = file, .parcel = calloc(1, sizeof *reading.parcel), .reason = reason};
    int rc = fail(reason, "out of memory");

    if (contents != NULL && reading.parcel != NULL) {
        reading.places = contents->places;
        rc = unpack(note, length, contents, reason);
        if (rc == 0)
            rc = fill(contents, &reading);
    }
    free(contents);
    if (rc == 0)
        return reading.parcel;
    inf_parcel_free(reading.parcel);
    return NULL;
}
