/* alias_list.c - the store's aliases, sorted by model and found by bisection: a listing of
 * thousands of models with as many aliases stays linear. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "alias_list.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct inf_object *left = *(const struct inf_object *const *)a;
    const struct inf_object *right = *(const struct inf_object *const *)b;
    int order = strcmp(left->model_id, right->model_id);

    return order != 0 ? order : strcmp(left->id, right->id);
}

void inf_alias_list_init(struct inf_alias_list *list, const struct inf_store *store)
{
    list->count = inf_store_object_count(store, INF_OBJECT_ALIAS);
    list->items = inf_alloc(list->count + 1, sizeof *list->items);
    for (size_t i = 0; i < list->count; i++)
        list->items[i] = inf_store_object_at(store, INF_OBJECT_ALIAS, i);
    qsort(list->items, list->count, sizeof *list->items, compare);
}

void inf_alias_list_free(struct inf_alias_list *list)
{
    free(list->items);
    *list = (struct inf_alias_list){.items = NULL};
}

const struct inf_object *const *inf_alias_list_of(const struct inf_alias_list *list,
                                                  const char *model_id, size_t *ret_count)
{
    size_t low = 0, high = list->count, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(list->items[middle]->model_id, model_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < list->count; end++)
        if (strcmp(list->items[end]->model_id, model_id) != 0)
            break;
    *ret_count = end - low;
    return list->items + low;
}

bool inf_alias_list_matches(const struct inf_alias_list *list, struct inf_comma_list *ids,
                            const char *model_id)
{
    size_t count;
    const struct inf_object *const *aliases = inf_alias_list_of(list, model_id, &count);
    bool any = inf_comma_list_matches(ids, model_id);

    /* No early end: every item that matches must be remembered. */
    for (size_t i = 0; i < count; i++)
        any = inf_comma_list_matches(ids, aliases[i]->id) || any;
    return any;
}
