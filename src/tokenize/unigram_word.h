/* unigram_word.h - a word under way, and the best way to cut it into pieces (Viterbi).
 *
 * Thread: a word belongs to one call. Owns: its arrays, which grow to INF_UNIGRAM_WORD at most.
 * Bound: INF_PIECE_MAX steps a byte. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_UNIGRAM_WORD_H
#define INFERD_TOKENIZE_UNIGRAM_WORD_H

#include "nmt_nfkc.h"
#include "unigram_trie.h"

#define INF_UNIGRAM_WORD 65536 /* bytes that are cut at a time */

struct inf_unigram_model {
    struct inf_unigram_trie trie;
    double *scores; /* by id */
    double unknown_score;
    int32_t unknown; /* its id */
};

/* A place between two bytes of a word. */
struct inf_unigram_place {
    double score;   /* of the best path from the word's beginning */
    uint32_t other; /* where the piece that ends here begins; once cut, where the next one ends */
    int32_t id;     /* of the piece that ends here */
    int start;      /* in the source, of the code point that begins here */
    int end;        /* in the source, of the code point that ends here */
};

struct inf_unigram_word {
    char *text;                       /* UTF-8, not terminated */
    struct inf_unigram_place *places; /* one more than bytes */
    size_t length, capacity;
};

/* No room for one more code point: it must be cut and made shorter. */
static inline bool inf_unigram_word_is_full(const struct inf_unigram_word *word)
{
    return word->length + 4 > INF_UNIGRAM_WORD;
}

/* Adds a code point to a word that is not full. Fails when memory is gone. */
int inf_unigram_word_add(struct inf_unigram_word *word, const struct inf_nmt_point *point,
                         struct inf_error *err);
/* Finds the best path: the piece that begins at a place on it ends at places[place].other, where
 * places[that].id is its id. The last place is the word's length. */
void inf_unigram_word_cut(struct inf_unigram_word *word, const struct inf_unigram_model *model);
/* Takes the first `length` bytes away. */
void inf_unigram_word_drop(struct inf_unigram_word *word, size_t length);
void inf_unigram_word_fini(struct inf_unigram_word *word); /* zeroed is fine */

#endif
