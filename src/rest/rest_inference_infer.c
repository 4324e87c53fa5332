/* rest_inference_infer.c - POST _inference: texts through an endpoint.
 *
 * A deployment that is not there, since somebody stopped it by force, is started first. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint_answer.h"
#include "endpoint_find.h"
#include "inferd/alloc.h"
#include "inferd/inference.h"
#include "relay.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

/* One request. */
struct asking {
    struct inf_app *app;
    struct inf_endpoint_entry *entry;
    const struct inf_endpoint *endpoint; /* of it */
    struct inf_endpoint_question question;
    struct cJSON *docs;   /* for the model */
    struct cJSON *config; /* of rerank, or NULL */
    struct inf_infer *infer;
    int64_t timeout_ms;
};

static void free_asking(void *data)
{
    struct asking *asking = data;

    inf_json_delete(asking->docs);
    inf_json_delete(asking->config);
    inf_endpoint_unref(asking->entry);
    free(asking);
}

/* ---- the question ---- */

static int check_input(const struct cJSON *input, struct inf_error *err)
{
    if (input == NULL || inf_json_is_null(input))
        return inf_error_invalid(err, INF_ERR_VALIDATION, "Field [%s] cannot be null", "input");
    if (inf_json_is_string(input))
        return 0;
    if (!inf_json_is_array(input))
        return inf_error_invalid(err, INF_ERR_VALIDATION,
                                 "Field [%s] must be a string or an array of strings", "input");
    if (inf_json_first(input) == NULL)
        return inf_error_invalid(err, INF_ERR_VALIDATION, "Field [%s] cannot be an empty array",
                                 "input");
    for (const struct cJSON *one = inf_json_first(input); one != NULL; one = inf_json_next(one))
        if (!inf_json_is_string(one))
            return inf_error_invalid(err, INF_ERR_VALIDATION,
                                     "Field [%s] must be a string or an array of strings", "input");
    return 0;
}

static int read_rerank(struct inf_call *call, struct asking *asking, struct inf_error *err)
{
    const struct cJSON *query = inf_call_json(call, "query");
    const struct cJSON *settings = inf_call_json(call, "task_settings");
    const struct cJSON *returns = inf_json_get(settings, "return_documents");
    struct cJSON *update = inf_json_new_object();

    if (query == NULL || inf_json_string(query) == NULL || inf_json_string(query)[0] == '\0') {
        inf_json_delete(update);
        return inf_error_invalid(err, INF_ERR_VALIDATION,
                                 "Field [query] cannot be %s for task type [rerank]",
                                 query == NULL || inf_json_is_null(query) ? "null" : "empty");
    }
    asking->question.return_documents = asking->endpoint->return_documents;
    if (inf_json_is_bool(returns))
        asking->question.return_documents = inf_json_true(returns);
    if (inf_call_has(call, "return_documents"))
        asking->question.return_documents = inf_call_bool(call, "return_documents");
    asking->question.top_n = inf_call_has(call, "top_n") ? inf_call_int(call, "top_n") : INT64_MAX;
    asking->config = inf_json_new_object();
    if (update == NULL || asking->config == NULL ||
        inf_json_set(update, "text", inf_json_copy(query)) != 0) {
        inf_json_delete(update);
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for the request");
    }
    return inf_json_set(asking->config, "text_similarity", update) == 0
               ? 0
               : inf_error_set(err, INF_ERR_MEMORY, "not enough memory for the request");
}

/* What only one task has. */
static int check_members(const struct inf_call *call, enum inf_endpoint_task task,
                         struct inf_error *err)
{
    static const struct {
        const char *name;
        enum inf_endpoint_task of;
    } members[] = {{"query", INF_ENDPOINT_RERANK},
                   {"return_documents", INF_ENDPOINT_RERANK},
                   {"top_n", INF_ENDPOINT_RERANK},
                   {"input_type", INF_ENDPOINT_TEXT_EMBEDDING}};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (inf_call_has(call, members[i].name) && members[i].of != task)
            return inf_error_invalid(err, INF_ERR_VALIDATION,
                                     "Field [%s] cannot be specified for task "
                                     "type [%s]",
                                     members[i].name, inf_endpoint_task_name(task));
    return 0;
}

/* The texts, with what the model wants them to begin with. */
static int make_docs(struct inf_call *call, struct asking *asking, struct inf_error *err)
{
    const struct cJSON *input = inf_call_json(call, "input");
    const char *type = inf_call_str(call, "input_type");
    bool search = type != NULL && strstr(type, "search") != NULL;
    bool ingest = type != NULL && strstr(type, "ingest") != NULL;
    struct inf_model_input form;
    int rc = 0;

    asking->docs = inf_json_new_array();
    if (!inf_manager_input(asking->app->manager, asking->endpoint->model_id,
                           search ? INF_PREFIX_SEARCH : INF_PREFIX_INGEST, &form))
        rc = inf_error_set(err, INF_ERR_NOT_FOUND, "Could not find trained model [%s]",
                           asking->endpoint->model_id);
    if (!search && !ingest)
        inf_buf_clear(&form.begin);
    if (rc == 0 && inf_json_is_string(input))
        rc = inf_model_input_add(&form, asking->docs, input);
    for (const struct cJSON *one = inf_json_is_array(input) ? inf_json_first(input) : NULL;
         rc == 0 && one != NULL; one = inf_json_next(one))
        rc = inf_model_input_add(&form, asking->docs, one);
    if (rc != 0 && err->code != INF_ERR_NOT_FOUND)
        inf_error_set(err, INF_ERR_MEMORY, "not enough memory for the request");
    inf_model_input_fini(&form);
    return rc;
}

/* ---- asking ---- */

static void answered(void *arg, const struct inf_error *failed, struct inf_buf *results)
{
    struct rest_pending *pending = arg;
    struct asking *asking = rest_pending_data(pending);
    struct inf_call *call = rest_pending_call(pending);
    struct inf_error err;
    struct inf_buf body;

    asking->infer = NULL;
    if (failed != NULL) {
        rest_pending_acknowledge(pending, failed);
        return;
    }
    inf_buf_init(&body, INF_RESPONSE_MAX);
    if (inf_endpoint_answer(asking->endpoint->task, &asking->question, results, &body, &err) != 0) {
        inf_buf_free(&body);
        rest_pending_acknowledge(pending, &err);
        return;
    }
    if (call != NULL)
        inf_call_reply(call, 200, &body);
    else
        inf_buf_free(&body);
    rest_pending_end(pending);
}

static void gone(struct inf_call *call)
{
    struct rest_pending *pending = inf_call_state(call);
    struct asking *asking = rest_pending_data(pending);

    if (asking->infer == NULL)
        return; /* its deployment is being started */
    inf_infer_cancel(asking->infer);
    rest_pending_end(pending);
}

static void ask(struct rest_pending *pending)
{
    struct asking *asking = rest_pending_data(pending);
    struct inf_call *call = rest_pending_call(pending);
    const struct inf_infer_request request = {.docs = asking->docs,
                                              .inference_config = asking->config,
                                              .stays = true,
                                              .client = inf_call_client(call),
                                              .arrival_ns = inf_call_arrival_ns(call),
                                              .timeout_ms = asking->timeout_ms,
                                              .done = answered,
                                              .arg = pending};
    struct inf_infer *infer = NULL;

    inf_manager_infer(asking->app->manager, inf_endpoint_deployment(asking->endpoint), &request,
                      &infer);
    if (infer != NULL)
        asking->infer = infer;
}

static void started(void *arg, const struct inf_error *err, const struct inf_deployment *deployment)
{
    (void)deployment;
    if (err != NULL || rest_pending_call(arg) == NULL)
        rest_pending_acknowledge(arg, err);
    else
        ask(arg);
}

static int prepare(struct inf_call *call, const char *task, struct asking *asking,
                   struct inf_error *err)
{
    struct inf_endpoint_entry *entry =
        inf_endpoint_find(asking->app, inf_call_str(call, "inference_id"), task, err);

    if (entry == NULL)
        return -1;
    asking->entry = inf_endpoint_ref(entry);
    asking->endpoint = inf_endpoint_of(entry);
    if (check_input(inf_call_json(call, "input"), err) != 0 ||
        check_members(call, asking->endpoint->task, err) != 0)
        return -1;
    if (asking->endpoint->task == INF_ENDPOINT_RERANK && read_rerank(call, asking, err) != 0)
        return -1;
    asking->question.input = inf_call_json(call, "input");
    return make_docs(call, asking, err);
}

static enum inf_outcome ask_here(struct inf_call *call, const char *task, struct inf_error *err)
{
    struct asking *asking = inf_alloc(1, sizeof *asking);
    struct rest_pending *pending = rest_pending_new(call, asking, free_asking);
    struct inf_deployment_params params;

    asking->app = rest_app(call);
    asking->timeout_ms = inf_call_int(call, "timeout");
    if (prepare(call, task, asking, err) != 0)
        return INF_FAILED;
    rest_pending_begin(pending);
    inf_call_on_gone(call, gone);
    if (inf_endpoint_allocations(asking->app, asking->endpoint) > 0 ||
        asking->endpoint->deployment_id != NULL || asking->endpoint->adaptive.enabled) {
        ask(pending);
    } else {
        params = inf_endpoint_params(asking->endpoint);
        inf_manager_deploy(asking->app->manager, &params, INF_ALLOCATION_STARTED,
                           asking->timeout_ms, started, pending);
    }
    return rest_pending_outcome(pending);
}

/* Where the endpoint's deployment runs on other nodes, one of those answers. */
static enum inf_outcome
infer(struct inf_call *call, const char *task,
      enum inf_outcome (*here)(struct inf_call *call, struct inf_error *err), struct inf_error *err)
{
    struct inf_error later; /* said by the node that answers */
    struct inf_endpoint_entry *entry =
        inf_endpoint_find(rest_app(call), inf_call_str(call, "inference_id"), task, &later);
    struct rest_relayed way = {.timeout_ms = inf_call_int(call, "timeout"), .here = here};

    if (entry == NULL)
        return here(call, err);
    way.id = inf_endpoint_deployment(inf_endpoint_of(entry));
    return rest_relay(call, &way, err);
}

static enum inf_outcome answer(struct inf_call *call, struct inf_error *err)
{
    return ask_here(call, NULL, err);
}

static enum inf_outcome answer_task(struct inf_call *call, struct inf_error *err)
{
    return ask_here(call, inf_call_str(call, "task_type"), err);
}

enum inf_outcome rest_inference_infer(struct inf_call *call, struct inf_error *err)
{
    return infer(call, NULL, answer, err);
}

enum inf_outcome rest_inference_infer_task(struct inf_call *call, struct inf_error *err)
{
    return infer(call, inf_call_str(call, "task_type"), answer_task, err);
}
