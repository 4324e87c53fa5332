/* endpoint.c - configurations of inference endpoints. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint.h"

#include "endpoint_chunking.h"
#include "inferd/alloc.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define COSINE "cosine" /* what is said where nothing was */
#define FLOAT "float"

static const struct {
    const char *name, *model_task;
} tasks[INF_ENDPOINT_TASKS] = {
    [INF_ENDPOINT_TEXT_EMBEDDING] = {"text_embedding", "text_embedding"},
    [INF_ENDPOINT_SPARSE_EMBEDDING] = {"sparse_embedding", "text_expansion"},
    [INF_ENDPOINT_RERANK] = {"rerank", "text_similarity"},
};

const char *inf_endpoint_task_name(enum inf_endpoint_task task)
{
    return tasks[task].name;
}

const char *inf_endpoint_model_task(enum inf_endpoint_task task)
{
    return tasks[task].model_task;
}

int inf_endpoint_task_find(const char *name)
{
    for (int i = 0; i < INF_ENDPOINT_TASKS; i++)
        if (strcmp(tasks[i].name, name) == 0)
            return i;
    return -1;
}

const char *inf_endpoint_deployment(const struct inf_endpoint *endpoint)
{
    return endpoint->deployment_id != NULL ? endpoint->deployment_id : endpoint->id;
}

void inf_endpoint_fini(struct inf_endpoint *endpoint)
{
    free(endpoint->similarity);
    free(endpoint->id);
    free(endpoint->model_id);
    free(endpoint->deployment_id);
    inf_json_delete(endpoint->chunking);
    *endpoint = (struct inf_endpoint){0};
}

/* ---- reading ---- */

/* Members of object that are none of known, a list that ends with NULL. */
static int check_members(const struct cJSON *object, const char *const *known,
                         struct inf_error *err)
{
    for (const struct cJSON *member = inf_json_first(object); member != NULL;
         member = inf_json_next(member)) {
        const char *const *name = known;

        while (*name != NULL && strcmp(*name, inf_json_key(member)) != 0)
            name++;
        if (*name == NULL)
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "Configuration contains settings [{%s=...}] unknown to the "
                                 "[elasticsearch] service",
                                 inf_json_key(member));
    }
    return 0;
}

/* A positive integer; *ret is 0 when there is none. */
static int read_count(const struct cJSON *settings, const char *name, int *ret,
                      struct inf_error *err)
{
    const struct cJSON *value = inf_json_get(settings, name);
    struct inf_error ignored;
    int64_t number;

    *ret = 0;
    if (value == NULL || inf_json_is_null(value))
        return 0;
    if (!inf_json_is_number(value) || inf_json_int64(value, &number, &ignored) != 0 || number < 1 ||
        number > INT_MAX)
        return inf_error_invalid(
            err, INF_ERR_STATE_VALIDATION,
            "[service_settings] Invalid value. [%s] must be a positive integer", name);
    *ret = (int)number;
    return 0;
}

static int read_string(const struct cJSON *settings, const char *name, char **ret,
                       struct inf_error *err)
{
    const struct cJSON *value = inf_json_get(settings, name);

    if (value == NULL || inf_json_is_null(value))
        return 0;
    if (!inf_json_is_string(value) || inf_json_string(value)[0] == '\0')
        return inf_error_invalid(
            err, INF_ERR_STATE_VALIDATION,
            "[service_settings] Invalid value. [%s] must be a non-empty string", name);
    *ret = inf_strdup(inf_json_string(value));
    return 0;
}

static int read_bound(const struct cJSON *object, const char *name, int *ret, struct inf_error *err)
{
    const struct cJSON *value = inf_json_get(object, name);
    struct inf_error ignored;
    int64_t number;

    *ret = -1;
    if (value == NULL || inf_json_is_null(value))
        return 0;
    if (inf_json_int64(value, &number, &ignored) != 0 || number < 0 || number > INT_MAX)
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[%s] must be a non-negative integer", name);
    *ret = (int)number;
    return 0;
}

static int read_adaptive(const struct cJSON *settings, struct inf_adaptive *ret,
                         struct inf_error *err)
{
    static const char *const known[] = {"enabled", "min_number_of_allocations",
                                        "max_number_of_allocations", NULL};
    const struct cJSON *object = inf_json_get(settings, "adaptive_allocations");

    *ret = (struct inf_adaptive){.minimum = -1, .maximum = -1};
    if (object == NULL || inf_json_is_null(object))
        return 0;
    if (!inf_json_is_object(object))
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION, "[%s] must be an object",
                                 "adaptive_allocations");
    ret->set = true;
    ret->enabled = inf_json_true(inf_json_get(object, "enabled"));
    return check_members(object, known, err) != 0 ||
                   read_bound(object, known[1], &ret->minimum, err) != 0 ||
                   read_bound(object, known[2], &ret->maximum, err) != 0
               ? -1
               : 0;
}

/* What an endpoint for embeddings is told, or was found to be: {"dimensions","similarity",
 * "element_type"}. */
static int read_embedding(struct inf_endpoint *endpoint, const struct cJSON *settings,
                          struct inf_error *err)
{
    char *element = NULL;
    int rc = read_count(settings, "dimensions", &endpoint->dimensions, err) != 0 ||
                     read_string(settings, "similarity", &endpoint->similarity, err) != 0 ||
                     read_string(settings, "element_type", &element, err) != 0
                 ? -1
                 : 0;

    if (rc == 0 && endpoint->similarity != NULL && strcmp(endpoint->similarity, COSINE) != 0 &&
        strcmp(endpoint->similarity, "dot_product") != 0 &&
        strcmp(endpoint->similarity, "l2_norm") != 0)
        rc = inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                               "[service_settings] Invalid value [%.100s] received. [similarity] "
                               "must be one of [cosine, dot_product, l2_norm]",
                               endpoint->similarity);
    if (rc == 0 && element != NULL && strcmp(element, FLOAT) != 0)
        rc = inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                               "[service_settings] Invalid value [%.100s] received. "
                               "[element_type] must be one of [float]",
                               element);
    free(element);
    return rc;
}

static int read_service_settings(struct inf_endpoint *endpoint, const struct cJSON *settings,
                                 struct inf_error *err)
{
#define ALWAYS "num_allocations", "num_threads", "model_id", "deployment_id", "adaptive_allocations"
    static const char *const embedding[] = {ALWAYS, "dimensions", "similarity", "element_type",
                                            NULL};
    static const char *const sparse[] = {ALWAYS, NULL};
    static const char *const rerank[] = {ALWAYS, "long_document_strategy", NULL};
    static const char *const *const known[] = {[INF_ENDPOINT_TEXT_EMBEDDING] = embedding,
                                               [INF_ENDPOINT_SPARSE_EMBEDDING] = sparse,
                                               [INF_ENDPOINT_RERANK] = rerank};
#undef ALWAYS

    if (!inf_json_is_object(settings))
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Inference endpoint configuration is missing the [service_settings] "
                             "setting");
    if (check_members(settings, known[endpoint->task], err) != 0 ||
        read_string(settings, "model_id", &endpoint->model_id, err) != 0 ||
        read_string(settings, "deployment_id", &endpoint->deployment_id, err) != 0 ||
        read_count(settings, "num_allocations", &endpoint->allocations, err) != 0 ||
        read_count(settings, "num_threads", &endpoint->threads, err) != 0 ||
        read_adaptive(settings, &endpoint->adaptive, err) != 0 ||
        read_embedding(endpoint, settings, err) != 0)
        return -1;
    if (strcmp("chunk", inf_json_string(inf_json_get(settings, "long_document_strategy")) != NULL
                            ? inf_json_string(inf_json_get(settings, "long_document_strategy"))
                            : "") == 0)
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[service_settings] Invalid value [chunk]. [%s] must be one of "
                                 "[truncate]",
                                 "long_document_strategy");
    return 0;
}

static int check_service_settings(const struct inf_endpoint *endpoint, struct inf_error *err)
{
    if (endpoint->model_id == NULL && endpoint->deployment_id == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Error parsing service settings, model_id must be provided");
    if (endpoint->deployment_id != NULL)
        return 0;
    if (endpoint->threads == 0)
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[service_settings] does not contain the required setting [%s]",
                                 "num_threads");
    if (endpoint->allocations == 0 && !endpoint->adaptive.set)
        return inf_error_invalid(
            err, INF_ERR_STATE_VALIDATION,
            "[service_settings] does not contain one of the required settings [%s]",
            "num_allocations, adaptive_allocations");
    if (endpoint->allocations > 0 && endpoint->adaptive.enabled)
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[%s] cannot be set if adaptive allocations is enabled",
                                 "num_allocations");
    return 0;
}

static int read_task_settings(struct inf_endpoint *endpoint, const struct cJSON *settings,
                              struct inf_error *err)
{
    static const char *const known[] = {"return_documents", NULL}, *const none[] = {NULL};
    bool rerank = endpoint->task == INF_ENDPOINT_RERANK;
    const struct cJSON *value = inf_json_get(settings, "return_documents");

    endpoint->return_documents = rerank;
    if (settings == NULL || inf_json_is_null(settings))
        return 0;
    if (!inf_json_is_object(settings))
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION, "[%s] must be an object",
                                 "task_settings");
    if (check_members(settings, rerank ? known : none, err) != 0)
        return -1;
    if (value != NULL && !inf_json_is_bool(value))
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[task_settings] field [%s] is not of the expected type, Boolean",
                                 "return_documents");
    endpoint->return_documents = value != NULL ? inf_json_true(value) : rerank;
    return 0;
}

static int read_task(struct inf_endpoint *endpoint, const char *in_path, const struct cJSON *body,
                     struct inf_error *err)
{
    const char *in_body = inf_json_string(inf_json_get(body, "task_type"));
    const char *name = in_path != NULL ? in_path : in_body;
    int task;

    if (name == NULL)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Inference endpoint configuration is missing the [task_type] setting");
    if (in_path != NULL && in_body != NULL && strcmp(in_path, in_body) != 0)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Cannot resolve conflicting task_type parameter in the request URL "
                             "[%s] and the request body [%s]",
                             in_path, in_body);
    task = inf_endpoint_task_find(name);
    if (task < 0)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "The [elasticsearch] service does not support task type [%s]", name);
    endpoint->task = (enum inf_endpoint_task)task;
    return 0;
}

static int read_service(struct inf_endpoint *endpoint, const struct cJSON *body,
                        struct inf_error *err)
{
    const char *service = inf_json_string(inf_json_get(body, "service"));

    if (service == NULL)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Inference endpoint configuration is missing the [service] setting");
    endpoint->elser = strcmp(service, "elser") == 0;
    if (!endpoint->elser && strcmp(service, "elasticsearch") != 0)
        return inf_error_set(err, INF_ERR_BAD_REQUEST, "Unknown service [%s]", service);
    return 0;
}

static int parse(const char *task, const struct cJSON *body, struct inf_endpoint *ret,
                 struct inf_error *err)
{
    static const char *const known[] = {"service",           "service_settings", "task_settings",
                                        "chunking_settings", "task_type",        NULL};
    const struct cJSON *chunking = inf_json_get(body, "chunking_settings");

    if (read_service(ret, body, err) != 0 || read_task(ret, task, body, err) != 0 ||
        check_members(body, known, err) != 0 ||
        read_service_settings(ret, inf_json_get(body, "service_settings"), err) != 0 ||
        check_service_settings(ret, err) != 0 ||
        read_task_settings(ret, inf_json_get(body, "task_settings"), err) != 0)
        return -1;
    if (ret->task == INF_ENDPOINT_RERANK)
        return chunking == NULL ? 0
                                : inf_error_set(err, INF_ERR_BAD_REQUEST,
                                                "Configuration contains settings "
                                                "[{chunking_settings=...}] unknown to the "
                                                "[elasticsearch] service");
    return inf_endpoint_chunking(chunking, &ret->chunking, err);
}

int inf_endpoint_parse(const char *id, const char *task, const struct cJSON *body,
                       struct inf_endpoint *ret, struct inf_error *err)
{
    *ret = (struct inf_endpoint){.id = inf_strdup(id)};
    if (parse(task, body, ret, err) == 0)
        return 0;
    inf_endpoint_fini(ret);
    return -1;
}

int inf_endpoint_load(const struct inf_object *object, struct inf_endpoint *ret,
                      struct inf_error *err)
{
    struct inf_json json;
    struct cJSON *id;
    int rc;

    if (inf_json_parse_own(object->text, strlen(object->text), NULL, &json, err) != 0)
        return -1;
    id = inf_json_find(json.root, "inference_id");
    if (id != NULL)
        inf_json_delete(inf_json_detach(json.root, id));
    rc = inf_endpoint_parse(object->id, NULL, json.root, ret, err);
    inf_json_free(&json);
    return rc;
}

/* ---- writing ---- */

static void write_adaptive(const struct inf_adaptive *adaptive, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "adaptive_allocations");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_bool(w, "enabled", adaptive->enabled);
    if (adaptive->minimum >= 0)
        inf_jsonw_kv_int(w, "min_number_of_allocations", adaptive->minimum);
    if (adaptive->maximum >= 0)
        inf_jsonw_kv_int(w, "max_number_of_allocations", adaptive->maximum);
    inf_jsonw_end_object(w);
}

static void write_service_settings(const struct inf_endpoint *endpoint, int live,
                                   struct inf_jsonw *w)
{
    int allocations = live > 0 ? live : endpoint->allocations;

    inf_jsonw_key(w, "service_settings");
    inf_jsonw_begin_object(w);
    if (allocations > 0)
        inf_jsonw_kv_int(w, "num_allocations", allocations);
    if (endpoint->threads > 0)
        inf_jsonw_kv_int(w, "num_threads", endpoint->threads);
    if (endpoint->model_id != NULL)
        inf_jsonw_kv_string(w, "model_id", endpoint->model_id);
    if (endpoint->deployment_id != NULL)
        inf_jsonw_kv_string(w, "deployment_id", endpoint->deployment_id);
    if (endpoint->adaptive.set)
        write_adaptive(&endpoint->adaptive, w);
    if (endpoint->dimensions > 0) {
        inf_jsonw_kv_int(w, "dimensions", endpoint->dimensions);
        inf_jsonw_kv_string(w, "similarity",
                            endpoint->similarity != NULL ? endpoint->similarity : COSINE);
        inf_jsonw_kv_string(w, "element_type", FLOAT);
    }
    inf_jsonw_end_object(w);
}

void inf_endpoint_write(const struct inf_endpoint *endpoint, int live, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "inference_id", endpoint->id);
    inf_jsonw_kv_string(w, "task_type", tasks[endpoint->task].name);
    inf_jsonw_kv_string(w, "service", "elasticsearch");
    write_service_settings(endpoint, live, w);
    if (endpoint->task == INF_ENDPOINT_RERANK) {
        inf_jsonw_key(w, "task_settings");
        inf_jsonw_begin_object(w);
        inf_jsonw_kv_bool(w, "return_documents", endpoint->return_documents);
        inf_jsonw_end_object(w);
    } else {
        inf_jsonw_key(w, "chunking_settings");
        inf_jsonw_value(w, endpoint->chunking);
    }
    inf_jsonw_end_object(w);
}

/* ---- _update ---- */

int inf_endpoint_parse_update(const struct cJSON *body, struct inf_deployment_update *ret,
                              struct inf_error *err)
{
    static const char *const known[] = {"service_settings", NULL};
    static const char *const changeable[] = {"num_allocations", "adaptive_allocations", NULL};
    const struct cJSON *settings = inf_json_get(body, "service_settings");
    const struct cJSON *adaptive = inf_json_get(settings, "adaptive_allocations");

    *ret = (struct inf_deployment_update){0};
    if (!inf_json_is_object(settings) || inf_json_first(settings) == NULL)
        return inf_error_set(err, INF_ERR_BAD_REQUEST, "Request body is empty");
    if (check_members(body, known, err) != 0 || check_members(settings, changeable, err) != 0 ||
        read_count(settings, "num_allocations", &ret->number_of_allocations, err) != 0 ||
        read_adaptive(settings, &ret->adaptive, err) != 0)
        return -1;
    ret->has_allocations = ret->number_of_allocations > 0;
    ret->has_adaptive = adaptive != NULL;
    ret->removes_adaptive = inf_json_is_null(adaptive);
    ret->has_enabled = inf_json_get(adaptive, "enabled") != NULL;
    ret->has_minimum = inf_json_get(adaptive, "min_number_of_allocations") != NULL;
    ret->has_maximum = inf_json_get(adaptive, "max_number_of_allocations") != NULL;
    return 0;
}
