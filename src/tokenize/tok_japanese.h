/* tok_japanese.h - the row `bert_ja`: Japanese words by MeCab with its dictionary ipadic, cut into
 * vocabulary pieces.
 *
 * The dictionary is Debian's (package mecab-ipadic-utf8), or the one that MeCab's own configuration
 * names. It is mapped into memory, not read, and all tokenizers share its pages. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_TOK_JAPANESE_H
#define INFERD_TOKENIZE_TOK_JAPANESE_H

#include "kind.h"

/* UNAVAILABLE, with the package that is missing, when there is no such dictionary. */
int inf_japanese_make(struct inf_tokenizer *tokenizer, const struct cJSON *body,
                      struct inf_error *err);
/* The same with the first in `from` that has ipadic: options for MeCab, ended by NULL. */
int inf_japanese_make_from(struct inf_tokenizer *tokenizer, const char *const *from,
                           struct inf_error *err);
/* Frees what making has put into tokenizer->own. */
void inf_japanese_destroy(void *own);
/* Without the dictionary, which is not the tokenizer's alone. */
size_t inf_japanese_memory(const void *own);
/* Thread: any. Bound: one piece of the text (INF_JAPANESE_PIECE) and MeCab's lattice for it. */
int inf_japanese_split(const struct inf_tokenizer *tokenizer, struct inf_text text,
                       struct inf_token_list *list, struct inf_error *err);

/* Code points that MeCab sees at once, because its time grows with the square of a run of letters
 * of one kind, and its lattice with the text; a model for 512 tokens takes some 800. A longer text
 * goes to it in overlapping pieces. */
#define INF_JAPANESE_PIECE 1024

#endif
