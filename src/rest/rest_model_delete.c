/* rest_model_delete.c - DELETE model: its deployments first, when asked to, then everything stored
 * of it.
 *
 * A deployment is stopped durably before the model goes, so a crash between the two leaves a model
 * without deployments, never a deployment without its model. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "references.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

struct deletion {
    struct inf_app *app;
    char *model_id;
    int stopping; /* deployments that have not ended yet, and one while they are being told */
    bool failed;
    uint8_t definition[INF_SHA256_SIZE], vocabulary[INF_SHA256_SIZE]; /* zero: it had none */
    struct inf_error err; /* the first one, when failed */
};

static void free_deletion(void *data)
{
    struct deletion *deletion = data;

    free(deletion->model_id);
    free(deletion);
}

static bool is_of(const struct inf_deployment *deployment, const char *model_id)
{
    return strcmp(inf_deployment_model_id(deployment), model_id) == 0;
}

/* On all nodes. */
static bool is_deployed(const struct inf_app *app, const char *model_id)
{
    for (size_t i = 0; i < inf_store_deployment_count(app->store); i++)
        if (strcmp(inf_store_deployment_at(app->store, i)->model_id, model_id) == 0)
            return true;
    return false;
}

static size_t count_deployments(const struct inf_manager *manager, const char *model_id)
{
    size_t count = 0;

    for (size_t i = 0; i < inf_manager_deployment_count(manager); i++)
        count += is_of(inf_manager_deployment_at(manager, i), model_id);
    return count;
}

/* Copies, since a deployment can be gone when the next one is told. */
static char **copy_deployment_ids(const struct inf_manager *manager, const char *model_id)
{
    char **ids = inf_alloc(count_deployments(manager, model_id) + 1, sizeof *ids);
    size_t count = 0;

    for (size_t i = 0; i < inf_manager_deployment_count(manager); i++) {
        const struct inf_deployment *deployment = inf_manager_deployment_at(manager, i);

        if (is_of(deployment, model_id))
            ids[count++] = inf_strdup(inf_deployment_id(deployment));
    }
    ids[count] = NULL;
    return ids;
}

static void go_on(struct rest_pending *pending);

static void stopped(void *arg, const struct inf_error *err, const struct inf_deployment *deployment)
{
    struct deletion *deletion = rest_pending_data(arg);

    (void)deployment; /* none is left to look at */
    if (err != NULL && !deletion->failed) {
        deletion->failed = true;
        deletion->err = *err;
    }
    if (--deletion->stopping > 0)
        return;
    if (deletion->failed)
        rest_pending_acknowledge(arg, &deletion->err);
    else
        go_on(arg);
}

/* All at once: each may take its time to let requests end. */
static void stop_deployments(struct rest_pending *pending)
{
    static const struct inf_undeploy_options options = {.allow_no_match = true, .force = true};
    struct deletion *deletion = rest_pending_data(pending);
    struct inf_manager *manager = deletion->app->manager;
    char **ids = copy_deployment_ids(manager, deletion->model_id);

    deletion->stopping = 1;
    for (char **id = ids; *id != NULL; id++) {
        deletion->stopping++;
        inf_manager_undeploy(manager, *id, &options, stopped, pending);
        free(*id);
    }
    free(ids);
    stopped(pending, NULL, NULL);
}

static void both_discarded(void *arg)
{
    rest_pending_acknowledge(arg, NULL);
}

static void definition_discarded(void *arg)
{
    const struct deletion *deletion = rest_pending_data(arg);

    inf_definitions_discard(deletion->app->definitions, deletion->vocabulary, both_discarded, arg);
}

/* The cluster's store of definitions has no use for its files any more. */
static void deleted(void *arg, const struct inf_error *err)
{
    const struct deletion *deletion = rest_pending_data(arg);

    if (err == NULL && deletion->app->definitions != NULL)
        inf_definitions_discard(deletion->app->definitions, deletion->definition,
                                definition_discarded, arg);
    else
        rest_pending_acknowledge(arg, err);
}

static void delete_model(struct rest_pending *pending)
{
    struct deletion *deletion = rest_pending_data(pending);
    const struct inf_model *model = inf_store_model(deletion->app->store, deletion->model_id);

    if (model != NULL && model->fully_defined)
        memcpy(deletion->definition, model->sha256, INF_SHA256_SIZE);
    if (model != NULL && model->has_vocabulary)
        memcpy(deletion->vocabulary, model->vocabulary_sha256, INF_SHA256_SIZE);
    inf_store_delete_model(deletion->app->store, deletion->model_id, deleted, pending);
}

/* Deletes the model when it has no deployment, also none that was started in the meantime. */
static void go_on(struct rest_pending *pending)
{
    const struct deletion *deletion = rest_pending_data(pending);

    if (count_deployments(deletion->app->manager, deletion->model_id) > 0)
        stop_deployments(pending);
    else
        delete_model(pending);
}

enum inf_outcome rest_model_delete(struct inf_call *call, struct inf_error *err)
{
    struct inf_app *app = rest_app(call);
    const char *model_id = inf_call_str(call, "model_id");
    struct rest_pending *pending;
    struct deletion *deletion;

    if (inf_store_model(app->store, model_id) == NULL) {
        inf_error_set(err, INF_ERR_NOT_FOUND, "Could not find trained model [%s]", model_id);
        return INF_FAILED;
    }
    if (!inf_call_bool(call, "force") && rest_references_check_delete(app, model_id, err) != 0)
        return INF_FAILED;
    if (!inf_call_bool(call, "force") &&
        (count_deployments(app->manager, model_id) > 0 || is_deployed(app, model_id))) {
        inf_error_set(
            err, INF_ERR_CONFLICT,
            "Cannot delete model [%s] as it is currently deployed; use force to delete the "
            "model",
            model_id);
        return INF_FAILED;
    }
    deletion = inf_alloc(1, sizeof *deletion);
    deletion->app = app;
    deletion->model_id = inf_strdup(model_id);
    pending = rest_pending_new(call, deletion, free_deletion);
    rest_pending_begin(pending);
    go_on(pending);
    return rest_pending_outcome(pending);
}
