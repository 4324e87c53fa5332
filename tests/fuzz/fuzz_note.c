/* fuzz_note.c - a kept proof's note, read with a file of zeros. The input is a note without its
 * last 16 bytes, the fingerprints, which are put on here, so that they are in nobody's way: first
 * that of no weights, and where weights were read, that of as many zeros.
 *
 * What passes is looked at as a serving process does: all that stays once linear layers are packed.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint.h"
#include "must.h"
#include "note.h"
#include "parcel_steps.h"

#include <stdint.h>
#include <string.h>

enum { FILE_BYTES = 4096, LONGEST = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const float *floats, size_t count)
{
    volatile float seen;

    for (size_t i = 0; i < count && floats != NULL; i++)
        seen = floats[i];
    (void)seen;
}

static void look_at_all(const struct inf_parcel *parcel, bool packed)
{
    for (size_t i = 0; i < parcel->steps.count; i++) {
        const struct inf_step *step = &parcel->steps.items[i];
        MUST(!packed || !inf_parcel_is_laid((int32_t)step->kind) || step->weight == NULL);
        look(step->weight, inf_parcel_weight_count(step));
        look(step->bias, inf_parcel_bias_count(step));
    }
}

/* Of the weights that the note names: what the reader counts, if it does not complain before. */
static uint64_t weights_of(const uint8_t *note, size_t size)
{
    static const char zeros[FILE_BYTES];
    struct inf_parcel_head head;
    struct inf_parcel_step step;
    uint64_t found = 0;

    if (size < sizeof head)
        return 0;
    memcpy(&head, note, sizeof head);
    for (size_t i = 0; i < head.count && sizeof head + (i + 1) * sizeof step <= size; i++) {
        memcpy(&step, note + sizeof head + i * sizeof step, sizeof step);
        struct inf_step shape = {
            .kind = (enum inf_step_kind)step.kind, .rows = step.rows, .cols = step.cols};
        size_t weight = inf_parcel_weight_count(&shape) * sizeof(float);
        size_t bias = inf_parcel_bias_count(&shape) * sizeof(float);
        if (step.has_weight != 0 && step.same_as < 0 && weight <= sizeof zeros)
            found = inf_fingerprint(found, zeros, weight);
        if (step.has_bias != 0 && bias <= sizeof zeros)
            found = inf_fingerprint(found, zeros, bias);
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char reason[INF_PACKED_REASON], *bytes = calloc(1, FILE_BYTES), *note = NULL;
    const struct inf_packed_file file = {bytes, FILE_BYTES, NULL, 0};
    struct inf_parcel *parcel = NULL;
    uint64_t seal = weights_of(data, size);

    if (size > LONGEST || bytes == NULL || (note = malloc(size + 2 * sizeof seal)) == NULL) {
        free(bytes);
        return 0;
    }
    memcpy(note, data, size);
    memcpy(note + size, &seal, sizeof seal);
    seal = inf_fingerprint(0, note, size + sizeof seal);
    memcpy(note + size + sizeof seal, &seal, sizeof seal);
    parcel = inf_note_read(&file, note, size + 2 * sizeof seal, reason);
    free(note);
    if (parcel != NULL) {
        look_at_all(parcel, false);
        inf_parcel_drop_laid(parcel);
    }
    free(bytes);
    if (parcel != NULL)
        look_at_all(parcel, true);
    inf_parcel_free(parcel);
    return 0;
}
