/* attention_heads.h - attention as in attention.h by our own code, a head of a text at a time.
 *
 * A text's answers are the same to the last bit alone, in company, and for any number of threads.
 *
 * Thread: any, with the thread's own team. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_ATTENTION_HEADS_H
#define INFERD_ENCODER_ATTENTION_HEADS_H

#include "attention.h"
#include "kernels.h"
#include <stddef.h>

/* One head of one text. */
struct inf_attention_head {
    const struct inf_attention *attention;
    int number; /* of the head */
    int length, size;
    int queries; /* the first so many tokens look at all */
    const float *query, *key, *value;
    size_t row;        /* numbers from a token's to the next one's, of these three */
    const float *bias; /* what each score gets, [length, length]; or NULL */
    float *to;
    size_t to_row;
};

struct inf_attention_kind {
    /* Has this processor what it takes, and can heads be of this size? */
    bool (*can)(int size);
    /* Bytes that a member of the team needs for texts up to `longest`; a multiple of 64. */
    size_t (*room)(int size, int longest);
    void (*attend)(const struct inf_attention_head *head, void *room);
};

/* In bf16, queries, keys, values and weights are rounded to it before they are multiplied (by
 * AVX512_BF16); sums and the softmax are float32. */
extern const struct inf_attention_kind inf_attention_float32, inf_attention_bf16;

/* Numbers between rows of so many: whole vectors (INF_KERNEL_PAD), of an odd number, since rows a
 * power of two apart would push each other out of the cache. */
size_t inf_attention_row(int count);

/* For kinds in float32. keys: [size, length], rows inf_attention_row apart: the head's, turned. */
void inf_attention_turn_keys(const struct inf_attention_head *head, float *keys);
/* to: [count, length], likewise: queries from `first` on by turned keys. */
void inf_attention_by_keys(const struct inf_attention_head *head, const struct inf_kernels *kernels,
                           const float *keys, int first, int count, float *to);
/* The answers of these queries: weights, [count, length], by values whose rows are so far apart. */
void inf_attention_by_values(const struct inf_attention_head *head,
                             const struct inf_kernels *kernels, const float *weights,
                             const float *values, size_t values_row, int first, int count);

/* As inf_attention, of heads whose size can be; room lies at a multiple of 64, and is large enough
 * for the longest text and each of `members` of the team. */
void inf_attention_by(const struct inf_attention_kind *kind, const struct inf_attention *attention,
                      const struct inf_packing *packing, bool first_only, const float *qkv,
                      void *room, size_t members, float *to);

#endif
