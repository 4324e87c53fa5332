/* comma_list.c - comma lists of ids, tags and options. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "comma_list.h"

#include "inferd/alloc.h"
#include "inferd/buf.h"
#include "inferd/strmap.h"
#include <stdlib.h>
#include <string.h>

void inf_comma_list_init(struct inf_comma_list *list, const char *text)
{
    size_t most = 1;
    char *rest, *item;

    list->text = inf_strdup(text != NULL ? text : "");
    for (const char *comma = strchr(list->text, ','); comma != NULL; comma = strchr(comma + 1, ','))
        most++;
    list->items = inf_alloc(most, sizeof *list->items);
    list->matched = inf_alloc(most, sizeof *list->matched);
    list->count = 0;
    for (rest = list->text; (item = strsep(&rest, ",")) != NULL;)
        if (item[0] != '\0')
            list->items[list->count++] = item;
}

void inf_comma_list_free(struct inf_comma_list *list)
{
    free(list->text);
    free(list->items);
    free(list->matched);
    memset(list, 0, sizeof *list);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void inf_comma_list_sort(struct inf_comma_list *list)
{
    size_t kept = 0;

    qsort(list->items, list->count, sizeof *list->items, compare);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || strcmp(list->items[kept - 1], list->items[i]) != 0)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

void inf_comma_list_mark(struct inf_comma_list *list, const char *item)
{
    const char **found = bsearch(&item, list->items, list->count, sizeof *list->items, compare);

    if (found != NULL)
        list->matched[found - list->items] = true;
}

bool inf_comma_list_has(const struct inf_comma_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], item) == 0)
            return true;
    return false;
}

bool inf_comma_list_matches(struct inf_comma_list *list, const char *id)
{
    bool any = list->count == 0;

    /* No early end: every item that matches must be remembered. */
    for (size_t i = 0; i < list->count; i++)
        if (inf_wildcard_match(list->items[i], id)) {
            list->matched[i] = true;
            any = true;
        }
    return any;
}

/* More than a request's headers can hold; the error cuts what is too long for a reason. */
#define TEXT_MAX ((size_t)1 << 20)

static bool is_wildcard(const char *item)
{
    return strchr(item, '*') != NULL || strcmp(item, "_all") == 0;
}

int inf_comma_list_check(const struct inf_comma_list *list, bool allow_no_match,
                         struct inf_error *err)
{
    struct inf_buf missing;
    int rc = 0;

    inf_buf_init(&missing, TEXT_MAX);
    for (size_t i = 0; i < list->count; i++) {
        if (list->matched[i] || (allow_no_match && is_wildcard(list->items[i])))
            continue;
        inf_buf_printf(&missing, "%s%s", missing.length > 0 ? "," : "", list->items[i]);
    }
    if (missing.length > 0)
        rc = inf_error_set(err, INF_ERR_NOT_FOUND, "No known trained model with model_id [%s]",
                           missing.data);
    inf_buf_free(&missing);
    return rc;
}
