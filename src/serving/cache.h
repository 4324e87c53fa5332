/* cache.h - answers kept, so that an equal document is not computed again; one per deployment.
 *
 * The key is the text and, where the request changed the task's settings, those settings as text:
 * equal keys have equal answers, since a deployment has one model and a model's file never changes.
 * Keys are compared in full, so no answer is ever another text's. Least recently used goes first.
 *
 * Thread: loop only. Owns: its entries. Bound: capacity bytes, keys and bookkeeping included; 0
 * keeps nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_CACHE_H
#define INFERD_SERVING_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct inf_cache;

/* What a document is found by; made once, handed from the look-up to the insertion. */
struct inf_cache_key {
    uint64_t hash;
    size_t length;
    char bytes[]; /* settings, NUL, text */
};

struct inf_cache *inf_cache_new(int64_t capacity);
void inf_cache_free(struct inf_cache *cache); /* NULL is fine; on any thread, once nobody uses it */

/* The key of a text under settings ("" when the request has none of its own). The caller frees it.
 * NULL when the cache keeps nothing. */
struct inf_cache_key *inf_cache_key(const struct inf_cache *cache, const char *settings,
                                    const char *text);
/* The answer's bytes, borrowed until the next insertion; NULL on a miss. */
const char *inf_cache_find(struct inf_cache *cache, const struct inf_cache_key *key,
                           size_t *ret_length);
/* Keeps a copy of the answer. Takes the key (NULL is fine). An answer larger than the whole cache
 * is not kept; an equal key's answer is replaced. */
void inf_cache_insert(struct inf_cache *cache, struct inf_cache_key *key, const char *answer,
                      size_t length);
int64_t inf_cache_size(const struct inf_cache *cache); /* bytes held */

#endif
