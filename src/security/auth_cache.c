/* A table of small sets: the first byte of the hash names the set, and the oldest of a full set
 * makes room. Nobody outside can tell which headers meet in a set, as the hash has a secret key. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_cache.h"

#include "inferd/alloc.h"
#include "inferd/reserve.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct entry {
    struct inf_auth_mark mark;
    struct inf_principal *principal; /* NULL: free */
    uint64_t since_ms;
};

struct inf_auth_cache {
    uint64_t ttl_ms;
    uint8_t key[INF_AUTH_DIGEST];
    struct entry sets[INF_AUTH_SETS][INF_AUTH_WAYS];
};

struct inf_auth_cache *inf_auth_cache_new(int64_t ttl_ms)
{
    struct inf_auth_cache *cache = inf_alloc(1, sizeof *cache);

    cache->ttl_ms = (uint64_t)ttl_ms;
    if (getrandom(cache->key, sizeof cache->key, 0) != sizeof cache->key)
        abort(); /* 32 bytes come at once or never */
    return cache;
}

void inf_auth_cache_free(struct inf_auth_cache *cache)
{
    if (cache == NULL)
        return;
    inf_auth_cache_clear(cache);
    explicit_bzero(cache->key, sizeof cache->key);
    free(cache);
}

static bool mark(const struct inf_auth_cache *cache, const char *header, struct inf_auth_mark *ret)
{
    unsigned length = sizeof ret->bytes;

    return HMAC(EVP_sha256(), cache->key, sizeof cache->key, (const unsigned char *)header,
                strlen(header), ret->bytes, &length) != NULL;
}

/* It fails only without memory for a few hundred bytes. */
void inf_auth_cache_mark(const struct inf_auth_cache *cache, const char *header,
                         struct inf_auth_mark *ret)
{
    if (!mark(cache, header, ret) && !(inf_reserve_release() && mark(cache, header, ret)))
        inf_alloc_failed();
}

static void drop(struct entry *entry)
{
    inf_principal_unref(entry->principal);
    *entry = (struct entry){0};
}

static struct entry *find(struct inf_auth_cache *cache, const struct inf_auth_mark *mark)
{
    struct entry *set = cache->sets[mark->bytes[0]];

    for (size_t i = 0; i < INF_AUTH_WAYS; i++)
        if (set[i].principal != NULL &&
            CRYPTO_memcmp(set[i].mark.bytes, mark->bytes, sizeof mark->bytes) == 0)
            return &set[i];
    return NULL;
}

struct inf_principal *inf_auth_cache_get(struct inf_auth_cache *cache,
                                         const struct inf_auth_mark *mark, uint64_t now_ms)
{
    struct entry *entry = find(cache, mark);

    if (entry == NULL)
        return NULL;
    if (now_ms - entry->since_ms < cache->ttl_ms)
        return entry->principal;
    drop(entry);
    return NULL;
}

/* The one that is to be overwritten: itself, a free one, or the oldest. */
static struct entry *place(struct inf_auth_cache *cache, const struct inf_auth_mark *mark)
{
    struct entry *set = cache->sets[mark->bytes[0]];
    struct entry *entry = find(cache, mark);

    if (entry != NULL)
        return entry;
    entry = &set[0];
    for (size_t i = 1; i < INF_AUTH_WAYS && entry->principal != NULL; i++)
        if (set[i].principal == NULL || set[i].since_ms < entry->since_ms)
            entry = &set[i];
    return entry;
}

void inf_auth_cache_put(struct inf_auth_cache *cache, const struct inf_auth_mark *mark,
                        struct inf_principal *principal, uint64_t now_ms)
{
    struct entry *entry = place(cache, mark);

    if (cache->ttl_ms == 0)
        return;
    inf_principal_ref(principal);
    drop(entry);
    *entry = (struct entry){*mark, principal, now_ms};
}

void inf_auth_cache_clear(struct inf_auth_cache *cache)
{
    for (size_t set = 0; set < INF_AUTH_SETS; set++)
        for (size_t i = 0; i < INF_AUTH_WAYS; i++)
            drop(&cache->sets[set][i]);
}

static bool is_of(const struct inf_principal *principal, const char *username, const char *key_id)
{
    if (principal->key_id != NULL)
        return key_id != NULL && strcmp(principal->key_id, key_id) == 0;
    return username != NULL && strcmp(principal->username, username) == 0;
}

void inf_auth_cache_forget(struct inf_auth_cache *cache, const char *username, const char *key_id)
{
    for (size_t set = 0; set < INF_AUTH_SETS; set++)
        for (size_t i = 0; i < INF_AUTH_WAYS; i++) {
            struct entry *entry = &cache->sets[set][i];

            if (entry->principal != NULL && is_of(entry->principal, username, key_id))
                drop(entry);
        }
}
