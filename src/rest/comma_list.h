/* comma_list.h - "a,b*,c" as items, and as an expression over ids.
 *
 * A path segment is percent-decoded before it gets here, since clients encode the commas too.
 * Thread: any (pure). Owns: a copy of the text. Bound: the request's header size. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_COMMA_LIST_H
#define INFERD_REST_COMMA_LIST_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>

struct inf_comma_list {
    char *text; /* cut at the commas; the items point into it */
    size_t count;
    const char **items;
    bool *matched; /* items that something has matched so far */
};

/* Empty items are left out; NULL is an empty list. */
void inf_comma_list_init(struct inf_comma_list *list, const char *text);
void inf_comma_list_free(struct inf_comma_list *list); /* zeroed is fine */
void inf_comma_list_sort(struct inf_comma_list *list); /* ascending, each item once */
/* Marks the item in a sorted list. */
void inf_comma_list_mark(struct inf_comma_list *list, const char *item);
bool inf_comma_list_has(const struct inf_comma_list *list, const char *item); /* literally */

/* As an id expression: does an item (an id, a wildcard, _all) match id? An empty list matches all.
 * Remembers which items have matched something. */
bool inf_comma_list_matches(struct inf_comma_list *list, const char *id);
/* After all ids were shown: NOT_FOUND "No known trained model with model_id [a,b]" for the ids that
 * matched nothing; wildcards count only when allow_no_match is false. */
int inf_comma_list_check(const struct inf_comma_list *list, bool allow_no_match,
                         struct inf_error *err);

#endif
