/* assign_table.c - rows and nodes.
 *
 * What a deployment has now is what the last plan gave it, be it warm already or not. A deployment
 * that is stopping holds its place until it is gone; one that has failed holds none here, and what
 * other nodes have of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "assign_table.h"
#include "assign.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/store_shared.h"
#include "record.h"
#include <stdlib.h>
#include <string.h>

static void add(struct inf_assign_table *table, const struct inf_deployment *deployment,
                int allocations, size_t first_share)
{
    size_t i = table->input.deployment_count++;
    struct inf_assign_memory memory = inf_assign_memory(deployment, allocations);

    table->whose[i] = deployment;
    table->rows[i] =
        (struct inf_plan_deployment){.id = deployment->id,
                                     .model_id = deployment->weights,
                                     .allocations = allocations,
                                     .threads = deployment->threads_per_allocation,
                                     .low_priority = deployment->low_priority,
                                     .model_bytes = memory.model_bytes,
                                     .deployment_bytes = memory.deployment_bytes,
                                     .allocation_bytes = memory.allocation_bytes,
                                     .current = table->shares + first_share,
                                     .current_count = table->share_count - first_share};
}

/* The rows point into the shares, so there is room for all from the beginning. */
static void open_table(const struct inf_manager *manager, size_t nodes, size_t shares,
                       struct inf_assign_table *table)
{
    size_t size = inf_strmap_size(manager->deployments) + 1;

    *table = (struct inf_assign_table){0};
    table->nodes = inf_alloc(nodes + 1, sizeof *table->nodes);
    table->rows = inf_alloc(size, sizeof *table->rows);
    table->whose = inf_alloc(size, sizeof *table->whose);
    table->frozen = inf_alloc(size, sizeof *table->frozen);
    table->shares = inf_alloc(shares + 1, sizeof *table->shares);
    table->input.nodes = table->nodes;
    table->input.node_count = nodes;
    table->input.deployments = table->rows;
}

static struct inf_deployment *deployment_at(const struct inf_manager *manager, size_t i)
{
    return inf_strmap_at(manager->deployments, i, NULL);
}

static int64_t without_overhead(int64_t bytes)
{
    return bytes > INF_ASSIGN_OVERHEAD ? bytes - INF_ASSIGN_OVERHEAD : 0;
}

/* ---- this node ---- */

static void put_share(struct inf_assign_table *table, size_t node, int allocations)
{
    if (allocations > 0)
        table->shares[table->share_count++] = (struct inf_plan_share){node, allocations};
}

static void open_table_here(const struct inf_manager *manager, struct inf_assign_table *table)
{
    open_table(manager, 1, inf_strmap_size(manager->deployments) + 1, table);
    table->nodes[0] =
        (struct inf_plan_node){.id = inf_store_node_id(manager->store),
                               .processors = manager->processors,
                               .memory_bytes = without_overhead(inf_assign_memory_limit(manager))};
}

static void add_here(struct inf_assign_table *table, const struct inf_deployment *deployment,
                     int allocations)
{
    size_t first = table->share_count;

    put_share(table, 0, deployment->assigned);
    add(table, deployment, allocations, first);
}

/* In a cluster a node runs what the plan wants here and whose model's file is here. */
static int wanted_here(const struct inf_manager *manager, const struct inf_deployment *deployment)
{
    if (deployment->state == INF_DEPLOYMENT_STOPPING)
        return deployment->assigned;
    if (!inf_store_is_shared(manager->store))
        return deployment->number_of_allocations;
    if (deployment->assigned == 0 &&
        !inf_store_has_definition(manager->store, deployment->model_id))
        return 0;
    return inf_routing_target(&deployment->routing, inf_store_node_id(manager->store));
}

void inf_assign_table_make_here(const struct inf_manager *manager, struct inf_assign_table *ret)
{
    open_table_here(manager, ret);
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *deployment = deployment_at(manager, i);

        if (deployment->state != INF_DEPLOYMENT_FAILED)
            add_here(ret, deployment, wanted_here(manager, deployment));
    }
    ret->plan = inf_plan_make(&ret->input);
}

/* ---- all nodes ---- */

static int compare(const void *node_id, const void *node)
{
    return strcmp(node_id, ((const struct inf_plan_node *)node)->id);
}

/* The table's nodes stand as the manager has them, by id. */
static size_t find_node(const struct inf_assign_table *table, const char *node_id)
{
    const struct inf_plan_node *found =
        bsearch(node_id, table->nodes, table->input.node_count, sizeof *table->nodes, compare);

    return found != NULL ? (size_t)(found - table->nodes) : table->input.node_count;
}

static size_t count_entries(const struct inf_manager *manager)
{
    size_t count = 0;

    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++)
        count += deployment_at(manager, i)->routing.count;
    return count;
}

static void open_table_everywhere(const struct inf_manager *manager,
                                  const struct inf_deployment *special,
                                  struct inf_assign_table *table)
{
    const struct inf_known_nodes *known = &manager->nodes;
    size_t count = 0;

    open_table(manager, known->count,
               count_entries(manager) + (special != NULL ? special->routing.count : 0), table);
    for (size_t i = 0; i < known->count; i++)
        if (!known->items[i].leaving)
            table->nodes[count++] = (struct inf_plan_node){
                .id = known->items[i].id,
                .zone = known->items[i].zone,
                .processors = known->items[i].processors,
                .memory_bytes = without_overhead(known->items[i].memory_bytes)};
    table->input.node_count = count;
}

/* allocations < 0: as many as it has on nodes that are known. */
static void add_everywhere(const struct inf_manager *manager, struct inf_assign_table *table,
                           const struct inf_deployment *deployment, int allocations)
{
    size_t first = table->share_count;
    bool frozen = false;
    int now = 0;

    for (size_t i = 0; i < deployment->routing.count; i++) {
        const struct inf_routing_entry *entry = &deployment->routing.entries[i];
        size_t node = find_node(table, entry->node_id);

        if (node < table->input.node_count) {
            put_share(table, node, entry->target);
            now += entry->target;
        } else if (entry->target > 0 && manager->nodes.patient) {
            frozen = true;
        }
    }
    table->frozen[table->input.deployment_count] = frozen;
    add(table, deployment, allocations < 0 || frozen ? now : allocations, first);
}

static bool is_ending(const struct inf_deployment *deployment)
{
    return deployment->state == INF_DEPLOYMENT_STOPPING ||
           deployment->state == INF_DEPLOYMENT_FAILED;
}

void inf_assign_table_make_cluster(const struct inf_manager *manager,
                                   const struct inf_deployment *special, int allocations,
                                   struct inf_assign_table *table)
{
    open_table_everywhere(manager, special, table);
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *deployment = deployment_at(manager, i);

        if (deployment != special)
            add_everywhere(manager, table, deployment,
                           special != NULL         ? inf_record_promised(deployment)
                           : is_ending(deployment) ? -1
                                                   : deployment->number_of_allocations);
    }
    if (special != NULL)
        add_everywhere(manager, table, special, allocations);
    table->plan = inf_plan_make(&table->input);
}

static int promised_here(const struct inf_deployment *deployment)
{
    int promised = inf_record_promised(deployment);

    return promised < 0 ? deployment->assigned : promised;
}

static void make_alone(const struct inf_manager *manager, const struct inf_deployment *special,
                       int allocations, struct inf_assign_table *table)
{
    open_table_here(manager, table);
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *deployment = deployment_at(manager, i);

        if (deployment != special && deployment->state != INF_DEPLOYMENT_FAILED)
            add_here(table, deployment, promised_here(deployment));
    }
    if (special != NULL)
        add_here(table, special, allocations);
    table->plan = inf_plan_make(&table->input);
}

void inf_assign_table_make(const struct inf_manager *manager, const struct inf_deployment *special,
                           int allocations, struct inf_assign_table *ret)
{
    if (inf_store_is_shared(manager->store))
        inf_assign_table_make_cluster(manager, special, allocations, ret);
    else
        make_alone(manager, special, allocations, ret);
}

/* ---- the table ---- */

void inf_assign_table_free(struct inf_assign_table *table)
{
    inf_plan_free(table->plan);
    free(table->nodes);
    free(table->rows);
    free(table->whose);
    free(table->frozen);
    free(table->shares);
}

int inf_assign_table_now(const struct inf_assign_table *table, size_t row)
{
    int sum = 0;

    for (size_t i = 0; i < table->rows[row].current_count; i++)
        sum += table->rows[row].current[i].allocations;
    return sum;
}
