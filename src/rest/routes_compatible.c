/* routes_compatible.c - rows of the route table: paths that version 8 had under an older name, for
 * its clients only. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rest_handlers.h"
#include "route_params.h"
#include "route_rows.h"
#include <stddef.h>

#define OLD_MODELS "/_ml/inference"
#define OLD_MODEL OLD_MODELS "/{model_id}"
#define OLD_GET(path_, new_path_, params_, action_, handler_, response_)           \
    MONITOR_ML_GET(path_, params_, action_, handler_, .response = (response_),     \
                   .compatible_only = true, .doc = "Old path of `" new_path_ "`.", \
                   .warning = "[GET " path_ "] is deprecated! Use [GET " new_path_ "] instead.")
#define OLD_WARNING(method_) \
    "[" method_ " " OLD_MODEL "] is deprecated! Use [" method_ " " MODEL "] instead."

const struct inf_route inf_routes_compatible[] = {
    OLD_GET(OLD_MODELS, "/_ml/trained_models", inf_get_all_params,
            "cluster:monitor/xpack/ml/inference/get", rest_model_get_all, "models"),
    OLD_GET(OLD_MODEL, MODEL, inf_get_params, "cluster:monitor/xpack/ml/inference/get",
            rest_model_get, "models"),
    OLD_GET(OLD_MODELS "/_stats", "/_ml/trained_models/_stats", inf_stats_all_params,
            "cluster:monitor/xpack/ml/inference/stats/get", rest_stats_get, "model_stats"),
    OLD_GET(OLD_MODEL "/_stats", MODEL "/_stats", inf_stats_params,
            "cluster:monitor/xpack/ml/inference/stats/get", rest_stats_get, "model_stats"),
    {.methods = INF_PUT,
     .path = OLD_MODEL,
     .params = inf_put_params,
     .body = INF_BODY_REQUIRED,
     .parser = "trained_model_config",
     .privilege = INF_PRIV_MANAGE_ML,
     .action = "cluster:admin/xpack/ml/inference/put",
     .compatible_only = true,
     .warning = OLD_WARNING("PUT"),
     .response = "model_config",
     .handler = rest_model_put,
     .doc = "Old path of `" MODEL "`."},
    {.methods = INF_DELETE,
     .path = OLD_MODEL,
     .params = inf_delete_params,
     .body = INF_BODY_NONE,
     .privilege = INF_PRIV_MANAGE_ML,
     .action = "cluster:admin/xpack/ml/inference/delete",
     .compatible_only = true,
     .warning = OLD_WARNING("DELETE"),
     .response = "acknowledged",
     .handler = rest_model_delete,
     .doc = "Old path of `" MODEL "`."},
    {.path = NULL},
};
