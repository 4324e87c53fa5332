/* _update as the API gives it (compatibility 8.3), and the scaler's own change of the number.
 *
 * The updates of one deployment go one after the other: each is merged into what the one before
 * left, checked, planned and recorded before it changes anything. Where another node of a cluster
 * changes a deployment in that moment, all of it is done again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "adaptive.h"
#include "assign.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/store_shared.h"
#include "record.h"
#include <stdlib.h>

struct inf_update {
    struct inf_update *next;
    struct inf_deployment *deployment;
    struct inf_deployment_update wanted;
    int64_t timeout_ms;
    inf_deployment_done done;
    void *arg;
    /* What it comes to, once its turn has come. */
    int allocations;
    struct inf_adaptive adaptive;
};

/* ---- checks ---- */

static struct inf_adaptive merged(const struct inf_adaptive *present,
                                  const struct inf_deployment_update *wanted)
{
    struct inf_adaptive adaptive = *present;

    if (!wanted->has_adaptive)
        return adaptive;
    if (wanted->removes_adaptive || !adaptive.set)
        adaptive = (struct inf_adaptive){.minimum = -1, .maximum = -1};
    adaptive.set = !wanted->removes_adaptive;
    if (wanted->has_enabled)
        adaptive.enabled = wanted->adaptive.enabled;
    if (wanted->has_minimum)
        adaptive.minimum = wanted->adaptive.minimum;
    if (wanted->has_maximum)
        adaptive.maximum = wanted->adaptive.maximum;
    return adaptive;
}

static int check_merged(const struct inf_update *update, struct inf_error *err)
{
    const struct inf_adaptive *adaptive = &update->adaptive;

    if (adaptive->enabled && update->wanted.has_allocations)
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[number_of_allocations] cannot be set if "
                                 "adaptive allocations is enabled");
    if (adaptive->minimum > 0 && adaptive->maximum > 0 && adaptive->minimum > adaptive->maximum)
        return inf_error_invalid(err, INF_ERR_VALIDATION,
                                 "[min_number_of_allocations] must not be larger "
                                 "than [max_number_of_allocations]");
    return 0;
}

static bool is_change(const struct inf_update *update)
{
    const struct inf_deployment *deployment = update->deployment;
    const struct inf_adaptive *before = &deployment->adaptive, *after = &update->adaptive;

    return update->allocations != deployment->number_of_allocations || after->set != before->set ||
           after->enabled != before->enabled || after->minimum != before->minimum ||
           after->maximum != before->maximum;
}

static int check_change(const struct inf_update *update, struct inf_error *err)
{
    const struct inf_deployment *deployment = update->deployment;

    if (deployment->low_priority && update->allocations > 1)
        return inf_error_invalid(err, INF_ERR_VALIDATION,
                                 "[number_of_allocations] must be 1 when "
                                 "[priority] is low");
    if (inf_deployment_state(deployment) != INF_DEPLOYMENT_STARTED)
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "cannot update deployment that is not in [started] state");
    if (update->allocations <= deployment->number_of_allocations)
        return 0;
    return inf_assign_check_update(deployment->manager, deployment, update->allocations, err);
}

/* ---- one after the other ---- */

static void take_turns(struct inf_deployment *deployment);

/* Takes the first update, which is *update, out of the list and frees it. */
static struct inf_update take_first(struct inf_deployment *deployment)
{
    struct inf_update *first = deployment->updates;
    struct inf_update update = *first;

    deployment->updates = first->next;
    free(first);
    return update;
}

static void apply(struct inf_deployment *deployment)
{
    struct inf_update update = take_first(deployment);

    deployment->number_of_allocations = update.allocations;
    deployment->adaptive = update.adaptive;
    if (deployment->state == INF_DEPLOYMENT_STOPPING ||
        deployment->state == INF_DEPLOYMENT_FAILED) { /* meanwhile; nothing will come of it */
        update.done(update.arg, NULL, deployment);
        return;
    }
    inf_adaptive_changed(deployment);
    inf_assign(deployment->manager);
    inf_waiter_add(deployment, INF_WAIT_UPDATE, INF_ALLOCATION_FULLY, update.timeout_ms,
                   update.done, update.arg);
    inf_waiters_settle(deployment);
}

/* err == NULL: it is done, without any effect. */
static void answer(struct inf_deployment *deployment, const struct inf_error *err)
{
    struct inf_update update = take_first(deployment);

    update.done(update.arg, err, err == NULL ? deployment : NULL);
}

/* All of them, when the manager ends. */
static void answer_all(struct inf_deployment *deployment)
{
    struct inf_error err;

    inf_error_set(&err, INF_ERR_UNAVAILABLE, "the server is stopping");
    while (deployment->updates != NULL)
        answer(deployment, &err);
}

static void on_recorded(void *arg, const struct inf_error *err)
{
    struct inf_update *update = arg;
    struct inf_deployment *deployment = update->deployment;
    struct inf_manager *manager = deployment->manager;

    if (manager->torn_down)
        answer_all(deployment);
    if (inf_record_written(deployment)) {
        if (inf_record_is_outdated(deployment, err))
            ; /* it is still the first, and begins anew */
        else if (err != NULL)
            answer(deployment, err);
        else
            apply(deployment);
        take_turns(deployment);
    }
    inf_manager_let_go(manager);
}

/* Begins the first update. true: its record is on its way; false: it is answered. */
static bool begin(struct inf_deployment *deployment)
{
    struct inf_update *update = deployment->updates;
    struct inf_error err;
    bool changes;
    int rc = 0;

    update->allocations = update->wanted.has_allocations ? update->wanted.number_of_allocations
                                                         : deployment->number_of_allocations;
    update->adaptive = merged(&deployment->adaptive, &update->wanted);
    rc = check_merged(update, &err);
    changes = is_change(update);
    /* Another node of a cluster may have changed it just now, so that etcd is asked in any case. */
    if (rc == 0 && !changes && !inf_store_is_shared(deployment->manager->store)) {
        answer(deployment, NULL);
        return false;
    }
    if (rc == 0 && changes)
        rc = check_change(update, &err);
    if (rc != 0) {
        answer(deployment, &err);
        return false;
    }
    inf_record_write(deployment, update->allocations, &update->adaptive, true, on_recorded, update);
    return true;
}

static void take_turns(struct inf_deployment *deployment)
{
    while (deployment->updates != NULL && !begin(deployment))
        ;
}

void inf_manager_update(struct inf_manager *manager, const char *deployment_id,
                        const struct inf_deployment_update *wanted, int64_t timeout_ms,
                        inf_deployment_done done, void *arg)
{
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, deployment_id);
    struct inf_update *update = NULL, **last = NULL;
    struct inf_error err;

    if (deployment == NULL || manager->stopping) {
        if (manager->stopping)
            inf_error_set(&err, INF_ERR_UNAVAILABLE, "the server is stopping");
        else
            inf_error_set(&err, INF_ERR_NOT_FOUND, "No known model deployment with id [%s]",
                          deployment_id);
        done(arg, &err, NULL);
        return;
    }
    update = inf_alloc(1, sizeof *update);
    update->deployment = deployment;
    update->wanted = *wanted;
    update->timeout_ms = timeout_ms;
    update->done = done;
    update->arg = arg;
    for (last = &deployment->updates; *last != NULL;)
        last = &(*last)->next;
    *last = update;
    if (deployment->updates == update)
        take_turns(deployment);
}

/* ---- the scaler's own ---- */

static void on_scale_recorded(void *arg, const struct inf_error *err)
{
    struct inf_deployment *deployment = arg;
    struct inf_manager *manager = deployment->manager;

    /* Nobody was told of it, and after a restart the scaler finds the number again; so it does
     * where another node was faster, whose number counts. */
    if (inf_record_written(deployment) && err != NULL && !inf_record_is_outdated(deployment, err))
        inf_log(INF_LOG_ERROR, "serving", "a changed number of allocations was not recorded",
                (const char *[]){"deployment_id", deployment->id, "reason", err->reason, NULL});
    inf_manager_let_go(manager);
}

int inf_deployment_scale(struct inf_deployment *deployment, int allocations, struct inf_error *err)
{
    if (allocations == deployment->number_of_allocations)
        return 0;
    if (!deployment->begun || deployment->updates != NULL ||
        deployment->state == INF_DEPLOYMENT_STOPPING || deployment->state == INF_DEPLOYMENT_FAILED)
        return inf_error_set(err, INF_ERR_CONFLICT, "deployment [%s] is [%s] or being updated",
                             deployment->id, inf_deployment_state_name(deployment->state));
    if (deployment->low_priority && allocations > 1)
        return inf_error_set(err, INF_ERR_TOO_MANY,
                             "a deployment of low priority has [1] allocation at most, not [%d]",
                             allocations);
    if (allocations > deployment->number_of_allocations &&
        inf_assign_check_update(deployment->manager, deployment, allocations, err) != 0)
        return -1;
    deployment->number_of_allocations = allocations;
    inf_assign(deployment->manager);
    inf_record_write(deployment, allocations, &deployment->adaptive, true, on_scale_recorded,
                     deployment);
    return 0;
}
