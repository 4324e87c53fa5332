/* routes_inference.c - rows about inference endpoints. Each exists with and without the task's type
 * in its path. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rest_handlers.h"
#include "route_params.h"
#include "route_rows.h"
#include <stddef.h>

#define ENDPOINTS "/_inference"
#define ENDPOINT ENDPOINTS "/{inference_id}"
#define TASK_ENDPOINT ENDPOINTS "/{task_type}/{inference_id}"

#define BODY_ROW(method_, path_, params_, privilege_, action_, response_, handler_, doc_)      \
    {                                                                                          \
        .methods = (method_), .path = (path_), .params = (params_), .body = INF_BODY_REQUIRED, \
        .open_body = (method_) == INF_PUT, .parser = "cluster:internal/xpack/inference",       \
        .privilege = (privilege_), .action = (action_), .response = (response_),               \
        .handler = (handler_), .doc = (doc_)                                                   \
    }
#define PUT_ROW(path_, params_, handler_, doc_)                  \
    BODY_ROW(INF_PUT, path_, params_, INF_PRIV_MANAGE_INFERENCE, \
             "cluster:admin/xpack/inference/put", "endpoint", handler_, doc_)
#define UPDATE_ROW(path_, params_, handler_, doc_)                          \
    BODY_ROW(INF_PUT, path_ "/_update", params_, INF_PRIV_MANAGE_INFERENCE, \
             "cluster:admin/xpack/inference/update", "endpoint", handler_, doc_)
#define INFER_ROW(path_, params_, handler_, doc_)                  \
    BODY_ROW(INF_POST, path_, params_, INF_PRIV_MONITOR_INFERENCE, \
             "cluster:monitor/xpack/inference/post", "endpoint_answer", handler_, doc_)
#define SHOW_ROW(path_, params_, handler_, doc_)                                               \
    GET_ROW(path_, params_, INF_PRIV_MONITOR_INFERENCE, "cluster:monitor/xpack/inference/get", \
            handler_, .response = "endpoints", .doc = (doc_))
#define DELETE_ROW(path_, params_, handler_, doc_)                                                \
    {                                                                                             \
        .methods = INF_DELETE, .path = (path_), .params = (params_), .body = INF_BODY_NONE,       \
        .privilege = INF_PRIV_MANAGE_INFERENCE, .action = "cluster:admin/xpack/inference/delete", \
        .response = "endpoint_deleted", .handler = (handler_), .doc = (doc_)                      \
    }

const struct inf_route inf_routes_inference[] = {
    SHOW_ROW(ENDPOINTS, NULL, rest_inference_get_all, "Lists all inference endpoints."),
    SHOW_ROW(ENDPOINT, inf_inference_params, rest_inference_get,
             "Shows an inference endpoint; `_all` lists all."),
    SHOW_ROW(TASK_ENDPOINT, inf_inference_task_params, rest_inference_get_task,
             "Shows an inference endpoint of a task; `_all` lists all of that task."),
    PUT_ROW(ENDPOINT, inf_inference_put_params, rest_inference_put,
            "Creates an inference endpoint, and starts a deployment for it unless it names one."),
    PUT_ROW(TASK_ENDPOINT, inf_inference_put_task_params, rest_inference_put_task,
            "The same, with the task in the path."),
    UPDATE_ROW(ENDPOINT, inf_inference_update_params, rest_inference_update,
               "Changes how many allocations an endpoint's deployment has."),
    UPDATE_ROW(TASK_ENDPOINT, inf_inference_update_task_params, rest_inference_update_task,
               "The same, with the task in the path."),
    INFER_ROW(ENDPOINT, inf_inference_infer_params, rest_inference_infer,
              "Runs texts through an endpoint."),
    INFER_ROW(TASK_ENDPOINT, inf_inference_infer_task_params, rest_inference_infer_task,
              "The same, with the task in the path."),
    DELETE_ROW(ENDPOINT, inf_inference_delete_params, rest_inference_delete,
               "Deletes an endpoint and stops its own deployment. 409 while pipelines refer to it, "
               "unless forced."),
    DELETE_ROW(TASK_ENDPOINT, inf_inference_delete_task_params, rest_inference_delete_task,
               "The same, with the task in the path."),
    {.path = NULL, .more = inf_routes_peer},
};
