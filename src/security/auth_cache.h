/* auth_cache.h - credentials that were checked a while ago, so that they need not be again.
 *
 * Kept are neither names nor secrets but a keyed hash of the header, with a key of this process.
 * Thread: loop only. Owns: a reference to each principal. Bound: INF_AUTH_SETS * INF_AUTH_WAYS. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECURITY_AUTH_CACHE_H
#define INFERD_SECURITY_AUTH_CACHE_H

#include "inferd/security.h"
#include <stdint.h>

enum { INF_AUTH_SETS = 256, INF_AUTH_WAYS = 8, INF_AUTH_DIGEST = 32 };

struct inf_auth_cache;

struct inf_auth_mark {
    uint8_t bytes[INF_AUTH_DIGEST];
};

struct inf_auth_cache *inf_auth_cache_new(int64_t ttl_ms); /* 0: remembers nothing */
void inf_auth_cache_free(struct inf_auth_cache *cache);    /* NULL is fine */
/* The header's hash, under which it is kept. */
void inf_auth_cache_mark(const struct inf_auth_cache *cache, const char *header,
                         struct inf_auth_mark *ret);
/* Borrowed; NULL: not known, or for too long. */
struct inf_principal *inf_auth_cache_get(struct inf_auth_cache *cache,
                                         const struct inf_auth_mark *mark, uint64_t now_ms);
void inf_auth_cache_put(struct inf_auth_cache *cache, const struct inf_auth_mark *mark,
                        struct inf_principal *principal, uint64_t now_ms);
/* What is of the user's own credentials, not of its keys, and of the key; either may be NULL. */
void inf_auth_cache_forget(struct inf_auth_cache *cache, const char *username, const char *key_id);
void inf_auth_cache_clear(struct inf_auth_cache *cache);

#endif
