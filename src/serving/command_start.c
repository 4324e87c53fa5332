/* _start as the API gives it: the semantic checks in Elasticsearch's order (compatibility 8.1)
 * before anything changes, then the durable record, then a plan that has the newcomer in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "assign.h"
#include "command.h"
#include "deployment.h"
#include "find_model.h"
#include "inferd/alloc.h"
#include "inferd/store_shared.h"
#include "inferd/vetting.h"
#include "record.h"
#include <string.h>

#define DEPLOYMENT_ID_MAX 512 /* bytes; a key in the store, and in every answer about it */

bool inf_manager_is_upgrading(const struct inf_manager *manager)
{
    const struct inf_object *mode =
        inf_store_object(manager->store, INF_OBJECT_SETTING, INF_UPGRADE_MODE);

    return mode != NULL && strcmp(mode->text, "true") == 0;
}

/* others: deployments besides the one that is to start. */
static int check_limit(const struct inf_manager *manager, size_t others, struct inf_error *err)
{
    int64_t limit = inf_config_int(manager->config, "xpack.ml.max_deployments");

    if ((int64_t)others < limit)
        return 0;
    return inf_error_set(err, INF_ERR_TOO_MANY,
                         "Could not start model deployment because existing deployments reached "
                         "the limit of [%lld]",
                         (long long)limit);
}

static int check_room(const struct inf_manager *manager, const char *deployment_id,
                      struct inf_error *err)
{
    if (inf_manager_is_upgrading(manager))
        return inf_error_set(
            err, INF_ERR_FORBIDDEN,
            "Cannot start model deployment [%s] while cluster upgrade is in progress.",
            deployment_id);
    return check_limit(manager, inf_strmap_size(manager->deployments), err);
}

int inf_command_check_start(const struct inf_manager *manager,
                            const struct inf_deployment_params *params,
                            const struct inf_model **ret, struct inf_error *err)
{
    const char *id = params->deployment_id;

    if (manager->stopping)
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "the server is stopping");
    if (id[0] == '\0' || strlen(id) > DEPLOYMENT_ID_MAX)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Invalid deployment_id; [%s] has [%zu] bytes, must have [1] to [%d]",
                             id, strlen(id), DEPLOYMENT_ID_MAX);
    if (check_room(manager, id, err) != 0)
        return -1;
    if (inf_strmap_get(manager->deployments, id) != NULL)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Could not start model deployment because an existing deployment with "
                             "the same id [%s] exist",
                             id);
    *ret = inf_find_one_model(manager, params->model_id, err);
    if (*ret == NULL)
        return -1;
    if (inf_find_other_model(manager, id, *ret))
        return inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "Deployment id [%s] is the same as an another model which is not the "
            "model being deployed. Deployment id can be the same as the model being "
            "deployed but cannot match a different model",
            id);
    if (inf_platform_check((*ret)->model_id, (*ret)->config, err) != 0)
        return -1;
    if (inf_store_definition_check(manager->store, (*ret)->model_id, err) != 0)
        return -1;
    return inf_manager_check_vetting(manager, *ret, NULL, err);
}

static void write_record(struct inf_deployment *deployment);

/* Another node has started something in this moment: is there still room for both? */
static int decide_again(struct inf_deployment *deployment, struct inf_error *err)
{
    const struct inf_manager *manager = deployment->manager;

    if (check_limit(manager, inf_strmap_size(manager->deployments) - 1, err) != 0 ||
        inf_assign_check_start(deployment->manager, deployment, err) != 0)
        return -1;
    write_record(deployment);
    return 0;
}

static void fail(struct inf_deployment *deployment, const struct inf_error *err)
{
    deployment->start_error = inf_alloc(1, sizeof *err);
    *deployment->start_error = *err;
    /* whatever is there is another node's */
    deployment->recordless = inf_store_is_shared(deployment->manager->store);
    inf_deployment_stop(deployment, false);
}

static void on_recorded(void *arg, const struct inf_error *err)
{
    struct inf_deployment *deployment = arg;
    struct inf_manager *manager = deployment->manager;
    struct inf_error again;

    if (inf_record_written(deployment)) {
        if (deployment->state == INF_DEPLOYMENT_STARTING &&
            inf_record_is_outdated(deployment, err)) {
            if (decide_again(deployment, &again) != 0)
                fail(deployment, &again);
        } else if (err != NULL) {
            fail(deployment, err);
        } else if (!deployment->deleting) {
            inf_deployment_begin(deployment);
            inf_waiters_settle(deployment);
            inf_assign(manager);
        }
    }
    inf_manager_let_go(manager);
}

static void write_record(struct inf_deployment *deployment)
{
    inf_record_write(deployment, deployment->number_of_allocations, &deployment->adaptive, false,
                     on_recorded, deployment);
}

struct inf_deployment *inf_command_newcomer(struct inf_manager *manager,
                                            const struct inf_deployment_params *params,
                                            const struct inf_model *model)
{
    struct inf_deployment_params concrete = *params;

    concrete.model_id = model->model_id;
    if (strcmp(params->deployment_id, params->model_id) == 0 &&
        inf_store_object(manager->store, INF_OBJECT_ALIAS, params->model_id) == NULL)
        concrete.deployment_id = model->model_id; /* a pattern is no name for it */
    return inf_deployment_new(manager, &concrete, model);
}

void inf_manager_deploy(struct inf_manager *manager, const struct inf_deployment_params *params,
                        enum inf_allocation_state wait_for, int64_t timeout_ms,
                        inf_deployment_done done, void *arg)
{
    struct inf_deployment *deployment = NULL;
    const struct inf_model *model = NULL;
    struct inf_error err;

    if (inf_command_check_start(manager, params, &model, &err) != 0) {
        done(arg, &err, NULL);
        return;
    }
    deployment = inf_command_newcomer(manager, params, model);
    if (inf_assign_check_start(manager, deployment, &err) != 0) {
        inf_deployment_drop(deployment);
        done(arg, &err, NULL);
        return;
    }
    inf_strmap_put(manager->deployments, deployment->id, deployment);
    /* Its place is taken from now on; nothing runs in it before the record is durable. */
    if (!inf_store_is_shared(manager->store))
        inf_deployment_assign(deployment, deployment->number_of_allocations, "");
    inf_waiter_add(deployment, INF_WAIT_START, wait_for, timeout_ms, done, arg);
    write_record(deployment);
}
