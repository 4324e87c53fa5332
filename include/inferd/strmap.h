/* strmap.h - string to pointer map with stable, sorted iteration.
 *
 * Thread: none. Owns: copies of its keys; the values stay the caller's. Bound: memory only; callers
 * bound what they insert. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STRMAP_H
#define INFERD_STRMAP_H

#include <stddef.h>

struct inf_strmap;

struct inf_strmap *inf_strmap_new(void);
void inf_strmap_free(struct inf_strmap *map); /* NULL is fine; values are not freed */
size_t inf_strmap_size(const struct inf_strmap *map);
void *inf_strmap_get(const struct inf_strmap *map, const char *key); /* NULL when absent */
void *inf_strmap_put(struct inf_strmap *map, const char *key,
                     void *value);                                /* the old value or NULL */
void *inf_strmap_remove(struct inf_strmap *map, const char *key); /* the value or NULL */
/* The i-th entry in ascending key order (strcmp), 0 <= i < size. Removing the entry just returned
 * and asking for the same i again is the way to empty a map. */
void *inf_strmap_at(const struct inf_strmap *map, size_t i, const char **ret_key);
/* Elasticsearch id expression: does `pattern` ("a*", "*", "_all", no comma) match `text`? */
int inf_wildcard_match(const char *pattern, const char *text);

#endif
