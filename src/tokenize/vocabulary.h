/* vocabulary.h - token to id and back.
 *
 * Thread: immutable once made. Owns: copies of all tokens. Bound: 4 GiB of token text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_VOCABULARY_H
#define INFERD_TOKENIZE_VOCABULARY_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;
struct inf_vocabulary;

/* From an array of strings; the index is the id. With fold, looking up ignores case: a token
 * matches its lower-case form, unless another token is spelt exactly so. Of equal tokens the last
 * counts. */
int inf_vocabulary_new(const struct cJSON *tokens, bool fold, struct inf_vocabulary **ret,
                       struct inf_error *err);
void inf_vocabulary_free(struct inf_vocabulary *vocabulary); /* NULL is fine */
size_t inf_vocabulary_memory(const struct inf_vocabulary *vocabulary);
size_t inf_vocabulary_size(const struct inf_vocabulary *vocabulary);
const char *inf_vocabulary_token(const struct inf_vocabulary *vocabulary, int32_t id);
/* The id of a token as written in the vocabulary (folded here when the vocabulary folds), or -1. */
int32_t inf_vocabulary_id(const struct inf_vocabulary *vocabulary, const char *token);

/* The longest key in bytes: no longer text can match. */
size_t inf_vocabulary_longest(const struct inf_vocabulary *vocabulary);

/* Looking up many prefixes of one text: the hash of a text grows byte by byte from INF_HASH_START.
 */
#define INF_HASH_START UINT64_C(0xcbf29ce484222325)
static inline uint64_t inf_hash_byte(uint64_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * UINT64_C(0x100000001b3);
}
/* The id of the key prefix + text[0..length), whose hash is given, or -1. */
int32_t inf_vocabulary_find(const struct inf_vocabulary *vocabulary, uint64_t hash,
                            const char *prefix, size_t prefix_length, const char *text,
                            size_t length);

#endif
