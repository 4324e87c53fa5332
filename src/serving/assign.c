/* The manager's tables as the planner's input and back. There is one node; what a deployment has
 * now is what the last plan gave it, be it warm already or not. A deployment that is stopping holds
 * its place until it is gone, one that has failed holds none. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "assign.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/planner.h"
#include "memory.h"
#include <stdlib.h>
#include <string.h>

/* Beyond any machine; no sum of these overflows. */
#define BYTES_MAX (INT64_C(1) << 50)

/* ---- memory ---- */

static int64_t bounded(int64_t bytes)
{
    if (bytes < 0)
        return 0;
    return bytes < BYTES_MAX ? bytes : BYTES_MAX;
}

struct inf_assign_memory inf_assign_memory(const struct inf_deployment *deployment, int allocations)
{
    int count = allocations > 0 ? allocations : 1;
    int64_t size = deployment->model_bytes, cache = deployment->cache_bytes;
    int64_t each = bounded(deployment->per_allocation_bytes);
    int64_t whole = inf_memory_estimate(deployment->model_id, size,
                                        deployment->per_deployment_bytes, each, count);

    /* The estimate has a cache as large as the model in it. */
    whole -= size + inf_memory_of_allocations(each, count);
    return (struct inf_assign_memory){.model_bytes = bounded(whole),
                                      .deployment_bytes = bounded(cache > size ? cache : size),
                                      .allocation_bytes = each};
}

int64_t inf_assign_memory_limit(const struct inf_manager *manager)
{
    int64_t percent = inf_config_int(manager->config, "xpack.ml.max_machine_memory_percent");

    return manager->memory_total / 100 * percent;
}

static struct inf_deployment *deployment_at(const struct inf_manager *manager, size_t i)
{
    return inf_strmap_at(manager->deployments, i, NULL);
}

/* The model's weights count where its first deployment does. */
static bool is_first_of_model(const struct inf_manager *manager, size_t i)
{
    const char *weights = deployment_at(manager, i)->weights;

    for (size_t earlier = 0; earlier < i; earlier++)
        if (deployment_at(manager, earlier)->assigned > 0 &&
            strcmp(deployment_at(manager, earlier)->weights, weights) == 0)
            return false;
    return true;
}

static int64_t memory_used(const struct inf_manager *manager)
{
    int64_t used = 0;

    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *deployment = deployment_at(manager, i);
        struct inf_assign_memory memory =
            inf_assign_memory(deployment, deployment->number_of_allocations);
        if (deployment->assigned == 0)
            continue;
        if (is_first_of_model(manager, i))
            used += memory.model_bytes;
        used += memory.deployment_bytes + memory.allocation_bytes * deployment->assigned;
    }
    return used;
}

/* ---- the planner's input ---- */

struct table {
    struct inf_plan_input input;
    struct inf_plan_node node;
    struct inf_plan_deployment *rows;
    struct inf_plan_share *now;          /* [deployment_count], what each has on the node */
    const struct inf_deployment **whose; /* [deployment_count] */
    struct inf_plan *plan;
};

static void add(struct table *table, const struct inf_deployment *deployment, int allocations)
{
    size_t i = table->input.deployment_count++;
    struct inf_assign_memory memory = inf_assign_memory(deployment, allocations);

    table->whose[i] = deployment;
    table->now[i] = (struct inf_plan_share){.node = 0, .allocations = deployment->assigned};
    table->rows[i] = (struct inf_plan_deployment){.id = deployment->id,
                                                  .model_id = deployment->weights,
                                                  .allocations = allocations,
                                                  .threads = deployment->threads_per_allocation,
                                                  .low_priority = deployment->low_priority,
                                                  .model_bytes = memory.model_bytes,
                                                  .deployment_bytes = memory.deployment_bytes,
                                                  .allocation_bytes = memory.allocation_bytes,
                                                  .current = &table->now[i],
                                                  .current_count = deployment->assigned > 0};
}

/* Everything in the map, with `special` (in it or not, or NULL) at so many allocations. */
static void make_plan(const struct inf_manager *manager, const struct inf_deployment *special,
                      int allocations, struct table *table)
{
    size_t size = inf_strmap_size(manager->deployments);
    int64_t limit = inf_assign_memory_limit(manager);

    *table = (struct table){
        .node = {.id = inf_store_node_id(manager->store),
                 .processors = manager->processors,
                 .memory_bytes = limit > INF_ASSIGN_OVERHEAD ? limit - INF_ASSIGN_OVERHEAD : 0}};
    table->rows = inf_alloc(size + 1, sizeof *table->rows);
    table->now = inf_alloc(size + 1, sizeof *table->now);
    table->whose = inf_alloc(size + 1, sizeof *table->whose);
    for (size_t i = 0; i < size; i++) {
        const struct inf_deployment *deployment = deployment_at(manager, i);
        if (deployment == special || deployment->state == INF_DEPLOYMENT_FAILED)
            continue;
        add(table, deployment,
            deployment->state == INF_DEPLOYMENT_STOPPING ? deployment->assigned
                                                         : deployment->number_of_allocations);
    }
    if (special != NULL)
        add(table, special, allocations);
    table->input.nodes = &table->node;
    table->input.node_count = 1;
    table->input.deployments = table->rows;
    table->plan = inf_plan_make(&table->input);
}

static void free_plan(struct table *table)
{
    inf_plan_free(table->plan);
    free(table->whose);
    free(table->now);
    free(table->rows);
}

/* ---- questions ---- */

/* Would another deployment pay for what the last one in the table gets? Low-priority ones may have
 * to, for a normal one. */
static bool somebody_pays(const struct table *table)
{
    size_t last = table->input.deployment_count - 1;

    for (size_t i = 0; i < last; i++)
        if (inf_plan_allocations(table->plan, i) < table->now[i].allocations &&
            (!table->rows[i].low_priority || table->rows[last].low_priority))
            return true;
    return false;
}

/* TOO_MANY with the reason, and as its cause `because` and the plan's explanation for the last
 * deployment of the table: which node lacks what. */
static int refuse(const struct table *table, const char *reason, const char *because,
                  struct inf_error *err)
{
    struct inf_buf explanation;

    inf_buf_init(&explanation, INF_REASON_MAX);
    inf_plan_explain(table->plan, table->input.deployment_count - 1, &explanation);
    inf_error_set(err, INF_ERR_TOO_MANY, "%s", reason);
    if (explanation.length > 0)
        inf_error_cause(err, INF_ERR_ILLEGAL_STATE, "%sallocation explanation [%s]", because,
                        explanation.data);
    inf_buf_free(&explanation);
    return -1;
}

int inf_assign_check_start(const struct inf_manager *manager, const struct inf_deployment *newcomer,
                           struct inf_error *err)
{
    struct table table;
    int got = 0, rc = 0;

    make_plan(manager, newcomer, newcomer->number_of_allocations, &table);
    got = inf_plan_allocations(table.plan, table.input.deployment_count - 1);
    if (got == 0)
        rc = refuse(
            &table,
            "Could not start deployment because no ML nodes with sufficient capacity were found",
            "Could not start deployment because no suitable nodes were found, ", err);
    else if (got < newcomer->number_of_allocations || somebody_pays(&table))
        rc = refuse(&table,
                    "Could not start deployment because there are not enough resources to provide "
                    "all requested allocations",
                    "", err);
    free_plan(&table);
    return rc;
}

int inf_assign_check_update(const struct inf_manager *manager,
                            const struct inf_deployment *deployment, int allocations,
                            struct inf_error *err)
{
    struct table table;
    int rc = 0;

    make_plan(manager, deployment, allocations, &table);
    if (inf_plan_allocations(table.plan, table.input.deployment_count - 1) < allocations ||
        somebody_pays(&table))
        rc = refuse(&table,
                    "Could not update deployment because there are not enough resources to provide "
                    "all requested allocations",
                    "", err);
    free_plan(&table);
    return rc;
}

/* The model counts only if no other deployment has it on the node. */
static int64_t memory_needed(const struct inf_manager *manager,
                             const struct inf_deployment *newcomer)
{
    int count = newcomer->number_of_allocations;
    struct inf_assign_memory memory = inf_assign_memory(newcomer, count);
    int64_t bytes =
        memory.deployment_bytes + inf_memory_of_allocations(memory.allocation_bytes, count);

    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *other = deployment_at(manager, i);
        if (other->assigned > 0 && strcmp(other->weights, newcomer->weights) == 0)
            return bytes;
    }
    return bytes + memory.model_bytes;
}

struct inf_assign_preview inf_assign_preview(const struct inf_manager *manager,
                                             const struct inf_deployment *newcomer,
                                             void (*evicted)(void *arg, const char *deployment_id),
                                             void *arg)
{
    bool is_new = inf_strmap_get(manager->deployments, newcomer->id) == NULL;
    struct inf_assign_preview preview = {0};
    struct table table;

    make_plan(manager, is_new ? newcomer : NULL, newcomer->number_of_allocations, &table);
    preview.processors = preview.processors_free = table.node.processors;
    preview.memory = table.node.memory_bytes;
    preview.memory_free = bounded(preview.memory - memory_used(manager));
    preview.memory_needed = memory_needed(manager, newcomer);
    if (!newcomer->low_priority)
        preview.processors_needed =
            (int64_t)newcomer->number_of_allocations * newcomer->threads_per_allocation;
    for (size_t i = 0; i < table.input.deployment_count; i++) {
        const struct inf_plan_deployment *row = &table.rows[i];
        int now = table.now[i].allocations, then = inf_plan_allocations(table.plan, i);

        if (table.whose[i] == newcomer)
            preview.allocations = then;
        else if (!row->low_priority)
            preview.processors_free -= (int64_t)now * row->threads;
        else if (then < now)
            evicted(arg, row->id);
    }
    free_plan(&table);
    return preview;
}

/* ---- the plan applied ---- */

void inf_assign(struct inf_manager *manager)
{
    struct table table;
    struct inf_buf explanation;

    if (manager->stopping)
        return;
    make_plan(manager, NULL, 0, &table);
    for (size_t i = 0; i < table.input.deployment_count; i++) {
        inf_buf_init(&explanation, INF_REASON_MAX);
        inf_plan_explain(table.plan, i, &explanation);
        inf_deployment_assign((struct inf_deployment *)table.whose[i],
                              inf_plan_allocations(table.plan, i),
                              explanation.data != NULL ? explanation.data : "");
        inf_buf_free(&explanation);
    }
    free_plan(&table);
    manager->memory_used = memory_used(manager);
}

static void on_time(uv_timer_t *timer)
{
    inf_assign(timer->data);
}

void inf_assign_soon(struct inf_manager *manager)
{
    if (!manager->stopping)
        uv_timer_start(&manager->planner, on_time, 0, 0);
}
