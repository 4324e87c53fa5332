/* The commands: _start, _stop and _infer as the API gives them, each with its semantic checks in
 * Elasticsearch's order (compatibility 8.1, 8.2, 8.5), before anything changes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "placement.h"
#include "restore.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct inf_deployment *find(const struct inf_manager *manager, const char *id)
{
    return inf_strmap_get(manager->deployments, id);
}

/* ---- _start ---- */

/* Deployments of one model share its process and its weights, so another one adds its allocations
 * only. */
static int64_t memory_of(const struct inf_manager *manager, const struct inf_deployment *deployment,
                         bool *ret_shared)
{
    *ret_shared = false;
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *other = inf_strmap_at(manager->deployments, i, NULL);
        if (other == deployment)
            break;
        if (strcmp(other->model_id, deployment->model_id) == 0)
            *ret_shared = true;
    }
    if (*ret_shared)
        return deployment->per_allocation_bytes * deployment->number_of_allocations;
    return inf_memory_estimate(deployment->model_id, deployment->model_bytes,
                               deployment->per_deployment_bytes, deployment->per_allocation_bytes,
                               deployment->number_of_allocations);
}

/* The node without `newcomer`, who asks for a place on it. */
static int check_place(const struct inf_manager *manager, const struct inf_deployment *newcomer,
                       struct inf_error *err)
{
    struct inf_placement_node node = {.node_id = inf_store_node_id(manager->store),
                                      .processors = manager->processors,
                                      .memory_bytes = manager->memory_bytes};
    struct inf_placement_request request = {.allocations = newcomer->number_of_allocations,
                                            .threads_per_allocation =
                                                newcomer->threads_per_allocation,
                                            .low_priority = newcomer->low_priority};
    bool shared = false;

    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *other = inf_strmap_at(manager->deployments, i, NULL);
        if (other->state == INF_DEPLOYMENT_FAILED)
            continue;
        if (!other->low_priority)
            node.processors_used += other->number_of_allocations * other->threads_per_allocation;
        node.memory_used += memory_of(manager, other, &shared);
    }
    request.memory_bytes = memory_of(manager, newcomer, &shared);
    return inf_placement_check(&node, &request, err);
}

/* The model that the URL's expression means: an id, or a pattern that matches exactly one. */
static const struct inf_model *find_model(const struct inf_manager *manager, const char *expression,
                                          struct inf_error *err)
{
    const struct inf_model *found = inf_store_model(manager->store, expression);
    char matches[INF_REASON_MAX / 2] = "";
    size_t count = 0, length = 0;

    if (found == NULL && strchr(expression, '*') != NULL)
        for (size_t i = 0; i < inf_store_model_count(manager->store); i++) {
            const struct inf_model *model = inf_store_model_at(manager->store, i);
            if (!inf_wildcard_match(expression, model->model_id))
                continue;
            found = model;
            if (length < sizeof matches)
                length += (size_t)snprintf(matches + length, sizeof matches - length, "%s%s",
                                           count > 0 ? ", " : "", model->model_id);
            count++;
        }
    if (found == NULL)
        inf_error_set(err, INF_ERR_NOT_FOUND, "No known trained model with model_id [%s]",
                      expression);
    else if (count > 1)
        inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "cannot deploy more than one model at the same time; [%s] matches models [[%s]]",
            expression, matches);
    return count > 1 ? NULL : found;
}

/* Everything that can be said before a deployment is made; *ret is the model. */
static int check_start(const struct inf_manager *manager,
                       const struct inf_deployment_params *params, const struct inf_model **ret,
                       struct inf_error *err)
{
    const char *id = params->deployment_id;
    int64_t limit = inf_config_int(manager->config, "xpack.ml.max_deployments");

    if (manager->stopping)
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "the server is stopping");
    if ((int64_t)inf_strmap_size(manager->deployments) >= limit)
        return inf_error_set(
            err, INF_ERR_TOO_MANY,
            "Could not start model deployment because existing deployments reached "
            "the limit of [%lld]",
            (long long)limit);
    if (find(manager, id) != NULL)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Could not start model deployment because an existing deployment with "
                             "the same id [%s] exist",
                             id);
    *ret = find_model(manager, params->model_id, err);
    if (*ret == NULL)
        return -1;
    if (strcmp(id, (*ret)->model_id) != 0 && inf_store_model(manager->store, id) != NULL)
        return inf_error_set(
            err, INF_ERR_BAD_REQUEST,
            "Deployment id [%s] is the same as an another model which is not the "
            "model being deployed. Deployment id can be the same as the model being "
            "deployed but cannot match a different model",
            id);
    return inf_store_definition_check(manager->store, (*ret)->model_id, err);
}

static void on_recorded(void *arg, const struct inf_error *err)
{
    struct inf_deployment *deployment = arg;
    struct inf_manager *manager = deployment->manager;

    deployment->recording = false;
    if (manager->torn_down) {
        inf_deployment_teardown(deployment);
    } else if (err != NULL) {
        deployment->start_error = inf_alloc(1, sizeof *err);
        *deployment->start_error = *err;
        inf_deployment_stop(deployment, false);
    } else if (!deployment->deleting) {
        inf_deployment_begin(deployment);
        inf_waiters_settle(deployment);
    }
    inf_manager_let_go(manager);
}

void inf_manager_deploy(struct inf_manager *manager, const struct inf_deployment_params *params,
                        enum inf_allocation_state wait_for, int64_t timeout_ms,
                        inf_deployment_done done, void *arg)
{
    struct inf_deployment_params concrete = *params;
    struct inf_deployment *deployment = NULL;
    const struct inf_model *model = NULL;
    struct inf_error err;
    char *record = NULL;

    if (check_start(manager, params, &model, &err) != 0) {
        done(arg, &err, NULL);
        return;
    }
    concrete.model_id = model->model_id;
    if (strcmp(params->deployment_id, params->model_id) == 0)
        concrete.deployment_id = model->model_id; /* of a pattern, too */
    deployment = inf_deployment_new(manager, &concrete, model);
    if (check_place(manager, deployment, &err) != 0) {
        inf_deployment_drop(deployment);
        done(arg, &err, NULL);
        return;
    }
    inf_strmap_put(manager->deployments, deployment->id, deployment);
    inf_waiter_add(deployment, wait_for, false, timeout_ms, done, arg);
    record = inf_restore_text(deployment);
    deployment->recording = true;
    inf_manager_hold(manager);
    inf_store_put_deployment(manager->store, deployment->id, deployment->model_id, record,
                             on_recorded, deployment);
    free(record);
}

/* ---- _stop ---- */

void inf_manager_undeploy(struct inf_manager *manager, const char *deployment_id,
                          const struct inf_undeploy_options *options, inf_deployment_done done,
                          void *arg)
{
    struct inf_deployment *deployment = find(manager, deployment_id);
    struct inf_error err;

    if (deployment == NULL && options->allow_no_match) {
        done(arg, NULL, NULL);
    } else if (deployment == NULL) {
        inf_error_set(&err, INF_ERR_NOT_FOUND, "No known model deployment with id [%s]",
                      deployment_id);
        done(arg, &err, NULL);
    } else {
        inf_waiter_add(deployment, INF_ALLOCATION_FULLY, true, -1, done, arg);
        inf_deployment_stop(deployment, options->finish_pending_work);
    }
}

/* ---- _infer ---- */

/* started before starting before stopping before failed. */
static int preference(const struct inf_deployment *deployment)
{
    static const int by_state[] = {[INF_DEPLOYMENT_STARTED] = 3,
                                   [INF_DEPLOYMENT_STARTING] = 2,
                                   [INF_DEPLOYMENT_STOPPING] = 1,
                                   [INF_DEPLOYMENT_FAILED] = 0};

    return by_state[deployment->state];
}

/* A deployment id, else any deployment of the model; among equals the one with the shortest queue.
 */
static struct inf_deployment *resolve(const struct inf_manager *manager, const char *id)
{
    struct inf_deployment *best = find(manager, id);

    if (best != NULL)
        return best;
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        struct inf_deployment *other = inf_strmap_at(manager->deployments, i, NULL);
        if (strcmp(other->model_id, id) != 0)
            continue;
        if (best == NULL || preference(other) > preference(best) ||
            (preference(other) == preference(best) && other->queue.size < best->queue.size))
            best = other;
    }
    return best;
}

static int check_infer(const struct inf_manager *manager, const char *id,
                       const struct inf_deployment *deployment, struct inf_error *err)
{
    if (manager->stopping)
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "the server is stopping");
    if (deployment == NULL && inf_store_model(manager->store, id) == NULL)
        return inf_error_set(err, INF_ERR_NOT_FOUND, "Could not find trained model [%s]", id);
    if (deployment == NULL)
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Model [%s] must be deployed to use. Please deploy with the start "
                             "trained model deployment API.",
                             id);
    if (deployment->state == INF_DEPLOYMENT_STOPPING || deployment->state == INF_DEPLOYMENT_FAILED)
        return inf_error_set(err, INF_ERR_CONFLICT, "Trained model [%s] is [%s]", deployment->id,
                             inf_deployment_state_name(deployment->state));
    /* One that has served before keeps its queue open while its worker is made anew. */
    if (!deployment->serving || deployment->worker == NULL || deployment->worker->runtime == NULL)
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Trained model deployment [%s] is not allocated to any nodes", id);
    return 0;
}

void inf_manager_infer(struct inf_manager *manager, const char *id, const struct cJSON *docs,
                       const struct cJSON *inference_config, int64_t timeout_ms,
                       inf_infer_done done, void *arg, struct inf_infer **ret)
{
    struct inf_deployment *deployment = resolve(manager, id);
    struct inf_error err;

    *ret = NULL;
    if (check_infer(manager, id, deployment, &err) != 0 ||
        inf_infer_begin(deployment, deployment->model_id, docs, inference_config, timeout_ms, done,
                        arg, ret, &err) != 0)
        done(arg, &err, NULL);
}
