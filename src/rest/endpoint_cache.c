/* endpoint_cache.c - a map of ids to entries that are counted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint_cache.h"

#include "inferd/alloc.h"
#include "inferd/strmap.h"
#include <stdlib.h>
#include <string.h>

struct inf_endpoint_entry {
    int references;
    char *text; /* that it was made of */
    struct inf_endpoint endpoint;
};

struct inf_endpoint_cache {
    struct inf_strmap *entries;
};

struct inf_endpoint_entry *inf_endpoint_ref(struct inf_endpoint_entry *entry)
{
    entry->references++;
    return entry;
}

void inf_endpoint_unref(struct inf_endpoint_entry *entry)
{
    if (entry == NULL || --entry->references > 0)
        return;
    inf_endpoint_fini(&entry->endpoint);
    free(entry->text);
    free(entry);
}

const struct inf_endpoint *inf_endpoint_of(const struct inf_endpoint_entry *entry)
{
    return &entry->endpoint;
}

static void empty(struct inf_endpoint_cache *cache)
{
    const char *id;

    while (inf_strmap_size(cache->entries) > 0) {
        inf_strmap_at(cache->entries, 0, &id);
        inf_endpoint_forget(cache, id);
    }
}

struct inf_endpoint_entry *inf_endpoint_cached(struct inf_endpoint_cache *cache,
                                               const struct inf_object *object,
                                               struct inf_error *err)
{
    struct inf_endpoint_entry *entry = inf_strmap_get(cache->entries, object->id);

    if (entry != NULL && strcmp(entry->text, object->text) == 0)
        return entry;
    entry = inf_alloc(1, sizeof *entry);
    entry->references = 1;
    if (inf_endpoint_load(object, &entry->endpoint, err) != 0) {
        free(entry);
        return NULL;
    }
    entry->text = inf_strdup(object->text);
    if (inf_strmap_size(cache->entries) >= INF_ENDPOINTS_CACHED)
        empty(cache);
    inf_endpoint_unref(inf_strmap_put(cache->entries, object->id, entry));
    return entry;
}

void inf_endpoint_forget(struct inf_endpoint_cache *cache, const char *id)
{
    inf_endpoint_unref(inf_strmap_remove(cache->entries, id));
}

struct inf_endpoint_cache *inf_endpoint_cache_new(void)
{
    struct inf_endpoint_cache *cache = inf_alloc(1, sizeof *cache);

    cache->entries = inf_strmap_new();
    return cache;
}

void inf_endpoint_cache_free(struct inf_endpoint_cache *cache)
{
    if (cache == NULL)
        return;
    empty(cache);
    inf_strmap_free(cache->entries);
    free(cache);
}
