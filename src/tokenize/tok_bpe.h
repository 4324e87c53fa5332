/* tok_bpe.h - the functions of the rows `roberta` and `byte_level_bpe`: words cut into the symbols
 * that the vocabulary's merges make of their bytes.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_TOK_BPE_H
#define INFERD_TOKENIZE_TOK_BPE_H

#include "kind.h"

/* Reads [merges]; see bpe_merges.h for what is refused. */
int inf_bpe_make(struct inf_tokenizer *tokenizer, const struct cJSON *body, struct inf_error *err);
void inf_bpe_destroy(void *own);
size_t inf_bpe_memory(const void *own);

/* A piece's offsets are those of its whole word, without the blank before it. A mask token is a
 * word; the white space before it is dropped. Time: n log n in the text's longest word, of which at
 * most INF_BPE_WORD_MAX bytes are merged at once. */
int inf_bpe_split(const struct inf_tokenizer *tokenizer, struct inf_text text,
                  struct inf_token_list *list, struct inf_error *err);

/* The bytes of the token's letters; a run of bytes that is no UTF-8 becomes one U+FFFD. A token
 * with other characters stays as it is. */
void inf_bpe_spell(const struct inf_tokenizer *tokenizer, const char *token, struct inf_buf *out);

#endif
