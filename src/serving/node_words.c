/* node_words.c - one node's reports, against those that it has made before.
 *
 * A node that speaks says all that it runs, some deployments of thousands; what that costs depends
 * on these alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node_words.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

/* Ids, by strcmp once they are sorted. */
struct ids {
    char **items;
    size_t count;
};

static void add(struct ids *ids, const char *id)
{
    ids->items = inf_realloc(ids->items, ids->count + 1, sizeof *ids->items);
    ids->items[ids->count++] = inf_strdup(id);
}

static void free_ids(char **items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(items[i]);
    free(items);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has(char *const *items, size_t count, const char *id)
{
    return count > 0 && bsearch(&id, items, count, sizeof *items, compare) != NULL;
}

/* report NULL: it says nothing of it. */
static void take(struct inf_manager *manager, const struct inf_known_node *node, const char *id,
                 const struct cJSON *report, struct ids *changed)
{
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, id);

    if (deployment != NULL && inf_routing_take_report(&deployment->routing, node->id, report))
        add(changed, id);
}

void inf_node_words_take(struct inf_manager *manager, struct inf_known_node *node,
                         const struct cJSON *routes,
                         void (*changed)(struct inf_deployment *deployment))
{
    struct ids told = {0}, others = {0};

    for (const struct cJSON *report = inf_json_first(routes); report != NULL;
         report = inf_json_next(report)) {
        take(manager, node, inf_json_key(report), report, &others);
        add(&told, inf_json_key(report));
    }
    if (told.count > 0)
        qsort(told.items, told.count, sizeof *told.items, compare);
    for (size_t i = 0; i < node->told_count; i++)
        if (!has(told.items, told.count, node->told[i]))
            take(manager, node, node->told[i], NULL, &others);
    inf_node_words_free(node);
    node->told = told.items;
    node->told_count = told.count;
    for (size_t i = 0; i < others.count && changed != NULL; i++) {
        struct inf_deployment *deployment = inf_strmap_get(manager->deployments, others.items[i]);

        if (deployment != NULL) /* else it has ended with one before it */
            changed(deployment);
    }
    free_ids(others.items, others.count);
}

bool inf_node_words_of(const struct inf_manager *manager, const char *deployment_id)
{
    for (size_t i = 0; i < manager->nodes.count; i++) {
        const struct inf_known_node *node = &manager->nodes.items[i];

        if (has(node->told, node->told_count, deployment_id))
            return true;
    }
    return false;
}

void inf_node_words_free(struct inf_known_node *node)
{
    free_ids(node->told, node->told_count);
    node->told = NULL;
    node->told_count = 0;
}
