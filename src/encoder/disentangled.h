/* disentangled.h - attention of DeBERTa-v2 and v3 (arXiv:2006.03654, 3.1): a score has, besides
 * that of two tokens' contents, one of the query's content and the key's distance, and one of the
 * key's content and that distance.
 *
 * Thread: any; what was made does not change. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_DISENTANGLED_H
#define INFERD_ENCODER_DISENTANGLED_H

#include "attention_heads.h"
#include <stdbool.h>
#include <stddef.h>

/* Which of a layer's vectors for distances two tokens have; one for each side of them may be for
 * many distances, the more the farther (v3's buckets). */
struct inf_disentangled {
    int span;     /* vectors are 2 * span; 0: the encoder's attention is another */
    int exact;    /* up to this distance each has its own */
    int farthest; /* from there on all have the outermost */
    int *columns; /* [2 * farthest + 1]: that of a key so far behind its query, from -farthest on */
};

/* Of a layer, each [heads, size, inf_disentangled_width], or NULL: such a score there is not. Those
 * of keys that are far behind come last. */
struct inf_distance_vectors {
    float *keys;    /* that queries are multiplied by */
    float *queries; /* that keys are multiplied by */
};

/* Distances have a vector each up to `middle`, and beyond share them by their logarithm, which ends
 * where the logarithm of distance / middle is log_end; middle 0: each has its own. 0, or -1: no
 * memory. span is positive; inf_disentangled_can says which middles and ends are fine. */
int inf_disentangled_init(struct inf_disentangled *ret, int span, int middle, float log_end);
void inf_disentangled_fini(struct inf_disentangled *disentangled);

#define INF_DISENTANGLED_FARTHEST (1 << 20) /* distance that such a logarithm may end at */
bool inf_disentangled_can(int span, int middle, float log_end);

/* Numbers in a row of a layer's vectors. */
size_t inf_disentangled_width(int span);
/* A model's table, in which keys that are far behind come first: of each head, 2 * span rows of so
 * many numbers. */
struct inf_distance_table {
    const float *values;
    size_t head, row; /* numbers from a head, and from a row of it, to the next */
};

/* Lays the table, borrowed for the call. The caller's to free; NULL: no memory. */
float *inf_disentangled_lay(const struct inf_distance_table *table, int heads, int span, int size);

/* Of heads of any size, by the attention's distances and vectors; its bias is not looked at. */
extern const struct inf_attention_kind inf_attention_disentangled;

#endif
