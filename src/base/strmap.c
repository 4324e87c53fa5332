/* strmap.c - a sorted array of keys with binary search.
 *
 * The maps of the program hold models, deployments and settings: at most thousands of entries,
 * listed in order on every GET and changed rarely. An array gives order, O(1) access by position
 * and no rebalancing; inserting moves pointers, which is memmove's fastest case. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/strmap.h"

#include "inferd/alloc.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *key;
    void *value;
};

struct inf_strmap {
    struct entry *entries;
    size_t size;
    size_t capacity;
};

struct inf_strmap *inf_strmap_new(void)
{
    return inf_alloc(1, sizeof(struct inf_strmap));
}

void inf_strmap_free(struct inf_strmap *map)
{
    if (!map) {
        return;
    }
    for (size_t i = 0; i < map->size; i++) {
        free(map->entries[i].key);
    }
    free(map->entries);
    free(map);
}

size_t inf_strmap_size(const struct inf_strmap *map)
{
    return map->size;
}

/* Position of key, or where it would be inserted; *ret_found tells which. */
static size_t find(const struct inf_strmap *map, const char *key, int *ret_found)
{
    size_t low = 0, high = map->size;
    *ret_found = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(map->entries[middle].key, key);
        if (order == 0) {
            *ret_found = 1;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void *inf_strmap_get(const struct inf_strmap *map, const char *key)
{
    int found;
    size_t i = find(map, key, &found);
    return found ? map->entries[i].value : NULL;
}

static void insert(struct inf_strmap *map, size_t i, const char *key, void *value)
{
    if (map->size == map->capacity) {
        map->capacity = map->capacity ? map->capacity * 2 : 8;
        map->entries = inf_realloc(map->entries, map->capacity, sizeof *map->entries);
    }
    memmove(map->entries + i + 1, map->entries + i, (map->size - i) * sizeof *map->entries);
    map->entries[i] = (struct entry){.key = inf_strdup(key), .value = value};
    map->size++;
}

void *inf_strmap_put(struct inf_strmap *map, const char *key, void *value)
{
    int found;
    size_t i = find(map, key, &found);
    if (!found) {
        insert(map, i, key, value);
        return NULL;
    }
    void *old = map->entries[i].value;
    map->entries[i].value = value;
    return old;
}

void *inf_strmap_remove(struct inf_strmap *map, const char *key)
{
    int found;
    size_t i = find(map, key, &found);
    if (!found) {
        return NULL;
    }
    struct entry removed = map->entries[i];
    map->size--;
    memmove(map->entries + i, map->entries + i + 1, (map->size - i) * sizeof *map->entries);
    free(removed.key);
    return removed.value;
}

void *inf_strmap_at(const struct inf_strmap *map, size_t i, const char **ret_key)
{
    assert(i < map->size);
    if (ret_key) {
        *ret_key = map->entries[i].key;
    }
    return map->entries[i].value;
}
