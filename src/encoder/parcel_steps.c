/* Steps as bytes: counts and shapes are bounded before anybody multiplies them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parcel_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE ((uintptr_t)2 << 20)
#define ROWS_MOST (1 << 26) /* of a weight; so sums of a few do not overflow */

size_t inf_parcel_weight_count(const struct inf_step *step)
{
    return step->kind == INF_STEP_NORM ? (size_t)step->cols
                                       : (size_t)step->rows * (size_t)step->cols;
}

size_t inf_parcel_bias_count(const struct inf_step *step)
{
    return (size_t)(step->kind == INF_STEP_NORM ? step->cols : step->rows);
}

/* ---- out ---- */

static int first_with(const struct inf_steps *steps, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (steps->items[i].weight == steps->items[number].weight &&
            inf_parcel_weight_count(&steps->items[i]) ==
                inf_parcel_weight_count(&steps->items[number]))
            return (int)i;
    return -1;
}

void inf_parcel_describe(const struct inf_steps *steps, size_t number, struct inf_parcel_step *ret)
{
    const struct inf_step *step = &steps->items[number];

    *ret =
        (struct inf_parcel_step){.kind = (int32_t)step->kind,
                                 .rows = step->rows,
                                 .cols = step->cols,
                                 .activation = (int32_t)step->activation,
                                 .input = step->input,
                                 .epsilon = step->epsilon,
                                 .has_weight = step->weight != NULL,
                                 .has_bias = step->bias != NULL,
                                 .same_as = step->weight != NULL ? first_with(steps, number) : -1};
}

bool inf_parcel_brings_weight(const struct inf_steps *steps, size_t number)
{
    return steps->items[number].weight != NULL && first_with(steps, number) < 0;
}

/* ---- in ---- */

void inf_parcel_give_back(const void *memory, size_t bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)memory + page - 1) & ~(page - 1);
    uintptr_t to = ((uintptr_t)memory + bytes) & ~(page - 1);

    if (to > from)
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
}

/* Filling 50 MB in pages of 4 KiB takes longer than copying them. */
float *inf_parcel_room(size_t count)
{
    float *floats = malloc(count * sizeof *floats);
    uintptr_t from = ((uintptr_t)floats + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    uintptr_t to = (uintptr_t)(floats + count) / HUGE_PAGE * HUGE_PAGE;

    if (floats != NULL && to > from)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
    return floats;
}

static int fail(char *reason, const char *what)
{
    snprintf(reason, INF_PACKED_REASON, "%s", what);
    return -1;
}

static bool is_shape(const struct inf_parcel_step *sent)
{
    return sent->rows >= 0 && sent->rows <= ROWS_MOST && sent->cols >= 0 &&
           (sent->cols == 0 || sent->rows <= INT32_MAX / sent->cols);
}

/* Does it have what its kind has? A linear layer of unknown weights has none, and no shape. */
static bool is_sound(const struct inf_parcel_step *sent, size_t number)
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
    case INF_STEP_DISTANCES:
    case INF_STEP_MADE_DISTANCES:
        return sent->has_weight != 0 && has_shape && sent->has_bias == 0;
    default:
        return (sent->kind == INF_STEP_ACTIVATION || sent->kind == INF_STEP_BUCKETS) &&
               sent->has_weight == 0 && sent->has_bias == 0;
    }
}

bool inf_parcel_is_laid(int32_t kind)
{
    return kind == INF_STEP_LINEAR || kind == INF_STEP_DISTANCES || kind == INF_STEP_MADE_DISTANCES;
}

/* Is the weight looked at by more than what packs it? */
static bool stays(const struct inf_parcel_step *sent, size_t count, size_t number)
{
    bool is_read = !inf_parcel_is_laid(sent[number].kind);

    for (size_t i = number + 1; i < count && !is_read; i++)
        is_read = sent[i].same_as == (int32_t)number && !inf_parcel_is_laid(sent[i].kind);
    return is_read;
}

/* Of the step with this number, whose shape is known. */
static int fill_step(struct inf_parcel *parcel, const struct inf_parcel_step *sent, size_t number,
                     inf_parcel_floats floats, void *arg, char *reason)
{
    struct inf_step *step = &parcel->items[number];
    bool is_kept = stays(sent, parcel->steps.count, number);

    if (sent[number].has_weight != 0 && sent[number].same_as >= 0) {
        const struct inf_step *other = &parcel->items[sent[number].same_as];
        if (other->weight == NULL || sent[sent[number].same_as].same_as >= 0 ||
            inf_parcel_weight_count(other) != inf_parcel_weight_count(step))
            return fail(reason, "a weight is another's of another shape");
        step->weight = other->weight;
    } else if (sent[number].has_weight != 0) {
        step->weight = floats(arg, 2 * number, inf_parcel_weight_count(step), is_kept);
        if (step->weight == NULL)
            return -1;
    }
    if (sent[number].has_bias != 0) {
        step->bias = floats(arg, 2 * number + 1, inf_parcel_bias_count(step),
                            !inf_parcel_is_laid(sent[number].kind));
        if (step->bias == NULL)
            return -1;
    }
    return 0;
}

int inf_parcel_fill(struct inf_parcel *parcel, const struct inf_parcel_head *head,
                    const struct inf_parcel_step *sent, inf_parcel_floats floats, void *arg,
                    char *reason)
{
    parcel->choice = head->choice;
    parcel->steps = (struct inf_steps){parcel->items, head->count, head->head_size};
    for (size_t i = 0; i < head->count; i++) {
        if (!is_sound(&sent[i], i))
            return fail(reason, "a step of it makes no sense");
        parcel->items[i] = (struct inf_step){.kind = (enum inf_step_kind)sent[i].kind,
                                             .rows = sent[i].rows,
                                             .cols = sent[i].cols,
                                             .epsilon = sent[i].epsilon,
                                             .activation = (enum inf_activation)sent[i].activation,
                                             .input = sent[i].input};
    }
    for (size_t i = 0; i < head->count; i++)
        if (fill_step(parcel, sent, i, floats, arg, reason) != 0)
            return -1;
    return 0;
}
