/* tok_wordpiece.h - words cut into vocabulary pieces: the splitter of the rows `bert` and `mpnet`,
 * and the cutter for rows that find words in another way. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_TOK_WORDPIECE_H
#define INFERD_TOKENIZE_TOK_WORDPIECE_H

#include "kind.h"
#include "tok_basic.h"

/* Each Chinese character becomes a word of its own. Thread: any. */
int inf_wordpiece_split(const struct inf_tokenizer *tokenizer, struct inf_text text,
                        struct inf_token_list *list, struct inf_error *err);

/* Where pieces go. */
struct inf_wordpiece {
    const struct inf_tokenizer *tokenizer;
    struct inf_token_list *list;
    struct inf_error *err;
    int word; /* index that the pieces get; the caller counts */
};

/* Adds a word's pieces to the list: one unknown token for a word that cannot be cut, the mask for
 * one that is never split. Fails when memory is gone. Thread: any. */
int inf_wordpiece_cut(const struct inf_wordpiece *cutter, const struct inf_word *word);

#endif
