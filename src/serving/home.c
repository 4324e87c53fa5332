/* home.c - the planner, asked for deployments that have lost their node.
 *
 * A deployment runs on one node as a whole. So each takes the node where the planner puts most of
 * it; what has a node keeps it, and what is here counts there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "home.h"

#include "inferd/alloc.h"
#include "inferd/json_edit.h"
#include "inferd/log.h"
#include "inferd/planner.h"
#include "manager.h"
#include "memory.h"
#include "record.h"
#include <stdlib.h>
#include <string.h>

#define RECORD_MAX ((size_t)64 * 1024)

/* ---- what is planned ---- */

static size_t find_node(const struct inf_home_node *nodes, size_t count, const char *id)
{
    size_t i = 0;

    while (i < count && (id == NULL || strcmp(nodes[i].id, id) != 0))
        i++;
    return i < count ? i : SIZE_MAX;
}

static int read_int(const struct cJSON *record, const char *key)
{
    int64_t value = 0;
    struct inf_error ignored;

    if (inf_json_int64(inf_json_get(record, key), &value, &ignored) != 0 || value < 0)
        return 0;
    return value < INT32_MAX ? (int)value : INT32_MAX;
}

/* A stored deployment as the planner's input; texts are the store's. has: what it has on the node.
 */
static void describe(const struct inf_store *store, const struct inf_stored_deployment *stored,
                     size_t node, struct inf_plan_share *has, struct inf_plan_deployment *ret)
{
    const struct inf_model *model = inf_store_model(store, stored->model_id);
    struct inf_json record = {0};
    struct inf_error ignored;
    const char *priority;
    int allocations;

    *ret = (struct inf_plan_deployment){.id = stored->deployment_id, .model_id = stored->model_id};
    if (inf_json_parse_own(stored->params, strlen(stored->params), NULL, &record, &ignored) != 0)
        return;
    priority = inf_json_string(inf_json_get(record.root, "priority"));
    allocations = read_int(record.root, "number_of_allocations");
    ret->allocations = allocations > 0 ? allocations : 1; /* one that sleeps needs a place, too */
    ret->threads = read_int(record.root, "threads_per_allocation");
    ret->low_priority = priority != NULL && strcmp(priority, "low") == 0;
    ret->model_bytes = inf_memory_estimate(
        stored->model_id, model != NULL ? model->total_length : 0, 0, 0, ret->allocations);
    if (node != SIZE_MAX) {
        *has = (struct inf_plan_share){node, ret->allocations};
        ret->current = has;
        ret->current_count = 1;
    }
    inf_json_free(&record);
}

/* The node with most of it. */
static size_t largest_share(const struct inf_plan *plan, size_t deployment)
{
    size_t count, node = SIZE_MAX;
    const struct inf_plan_share *shares = inf_plan_shares(plan, deployment, &count);
    int most = 0;

    for (size_t i = 0; i < count; i++)
        if (shares[i].allocations > most) {
            most = shares[i].allocations;
            node = shares[i].node;
        }
    return node;
}

static struct inf_plan_node *copy_nodes(const struct inf_home_node *nodes, size_t count)
{
    struct inf_plan_node *copy = inf_alloc(count + 1, sizeof *copy);

    for (size_t i = 0; i < count; i++)
        copy[i] = (struct inf_plan_node){.id = nodes[i].id,
                                         .zone = nodes[i].zone,
                                         .processors = nodes[i].processors,
                                         .memory_bytes = nodes[i].memory_bytes};
    return copy;
}

void inf_home_plan(const struct inf_store *store, const struct inf_home_node *nodes, size_t count,
                   size_t **ret_nodes)
{
    size_t deployments = inf_store_deployment_count(store);
    struct inf_plan_node *plan_nodes = copy_nodes(nodes, count);
    struct inf_plan_deployment *wanted = inf_alloc(deployments + 1, sizeof *wanted);
    struct inf_plan_share *has = inf_alloc(deployments + 1, sizeof *has);
    size_t *homes = inf_alloc(deployments + 1, sizeof *homes);
    struct inf_plan *plan;

    for (size_t i = 0; i < deployments; i++) {
        const struct inf_stored_deployment *stored = inf_store_deployment_at(store, i);
        char *node_id = inf_record_node(stored);

        homes[i] = find_node(nodes, count, node_id);
        describe(store, stored, homes[i], &has[i], &wanted[i]);
        free(node_id);
    }
    plan = inf_plan_make(&(struct inf_plan_input){.nodes = plan_nodes,
                                                  .node_count = count,
                                                  .deployments = wanted,
                                                  .deployment_count = deployments});
    for (size_t i = 0; i < deployments; i++)
        if (homes[i] == SIZE_MAX)
            homes[i] = largest_share(plan, i);
    inf_plan_free(plan);
    free(plan_nodes);
    free(wanted);
    free(has);
    *ret_nodes = homes;
}

/* ---- what follows ---- */

struct moving {
    struct inf_manager *manager;
    char *deployment_id, *node_id;
};

static void on_moved(void *arg, const struct inf_error *err)
{
    struct moving *moving = arg;
    struct inf_manager *manager = moving->manager;

    manager->moving--;
    if (err != NULL)
        inf_log(
            INF_LOG_WARN, "cluster", "a deployment could not be given to another node",
            (const char *[]){"deployment_id", moving->deployment_id, "reason", err->reason, NULL});
    else
        inf_log(INF_LOG_INFO, "cluster", "a deployment whose node has left goes to another one",
                (const char *[]){"deployment_id", moving->deployment_id, "node_id", moving->node_id,
                                 NULL});
    if (!manager->stopping)
        inf_manager_adopt(manager);
    inf_manager_let_go(manager);
    free(moving->deployment_id);
    free(moving->node_id);
    free(moving);
}

/* The same record with another node in it; NULL without memory. */
static char *record_with_node(const struct inf_stored_deployment *stored, const char *node_id)
{
    struct cJSON *record = inf_json_parse_shallow(stored->params, strlen(stored->params));
    struct inf_buf text;
    struct inf_jsonw w;

    if (record == NULL || inf_json_set(record, "node_id", inf_json_new_string(node_id)) != 0) {
        inf_json_delete(record);
        return NULL;
    }
    inf_buf_init(&text, RECORD_MAX);
    inf_jsonw_init(&w, &text);
    inf_jsonw_value(&w, record);
    inf_json_delete(record);
    return inf_buf_take(&text, NULL);
}

static void move(struct inf_manager *manager, const struct inf_stored_deployment *stored,
                 const char *node_id)
{
    char *params = record_with_node(stored, node_id);
    struct moving *moving;

    if (params == NULL)
        return;
    moving = inf_alloc(1, sizeof *moving);
    *moving = (struct moving){manager, inf_strdup(stored->deployment_id), inf_strdup(node_id)};
    manager->moving++;
    inf_manager_hold(manager);
    inf_store_put_deployment(manager->store, stored->deployment_id, stored->model_id, params, true,
                             on_moved, moving);
    free(params);
}

static bool has_left(const struct inf_stored_deployment *stored, const struct inf_home_node *nodes,
                     size_t count)
{
    char *node_id = inf_record_node(stored);
    bool left = node_id != NULL && find_node(nodes, count, node_id) == SIZE_MAX;

    free(node_id);
    return left;
}

void inf_manager_rehome(struct inf_manager *manager, const struct inf_home_node *nodes,
                        size_t count)
{
    size_t *homes, lost = 0;

    if (manager->stopping || manager->moving > 0 || inf_store_lost_reason(manager->store) != NULL)
        return;
    for (size_t i = 0; i < inf_store_deployment_count(manager->store); i++)
        lost += has_left(inf_store_deployment_at(manager->store, i), nodes, count);
    if (lost == 0)
        return;
    inf_home_plan(manager->store, nodes, count, &homes);
    for (size_t i = 0; i < inf_store_deployment_count(manager->store); i++) {
        const struct inf_stored_deployment *stored = inf_store_deployment_at(manager->store, i);

        if (homes[i] != SIZE_MAX && has_left(stored, nodes, count))
            move(manager, stored, nodes[homes[i]].id);
    }
    free(homes);
}
