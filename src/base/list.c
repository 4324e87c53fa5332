/* list.c - links put in and taken out. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/list.h"

/* Between two neighbours, either of which may be the end of the list. */
static void put_between(struct inf_list *list, struct inf_link *prev, struct inf_link *link,
                        struct inf_link *next)
{
    *link = (struct inf_link){.next = next, .prev = prev};
    *(prev ? &prev->next : &list->first) = link;
    *(next ? &next->prev : &list->last) = link;
}

void inf_list_append(struct inf_list *list, struct inf_link *link)
{
    put_between(list, list->last, link, NULL);
}

void inf_list_prepend(struct inf_list *list, struct inf_link *link)
{
    put_between(list, NULL, link, list->first);
}

void inf_list_remove(struct inf_list *list, struct inf_link *link)
{
    *(link->prev ? &link->prev->next : &list->first) = link->next;
    *(link->next ? &link->next->prev : &list->last) = link->prev;
    *link = (struct inf_link){.next = NULL};
}

void *inf_list_item(struct inf_link *link, size_t offset)
{
    return link ? (char *)link - offset : NULL;
}
