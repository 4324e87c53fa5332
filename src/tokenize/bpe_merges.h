/* bpe_merges.h - the merges of byte-level BPE: which two neighbouring symbols become one, and which
 * of them first.
 *
 * A symbol is a string of bytes: one byte, or what a merge makes. Elasticsearch looks a pair up by
 * its concatenation (compatibility 10.3), so a merge is known by the bytes that it makes, and a
 * pair of neighbours by the stretch of the word that both cover; nothing but that stretch is looked
 * up.
 *
 * Thread: immutable once made. Owns: copies of all merges. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_BPE_MERGES_H
#define INFERD_TOKENIZE_BPE_MERGES_H

#include "inferd/error.h"
#include "vocabulary.h"

/* Bytes of a word. What follows them up to `end` may be read, though it does not count. */
struct inf_bytes {
    const unsigned char *data;
    size_t length;
    const unsigned char *end;
};

/* What a merge makes. */
struct inf_symbol {
    uint64_t key;    /* the bytes themselves up to 8, else their hash */
    uint32_t number; /* in the order of rank, after the single bytes */
    uint16_t length;
    bool whole; /* a word of these bytes becomes this one symbol */
};

#define INF_SYMBOL_FIRST 256       /* smaller numbers are bytes */
#define INF_SYMBOL_NONE UINT32_MAX /* greater than every number, as if of the last rank */
#define INF_SYMBOL_BYTES_MAX 1024  /* of one symbol */

struct inf_bpe_merges;

/* From an array of strings "a b" in the order of their rank; a first line "#version..." is skipped.
 * Of two merges that make the same the first counts. ILLEGAL_ARGUMENT names an entry that is not
 * such a pair. */
int inf_bpe_merges_new(const struct cJSON *merges, struct inf_bpe_merges **ret,
                       struct inf_error *err);
void inf_bpe_merges_free(struct inf_bpe_merges *merges); /* NULL is fine */
size_t inf_bpe_merges_memory(const struct inf_bpe_merges *merges);

/* All symbols: numbers below are valid. */
uint32_t inf_bpe_merges_count(const struct inf_bpe_merges *merges);
/* The bytes of a symbol; end is the end of them all. */
struct inf_bytes inf_bpe_merges_bytes(const struct inf_bpe_merges *merges, uint32_t number);
/* Marks it as `whole`. Before others use the merges only. */
void inf_bpe_merges_mark(struct inf_bpe_merges *merges, uint32_t number);

/* The merge that makes these bytes, or NULL. Time: the bytes, at most INF_SYMBOL_BYTES_MAX. */
const struct inf_symbol *inf_bpe_merges_find(const struct inf_bpe_merges *merges,
                                             struct inf_bytes bytes);

#endif
