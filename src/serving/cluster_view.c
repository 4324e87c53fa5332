/* cluster_view.c - what other nodes say and do, and what this one says of itself. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_view.h"
#include "adaptive.h"
#include "assign.h"
#include "away.h"
#include "deployment.h"
#include "file_wait.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/serving_cluster.h"
#include "inferd/store_shared.h"
#include "node_words.h"
#include "record.h"
#include <stdlib.h>
#include <string.h>

static struct inf_deployment *deployment_at(const struct inf_manager *manager, size_t i)
{
    return inf_strmap_at(manager->deployments, i, NULL);
}

/* ---- the nodes ---- */

static void forget(struct inf_known_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        free(nodes->items[i].id);
        free(nodes->items[i].name);
        free(nodes->items[i].zone);
        inf_node_words_free(&nodes->items[i]);
    }
    free(nodes->items);
    *nodes = (struct inf_known_nodes){0};
}

void inf_cluster_forget_nodes(struct inf_manager *manager)
{
    forget(&manager->nodes);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct inf_known_node *)a)->id, ((const struct inf_known_node *)b)->id);
}

static int compare_id(const void *node_id, const void *node)
{
    return strcmp(node_id, ((const struct inf_known_node *)node)->id);
}

static struct inf_known_node *find(const struct inf_known_nodes *nodes, const char *node_id)
{
    return nodes->count == 0
               ? NULL
               : bsearch(node_id, nodes->items, nodes->count, sizeof *nodes->items, compare_id);
}

const struct inf_known_node *inf_cluster_node(const struct inf_manager *manager,
                                              const char *node_id)
{
    return find(&manager->nodes, node_id);
}

void inf_manager_note_silence(struct inf_manager *manager, const char *node_id, bool silent)
{
    struct inf_known_node *node = find(&manager->nodes, node_id);

    if (node != NULL)
        node->silent = silent;
}

bool inf_manager_is_silent(const struct inf_manager *manager, const char *node_id)
{
    const struct inf_known_node *node = inf_cluster_node(manager, node_id);

    return node != NULL && node->silent;
}

static void keep_nodes(struct inf_manager *manager, const struct inf_cluster_node *nodes,
                       size_t count)
{
    const char *own = inf_store_node_id(manager->store);
    struct inf_known_nodes before = manager->nodes;

    manager->nodes = (struct inf_known_nodes){.items = inf_alloc(count + 1, sizeof *before.items),
                                              .count = count};
    for (size_t i = 0; i < count; i++) {
        const struct inf_known_node *known = find(&before, nodes[i].id);

        manager->nodes.items[i] = (struct inf_known_node){
            .id = inf_strdup(nodes[i].id),
            .name = inf_strdup(nodes[i].name),
            .zone = nodes[i].zone != NULL ? inf_strdup(nodes[i].zone) : NULL,
            .processors = nodes[i].processors,
            .memory_bytes = nodes[i].memory_bytes,
            .leaving = nodes[i].leaving,
            .silent = known != NULL && known->silent,
            .is_own = strcmp(nodes[i].id, own) == 0};
    }
    qsort(manager->nodes.items, count, sizeof *manager->nodes.items, compare);
    forget(&before);
}

/* ---- what they say of deployments ---- */

/* By what each node runs, not by deployments and nodes: of most a node says nothing. */
static void take_reports(struct inf_manager *manager, const struct inf_cluster_node *nodes,
                         size_t count)
{
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++)
        inf_routing_begin_reports(&deployment_at(manager, i)->routing);
    for (size_t i = 0; i < count; i++) {
        struct inf_known_node *node = find(&manager->nodes, nodes[i].id);

        if (!node->is_own)
            inf_node_words_take(manager, node, nodes[i].routes, NULL);
    }
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++)
        inf_routing_end_reports(&deployment_at(manager, i)->routing);
}

/* A start that is waited for here fails when a node cannot run it. */
static void fail_start(struct inf_deployment *deployment)
{
    const struct inf_routing *routing = &deployment->routing;

    for (size_t i = 0; i < routing->count; i++)
        if (routing->entries[i].failed && inf_waiters_for(deployment, INF_WAIT_START)) {
            inf_deployment_failed_on(deployment, routing->entries[i].node_id,
                                     routing->entries[i].reason);
            return;
        }
}

static void look(struct inf_deployment *deployment)
{
    if (inf_routing_current(&deployment->routing, NULL) > 0)
        deployment->waking = false;
    inf_deployment_look_around(deployment);
    if (deployment->held > 0 && deployment->manager->errands != NULL)
        inf_away_held(deployment);
    fail_start(deployment);
}

void inf_manager_see_nodes(struct inf_manager *manager, const struct inf_cluster_node *nodes,
                           size_t count, bool is_master, bool patient)
{
    keep_nodes(manager, nodes, count);
    manager->nodes.is_master = is_master;
    manager->nodes.patient = patient;
    take_reports(manager, nodes, count);
    for (size_t i = inf_strmap_size(manager->deployments); i > 0; i--)
        look(deployment_at(manager, i - 1)); /* backwards, since one that ends leaves the map */
    inf_assign(manager);
}

/* What the planner is told of it. */
static bool is_as_before(const struct inf_known_node *known, const struct inf_cluster_node *node)
{
    bool same_zone = known->zone == NULL || node->zone == NULL
                         ? known->zone == node->zone
                         : strcmp(known->zone, node->zone) == 0;

    return same_zone && known->processors == node->processors &&
           known->memory_bytes == node->memory_bytes && known->leaving == node->leaving;
}

bool inf_manager_hear_node(struct inf_manager *manager, const struct inf_cluster_node *node)
{
    struct inf_known_node *known = find(&manager->nodes, node->id);

    if (known == NULL || !is_as_before(known, node))
        return false;
    if (!known->is_own)
        inf_node_words_take(manager, known, node->routes, look);
    return true;
}

void inf_cluster_ask_of(struct inf_deployment *deployment)
{
    struct inf_manager *manager = deployment->manager;

    if (manager->words_wanted != NULL && inf_node_words_of(manager, deployment->id))
        manager->words_wanted(manager->listener);
}

/* ---- what they do ---- */

static void hear_of_plan(struct inf_manager *manager, const char *deployment_id)
{
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, deployment_id);

    if (deployment == NULL)
        return;
    inf_cluster_read_plan(deployment);
    inf_assign_soon(manager);
}

static void hear_of_deployment(struct inf_manager *manager, const struct inf_store_news *news)
{
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, news->id);

    if (deployment == NULL) {
        if (!news->deleted)
            inf_manager_adopt(manager);
        return;
    }
    if (deployment->recording > 0)
        return;
    if (!news->deleted) {
        inf_record_read_again(deployment);
        return;
    }
    inf_log(INF_LOG_INFO, "serving", "another node has ended a deployment",
            (const char *[]){"deployment_id", news->id, NULL});
    deployment->recordless = true;
    inf_deployment_stop(deployment, true);
}

void inf_manager_hear(struct inf_manager *manager, const struct inf_store_news *news)
{
    if (manager->stopping)
        return;
    if (news->of == INF_NEWS_DEPLOYMENT)
        hear_of_deployment(manager, news);
    else if (news->of == INF_NEWS_OBJECT && news->kind == INF_OBJECT_ASSIGNMENT)
        hear_of_plan(manager, news->id);
    else if (news->of == INF_NEWS_MODEL)
        inf_file_waits_look(manager);
}

void inf_cluster_read_plan(struct inf_deployment *deployment)
{
    const struct inf_object *object =
        inf_store_object(deployment->manager->store, INF_OBJECT_ASSIGNMENT, deployment->id);

    inf_routing_take_plan(&deployment->routing, object != NULL ? object->text : NULL);
}

void inf_manager_definition_came(struct inf_manager *manager)
{
    inf_file_waits_look(manager);
    inf_assign_soon(manager);
}

/* ---- what this one says ---- */

void inf_manager_listen(struct inf_manager *manager, void (*changed)(void *arg),
                        void (*wanted)(void *arg), void *arg)
{
    manager->routes_changed = changed;
    manager->words_wanted = wanted;
    manager->listener = arg;
}

void inf_cluster_changed(const struct inf_manager *manager)
{
    if (manager->routes_changed != NULL)
        manager->routes_changed(manager->listener);
}

void inf_manager_write_routes(const struct inf_manager *manager, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *deployment = deployment_at(manager, i);
        bool failed = deployment->state == INF_DEPLOYMENT_FAILED;
        struct inf_load load = inf_adaptive_load(deployment);
        bool is_measured = deployment->scaling != NULL && inf_adaptive_has_worked(&load);

        if (deployment->assigned == 0 && deployment->current == 0 && !failed && !is_measured)
            continue;
        inf_jsonw_key(w, deployment->id);
        inf_routing_write_report(deployment->current, failed,
                                 failed || deployment->current == 0 ? deployment->reason : "",
                                 is_measured ? &load : NULL, w);
    }
    inf_jsonw_end_object(w);
}

/* ---- leaving ---- */

void inf_manager_leave(struct inf_manager *manager)
{
    manager->leaving = true;
    inf_cluster_changed(manager);
}

bool inf_manager_has_left(const struct inf_manager *manager)
{
    const char *own = inf_store_node_id(manager->store);
    size_t staying = 0;

    for (size_t i = 0; i < manager->nodes.count; i++)
        staying += strcmp(manager->nodes.items[i].id, own) != 0 && !manager->nodes.items[i].leaving;
    if (staying == 0 || inf_store_lost_reason(manager->store) != NULL) /* nobody could take it */
        return true;
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *deployment = deployment_at(manager, i);
        const struct inf_routing *routing = &deployment->routing;

        if (deployment->current > 0 &&
            (inf_routing_target(routing, own) > 0 ||
             inf_routing_current(routing, own) < inf_routing_targets(routing)))
            return false;
    }
    return true;
}
