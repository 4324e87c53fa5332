/* unigram_trie.h - all pieces of a vocabulary that begin at a place in a text, in one walk.
 *
 * Nodes are numbered level by level, so the children of a node are a stretch of the nodes, in the
 * order of their bytes, which begins where the stretch of the node before ends: 9 bytes a node.
 *
 * Thread: immutable once made. Owns: its arrays, nothing of the vocabulary.
 * Bound: a node a byte of the vocabulary's pieces; INF_PIECE_MAX steps a walk. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_UNIGRAM_TRIE_H
#define INFERD_TOKENIZE_UNIGRAM_TRIE_H

#include "inferd/error.h"
#include "vocabulary.h"

#include <string.h>

/* Bytes of the longest piece. SentencePiece's own default is 16 characters; each place of a text
 * costs up to this many steps. */
#define INF_PIECE_MAX 256

struct inf_trie_node {
    uint32_t children; /* the first; the next node's says where they end */
    int32_t id;        /* of the piece that ends here, or -1 */
};

struct inf_unigram_trie {
    struct inf_trie_node *nodes; /* nodes[0] is the root; one more at the end, for its `children` */
    unsigned char *labels;       /* the byte that leads to each */
    size_t count;
    uint32_t first[256]; /* the root's children by byte, since every walk begins there; 0: none */
};

/* Of equal tokens the last counts, as in the vocabulary. skip: count ids whose tokens are left out
 * (-1 among them is fine). BAD_REQUEST for a token past INF_PIECE_MAX. Freed with
 * inf_unigram_trie_fini, also after a failure. */
int inf_unigram_trie_init(struct inf_unigram_trie *trie, const struct inf_vocabulary *vocabulary,
                          const int32_t *skip, size_t count, struct inf_error *err);
void inf_unigram_trie_fini(struct inf_unigram_trie *trie); /* zeroed is fine */
size_t inf_unigram_trie_memory(const struct inf_unigram_trie *trie);

/* The child of a node by its byte, or 0, which is the root and nobody's child. */
static inline uint32_t inf_unigram_trie_step(const struct inf_unigram_trie *trie, uint32_t node,
                                             unsigned char byte)
{
    uint32_t from = trie->nodes[node].children;
    uint32_t to = trie->nodes[node + 1].children;
    const unsigned char *found = NULL;
    if (to - from > 8) {
        found = memchr(trie->labels + from, byte, to - from);
        return found ? (uint32_t)(found - trie->labels) : 0;
    }
    for (; from < to; from++) {
        if (trie->labels[from] == byte) {
            return from;
        }
    }
    return 0;
}

#endif
