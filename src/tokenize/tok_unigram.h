/* tok_unigram.h - the rows `xlm_roberta` and `deberta_v2`: SentencePiece's unigram model
 * (compatibility 10.3).
 *
 * Thread: any; what make builds is immutable.
 * Bound:  a word on the heap, 2 MiB at most; INF_PIECE_MAX steps a byte. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_TOK_UNIGRAM_H
#define INFERD_TOKENIZE_TOK_UNIGRAM_H

#include "kind.h"

/* INTERNAL when there are not as many [scores] as tokens. */
int inf_unigram_make(struct inf_tokenizer *tokenizer, const struct cJSON *body,
                     struct inf_error *err);
/* The same, and what is unknown becomes its bytes where the vocabulary has them: "<0x00>" and so
 * on. */
int inf_unigram_make_with_bytes(struct inf_tokenizer *tokenizer, const struct cJSON *body,
                                struct inf_error *err);
void inf_unigram_destroy(void *own);
size_t inf_unigram_memory(const void *own);
/* Each token has a word index of its own. */
int inf_unigram_split(const struct inf_tokenizer *tokenizer, struct inf_text text,
                      struct inf_token_list *list, struct inf_error *err);
/* Without the marks that stand for blanks, and without blanks around. */
void inf_unigram_spell(const struct inf_tokenizer *tokenizer, const char *token,
                       struct inf_buf *out);

#endif
