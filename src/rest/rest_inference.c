/* rest_inference.c - inference endpoints: put, shown, changed, deleted.
 *
 * An endpoint is stored after its deployment serves, so that one that is there has been able to
 * answer. What is deleted is stopped, unless another endpoint has it, too. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint.h"
#include "endpoint_find.h"
#include "endpoint_measure.h"
#include "ids.h"
#include "inferd/alloc.h"
#include "inferd/ingest.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

/* An endpoint on its way into the store. */
struct put {
    struct inf_app *app;
    struct inf_endpoint endpoint;
    struct inf_client client;
    uint64_t arrival_ns;
    int64_t timeout_ms;
    bool starts;          /* a deployment for it, which goes when it cannot be stored */
    struct inf_error err; /* why it cannot */
};

static void free_put(void *data)
{
    struct put *put = data;

    inf_endpoint_fini(&put->endpoint);
    free(put);
}

/* ---- PUT ---- */

static void reply_endpoint(struct rest_pending *pending)
{
    const struct put *put = rest_pending_data(pending);
    struct inf_call *call = rest_pending_call(pending);
    struct inf_buf body;
    struct inf_jsonw w;

    if (call == NULL)
        return;
    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_endpoint_write(&put->endpoint, inf_endpoint_allocations(put->app, &put->endpoint), &w);
    inf_call_reply(call, 200, &body);
}

/* The deployment that was started for an endpoint which is not to be. */
static void gave_up(void *arg, const struct inf_error *err, const struct inf_deployment *deployment)
{
    const struct put *put = rest_pending_data(arg);

    (void)err; /* what went wrong first is told */
    (void)deployment;
    rest_pending_acknowledge(arg, &put->err);
}

static void give_up(struct rest_pending *pending, const struct inf_error *err)
{
    static const struct inf_undeploy_options options = {.allow_no_match = true, .force = true};
    struct put *put = rest_pending_data(pending);

    put->err = *err;
    put->starts = false;
    inf_manager_undeploy(put->app->manager, put->endpoint.id, &options, gave_up, pending);
}

static void stored(void *arg, const struct inf_error *err)
{
    const struct put *put = rest_pending_data(arg);
    struct inf_error taken;

    if (err == NULL) {
        reply_endpoint(arg);
        rest_pending_end(arg);
        return;
    }
    if (err->code == INF_ERR_ALREADY_EXISTS) {
        inf_error_set(&taken, INF_ERR_ALREADY_EXISTS, "Inference endpoint [%s] already exists",
                      put->endpoint.id);
        err = &taken;
    }
    if (put->starts)
        give_up(arg, err);
    else
        rest_pending_acknowledge(arg, err);
}

static void store(struct rest_pending *pending, bool replace)
{
    const struct put *put = rest_pending_data(pending);
    struct inf_buf text;
    struct inf_jsonw w;
    struct inf_error err;

    inf_buf_init(&text, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &text);
    inf_endpoint_write(&put->endpoint, 0, &w);
    if (text.failed) {
        inf_error_set(&err, INF_ERR_MEMORY, "not enough memory for the endpoint");
        rest_pending_acknowledge(pending, &err);
    } else {
        inf_store_put_object(
            put->app->store, INF_OBJECT_ENDPOINT,
            &(struct inf_object){put->endpoint.id, put->endpoint.model_id, text.data}, replace,
            stored, pending);
    }
    inf_buf_free(&text);
}

/* It must be as long as was said; where nothing was said, it is said from now on. */
static int take_dimensions(struct inf_endpoint *endpoint, int dimensions, struct inf_error *err)
{
    if (endpoint->dimensions > 0 && endpoint->dimensions != dimensions)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "The retrieved embeddings size [%d] does not match the size specified "
                             "in the settings [%d]. Please recreate the [%s] configuration with "
                             "the correct dimensions",
                             dimensions, endpoint->dimensions, endpoint->id);
    endpoint->dimensions = dimensions;
    return 0;
}

static void measured(void *arg, const struct inf_error *failed, int dimensions)
{
    struct put *put = rest_pending_data(arg);
    struct inf_error err;

    if (failed == NULL && take_dimensions(&put->endpoint, dimensions, &err) != 0)
        failed = &err;
    if (failed == NULL)
        store(arg, false);
    else if (put->starts)
        give_up(arg, failed);
    else
        rest_pending_acknowledge(arg, failed);
}

/* The deployment serves. An endpoint for embeddings is asked for one. */
static void try_it(struct rest_pending *pending)
{
    const struct put *put = rest_pending_data(pending);

    if (put->endpoint.task != INF_ENDPOINT_TEXT_EMBEDDING)
        store(pending, false);
    else
        inf_endpoint_measure(put->app, &put->endpoint, put->client, put->arrival_ns,
                             put->timeout_ms, measured, pending);
}

static void started(void *arg, const struct inf_error *err, const struct inf_deployment *deployment)
{
    (void)deployment;
    if (err == NULL)
        try_it(arg);
    else if (err->code == INF_ERR_DEPLOYMENT_TIMEOUT)
        give_up(arg, err); /* it would go on starting */
    else
        rest_pending_acknowledge(arg, err);
}

/* The deployment that is to be shared: it must be there, and be of the model. */
static int check_shared(const struct inf_app *app, struct inf_endpoint *endpoint,
                        struct inf_error *err)
{
    const struct inf_deployment *deployment =
        inf_manager_deployment(app->manager, endpoint->deployment_id);
    const char *model_id;

    if (deployment == NULL)
        return inf_error_set(err, INF_ERR_NOT_FOUND, "Cannot find deployment [%s]",
                             endpoint->deployment_id);
    model_id = inf_deployment_model_id(deployment);
    if (endpoint->model_id == NULL)
        endpoint->model_id = inf_strdup(model_id);
    if (strcmp(endpoint->model_id, model_id) != 0)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Deployment [%s] uses model [%s] which does not match the model [%s] "
                             "in the request.",
                             endpoint->deployment_id, model_id, endpoint->model_id);
    return 0;
}

static int check_names(const struct inf_app *app, const struct inf_endpoint *endpoint,
                       struct inf_error *err)
{
    static const char *const reserved[] = {".elser-2-elasticsearch",
                                           ".multilingual-e5-small-elasticsearch",
                                           ".rerank-v1-elasticsearch"};

    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(reserved[i], endpoint->id) == 0)
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "[%s] is a reserved inference Id. Cannot create a new inference "
                                 "endpoint with a reserved Id",
                                 endpoint->id);
    if (!inf_id_valid(endpoint->id))
        return inf_error_invalid(
            err, INF_ERR_VALIDATION,
            "Invalid inference_id; '%s' can contain "
            "lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must "
            "start and end with alphanumeric",
            endpoint->id);
    if (inf_store_object(app->store, INF_OBJECT_ENDPOINT, endpoint->id) != NULL)
        return inf_error_set(err, INF_ERR_ALREADY_EXISTS, "Inference endpoint [%s] already exists",
                             endpoint->id);
    if (inf_store_model(app->store, endpoint->id) != NULL ||
        inf_manager_deployment(app->manager, endpoint->id) != NULL)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Inference endpoint IDs must be unique. Requested inference endpoint "
                             "ID [%s] matches existing trained model ID(s) but must not.",
                             endpoint->id);
    return 0;
}

static int check_put(const struct inf_app *app, struct inf_endpoint *endpoint,
                     struct inf_error *err)
{
    if (check_names(app, endpoint, err) != 0 ||
        (endpoint->deployment_id != NULL && check_shared(app, endpoint, err) != 0))
        return -1;
    return inf_endpoint_check_model(app, endpoint, err);
}

static enum inf_outcome put_endpoint(struct inf_call *call, const char *task, struct inf_error *err)
{
    struct put *put = inf_alloc(1, sizeof *put);
    struct inf_deployment_params params;
    struct rest_pending *pending = rest_pending_new(call, put, free_put);

    put->app = rest_app(call);
    put->client = inf_call_client(call);
    put->arrival_ns = inf_call_arrival_ns(call);
    put->timeout_ms = inf_call_int(call, "timeout");
    if (inf_endpoint_parse(inf_call_str(call, "inference_id"), task, inf_call_body(call)->root,
                           &put->endpoint, err) != 0 ||
        check_put(put->app, &put->endpoint, err) != 0)
        return INF_FAILED;
    if (put->endpoint.elser)
        inf_endpoint_warn_elser(call, &put->endpoint);
    rest_pending_begin(pending);
    if (put->endpoint.deployment_id != NULL) {
        try_it(pending);
    } else {
        params = inf_endpoint_params(&put->endpoint);
        put->starts = true;
        inf_manager_deploy(put->app->manager, &params, INF_ALLOCATION_STARTED, put->timeout_ms,
                           started, pending);
    }
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_inference_put(struct inf_call *call, struct inf_error *err)
{
    return put_endpoint(call, NULL, err);
}

enum inf_outcome rest_inference_put_task(struct inf_call *call, struct inf_error *err)
{
    return put_endpoint(call, inf_call_str(call, "task_type"), err);
}

/* ---- GET ---- */

static enum inf_outcome show(struct inf_call *call, const char *task, const char *id,
                             struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    bool all = id == NULL || strcmp(id, "_all") == 0 || strcmp(id, "*") == 0;
    struct inf_buf body;
    struct inf_jsonw w;

    if (!all && inf_endpoint_find(app, id, task, err) == NULL)
        return INF_FAILED;
    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "endpoints");
    inf_jsonw_begin_array(&w);
    for (size_t i = 0; i < inf_store_object_count(app->store, INF_OBJECT_ENDPOINT); i++) {
        const struct inf_object *object = inf_store_object_at(app->store, INF_OBJECT_ENDPOINT, i);

        const struct inf_endpoint_entry *entry = inf_endpoint_cached(app->endpoints, object, err);
        const struct inf_endpoint *endpoint = entry != NULL ? inf_endpoint_of(entry) : NULL;

        if (endpoint != NULL && (all || strcmp(endpoint->id, id) == 0) &&
            (task == NULL || strcmp(inf_endpoint_task_name(endpoint->task), task) == 0))
            inf_endpoint_write(endpoint, inf_endpoint_allocations(app, endpoint), &w);
    }
    inf_jsonw_end_array(&w);
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}

enum inf_outcome rest_inference_get_all(struct inf_call *call, struct inf_error *err)
{
    return show(call, NULL, NULL, err);
}

enum inf_outcome rest_inference_get(struct inf_call *call, struct inf_error *err)
{
    return show(call, NULL, inf_call_str(call, "inference_id"), err);
}

enum inf_outcome rest_inference_get_task(struct inf_call *call, struct inf_error *err)
{
    const char *task = inf_call_str(call, "task_type");

    return show(call, strcmp(task, "any") == 0 ? NULL : task, inf_call_str(call, "inference_id"),
                err);
}

/* ---- _update ---- */

static void updated(void *arg, const struct inf_error *err, const struct inf_deployment *deployment)
{
    (void)deployment;
    if (err != NULL)
        rest_pending_acknowledge(arg, err);
    else
        store(arg, true);
}

static void merge(struct inf_endpoint *endpoint, const struct inf_deployment_update *update)
{
    if (update->has_allocations)
        endpoint->allocations = update->number_of_allocations;
    if (update->removes_adaptive)
        endpoint->adaptive = (struct inf_adaptive){.minimum = -1, .maximum = -1};
    else if (update->has_adaptive)
        endpoint->adaptive.set = true;
    if (update->has_enabled)
        endpoint->adaptive.enabled = update->adaptive.enabled;
    if (update->has_minimum)
        endpoint->adaptive.minimum = update->adaptive.minimum;
    if (update->has_maximum)
        endpoint->adaptive.maximum = update->adaptive.maximum;
}

static enum inf_outcome update_endpoint(struct inf_call *call, const char *task,
                                        struct inf_error *err)
{
    struct put *put = inf_alloc(1, sizeof *put);
    struct rest_pending *pending = rest_pending_new(call, put, free_put);
    struct inf_deployment_update update;

    put->app = rest_app(call);
    if (inf_endpoint_copy(put->app, inf_call_str(call, "inference_id"), task, &put->endpoint,
                          err) != 0 ||
        inf_endpoint_parse_update(inf_call_body(call)->root, &update, err) != 0)
        return INF_FAILED;
    merge(&put->endpoint, &update);
    rest_pending_begin(pending);
    inf_manager_update(put->app->manager, inf_endpoint_deployment(&put->endpoint), &update,
                       inf_call_int(call, "timeout"), updated, pending);
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_inference_update(struct inf_call *call, struct inf_error *err)
{
    return update_endpoint(call, NULL, err);
}

enum inf_outcome rest_inference_update_task(struct inf_call *call, struct inf_error *err)
{
    return update_endpoint(call, inf_call_str(call, "task_type"), err);
}

/* ---- DELETE ---- */

static void reply_deleted(struct inf_call *call, const char *id, const char *problem)
{
    const struct inf_ingest *ingest = rest_app(call)->ingest;
    struct inf_buf body;
    struct inf_jsonw w;

    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_bool(&w, "acknowledged", problem == NULL);
    inf_jsonw_key(&w, "pipelines");
    inf_jsonw_begin_array(&w);
    for (size_t i = 0; problem != NULL && i < inf_ingest_count(ingest); i++)
        if (inf_pipeline_uses(inf_ingest_at(ingest, i), id))
            inf_jsonw_string(&w, inf_pipeline_id(inf_ingest_at(ingest, i)));
    inf_jsonw_end_array(&w);
    if (problem != NULL) {
        inf_jsonw_key(&w, "indexes");
        inf_jsonw_begin_array(&w);
        inf_jsonw_end_array(&w);
        inf_jsonw_kv_string(&w, "error_message", problem);
    }
    inf_jsonw_end_object(&w);
    inf_call_reply(call, 200, &body);
}

static void deleted(void *arg, const struct inf_error *err, const struct inf_deployment *deployment)
{
    const struct put *put = rest_pending_data(arg);

    (void)deployment;
    if (err != NULL) {
        rest_pending_acknowledge(arg, err);
        return;
    }
    if (rest_pending_call(arg) != NULL)
        reply_deleted(rest_pending_call(arg), put->endpoint.id, NULL);
    rest_pending_end(arg);
}

/* The record is gone; then so is what served it alone. */
static void forgotten(void *arg, const struct inf_error *err)
{
    static const struct inf_undeploy_options options = {.allow_no_match = true, .force = true};
    const struct put *put = rest_pending_data(arg);

    if (err == NULL)
        inf_endpoint_forget(put->app->endpoints, put->endpoint.id);
    if (err != NULL || put->endpoint.deployment_id != NULL ||
        inf_endpoint_user_of(put->app, put->endpoint.id, NULL))
        deleted(arg, err, NULL);
    else
        inf_manager_undeploy(put->app->manager, put->endpoint.id, &options, deleted, arg);
}

/* true: pipelines refer to it, and text says so. */
static bool is_referred_to(const struct inf_app *app, const char *id, struct inf_buf *text)
{
    bool any = false;

    for (size_t i = 0; i < inf_ingest_count(app->ingest); i++) {
        const struct inf_pipeline *pipeline = inf_ingest_at(app->ingest, i);

        if (!inf_pipeline_uses(pipeline, id))
            continue;
        if (!any)
            inf_buf_printf(text, "Inference endpoint %s is referenced by pipelines: [", id);
        inf_buf_printf(text, "%s%s", any ? ", " : "", inf_pipeline_id(pipeline));
        any = true;
    }
    inf_buf_puts(text, "]. Ensure that no pipelines are using this inference endpoint, or use "
                       "force to ignore this warning and delete the inference endpoint.");
    return any;
}

static enum inf_outcome delete_endpoint(struct inf_call *call, const char *task,
                                        struct inf_error *err)
{
    struct put *put = inf_alloc(1, sizeof *put);
    struct rest_pending *pending = rest_pending_new(call, put, free_put);
    const char *id = inf_call_str(call, "inference_id");
    bool dry_run = inf_call_bool(call, "dry_run"), referred;
    struct inf_buf text;

    put->app = rest_app(call);
    if (inf_endpoint_copy(put->app, id, task, &put->endpoint, err) != 0)
        return INF_FAILED;
    inf_buf_init(&text, INF_RESPONSE_MAX);
    referred = is_referred_to(put->app, id, &text) && !inf_call_bool(call, "force");
    if (dry_run)
        reply_deleted(call, id, referred ? text.data : NULL);
    else if (referred)
        inf_error_set(err, INF_ERR_CONFLICT, "%s", text.data);
    inf_buf_free(&text);
    if (dry_run || referred)
        return dry_run ? INF_REPLIED : INF_FAILED;
    rest_pending_begin(pending);
    inf_store_delete_object(put->app->store, INF_OBJECT_ENDPOINT, id, forgotten, pending);
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_inference_delete(struct inf_call *call, struct inf_error *err)
{
    return delete_endpoint(call, NULL, err);
}

enum inf_outcome rest_inference_delete_task(struct inf_call *call, struct inf_error *err)
{
    return delete_endpoint(call, inf_call_str(call, "task_type"), err);
}
