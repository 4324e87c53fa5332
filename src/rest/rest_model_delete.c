/* rest_model_delete.c - DELETE model: its deployments first, when asked to, then everything stored
 * of it.
 *
 * A deployment is stopped durably before the model goes, so a crash between the two leaves a model
 * without deployments, never a deployment without its model. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

struct deletion {
    struct inf_app *app;
    char *model_id;
};

static void free_deletion(void *data)
{
    struct deletion *deletion = data;

    free(deletion->model_id);
    free(deletion);
}

static const char *deployment_of(const struct inf_manager *manager, const char *model_id)
{
    for (size_t i = 0; i < inf_manager_deployment_count(manager); i++) {
        const struct inf_deployment *deployment = inf_manager_deployment_at(manager, i);

        if (strcmp(inf_deployment_model_id(deployment), model_id) == 0)
            return inf_deployment_id(deployment);
    }
    return NULL;
}

static void go_on(struct rest_pending *pending);

static void stopped(void *arg, const struct inf_error *err, const struct inf_deployment *deployment)
{
    (void)deployment; /* none is left to look at */
    if (err != NULL)
        rest_pending_acknowledge(arg, err);
    else
        go_on(arg);
}

/* Stops one more deployment, or deletes the model when none is left. */
static void go_on(struct rest_pending *pending)
{
    static const struct inf_undeploy_options options = {.allow_no_match = true, .force = true};
    const struct deletion *deletion = rest_pending_data(pending);
    const char *deployment_id = deployment_of(deletion->app->manager, deletion->model_id);

    if (deployment_id != NULL)
        inf_manager_undeploy(deletion->app->manager, deployment_id, &options, stopped, pending);
    else
        inf_store_delete_model(deletion->app->store, deletion->model_id, rest_pending_acknowledge,
                               pending);
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
    if (!inf_call_bool(call, "force") && deployment_of(app->manager, model_id) != NULL) {
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
