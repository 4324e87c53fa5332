/* A hash table with chains and a list by last use. The number of chains is fixed when the cache is
 * made, from its capacity, so that no insertion ever stops to rehash. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"
#include "hash.h"
#include "inferd/alloc.h"
#include "inferd/list.h"
#include <stdlib.h>
#include <string.h>

/* An embedding's answer takes some 5 KB; with smaller ones the chains get a few entries longer. */
#define BYTES_PER_CHAIN 4096
#define CHAINS_MIN 64
#define CHAINS_MAX 65536
#define BLOCK_OVERHEAD 16 /* what malloc keeps beside a block; an entry has two */

struct entry {
    struct entry *chain; /* next with the same chain */
    struct inf_link use; /* of the cache's list */
    struct inf_cache_key *key;
    size_t length;
    char answer[];
};

struct inf_cache {
    int64_t capacity, size;
    uint64_t seed;
    size_t mask; /* chains - 1 */
    struct entry **chains;
    struct inf_list uses; /* of entries, the latest first */
};

static struct entry *oldest(const struct inf_cache *cache)
{
    return INF_LIST_ITEM(cache->uses.last, struct entry, use);
}

static int64_t cost(size_t key_length, size_t answer_length)
{
    return (int64_t)(sizeof(struct entry) + sizeof(struct inf_cache_key) + 2 * BLOCK_OVERHEAD +
                     key_length + answer_length);
}

struct inf_cache *inf_cache_new(int64_t capacity)
{
    struct inf_cache *cache = inf_alloc(1, sizeof *cache);
    size_t chains = CHAINS_MIN;

    cache->capacity = capacity;
    if (capacity <= 0)
        return cache;
    while (chains < CHAINS_MAX && (int64_t)chains * BYTES_PER_CHAIN < capacity)
        chains *= 2;
    cache->mask = chains - 1;
    cache->chains = inf_alloc(chains, sizeof(struct entry *));
    cache->seed = inf_hash_seed();
    return cache;
}

void inf_cache_free(struct inf_cache *cache)
{
    struct entry *entry = NULL;

    if (cache == NULL)
        return;
    while ((entry = oldest(cache)) != NULL) {
        inf_list_remove(&cache->uses, &entry->use);
        free(entry->key);
        free(entry);
    }
    free(cache->chains);
    free(cache);
}

int64_t inf_cache_size(const struct inf_cache *cache)
{
    return cache->size;
}

struct inf_cache_key *inf_cache_key(const struct inf_cache *cache, const char *settings,
                                    const char *text)
{
    size_t settings_length = strlen(settings) + 1, text_length = strlen(text);
    struct inf_cache_key *key = NULL;

    if (cost(settings_length + text_length, 0) >= cache->capacity)
        return NULL;
    key = malloc(sizeof *key + settings_length + text_length);
    if (key == NULL)
        return NULL; /* then it is computed, as without a cache */
    key->length = settings_length + text_length;
    memcpy(key->bytes, settings, settings_length);
    memcpy(key->bytes + settings_length, text, text_length);
    key->hash = inf_hash(cache->seed, key->bytes, key->length);
    return key;
}

/* Where the entry of the key hangs, or the end of its chain. */
static struct entry **find(const struct inf_cache *cache, const struct inf_cache_key *key)
{
    struct entry **link = &cache->chains[key->hash & cache->mask];

    while (*link != NULL &&
           ((*link)->key->hash != key->hash || (*link)->key->length != key->length ||
            memcmp((*link)->key->bytes, key->bytes, key->length) != 0))
        link = &(*link)->chain;
    return link;
}

static void drop(struct inf_cache *cache, struct entry **link)
{
    struct entry *entry = *link;

    *link = entry->chain;
    inf_list_remove(&cache->uses, &entry->use);
    cache->size -= cost(entry->key->length, entry->length);
    free(entry->key);
    free(entry);
}

const char *inf_cache_find(struct inf_cache *cache, const struct inf_cache_key *key,
                           size_t *ret_length)
{
    struct entry *entry = key != NULL ? *find(cache, key) : NULL;

    if (entry == NULL)
        return NULL;
    inf_list_remove(&cache->uses, &entry->use);
    inf_list_prepend(&cache->uses, &entry->use);
    *ret_length = entry->length;
    return entry->answer;
}

void inf_cache_insert(struct inf_cache *cache, struct inf_cache_key *key, const char *answer,
                      size_t length)
{
    struct entry **link = NULL, *entry = NULL;

    if (key == NULL)
        return;
    if (cost(key->length, length) > cache->capacity ||
        (entry = malloc(sizeof *entry + length)) == NULL) {
        free(key);
        return;
    }
    link = find(cache, key);
    if (*link != NULL)
        drop(cache, link);
    while (cache->size + cost(key->length, length) > cache->capacity)
        drop(cache, find(cache, oldest(cache)->key));
    link = &cache->chains[key->hash & cache->mask];
    *entry = (struct entry){.chain = *link, .key = key, .length = length};
    memcpy(entry->answer, answer, length);
    *link = entry;
    inf_list_prepend(&cache->uses, &entry->use);
    cache->size += cost(key->length, length);
}
