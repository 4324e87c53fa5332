/* attention.h - multi-head self-attention over packed texts (arXiv:1706.03762, 3.2).
 *
 * Thread: any, with libtorch's team of that thread. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_ATTENTION_H
#define INFERD_ENCODER_ATTENTION_H

#include "packing.h"

struct inf_disentangled;
struct inf_distance_vectors;

struct inf_attention {
    int heads, size;
    /* What is added to each score of a text of this length, [heads, length, length], borrowed until
     * the next call; NULL: nothing is. */
    const float *(*bias)(void *arg, int length);
    void *arg;
    /* Of attention by inf_attention_disentangled alone: disentangled.h. */
    const struct inf_disentangled *distances;
    const struct inf_distance_vectors *vectors;
};

/* qkv: [tokens, 3, heads, size], of each token the query, the key and the value; to: [tokens,
 * heads, size], or with first_only [texts, heads, size], which is for the first token of each. Each
 * text attends to itself only. 0, or -1 when libtorch had no memory. */
int inf_attention(const struct inf_attention *attention, const struct inf_packing *packing,
                  bool first_only, const float *qkv, float *to);

#endif
