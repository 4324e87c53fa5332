/* handover.c - a proven model in another process, or at another time: made again of its steps and
 * of what the proof found, with nothing of the module there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/packed.h"
#include "note.h"
#include "packed_parts.h"

#include <math.h>
#include <stdlib.h>

void inf_packed_choose(const struct inf_packed *packed, struct inf_packed_choice *ret)
{
    size_t count = 0;

    *ret = (struct inf_packed_choice){
        .architecture = (int32_t)(packed->architecture - inf_architectures(&count)),
        .head_layers = (int32_t)packed->head.layer_count,
        .tokens = (int32_t)packed->head.tokens,
        .is_unit = packed->head.is_unit,
        .difference = packed->difference};
}

int inf_packed_send(const struct inf_steps *steps, const struct inf_packed_choice *choice, int to)
{
    return inf_parcel_write(to, steps, choice);
}

static bool is_sound(const struct inf_packed_choice *choice)
{
    size_t count = 0;

    (void)inf_architectures(&count);
    return choice->architecture >= 0 && (size_t)choice->architecture < count &&
           choice->head_layers >= 0 && choice->head_layers <= INF_HEAD_LAYERS &&
           choice->tokens >= 0 && choice->tokens < INF_HEAD_TOKENS_COUNT &&
           isfinite(choice->difference);
}

/* NULL, or what is wrong. The parcel's steps must live as long as the model. */
static const char *make(const struct inf_parcel *parcel, struct inf_packed *packed)
{
    const struct inf_packed_choice *choice = &parcel->choice;
    const struct inf_steps *steps = &parcel->steps;
    size_t used = 0, count = 0;
    int rc = 0;

    if (!is_sound(choice))
        return "the proof makes no sense";
    packed->architecture = &inf_architectures(&count)[choice->architecture];
    packed->difference = choice->difference;
    rc = inf_recognise(packed->architecture, steps, &packed->encoder, &used);
    if (rc != 0)
        return rc < 0 ? "out of memory" : "it is not of the architecture that was proven";
    if (!inf_packed_is_large_enough(&packed->encoder))
        return "its tables are too small";
    if (inf_head_init(&packed->head, steps->items + used, steps->count - used,
                      packed->encoder.hidden, (size_t)choice->head_layers) != 0)
        return "out of memory";
    packed->head.tokens = (enum inf_head_tokens)choice->tokens;
    packed->head.is_unit = choice->is_unit == 1;
    if (packed->head.tokens == INF_HEAD_SPANS && packed->head.out != 2)
        return "its head has other than two scores";
    return packed->head.layer_count == (size_t)choice->head_layers ? NULL : "its head lacks layers";
}

/* Takes the parcel. */
static struct inf_packed *make_of(struct inf_parcel *parcel, char *reason)
{
    struct inf_packed *packed = inf_packed_empty();
    const char *wrong = "out of memory";

    if (packed != NULL) {
        packed->parcel = parcel;
        wrong = make(parcel, packed);
    } else {
        inf_parcel_free(parcel);
    }
    if (wrong == NULL) {
        inf_parcel_drop_laid(parcel);
        return packed;
    }
    inf_packed_complain(reason, wrong);
    inf_packed_free(packed);
    return NULL;
}

struct inf_packed *inf_packed_receive(int from, int64_t bytes_max,
                                      const struct inf_packed_file *file,
                                      struct inf_packed_note *ret_note, char *reason)
{
    struct inf_parcel *parcel = inf_parcel_read(from, bytes_max, reason);
    struct inf_packed *packed = NULL;

    *ret_note = (struct inf_packed_note){0};
    if (parcel == NULL)
        return NULL;
    if (file != NULL)
        (void)inf_note_write(parcel, file, ret_note); /* or it is proven again the next time */
    packed = make_of(parcel, reason);
    if (packed == NULL) {
        free(ret_note->bytes);
        *ret_note = (struct inf_packed_note){0};
    }
    return packed;
}

struct inf_packed *inf_packed_restore(const struct inf_packed_file *file, const void *note,
                                      size_t length, char *reason)
{
    struct inf_parcel *parcel = inf_note_read(file, note, length, reason);

    return parcel != NULL ? make_of(parcel, reason) : NULL;
}
