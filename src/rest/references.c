/* references.c - pipelines that refer to models and deployments. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "references.h"

#include "endpoint_find.h"
#include "inferd/alloc.h"
#include "inferd/ingest.h"
#include <string.h>

const char **rest_references_names(const struct inf_app *app, const char *model_id)
{
    size_t aliases = inf_store_object_count(app->store, INF_OBJECT_ALIAS);
    size_t deployments = inf_manager_deployment_count(app->manager), count = 0;
    const char **names = inf_alloc(aliases + deployments + 2, sizeof *names);

    names[count++] = model_id;
    for (size_t i = 0; i < aliases; i++) {
        const struct inf_object *alias = inf_store_object_at(app->store, INF_OBJECT_ALIAS, i);

        if (strcmp(alias->model_id, model_id) == 0)
            names[count++] = alias->id;
    }
    for (size_t i = 0; i < deployments; i++) {
        const struct inf_deployment *deployment = inf_manager_deployment_at(app->manager, i);

        if (strcmp(inf_deployment_model_id(deployment), model_id) == 0)
            names[count++] = inf_deployment_id(deployment);
    }
    return names;
}

/* An alias of the model that a pipeline refers to, or NULL. */
static const char *used_alias(const struct inf_app *app, const char *model_id)
{
    for (size_t i = 0; i < inf_store_object_count(app->store, INF_OBJECT_ALIAS); i++) {
        const struct inf_object *alias = inf_store_object_at(app->store, INF_OBJECT_ALIAS, i);

        if (strcmp(alias->model_id, model_id) == 0 && inf_ingest_uses(app->ingest, alias->id))
            return alias->id;
    }
    return NULL;
}

static int check_endpoints(const struct inf_app *app, const char *deployment_id,
                           struct inf_error *err)
{
    struct inf_buf endpoint;
    int rc = 0;

    inf_buf_init(&endpoint, INF_REASON_MAX);
    if (inf_endpoint_user_of(app, deployment_id, &endpoint))
        rc = inf_error_set(err, INF_ERR_CONFLICT,
                           "Cannot stop deployment [%s] as it is used by inference endpoint [%s]; "
                           "use force to stop the deployment",
                           deployment_id, endpoint.data);
    inf_buf_free(&endpoint);
    return rc;
}

static int check_endpoints_of_model(const struct inf_app *app, const char *model_id,
                                    struct inf_error *err)
{
    struct inf_buf endpoint;
    int rc = 0;

    inf_buf_init(&endpoint, INF_REASON_MAX);
    if (inf_endpoint_user_of_model(app, model_id, &endpoint))
        rc = inf_error_set(err, INF_ERR_CONFLICT,
                           "Cannot delete model [%s] as it is used by inference endpoint [%s]; use "
                           "force to delete the model",
                           model_id, endpoint.data);
    inf_buf_free(&endpoint);
    return rc;
}

int rest_references_check_stop(const struct inf_app *app, const char *deployment_id,
                               struct inf_error *err)
{
    const struct inf_deployment *deployment = inf_manager_deployment(app->manager, deployment_id);
    const char *alias;

    if (deployment == NULL)
        return 0;
    if (inf_ingest_uses(app->ingest, deployment_id))
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Cannot stop deployment [%s] as it is referenced by ingest "
                             "processors; use force to stop the deployment",
                             deployment_id);
    alias = used_alias(app, inf_deployment_model_id(deployment));
    if (alias == NULL)
        return check_endpoints(app, deployment_id, err);
    return inf_error_set(err, INF_ERR_CONFLICT,
                         "Cannot stop deployment [%s] as it has a model_alias [%s] that is still "
                         "referenced by ingest processors; use force to stop the deployment",
                         deployment_id, alias);
}

int rest_references_check_delete(const struct inf_app *app, const char *model_id,
                                 struct inf_error *err)
{
    const char *alias;

    if (inf_ingest_uses(app->ingest, model_id))
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Cannot delete model [%s] as it is still referenced by ingest "
                             "processors; use force to delete the model",
                             model_id);
    alias = used_alias(app, model_id);
    if (alias == NULL)
        return check_endpoints_of_model(app, model_id, err);
    return inf_error_set(err, INF_ERR_CONFLICT,
                         "Cannot delete model [%s] as it has a model_alias [%s] that is still "
                         "referenced by ingest processors; use force to delete the model",
                         model_id, alias);
}
