/* rest_alias.c - model aliases: a second name of a model, which can be moved to another one.
 *
 * Requests that are under way keep the model that the alias meant when they came; the next ones get
 * the new one. What the store checks where it writes (the name is free, the model is there) is not
 * asked here a second time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ids.h"
#include "inferd/alloc.h"
#include "model_config.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER_EQUALS_MODEL = 1, ORDER_SPELLING };

void rest_alias_check(struct inf_call *call, struct inf_validation *validation)
{
    const char *alias = inf_call_str(call, "model_alias");
    const char *model_id = inf_call_str(call, "model_id");

    if (strcmp(alias, model_id) == 0)
        inf_validation_add(validation, ORDER_EQUALS_MODEL,
                           "model_alias [%s] cannot equal model_id [%s]", alias, model_id);
    if (!inf_alias_spelled_well(alias))
        inf_validation_add(validation, ORDER_SPELLING,
                           "Invalid model_alias; '%s' can contain lowercase alphanumeric (a-z and "
                           "0-9), hyphens or underscores; must start with alphanumeric and cannot "
                           "end with numbers",
                           alias);
}

/* ---- reassigning ---- */

/* One PUT: an alias on its way to a model. */
struct put {
    const struct inf_app *app;
    char *alias;
    char *model_id;
};

static void free_put(void *data)
{
    struct put *put = data;

    free(put->alias);
    free(put->model_id);
    free(put);
}

static int refers_already(const struct put *put, const struct inf_object *old,
                          struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "cannot assign model_alias [%s] to model_id [%s] as model_alias already "
                         "refers to [%s]. Set parameter [reassign] to [true] if model_alias should "
                         "be reassigned.",
                         put->alias, put->model_id, old->model_id);
}

/* What the deployments of a model amount to. */
struct service {
    bool deployed, allocated;
};

static struct service service_of(const struct inf_manager *manager, const char *model_id)
{
    struct service service = {.deployed = false};

    for (size_t i = 0; i < inf_manager_deployment_count(manager); i++) {
        const struct inf_deployment *deployment = inf_manager_deployment_at(manager, i);

        if (strcmp(inf_deployment_model_id(deployment), model_id) != 0)
            continue;
        service.deployed = true;
        service.allocated = service.allocated || inf_deployment_current_allocations(deployment) > 0;
    }
    return service;
}

/* A model that serves is not replaced by one that does not. */
static int check_service(const struct put *put, const char *old_id, struct inf_error *err)
{
    struct service now = service_of(put->app->manager, put->model_id);

    if (!service_of(put->app->manager, old_id).deployed)
        return 0;
    if (!now.deployed)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "cannot reassign model_alias [%s] to model [%s] from model [%s] as it "
                             "is not yet deployed",
                             put->alias, put->model_id, old_id);
    if (!now.allocated) /* the two blanks are Elasticsearch's */
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "cannot reassign model_alias [%s] to model [%s]  from model [%s] as "
                             "it is not yet allocated to any nodes",
                             put->alias, put->model_id, old_id);
    return 0;
}

static int task_of(const struct inf_model *model, const struct inf_task **ret,
                   struct inf_error *err)
{
    struct inf_inference_config *config;

    if (inf_model_config_inference(model->config, &config, err) != 0)
        return -1;
    *ret = config->task;
    inf_inference_config_unref(config);
    return 0;
}

static int check_task(const struct put *put, const struct inf_model *model,
                      const struct inf_model *old, struct inf_error *err)
{
    const struct inf_task *task, *old_task;

    if (task_of(model, &task, err) != 0 || task_of(old, &old_task, err) != 0)
        return -1;
    if (task == old_task)
        return 0;
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "cannot reassign model_alias [%s] to model [%s] with inference config "
                         "type [%s] from model [%s] with type [%s]",
                         put->alias, put->model_id, inf_task_name(task), old->model_id,
                         inf_task_name(old_task));
}

static int check_reassign(struct inf_call *call, const struct put *put, const char *old_id,
                          struct inf_error *err)
{
    const struct inf_model *model = inf_store_model(put->app->store, put->model_id);
    const struct inf_model *old = inf_store_model(put->app->store, old_id);
    bool differ;

    if (model == NULL || old == NULL) /* the store says which one is missing */
        return 0;
    if (check_task(put, model, old, err) != 0 || check_service(put, old_id, err) != 0 ||
        inf_model_config_inputs_differ(model->config, old->config, &differ, err) != 0)
        return -1;
    if (differ) {
        char text[INF_REASON_MAX];

        snprintf(text, sizeof text,
                 "The input fields for new model [%s] and for old model [%s] differ significantly, "
                 "model results may change drastically.",
                 put->model_id, old_id);
        inf_call_warning(call, text);
    }
    return 0;
}

/* ---- PUT ---- */

static int put_alias(struct inf_call *call, struct rest_pending *pending, struct inf_error *err);

/* Another request, maybe of another node, was faster when the name is taken only now: what is asked
 * of an alias that is moved is asked of that one. */
static void put_done(void *arg, const struct inf_error *failed)
{
    struct inf_call *call = rest_pending_call(arg);
    struct inf_error err;

    if (failed != NULL && failed->code == INF_ERR_ALREADY_EXISTS && call != NULL) {
        if (put_alias(call, arg, &err) == 0)
            return;
        failed = &err;
    }
    rest_pending_acknowledge(arg, failed);
}

static int put_alias(struct inf_call *call, struct rest_pending *pending, struct inf_error *err)
{
    const struct put *put = rest_pending_data(pending);
    const struct inf_object *old = inf_store_object(put->app->store, INF_OBJECT_ALIAS, put->alias);

    if (old != NULL && !inf_call_bool(call, "reassign"))
        return refers_already(put, old, err);
    if (old != NULL && check_reassign(call, put, old->model_id, err) != 0)
        return -1;
    rest_pending_begin(pending);
    inf_store_put_object(put->app->store, INF_OBJECT_ALIAS,
                         &(struct inf_object){put->alias, put->model_id, "{}"}, old != NULL,
                         put_done, pending);
    return 0;
}

enum inf_outcome rest_alias_put(struct inf_call *call, struct inf_error *err)
{
    struct put *put = inf_alloc(1, sizeof *put);
    struct rest_pending *pending = rest_pending_new(call, put, free_put);

    put->app = rest_app(call);
    put->alias = inf_strdup(inf_call_str(call, "model_alias"));
    put->model_id = inf_strdup(inf_call_str(call, "model_id"));
    return put_alias(call, pending, err) == 0 ? rest_pending_outcome(pending) : INF_FAILED;
}

/* ---- DELETE ---- */

enum inf_outcome rest_alias_delete(struct inf_call *call, struct inf_error *err)
{
    struct inf_store *store = rest_app(call)->store;
    const char *alias = inf_call_str(call, "model_alias");
    const char *model_id = inf_call_str(call, "model_id");
    const struct inf_object *object = inf_store_object(store, INF_OBJECT_ALIAS, alias);
    struct rest_pending *pending;

    if (object == NULL) {
        inf_error_set(err, INF_ERR_NO_ALIAS, "model_alias [%s] could not be found", alias);
        return INF_FAILED;
    }
    if (strcmp(object->model_id, model_id) != 0) {
        inf_error_set(err, INF_ERR_CONFLICT,
                      "model_alias [%s] does not refer to provided model_id [%s]", alias, model_id);
        return INF_FAILED;
    }
    pending = rest_pending_new(call, NULL, NULL);
    rest_pending_begin(pending);
    inf_store_delete_object(store, INF_OBJECT_ALIAS, alias, rest_pending_acknowledge, pending);
    return rest_pending_outcome(pending);
}
