/* list.h - a list that runs through its items, each of which has a link in it.
 *
 * An item enters at either end and leaves from anywhere, in one step and without an allocation.
 * Thread: none (plain data). Owns: nothing; the links are parts of the items. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_LIST_H
#define INFERD_LIST_H

#include <stddef.h>

struct inf_link {
    struct inf_link *next, *prev;
};

/* All zero: empty. */
struct inf_list {
    struct inf_link *first, *last;
};

void inf_list_append(struct inf_list *list, struct inf_link *link);  /* becomes the last */
void inf_list_prepend(struct inf_list *list, struct inf_link *link); /* becomes the first */
void inf_list_remove(struct inf_list *list, struct inf_link *link);  /* which is in it */

/* The item, of this type, of which `link` is that member; NULL of NULL. */
#define INF_LIST_ITEM(link, type, member) ((type *)inf_list_item((link), offsetof(type, member)))
void *inf_list_item(struct inf_link *link, size_t offset); /* for the macro */

#endif
