/* parcel_steps.h - what a parcel and a note (note.h) have in common: a head and the steps, without
 * their weights, as bytes that are not believed before they were checked.
 *
 * Thread: any; no state. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_PARCEL_STEPS_H
#define INFERD_ENCODER_PARCEL_STEPS_H

#include "parcel.h"

struct inf_parcel_head {
    uint32_t magic, count; /* of steps */
    int32_t head_size, padding;
    struct inf_packed_choice choice;
};

struct inf_parcel_step {
    int32_t kind, rows, cols, activation, input;
    float epsilon;
    int32_t has_weight, has_bias;
    int32_t same_as; /* the number of an earlier step with this weight, or -1 */
};

/* Numbers of a step's weight and of its bias, by its kind and shape. */
size_t inf_parcel_weight_count(const struct inf_step *step);
size_t inf_parcel_bias_count(const struct inf_step *step);
/* The step of this number, without its weights. */
void inf_parcel_describe(const struct inf_steps *steps, size_t number, struct inf_parcel_step *ret);
/* Has it a weight that no step before it has? */
bool inf_parcel_brings_weight(const struct inf_steps *steps, size_t number);

/* Are such a step's weights laid anew for the model, which then needs them no more? */
bool inf_parcel_is_laid(int32_t kind);

/* Room for so many, to be freed by free; large ones in huge pages, where the system has such. NULL:
 * no memory. */
float *inf_parcel_room(size_t count);

/* Gives the whole pages of these back to the system: what was written there is lost, and what a
 * file is behind is read from it again. */
void inf_parcel_give_back(const void *memory, size_t bytes);

/* Gives so many floats, which are as they were written; place is that in parcel->owned, where they
 * go if the parcel is to free them. Unless they stay, they are packed, and not looked at once
 * inf_parcel_drop_laid has run. NULL, and the reason told. */
typedef const float *(*inf_parcel_floats)(void *arg, size_t place, size_t count, bool stays);

/* Checks the steps, of which there are head->count, and makes the parcel of them. 0, or -1 with
 * what is wrong in reason, which has INF_PACKED_REASON bytes; the parcel is the caller's to free.
 */
int inf_parcel_fill(struct inf_parcel *parcel, const struct inf_parcel_head *head,
                    const struct inf_parcel_step *sent, inf_parcel_floats floats, void *arg,
                    char *reason);

#endif
