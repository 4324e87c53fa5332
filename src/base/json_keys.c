/* json_keys.c - finding duplicate keys without a quadratic cost.
 *
 * An object's keys are sorted once, when it closes: O(n log n) for any input, with no hash function
 * that chosen keys could defeat. Keys are compared as decoded, so "a" and "\u0061" are one key. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "json_keys.h"

#include "json_text.h"
#include <stdlib.h>
#include <string.h>

static int grow(struct inf_json_keys *keys)
{
    size_t capacity = keys->capacity ? keys->capacity * 2 : 32;
    struct inf_json_key *items = reallocarray(keys->items, capacity, sizeof *items);
    if (!items) {
        return -1;
    }
    keys->items = items;
    keys->capacity = capacity;
    return 0;
}

int inf_json_keys_push(struct inf_json_keys *keys, const char *text, size_t offset, size_t length,
                       bool escaped)
{
    if (keys->count == keys->capacity && grow(keys)) {
        return -1;
    }
    const char *raw = text + offset + 1;
    struct inf_json_key key = {.bytes = raw, .length = length, .offset = offset};
    if (escaped) {
        key.owned = malloc(length);
        if (!key.owned) {
            return -1;
        }
        key.length = inf_json_unescape(raw, length, key.owned);
        key.bytes = key.owned;
    }
    keys->items[keys->count++] = key;
    return 0;
}

static int compare_bytes(const struct inf_json_key *a, const struct inf_json_key *b)
{
    size_t common = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->bytes, b->bytes, common);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* The place breaks ties, so that of equal keys the repetitions follow the first one. */
static int compare(const void *left, const void *right)
{
    const struct inf_json_key *a = left, *b = right;
    int order = compare_bytes(a, b);
    return order != 0 ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

const struct inf_json_key *inf_json_keys_duplicate(struct inf_json_keys *keys, size_t base)
{
    size_t count = keys->count - base;
    if (count < 2) {
        return NULL;
    }
    struct inf_json_key *items = keys->items + base;
    const struct inf_json_key *earliest = NULL;
    qsort(items, count, sizeof *items, compare);
    for (size_t i = 1; i < count; i++) {
        if (compare_bytes(items + i - 1, items + i) == 0 &&
            (!earliest || items[i].offset < earliest->offset)) {
            earliest = items + i;
        }
    }
    return earliest;
}

void inf_json_keys_pop(struct inf_json_keys *keys, size_t base)
{
    while (keys->count > base) {
        free(keys->items[--keys->count].owned);
    }
}
