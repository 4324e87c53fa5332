/* master.c - the plan of all nodes, part by part into the store. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "master.h"

#include "assign.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/store_shared.h"
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 1000
#define PLAN_MAX ((size_t)512 * 1024) /* some ten thousand nodes for one deployment */

/* ---- one part ---- */

/* NULL: it has all that it was asked for. */
static char *explain(const struct inf_assign_table *table, size_t row)
{
    struct inf_buf text;

    inf_buf_init(&text, INF_REASON_MAX);
    inf_plan_explain(table->plan, row, &text);
    return text.length > 0 ? inf_buf_take(&text, NULL) : NULL;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool inf_master_is_as_planned(const struct inf_assign_table *table, size_t row)
{
    const struct inf_routing *routing = &table->whose[row]->routing;
    size_t count;
    const struct inf_plan_share *shares = inf_plan_shares(table->plan, row, &count);
    char *reason = explain(table, row);
    bool same = is_same_text(reason, routing->reason);
    int sum = 0;

    free(reason);
    for (size_t i = 0; i < count && same; i++) {
        same =
            inf_routing_target(routing, table->nodes[shares[i].node].id) == shares[i].allocations;
        sum += shares[i].allocations;
    }
    return same && sum == inf_routing_targets(routing);
}

char *inf_master_print(const struct inf_assign_table *table, size_t row)
{
    size_t count;
    const struct inf_plan_share *shares = inf_plan_shares(table->plan, row, &count);
    char *reason = explain(table, row);
    struct inf_buf text;
    struct inf_jsonw w;

    inf_buf_init(&text, PLAN_MAX);
    inf_jsonw_init(&w, &text);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "routes");
    inf_jsonw_begin_object(&w);
    for (size_t i = 0; i < count; i++)
        inf_jsonw_kv_int(&w, table->nodes[shares[i].node].id, shares[i].allocations);
    inf_jsonw_end_object(&w);
    if (reason != NULL)
        inf_jsonw_kv_string(&w, "reason", reason);
    inf_jsonw_end_object(&w);
    free(reason);
    return inf_buf_take(&text, NULL);
}

/* ---- into the store ---- */

struct writing {
    struct inf_manager *manager;
    char *deployment_id;
};

/* What others wrote comes as news; of what this node wrote nobody tells it. */
static void on_written(void *arg, const struct inf_error *err)
{
    struct writing *writing = arg;
    struct inf_manager *manager = writing->manager;
    struct inf_deployment *deployment =
        inf_strmap_get(manager->deployments, writing->deployment_id);
    const struct inf_object *object =
        inf_store_object(manager->store, INF_OBJECT_ASSIGNMENT, writing->deployment_id);

    manager->planning--;
    if (err != NULL)
        inf_log(
            INF_LOG_WARN, "cluster", "a plan was not written",
            (const char *[]){"deployment_id", writing->deployment_id, "reason", err->reason, NULL});
    else if (deployment != NULL)
        inf_routing_take_plan(&deployment->routing, object != NULL ? object->text : NULL);
    if (manager->planning == 0)
        inf_assign_later(manager, err == NULL ? 0 : RETRY_MS);
    inf_manager_let_go(manager);
    free(writing->deployment_id);
    free(writing);
}

static struct writing *begin_writing(struct inf_manager *manager, const char *deployment_id)
{
    struct writing *writing = inf_alloc(1, sizeof *writing);

    *writing = (struct writing){manager, inf_strdup(deployment_id)};
    manager->planning++;
    inf_manager_hold(manager);
    return writing;
}

static void put(struct inf_manager *manager, const struct inf_assign_table *table, size_t row)
{
    const struct inf_deployment *deployment = table->whose[row];
    char *text = inf_master_print(table, row);

    inf_store_put_object(
        manager->store, INF_OBJECT_ASSIGNMENT,
        &(struct inf_object){.id = deployment->id, .model_id = deployment->model_id, .text = text},
        true, on_written, begin_writing(manager, deployment->id));
    free(text);
}

/* Of deployments that are gone. */
static void sweep(struct inf_manager *manager)
{
    for (size_t i = inf_store_object_count(manager->store, INF_OBJECT_ASSIGNMENT); i > 0; i--) {
        const struct inf_object *object =
            inf_store_object_at(manager->store, INF_OBJECT_ASSIGNMENT, i - 1);

        if (inf_strmap_get(manager->deployments, object->id) == NULL &&
            inf_store_deployment(manager->store, object->id) == NULL)
            inf_store_delete_object(manager->store, INF_OBJECT_ASSIGNMENT, object->id, on_written,
                                    begin_writing(manager, object->id));
    }
}

void inf_master_plan(struct inf_manager *manager)
{
    struct inf_assign_table table;

    if (!manager->nodes.is_master || manager->planning > 0)
        return;
    if (inf_store_lost_reason(manager->store) != NULL) {
        inf_assign_later(manager, RETRY_MS);
        return;
    }
    inf_assign_table_make(manager, NULL, 0, &table);
    for (size_t i = 0; i < table.input.deployment_count; i++)
        if (table.whose[i]->begun && table.whose[i]->state != INF_DEPLOYMENT_STOPPING &&
            !table.frozen[i] && !inf_master_is_as_planned(&table, i))
            put(manager, &table, i);
    inf_assign_table_free(&table);
    sweep(manager);
}
