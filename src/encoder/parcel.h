/* parcel.h - a model's steps on their way from the process that has proven them to the one that
 * serves: a header, the steps, and the weights one after the other, float32.
 *
 * The sender ran a stranger's code, so the reader believes nothing: counts, shapes and the sum of
 * the bytes are bounded before memory is taken.
 *
 * Thread: any, one at a time. Both block. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_PARCEL_H
#define INFERD_ENCODER_PARCEL_H

#include "inferd/packed.h"

#define INF_PARCEL_STEPS 1024

struct inf_parcel {
    struct inf_packed_choice choice;
    struct inf_steps steps; /* of items */
    struct inf_step items[INF_PARCEL_STEPS];
    float *owned[2 * INF_PARCEL_STEPS]; /* [weight, bias] of each step; NULL: none, or another's */
};

/* The weights are gone afterwards. 0, or -1 with errno; EINVAL: more steps than there may be. */
int inf_parcel_write(int to, const struct inf_steps *steps, const struct inf_packed_choice *choice);
/* The caller's to free; NULL, and what is wrong in reason, which has INF_PACKED_REASON bytes. */
struct inf_parcel *inf_parcel_read(int from, int64_t bytes_max, char *reason);
/* Frees the weights that were laid anew, but for those that a table shares. */
void inf_parcel_drop_laid(struct inf_parcel *parcel);
/* NULL is fine. */
void inf_parcel_free(struct inf_parcel *parcel);

#endif
