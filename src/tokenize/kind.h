/* kind.h - what the tokenizers of this folder share: a row of the table, the tokenizer itself, and
 * the list of tokens that a row's splitter fills.
 *
 * Thread: a kind and a tokenizer are immutable, a token list belongs to one call. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_KIND_H
#define INFERD_TOKENIZE_KIND_H

#include "inferd/tokenize.h"
#include "vocabulary.h"

struct inf_token {
    int32_t id;
    int start, end; /* UTF-16 offsets in the text */
    int word;
};

/* Keeps the first `limit` tokens and counts the others, so that a text of 100 MB which is cut to
 * 512 tokens costs no memory. */
struct inf_token_list {
    struct inf_token *items;
    size_t count;    /* kept */
    size_t capacity; /* allocated */
    size_t limit;
    size_t total; /* seen */
};

/* Adds a token, or only counts it past the limit. Fails when memory is gone. */
int inf_token_list_push(struct inf_token_list *list, const struct inf_token *token,
                        struct inf_error *err);
void inf_token_list_free(struct inf_token_list *list);

/* A model's inputs, in forward()'s order. */
enum inf_input { INF_INPUT_IDS, INF_INPUT_MASK, INF_INPUT_TYPES, INF_INPUT_POSITIONS };

/* A row of the table. */
struct inf_tokenizer_kind {
    const char *name;
    const char *special[INF_SPECIALS]; /* by default */
    int inputs;
    enum inf_input input[INF_ENCODING_TENSORS];
    int pair_separators; /* between the two texts of a pair */
    bool cased;          /* do_lower_case cannot be set */
    bool folds;          /* with do_lower_case tokens are looked up without regard to case */
    bool has_prefix_space, has_own_specials; /* further settings */
    bool needs_merges, needs_scores;
    bool slow; /* by the text, tens of times slower than the others */
    /* Makes tokenizer->own of the vocabulary body; all else of the tokenizer is there already.
     * NULL: the row needs nothing of its own. */
    int (*make)(struct inf_tokenizer *tokenizer, const struct cJSON *body, struct inf_error *err);
    void (*destroy)(void *own);        /* NULL is not passed */
    size_t (*memory)(const void *own); /* bytes held */
    int (*split)(const struct inf_tokenizer *tokenizer, struct inf_text text,
                 struct inf_token_list *list, struct inf_error *err);
    /* Appends a token for a reader; NULL: as it stands in the vocabulary. */
    void (*spell)(const struct inf_tokenizer *tokenizer, const char *token, struct inf_buf *out);
};

struct inf_tokenizer {
    struct inf_tokenization settings; /* as it was made with */
    struct inf_vocabulary *vocabulary;
    int32_t special[INF_SPECIALS]; /* ids; -1 where neither needed nor there */
    void *own;                     /* the row's */
};

/* The row by its name in the API, or NULL. */
const struct inf_tokenizer_kind *inf_tokenizer_kind_find(const char *name);

#endif
