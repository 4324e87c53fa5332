/* unigram_trie.c - builds the trie from the sorted tokens, level by level: the tokens below a node
 * are a stretch of the sorted array, and its children are that stretch cut where the next byte
 * changes. Every byte of a token is looked at once, whatever the vocabulary. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unigram_trie.h"

#include <stdlib.h>

struct piece {
    const char *token;
    int32_t id;
};

/* The pieces below a node. */
struct stretch {
    uint32_t from, to;
};

static int by_token(const void *a, const void *b)
{
    return strcmp(((const struct piece *)a)->token, ((const struct piece *)b)->token);
}

static bool contains(const int32_t *ids, size_t count, int32_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

/* Takes each token once, the empty one not at all: no walk could end there. */
static int collect(const struct inf_vocabulary *vocabulary, const int32_t *skip, size_t skips,
                   struct piece *pieces, size_t *ret_count, struct inf_error *err)
{
    int32_t size = (int32_t)inf_vocabulary_size(vocabulary);
    size_t count = 0;
    for (int32_t id = 0; id < size; id++) {
        const char *token = inf_vocabulary_token(vocabulary, id);
        size_t length = strlen(token);
        if (length > INF_PIECE_MAX) {
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "entry [%d] of the vocabulary has [%zu] bytes, but a piece of a "
                                 "unigram vocabulary can have [%d] at most",
                                 id, length, INF_PIECE_MAX);
        }
        if (length > 0 && !contains(skip, skips, id) &&
            inf_vocabulary_id(vocabulary, token) == id) {
            pieces[count++] = (struct piece){.token = token, .id = id};
        }
    }
    *ret_count = count;
    return 0;
}

static size_t shared_prefix(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] != '\0' && a[length] == b[length]) {
        length++;
    }
    return length;
}

/* The root, and a node for each byte that a piece does not share with the piece before. */
static size_t count_nodes(const struct piece *pieces, size_t count)
{
    const char *before = "";
    size_t nodes = 1;
    for (size_t i = 0; i < count; i++) {
        nodes += strlen(pieces[i].token) - shared_prefix(before, pieces[i].token);
        before = pieces[i].token;
    }
    return nodes;
}

/* Numbers the children of a node, whose pieces are alike in their first depth bytes. */
static void add_children(struct inf_unigram_trie *trie, const struct piece *pieces,
                         struct stretch *stretches, size_t node, size_t depth)
{
    struct stretch below = stretches[node];
    trie->nodes[node] = (struct inf_trie_node){.children = (uint32_t)trie->count, .id = -1};
    if (below.from < below.to && pieces[below.from].token[depth] == '\0') {
        trie->nodes[node].id = pieces[below.from++].id;
    }
    while (below.from < below.to) {
        char label = pieces[below.from].token[depth];
        uint32_t to = below.from + 1;
        while (to < below.to && pieces[to].token[depth] == label) {
            to++;
        }
        trie->labels[trie->count] = (unsigned char)label;
        stretches[trie->count++] = (struct stretch){below.from, to};
        below.from = to;
    }
}

static void build(struct inf_unigram_trie *trie, const struct piece *pieces, size_t count,
                  struct stretch *stretches)
{
    size_t level_end = 1;
    size_t depth = 0;
    stretches[0] = (struct stretch){0, (uint32_t)count};
    trie->count = 1;
    for (size_t node = 0; node < trie->count; node++) {
        if (node == level_end) {
            level_end = trie->count;
            depth++;
        }
        add_children(trie, pieces, stretches, node, depth);
    }
    trie->nodes[trie->count].children = (uint32_t)trie->count;
    for (uint32_t child = 1; child < trie->nodes[1].children; child++) {
        trie->first[trie->labels[child]] = child;
    }
}

static int no_memory(size_t size, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for a vocabulary of [%zu] tokens",
                         size);
}

int inf_unigram_trie_init(struct inf_unigram_trie *trie, const struct inf_vocabulary *vocabulary,
                          const int32_t *skip, size_t count, struct inf_error *err)
{
    size_t size = inf_vocabulary_size(vocabulary);
    struct piece *pieces = malloc(size * sizeof *pieces);
    struct stretch *stretches = NULL;
    size_t nodes = 0;
    size_t used = 0;
    int rc = -1;
    *trie = (struct inf_unigram_trie){0};
    if (!pieces) {
        return no_memory(size, err);
    }
    if (collect(vocabulary, skip, count, pieces, &used, err) != 0) {
        goto out;
    }
    qsort(pieces, used, sizeof *pieces, by_token);
    nodes = count_nodes(pieces, used);
    trie->nodes = malloc((nodes + 1) * sizeof *trie->nodes);
    trie->labels = malloc(nodes);
    stretches = malloc(nodes * sizeof *stretches);
    if (!trie->nodes || !trie->labels || !stretches) {
        no_memory(size, err);
        goto out;
    }
    trie->labels[0] = 0;
    build(trie, pieces, used, stretches);
    rc = 0;
out:
    free(stretches);
    free(pieces);
    return rc;
}

void inf_unigram_trie_fini(struct inf_unigram_trie *trie)
{
    free(trie->nodes);
    free(trie->labels);
    *trie = (struct inf_unigram_trie){0};
}

size_t inf_unigram_trie_memory(const struct inf_unigram_trie *trie)
{
    return (trie->count + 1) * sizeof *trie->nodes + trie->count;
}
