/* material.h - what the fuzz targets are made of: settings and vocabularies from JSON, and text
 * from a fuzzer's bytes. What the program itself would refuse aborts here. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FUZZ_MATERIAL_H
#define INFERD_FUZZ_MATERIAL_H

#include "inferd/tokenize.h"

/* Appends bytes as well-formed UTF-8 without NUL: what a document's text is once the JSON has been
 * read. A byte that is part of no character becomes one of a table of characters that tokenizers
 * treat specially, so that a fuzzer's random bytes are worth something. */
void material_text(const uint8_t *data, size_t size, struct inf_buf *out);

/* The settings of tokenizer `name` that {"name":{member:true}} gives, or without the member where
 * this tokenizer does not have it; member NULL: all defaults. */
struct inf_tokenization material_settings(const char *name, const char *member);

/* One vocabulary body for every tokenizer: all special tokens, pieces of words, merges, scores. The
 * caller frees it with inf_json_free. */
struct inf_json material_vocabulary(void);

#endif
