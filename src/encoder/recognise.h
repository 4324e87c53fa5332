/* recognise.h - which encoder a model is, by what it does with its weights: their shapes and order.
 *
 * What that does not say (where positions begin) is one of a few, which the proof tries.
 *
 * Thread: any; pure but for memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_RECOGNISE_H
#define INFERD_ENCODER_RECOGNISE_H

#include "encoder.h"

/* A row of the table. */
struct inf_architecture {
    const char *name; /* "bert", as _stats says it */
    bool has_types;
    bool has_distances;   /* relative.h */
    bool is_disentangled; /* disentangled.h; then tables of positions and types are there or not */
    int first_position;   /* of the first token */
};

/* All there are; *ret_count is how many. */
const struct inf_architecture *inf_architectures(size_t *ret_count);

/* Packs the model's weights as this architecture; *ret_used is how many steps the encoder was, the
 * rest are its head's. 0; 1 when it is another one; -1: no memory. */
int inf_recognise(const struct inf_architecture *architecture, const struct inf_steps *steps,
                  struct inf_encoder *ret, size_t *ret_used);

#endif
