/* nfkc.h - Unicode's normalisation form KC of a text given code point by code point, where each
 * code point that comes out knows its extent in the source.
 *
 * Thread: a normaliser belongs to one call. Bound: one cluster (a letter and its marks) is held;
 * marks past INF_NFKC_CLUSTER code points are neither ordered nor composed with those before. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_NFKC_H
#define INFERD_TOKENIZE_NFKC_H

#include <stdbool.h>
#include <stdint.h>

/* Unicode's stream-safe format, which no honest text leaves, has 30 marks in a row at most. */
#define INF_NFKC_CLUSTER 128

struct inf_nfkc_point {
    int32_t point;
    int start,
        end; /* in the source; of the whole cluster where code points changed places or merged */
};

/* Set the first three and zero the rest. */
struct inf_nfkc {
    bool lower_case; /* before normalisation, code point by code point */
    /* Takes what comes out, in order; non-zero stops and is returned. */
    int (*sink)(void *arg, const struct inf_nfkc_point *point);
    void *arg;
    struct inf_nfkc_point cluster[INF_NFKC_CLUSTER]; /* decomposed */
    int count;
};

/* Adds the source's next code point, which has the extent start to end. 0, or what the sink
 * returned. */
int inf_nfkc_add(struct inf_nfkc *nfkc, int32_t point, int start, int end);
/* Passes on what is still held; nothing that is added later merges with it. As inf_nfkc_add. */
int inf_nfkc_flush(struct inf_nfkc *nfkc);

#endif
