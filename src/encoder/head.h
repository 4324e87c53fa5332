/* head.h - what a model makes of its encoder's hidden states: which tokens, dense layers on top,
 * and of what length the answer is.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_HEAD_H
#define INFERD_ENCODER_HEAD_H

#include "encoder.h"

#define INF_HEAD_LAYERS 3

enum inf_head_tokens {
    INF_HEAD_FIRST, /* the first of a text */
    INF_HEAD_MEAN,
    INF_HEAD_MAX,
    INF_HEAD_ALL, /* a row for each */
    INF_HEAD_TOKENS_COUNT
};

struct inf_head_layer {
    struct inf_dense dense;
    enum inf_activation activation;
    struct inf_norm norm; /* scale NULL: none follows */
};

struct inf_head {
    enum inf_head_tokens tokens;
    size_t layer_count;
    struct inf_head_layer layers[INF_HEAD_LAYERS];
    bool is_unit; /* the answer is divided by its length (the Euclidean norm) */
    int out;      /* columns of the answer */
};

/* The heads that a model may have whose steps after the encoder these are, by number from 0 on: all
 * the dense layers among them or the first few, the rest is to be tried. 1 and a head; 0 beyond the
 * last; -1: no memory. */
int inf_head_candidate(const struct inf_step *steps, size_t count, int hidden, size_t number,
                       struct inf_head *ret);
void inf_head_fini(struct inf_head *head);

/* The answer for one text: x are its hidden states, [length, hidden]; to has room for `length`
 * rows with INF_HEAD_ALL, else for one. 0, or -1: no memory. */
int inf_head_run(const struct inf_head *head, const struct inf_encoder *encoder, const float *x,
                 int length, float *to);

#endif
