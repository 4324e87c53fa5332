/* Questions to the planner, and its plan applied: of a node alone to its deployments; in a cluster
 * the master writes it down for all, and each node takes its part of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "assign.h"
#include "assign_table.h"
#include "deployment.h"
#include "file_wait.h"
#include "inferd/alloc.h"
#include "inferd/store_shared.h"
#include "master.h"
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

/* ---- questions ---- */

static bool all_have_all(const struct inf_assign_table *table)
{
    for (size_t i = 0; i + 1 < table->input.deployment_count; i++)
        if (inf_plan_allocations(table->plan, i) < table->rows[i].allocations)
            return false;
    return true;
}

/* Would another deployment pay for what the last one in the table gets, having `present` now? It
 * need not run yet to have its place. Low-priority ones may have to pay, for a normal one. */
static bool somebody_pays(const struct inf_manager *manager, const struct inf_assign_table *table,
                          int present)
{
    size_t last = table->input.deployment_count - 1;
    struct inf_assign_table before;
    bool pays = false;

    if (all_have_all(table))
        return false;
    inf_assign_table_make(manager, table->whose[last], present, &before);
    for (size_t i = 0; i < last && !pays; i++)
        pays = inf_plan_allocations(table->plan, i) < inf_plan_allocations(before.plan, i) &&
               (!table->rows[i].low_priority || table->rows[last].low_priority);
    inf_assign_table_free(&before);
    return pays;
}

/* TOO_MANY with the reason, and as its cause `because` and the plan's explanation for the last
 * deployment of the table: which node lacks what. */
static int refuse(const struct inf_assign_table *table, const char *reason, const char *because,
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
    struct inf_assign_table table;
    int got = 0, rc = 0;

    inf_assign_table_make(manager, newcomer, newcomer->number_of_allocations, &table);
    got = inf_plan_allocations(table.plan, table.input.deployment_count - 1);
    if (got == 0)
        rc = refuse(
            &table,
            "Could not start deployment because no ML nodes with sufficient capacity were found",
            "Could not start deployment because no suitable nodes were found, ", err);
    else if (got < newcomer->number_of_allocations || somebody_pays(manager, &table, 0))
        rc = refuse(&table,
                    "Could not start deployment because there are not enough resources to provide "
                    "all requested allocations",
                    "", err);
    inf_assign_table_free(&table);
    return rc;
}

int inf_assign_check_update(const struct inf_manager *manager,
                            const struct inf_deployment *deployment, int allocations,
                            struct inf_error *err)
{
    struct inf_assign_table table;
    int rc = 0;

    inf_assign_table_make(manager, deployment, allocations, &table);
    if (inf_plan_allocations(table.plan, table.input.deployment_count - 1) < allocations ||
        somebody_pays(manager, &table, deployment->number_of_allocations))
        rc = refuse(&table,
                    "Could not update deployment because there are not enough resources to provide "
                    "all requested allocations",
                    "", err);
    inf_assign_table_free(&table);
    return rc;
}

/* ---- the plan applied ---- */

/* Its file is not here yet, so nothing of what is planned here can begin. */
static bool is_waiting_for_file(const struct inf_deployment *deployment)
{
    const struct inf_store *store = deployment->manager->store;

    return deployment->assigned == 0 &&
           inf_routing_target(&deployment->routing, inf_store_node_id(store)) > 0 &&
           !inf_store_has_definition(store, deployment->model_id);
}

/* Why it has less than it was asked for: by the master's plan, else by this node's own, which knows
 * what the master does not. */
static void explain(const struct inf_assign_table *table, size_t i, struct inf_buf *out)
{
    const struct inf_deployment *deployment = table->whose[i];

    if (deployment->routing.reason != NULL)
        inf_buf_puts(out, deployment->routing.reason);
    else if (is_waiting_for_file(deployment))
        inf_file_wait_explain(deployment->manager, deployment->model_id, out);
    else
        inf_plan_explain(table->plan, i, out);
}

static void apply(struct inf_manager *manager)
{
    struct inf_assign_table table;
    struct inf_buf explanation;

    inf_assign_table_make_here(manager, &table);
    for (size_t i = 0; i < table.input.deployment_count; i++) {
        inf_buf_init(&explanation, INF_REASON_MAX);
        explain(&table, i, &explanation);
        inf_deployment_assign((struct inf_deployment *)table.whose[i],
                              inf_plan_allocations(table.plan, i),
                              explanation.data != NULL ? explanation.data : "");
        inf_buf_free(&explanation);
    }
    inf_assign_table_free(&table);
    manager->memory_used = memory_used(manager);
}

void inf_assign(struct inf_manager *manager)
{
    if (manager->stopping)
        return;
    inf_master_plan(manager);
    if (!manager->leaving) /* which keeps what it has, until it runs elsewhere */
        apply(manager);
}

static void on_time(uv_timer_t *timer)
{
    inf_assign(timer->data);
}

void inf_assign_later(struct inf_manager *manager, uint64_t ms)
{
    if (!manager->stopping)
        uv_timer_start(&manager->planner, on_time, ms, 0);
}

void inf_assign_soon(struct inf_manager *manager)
{
    inf_assign_later(manager, 0);
}
