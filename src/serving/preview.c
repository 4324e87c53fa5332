/* preview.c - the planner's input and plan, as figures of each node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "preview.h"
#include "assign.h"
#include "assign_table.h"
#include "cluster_view.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "memory.h"
#include <stdlib.h>
#include <string.h>

static int share_on(const struct inf_plan_share *shares, size_t count, size_t node)
{
    for (size_t i = 0; i < count; i++)
        if (shares[i].node == node)
            return shares[i].allocations;
    return 0;
}

static int now_on(const struct inf_plan_deployment *row, size_t node)
{
    return share_on(row->current, row->current_count, node);
}

static int planned_on(const struct inf_assign_table *table, size_t row, size_t node)
{
    size_t count = 0;
    const struct inf_plan_share *shares = inf_plan_shares(table->plan, row, &count);

    return share_on(shares, count, node);
}

/* Do the rows before this one have the model there? Its weights count once. */
static bool is_there_before(const struct inf_assign_table *table, const char *weights, size_t rows,
                            size_t node)
{
    for (size_t i = 0; i < rows; i++)
        if (now_on(&table->rows[i], node) > 0 && strcmp(table->rows[i].model_id, weights) == 0)
            return true;
    return false;
}

static int64_t memory_taken(const struct inf_assign_table *table, size_t node)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < table->input.deployment_count; i++) {
        const struct inf_plan_deployment *row = &table->rows[i];
        int now = now_on(row, node);

        if (now == 0)
            continue;
        bytes += row->deployment_bytes + row->allocation_bytes * now;
        if (!is_there_before(table, row->model_id, i, node))
            bytes += row->model_bytes;
    }
    return bytes;
}

static int64_t processors_taken(const struct inf_assign_table *table, size_t node)
{
    int64_t taken = 0;

    for (size_t i = 0; i < table->input.deployment_count; i++)
        if (!table->rows[i].low_priority)
            taken += (int64_t)now_on(&table->rows[i], node) * table->rows[i].threads;
    return taken;
}

static int64_t memory_needed(const struct inf_assign_table *table, size_t node,
                             const struct inf_deployment *newcomer)
{
    int count = newcomer->number_of_allocations;
    struct inf_assign_memory memory = inf_assign_memory(newcomer, count);
    bool is_there = is_there_before(table, newcomer->weights, table->input.deployment_count, node);

    return memory.deployment_bytes + inf_memory_of_allocations(memory.allocation_bytes, count) +
           (is_there ? 0 : memory.model_bytes);
}

static const char *name_of(const struct inf_manager *manager, const char *node_id)
{
    const struct inf_known_node *node = inf_cluster_node(manager, node_id);

    return node != NULL ? node->name : manager->node_name;
}

static void see_node(const struct inf_manager *manager, const struct inf_assign_table *table,
                     const struct inf_deployment *newcomer, size_t i, struct inf_preview *preview)
{
    const struct inf_plan_node *node = &table->nodes[i];
    struct inf_preview_node *seen = &preview->nodes[i];
    size_t last = table->input.deployment_count - 1;
    bool is_planned = table->input.deployment_count > 0 && table->whose[last] == newcomer;
    int64_t free_bytes = node->memory_bytes - memory_taken(table, i);

    *seen = (struct inf_preview_node){
        .id = node->id,
        .name = name_of(manager, node->id),
        .allocations = is_planned ? planned_on(table, last, i) : 0,
        .processors = node->processors,
        .processors_free = node->processors - processors_taken(table, i),
        .memory = node->memory_bytes,
        .memory_free = free_bytes > 0 ? free_bytes : 0,
        .memory_needed = memory_needed(table, i, newcomer),
    };
    if (seen->processors_free > 0)
        preview->places += seen->processors_free / newcomer->threads_per_allocation;
    if (seen->processors_free > preview->most_processors)
        preview->most_processors = seen->processors_free;
    preview->memory_free += seen->memory_free;
    if (i == 0 || seen->memory_needed < preview->memory_needed)
        preview->memory_needed = seen->memory_needed;
}

void inf_preview_make(const struct inf_manager *manager, const struct inf_deployment *newcomer,
                      void (*evicted)(void *arg, const char *deployment_id), void *arg,
                      struct inf_preview *ret)
{
    bool is_new = inf_strmap_get(manager->deployments, newcomer->id) == NULL;
    struct inf_assign_table table;

    inf_assign_table_make(manager, is_new ? newcomer : NULL, newcomer->number_of_allocations,
                          &table);
    *ret = (struct inf_preview){.count = table.input.node_count};
    ret->nodes = inf_alloc(ret->count + 1, sizeof *ret->nodes);
    if (!newcomer->low_priority)
        ret->processors_needed =
            (int64_t)newcomer->number_of_allocations * newcomer->threads_per_allocation;
    for (size_t i = 0; i < ret->count; i++)
        see_node(manager, &table, newcomer, i, ret);
    for (size_t i = 0; i < table.input.deployment_count; i++)
        if (table.whose[i] != newcomer && table.rows[i].low_priority &&
            inf_plan_allocations(table.plan, i) < inf_assign_table_now(&table, i))
            evicted(arg, table.rows[i].id);
    inf_assign_table_free(&table);
}

void inf_preview_fini(struct inf_preview *preview)
{
    free(preview->nodes);
}
