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
    INF_HEAD_ALL,   /* a row for each */
    INF_HEAD_SPANS, /* two scores of each: as the beginning of a span, and as its end */
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

/* How many dense layers there are among a model's steps after its encoder, each on top of the one
 * before; it may use all of them or the first few. */
size_t inf_head_count_layers(const struct inf_step *steps, size_t count, int hidden);
/* A head with the first so many of them; what it makes of tokens is the caller's to say. 0, or -1:
 * no memory. */
int inf_head_init(struct inf_head *head, const struct inf_step *steps, size_t count, int hidden,
                  size_t layers);
void inf_head_fini(struct inf_head *head);

/* Does it read every token of a text? */
bool inf_head_reads_all(const struct inf_head *head);
/* How many numbers inf_head_run needs besides, for a text of this length. */
size_t inf_head_room(const struct inf_head *head, size_t hidden, int length);
/* The answer for one text in an input of so many columns: x are its hidden states, [length,
 * hidden]; room is large enough for it. to has room for a row; with INF_HEAD_ALL for `length`, with
 * INF_HEAD_SPANS for [2, cols]. 0, or -1: no memory. */
int inf_head_run(const struct inf_head *head, const struct inf_encoder *encoder, const float *x,
                 int length, int cols, float *room, float *to);

#endif
