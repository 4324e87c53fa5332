/* token_list.c - the growable array that a splitter fills: one allocation for many tokens. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/reserve.h"
#include "kind.h"

#include <stdlib.h>

#define FIRST_CAPACITY 128

static int grow(struct inf_token_list *list, struct inf_error *err)
{
    size_t capacity = list->capacity ? 2 * list->capacity : FIRST_CAPACITY;
    struct inf_token *items = inf_reserve_reallocarray(list->items, capacity, sizeof *items);
    if (!items) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] tokens", capacity);
    }
    list->items = items;
    list->capacity = capacity;
    return 0;
}

int inf_token_list_push(struct inf_token_list *list, const struct inf_token *token,
                        struct inf_error *err)
{
    list->total++;
    if (list->count == list->limit) {
        return 0;
    }
    if (list->count == list->capacity && grow(list, err) != 0) {
        return -1;
    }
    list->items[list->count++] = *token;
    return 0;
}

void inf_token_list_free(struct inf_token_list *list)
{
    free(list->items);
    *list = (struct inf_token_list){0};
}
