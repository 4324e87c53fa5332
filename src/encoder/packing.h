/* packing.h - texts of any length, one after the other, without padding.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_PACKING_H
#define INFERD_ENCODER_PACKING_H

#include "inferd/packed.h"

/* Where a row of the input lies in the packed order. */
struct inf_packed_text {
    int row;    /* of the input */
    int length; /* tokens, without padding; at least 1 */
    int start;  /* of its first token in the piece */
};

/* By length, so that texts of the same length lie side by side. */
struct inf_packing {
    struct inf_packed_text *texts;
    int count;
    int tokens; /* of all */
};

/* Reads the lengths from the second tensor of the input, which has 1 where text is and 0 behind it.
 * texts has room for input->rows. NULL, or what is wrong with the input. */
const char *inf_packing_make(const struct inf_packed_input *input, struct inf_packed_text *texts,
                             struct inf_packing *ret);

/* The first text behind `first` that has another length. */
int inf_packing_next_length(const struct inf_packing *packing, int first);

/* Of the whole, from text `first` on: one text, and as many more as have no more than so many
 * tokens together. The starts of its texts are written anew, and count from the first. */
void inf_packing_piece(const struct inf_packing *whole, int first, int most_tokens,
                       struct inf_packing *ret);

#endif
