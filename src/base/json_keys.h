/* json_keys.h - the keys of the objects that are open while a text is checked.
 *
 * Thread: none. Owns: decoded copies of keys with escapes; all others are borrowed from the text.
 * Bound: one entry a member of the objects that are open at the same time, so the limit on values.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_BASE_JSON_KEYS_H
#define INFERD_BASE_JSON_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct inf_json_key {
    const char *bytes; /* decoded */
    size_t length;
    size_t offset; /* of the opening quote in the text */
    char *owned;   /* the copy behind bytes, or NULL */
};

struct inf_json_keys {
    struct inf_json_key *items;
    size_t count;
    size_t capacity;
};

/* Adds the checked literal whose inside is text[offset + 1 ..) of `length` bytes. -1: no memory. */
int inf_json_keys_push(struct inf_json_keys *keys, const char *text, size_t offset, size_t length,
                       bool escaped);
/* The keys from `base` on belong to one object: returns the one that repeats another and stands
 * earliest in the text, or NULL. Reorders them. */
const struct inf_json_key *inf_json_keys_duplicate(struct inf_json_keys *keys, size_t base);
/* Forgets the keys from `base` on; base 0 and free(keys->items) end the use. */
void inf_json_keys_pop(struct inf_json_keys *keys, size_t base);

#endif
