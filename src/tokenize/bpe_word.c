/* bpe_word.c - one word merged, in one of two ways that do the same.
 *
 * Each round merges the pair of lowest rank, of several the leftmost. A short word is an array of
 * symbols which is searched anew each round; it fits in a few cache lines. In a long one, where
 * that would take time quadratic in its length, the symbols are a linked list, and a tournament
 * tree over the positions knows the best pair: its root says which rank, the way down says where,
 * and a round changes three leaves. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bpe_word.h"
#include "inferd/reserve.h"

#include <stdlib.h>
#include <string.h>

void inf_bpe_scratch_free(struct inf_bpe_scratch *scratch)
{
    free(scratch->block);
    *scratch = (struct inf_bpe_scratch){0};
}

/* The symbol that the bytes from..to of the word would make. */
static uint32_t joined(const struct inf_bpe_merges *merges, const struct inf_bytes *word,
                       size_t from, size_t to)
{
    const struct inf_symbol *symbol =
        inf_bpe_merges_find(merges, (struct inf_bytes){word->data + from, to - from, word->end});
    return symbol ? symbol->number : INF_SYMBOL_NONE;
}

/* ---- short words ---- */

struct row {
    uint32_t *symbols;
    uint32_t pairs[INF_BPE_SHORT];     /* what each and its right neighbour would make */
    uint8_t starts[INF_BPE_SHORT + 2]; /* each one's first byte, and the word's length */
    size_t count;
};

static uint32_t row_pair(const struct inf_bpe_merges *merges, const struct inf_bytes *word,
                         const struct row *row, size_t at)
{
    return at + 1 < row->count ? joined(merges, word, row->starts[at], row->starts[at + 2])
                               : INF_SYMBOL_NONE;
}

static void row_merge(const struct inf_bpe_merges *merges, const struct inf_bytes *word,
                      struct row *row, size_t at)
{
    size_t behind = row->count - at - 2;
    row->symbols[at] = row->pairs[at];
    memmove(&row->symbols[at + 1], &row->symbols[at + 2], behind * sizeof *row->symbols);
    memmove(&row->pairs[at + 1], &row->pairs[at + 2], behind * sizeof *row->pairs);
    memmove(&row->starts[at + 1], &row->starts[at + 2], behind + 1);
    row->count--;
    row->pairs[at] = row_pair(merges, word, row, at);
    if (at > 0) {
        row->pairs[at - 1] = row_pair(merges, word, row, at - 1);
    }
}

static size_t merge_short(const struct inf_bpe_merges *merges, const struct inf_bytes *word,
                          uint32_t *symbols)
{
    struct row row = {.symbols = symbols, .count = word->length};
    for (size_t i = 0; i <= word->length; i++) {
        row.starts[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < word->length; i++) {
        symbols[i] = word->data[i];
        row.pairs[i] = row_pair(merges, word, &row, i);
    }
    for (;;) {
        size_t best = 0;
        for (size_t i = 1; i + 1 < row.count; i++) {
            best = row.pairs[i] < row.pairs[best] ? i : best;
        }
        if (row.pairs[best] == INF_SYMBOL_NONE) {
            return row.count;
        }
        row_merge(merges, word, &row, best);
    }
}

/* ---- long words ---- */

/* Positions are bytes of the word; a symbol is at that of its first byte. */
struct chain {
    const struct inf_bpe_merges *merges;
    const struct inf_bytes *word;
    uint32_t *symbols;
    uint32_t *next;     /* the right neighbour's position; the word's length at the end */
    uint32_t *previous; /* the left neighbour's */
    uint32_t *tree;     /* [1]: the best pair of all; [leaves + position]: its pair */
    size_t leaves;      /* a power of two */
};

static uint32_t chain_pair(const struct chain *chain, size_t at)
{
    size_t right = chain->next[at];
    return right < chain->word->length ? joined(chain->merges, chain->word, at, chain->next[right])
                                       : INF_SYMBOL_NONE;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void set_pair(struct chain *chain, size_t at, uint32_t pair)
{
    size_t node = chain->leaves + at;
    chain->tree[node] = pair;
    for (node /= 2; node > 0; node /= 2) {
        uint32_t best = lesser(chain->tree[2 * node], chain->tree[2 * node + 1]);
        if (chain->tree[node] == best) {
            return;
        }
        chain->tree[node] = best;
    }
}

static size_t best_position(const struct chain *chain)
{
    size_t node = 1;
    while (node < chain->leaves) {
        node *= 2;
        node += chain->tree[node] == chain->tree[node / 2] ? 0 : 1;
    }
    return node - chain->leaves;
}

static void chain_merge(struct chain *chain, size_t at)
{
    size_t gone = chain->next[at];
    size_t right = chain->next[gone];
    chain->symbols[at] = chain->tree[1];
    chain->next[at] = (uint32_t)right;
    if (right < chain->word->length) {
        chain->previous[right] = (uint32_t)at;
    }
    set_pair(chain, gone, INF_SYMBOL_NONE);
    set_pair(chain, at, chain_pair(chain, at));
    if (at > 0) {
        set_pair(chain, chain->previous[at], chain_pair(chain, chain->previous[at]));
    }
}

static int reserve(struct inf_bpe_scratch *scratch, size_t length, struct inf_error *err)
{
    size_t capacity = 4 * INF_BPE_SHORT;
    if (length <= scratch->capacity) {
        return 0;
    }
    while (capacity < length) {
        capacity *= 2;
    }
    free(scratch->block);
    scratch->capacity = 0;
    /* Three lists, and a tree of up to four nodes a byte. */
    scratch->block = inf_reserve_reallocarray(NULL, capacity, 7 * sizeof *scratch->block);
    if (!scratch->block) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for a word of [%zu] bytes",
                             length);
    }
    scratch->capacity = capacity;
    return 0;
}

static void link_bytes(struct chain *chain, uint32_t *block)
{
    size_t length = chain->word->length;
    chain->leaves = 1;
    while (chain->leaves < length) {
        chain->leaves *= 2;
    }
    chain->symbols = block;
    chain->next = block + length;
    chain->previous = block + 2 * length;
    chain->tree = block + 3 * length;
    for (size_t i = 0; i < length; i++) {
        chain->symbols[i] = chain->word->data[i];
        chain->next[i] = (uint32_t)i + 1;
        chain->previous[i] = (uint32_t)i - 1;
    }
    for (size_t i = 0; i < chain->leaves; i++) {
        chain->tree[chain->leaves + i] = i < length ? chain_pair(chain, i) : INF_SYMBOL_NONE;
    }
    for (size_t node = chain->leaves - 1; node > 0; node--) {
        chain->tree[node] = lesser(chain->tree[2 * node], chain->tree[2 * node + 1]);
    }
}

/* Leaves the symbols at the start of the block. */
static size_t merge_long(const struct inf_bpe_merges *merges, const struct inf_bytes *word,
                         uint32_t *block)
{
    struct chain chain = {.merges = merges, .word = word};
    size_t count = 0;
    link_bytes(&chain, block);
    while (chain.tree[1] != INF_SYMBOL_NONE) {
        chain_merge(&chain, best_position(&chain));
    }
    for (size_t at = 0; at < word->length; at = chain.next[at]) {
        chain.symbols[count++] = chain.symbols[at];
    }
    return count;
}

/* ---- any word ---- */

int inf_bpe_word(const struct inf_bpe_merges *merges, struct inf_bytes word,
                 struct inf_bpe_scratch *scratch, const uint32_t **ret_symbols, size_t *ret_count,
                 struct inf_error *err)
{
    const struct inf_symbol *symbol = inf_bpe_merges_find(merges, word);
    *ret_symbols = scratch->symbols;
    if (symbol && symbol->whole) {
        scratch->symbols[0] = symbol->number;
        *ret_count = 1;
    } else if (word.length <= INF_BPE_SHORT) {
        *ret_count = merge_short(merges, &word, scratch->symbols);
    } else {
        if (reserve(scratch, word.length, err) != 0) {
            return -1;
        }
        *ret_count = merge_long(merges, &word, scratch->block);
        *ret_symbols = scratch->block;
    }
    return 0;
}

void inf_bpe_find_whole(struct inf_bpe_merges *merges)
{
    uint32_t symbols[INF_BPE_SHORT];
    for (uint32_t i = INF_SYMBOL_FIRST; i < inf_bpe_merges_count(merges); i++) {
        struct inf_bytes bytes = inf_bpe_merges_bytes(merges, i);
        if (bytes.length <= INF_BPE_SHORT && merge_short(merges, &bytes, symbols) == 1) {
            inf_bpe_merges_mark(merges, i);
        }
    }
}
