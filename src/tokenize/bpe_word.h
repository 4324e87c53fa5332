/* bpe_word.h - the symbols of one word: neighbours are merged, those of the lowest rank first,
 * until no two can be (compatibility 10.3).
 *
 * Thread: a scratch belongs to one call.
 * Bound:  time n log n in the word; memory 32 bytes for each of its bytes, in the scratch. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_BPE_WORD_H
#define INFERD_TOKENIZE_BPE_WORD_H

#include "bpe_merges.h"

#define INF_BPE_SHORT 48           /* bytes of a word that needs no memory but the stack's */
#define INF_BPE_WORD_MAX (1 << 16) /* bytes of a word; a longer one is for the caller to cut */

/* Begins zeroed. */
struct inf_bpe_scratch {
    uint32_t symbols[INF_BPE_SHORT];
    uint32_t *block; /* for long words */
    size_t capacity; /* bytes of the longest word that it is for */
};

/* Frees what it holds; it may be used again. */
void inf_bpe_scratch_free(struct inf_bpe_scratch *scratch);

/* Merges the word's bytes, 1 to INF_BPE_WORD_MAX. The symbols lie in the scratch until the next
 * word. Fails when memory is gone. */
int inf_bpe_word(const struct inf_bpe_merges *merges, struct inf_bytes word,
                 struct inf_bpe_scratch *scratch, const uint32_t **ret_symbols, size_t *ret_count,
                 struct inf_error *err);

/* Finds out which symbols words become as a whole, so that such a word costs one look-up: the
 * most common words do. Before the merges are used otherwise. */
void inf_bpe_find_whole(struct inf_bpe_merges *merges);

#endif
