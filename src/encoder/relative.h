/* relative.h - what MPNet adds to the scores of attention: a number for the distance of two tokens,
 * of each head its own (arXiv:2004.09297, as T5's, arXiv:1910.10683).
 *
 * Thread: any; what was made does not change. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_RELATIVE_H
#define INFERD_ENCODER_RELATIVE_H

#include <stdbool.h>

#define INF_RELATIVE_BUCKETS 32 /* rows of the table */

/* Of each head, for each distance of a key behind its query, from -(tokens - 1) on. */
struct inf_relative {
    float *values; /* [heads, 2 * tokens - 1], or NULL: the model has none */
    int heads, tokens;
};

/* From a table [INF_RELATIVE_BUCKETS, heads], for texts of up to so many tokens. 0, or -1: no
 * memory. */
int inf_relative_init(struct inf_relative *relative, const float *table, int heads, int tokens);
void inf_relative_fini(struct inf_relative *relative);
/* to: [heads, length, length]; of each head and query what the keys' scores get. */
void inf_relative_fill(const struct inf_relative *relative, int length, float *to);

#endif
