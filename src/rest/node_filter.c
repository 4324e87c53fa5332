/* node_filter.c - Elasticsearch's node filters, asked of a node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node_filter.h"

#include "comma_list.h"
#include "inferd/alloc.h"
#include "inferd/strmap.h"
#include <stdlib.h>
#include <string.h>

static bool has_role(const struct inf_node_facts *node, const char *role, size_t length)
{
    for (const char *const *own = node->roles; *own != NULL; own++)
        if (strlen(*own) == length && strncmp(*own, role, length) == 0)
            return true;
    return false;
}

/* item: "name:value", cut at the colon. */
static bool has_attribute(const struct inf_node_facts *node, const char *item, const char *colon)
{
    char *name = inf_strdup(item);
    bool has = false;

    name[colon - item] = '\0';
    for (const struct cJSON *each = inf_json_first(node->attributes); each != NULL && !has;
         each = inf_json_next(each))
        has = inf_json_is_string(each) && inf_json_key(each) != NULL &&
              inf_wildcard_match(name, inf_json_key(each)) &&
              inf_wildcard_match(colon + 1, inf_json_string(each));
    free(name);
    return has;
}

static bool is_meant(const struct inf_node_facts *node, const char *item)
{
    return (node->is_local && strcmp(item, "_local") == 0) ||
           (node->is_master && strcmp(item, "_master") == 0) ||
           inf_wildcard_match(item, node->id) || inf_wildcard_match(item, node->name) ||
           inf_wildcard_match(item, node->host);
}

bool inf_node_filter_matches(const char *filter, const struct inf_node_facts *node)
{
    struct inf_comma_list items;
    bool selected;

    inf_comma_list_init(&items, filter);
    selected = items.count == 0;
    for (size_t i = 0; i < items.count; i++) {
        const char *item = items.items[i], *colon = strchr(item, ':');

        if (is_meant(node, item))
            selected = true;
        else if (colon != NULL && has_role(node, item, (size_t)(colon - item)))
            selected = strcmp(colon, ":true") == 0 || (selected && strcmp(colon, ":false") != 0);
        else if (colon != NULL && has_attribute(node, item, colon))
            selected = true;
    }
    inf_comma_list_free(&items);
    return selected;
}
