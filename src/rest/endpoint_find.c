/* endpoint_find.c - endpoints, and what they have to do with models and deployments. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint_find.h"

#include "model_config.h"
#include <stdio.h>
#include <string.h>

enum { QUEUE_CAPACITY = 1024 };

struct inf_endpoint_entry *inf_endpoint_find(const struct inf_app *app, const char *id,
                                             const char *task, struct inf_error *err)
{
    const struct inf_object *object = inf_store_object(app->store, INF_OBJECT_ENDPOINT, id);
    struct inf_endpoint_entry *entry;
    const char *own;

    if (object == NULL) {
        inf_endpoint_forget(app->endpoints, id);
        inf_error_set(err, INF_ERR_NOT_FOUND, "Inference endpoint not found [%s]", id);
        return NULL;
    }
    entry = inf_endpoint_cached(app->endpoints, object, err);
    if (entry == NULL)
        return NULL;
    own = inf_endpoint_task_name(inf_endpoint_of(entry)->task);
    if (task == NULL || strcmp(task, "any") == 0 || strcmp(task, own) == 0)
        return entry;
    inf_error_set(err, INF_ERR_BAD_REQUEST,
                  "Requested task type [%s] does not match the inference endpoint's task type [%s]",
                  task, own);
    return NULL;
}

int inf_endpoint_copy(const struct inf_app *app, const char *id, const char *task,
                      struct inf_endpoint *ret, struct inf_error *err)
{
    return inf_endpoint_find(app, id, task, err) != NULL
               ? inf_endpoint_load(inf_store_object(app->store, INF_OBJECT_ENDPOINT, id), ret, err)
               : -1;
}

int inf_endpoint_check_model(const struct inf_app *app, const struct inf_endpoint *endpoint,
                             struct inf_error *err)
{
    const struct inf_model *model = inf_store_model(app->store, endpoint->model_id);
    const char *wanted = inf_endpoint_model_task(endpoint->task), *task;
    struct inf_inference_config *config;
    int rc = 0;

    if (model == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Error parsing request config, model id does not match any models "
                             "available on this platform. Was [%s]. You may need to load it into "
                             "the cluster using eland.",
                             endpoint->model_id);
    if (inf_model_config_inference(model->config, &config, err) != 0)
        return -1;
    task = inf_task_name(config->task);
    if (strcmp(task, wanted) != 0)
        rc =
            inf_error_set(err, INF_ERR_BAD_REQUEST,
                          "model [%s] is configured for task [%s], and an endpoint of task type "
                          "[%s] wants [%s]",
                          endpoint->model_id, task, inf_endpoint_task_name(endpoint->task), wanted);
    inf_inference_config_unref(config);
    return rc;
}

int inf_endpoint_allocations(const struct inf_app *app, const struct inf_endpoint *endpoint)
{
    const struct inf_deployment *deployment =
        inf_manager_deployment(app->manager, inf_endpoint_deployment(endpoint));

    return deployment != NULL ? inf_deployment_number_of_allocations(deployment) : 0;
}

struct inf_deployment_params inf_endpoint_params(const struct inf_endpoint *endpoint)
{
    int allocations = endpoint->allocations;

    if (allocations == 0)
        allocations = endpoint->adaptive.minimum > 0 ? endpoint->adaptive.minimum : 1;
    return (struct inf_deployment_params){
        .deployment_id = inf_endpoint_deployment(endpoint),
        .model_id = endpoint->model_id,
        .number_of_allocations = allocations,
        .threads_per_allocation = endpoint->threads > 0 ? endpoint->threads : 1,
        .queue_capacity = QUEUE_CAPACITY,
        .adaptive = endpoint->adaptive,
    };
}

static bool find_user(const struct inf_app *app, const char *id, bool of_model,
                      struct inf_buf *ret_id)
{
    struct inf_error ignored;
    bool found = false;

    for (size_t i = 0; !found && i < inf_store_object_count(app->store, INF_OBJECT_ENDPOINT); i++) {
        const struct inf_object *object = inf_store_object_at(app->store, INF_OBJECT_ENDPOINT, i);

        const struct inf_endpoint_entry *entry =
            inf_endpoint_cached(app->endpoints, object, &ignored);
        const struct inf_endpoint *endpoint;

        if (entry == NULL)
            continue;
        endpoint = inf_endpoint_of(entry);
        found = strcmp(of_model ? endpoint->model_id : inf_endpoint_deployment(endpoint), id) == 0;
        if (found && ret_id != NULL)
            inf_buf_puts(ret_id, endpoint->id);
    }
    return found;
}

bool inf_endpoint_user_of(const struct inf_app *app, const char *deployment_id,
                          struct inf_buf *ret_id)
{
    return find_user(app, deployment_id, false, ret_id);
}

bool inf_endpoint_user_of_model(const struct inf_app *app, const char *model_id,
                                struct inf_buf *ret_id)
{
    return find_user(app, model_id, true, ret_id);
}

void inf_endpoint_warn_elser(struct inf_call *call, const struct inf_endpoint *endpoint)
{
    char text[INF_REASON_MAX];

    snprintf(text, sizeof text,
             "The [elser] service is deprecated and will be removed in a future release. Use the "
             "[elasticsearch] service instead, with [model_id] set to [%.128s] in the "
             "[service_settings]",
             endpoint->model_id);
    inf_call_warning(call, text);
}
