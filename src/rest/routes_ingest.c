/* routes_ingest.c - rows about ingest pipelines. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rest_handlers.h"
#include "route_params.h"
#include "route_rows.h"
#include <stddef.h>

#define PIPELINES "/_ingest/pipeline"
#define PIPELINE PIPELINES "/{id}"

#define SIMULATE_ROW(method_, path_, params_, handler_, doc_)                                  \
    {                                                                                          \
        .methods = (method_), .path = (path_), .params = (params_), .body = INF_BODY_REQUIRED, \
        .open_body = true, .parser = "simulate_pipeline", .privilege = INF_PRIV_READ_PIPELINE, \
        .action = "cluster:admin/ingest/pipeline/simulate", .response = "simulation",          \
        .handler = (handler_), .doc = (doc_)                                                   \
    }

const struct inf_route inf_routes_ingest[] = {
    {.methods = INF_PUT,
     .path = PIPELINE,
     .params = inf_pipeline_put_params,
     .body = INF_BODY_REQUIRED,
     .open_body = true,
     .parser = "put_pipeline",
     .privilege = INF_PRIV_MANAGE_PIPELINE,
     .action = "cluster:admin/ingest/pipeline/put",
     .response = "acknowledged",
     .handler = rest_pipeline_put,
     .doc = "Creates or replaces an ingest pipeline. It is compiled at once; what is wrong with it "
            "is a 400."},
    GET_ROW(PIPELINES, inf_pipeline_get_all_params, INF_PRIV_READ_PIPELINE,
            "cluster:admin/ingest/pipeline/get", rest_pipeline_get_all, .response = "pipelines",
            .doc = "Shows all ingest pipelines."),
    GET_ROW(PIPELINE, inf_pipeline_get_params, INF_PRIV_READ_PIPELINE,
            "cluster:admin/ingest/pipeline/get", rest_pipeline_get, .response = "pipelines",
            .missing_body = true,
            .doc = "Shows some ingest pipelines. When there is none of them, a 404 with an empty "
                   "object."),
    {.methods = INF_DELETE,
     .path = PIPELINE,
     .params = inf_pipeline_delete_params,
     .body = INF_BODY_NONE,
     .privilege = INF_PRIV_MANAGE_PIPELINE,
     .action = "cluster:admin/ingest/pipeline/delete",
     .response = "acknowledged",
     .handler = rest_pipeline_delete,
     .doc = "Deletes ingest pipelines. Documents that are in one go through to its end."},
    SIMULATE_ROW(
        INF_POST, PIPELINES "/_simulate", inf_simulate_params, rest_simulate,
        "Runs documents through the pipeline in the body, and shows what becomes of them."),
    SIMULATE_ROW(INF_GET, PIPELINES "/_simulate", inf_simulate_params, rest_simulate,
                 "The same with GET."),
    SIMULATE_ROW(INF_POST, PIPELINE "/_simulate", inf_simulate_stored_params, rest_simulate_stored,
                 "Runs documents through a stored pipeline, and shows what becomes of them."),
    SIMULATE_ROW(INF_GET, PIPELINE "/_simulate", inf_simulate_stored_params, rest_simulate_stored,
                 "The same with GET."),
    {.methods = INF_POST,
     .path = PIPELINE "/_execute",
     .params = inf_execute_params,
     .body = INF_BODY_STREAM,
     .endless_body = true,
     .parser = "execute_pipeline",
     .privilege = INF_PRIV_READ_PIPELINE,
     .action = "cluster:admin/inferd/pipeline/execute",
     .on_open = rest_execute_open,
     .on_data = rest_execute_data,
     .response = "executed_document",
     .request = "executed_document",
     .handler = rest_execute_end,
     .doc = "Runs a stream of documents, one a line (NDJSON) and of any number, through a stored "
            "pipeline. The answer has a line for each, in order: the document, or `error` with "
            "`status` and `line`; with `forward`, what became of it elsewhere."},
    GET_ROW("/_ingest/processor", NULL, INF_PRIV_READ_PIPELINE,
            "cluster:admin/ingest/processor/get", rest_processor_list, .response = "processor_list",
            .doc = "Lists the processors that pipelines may have."),
    GET_ROW("/_ingest/processor/grok", NULL, INF_PRIV_READ_PIPELINE,
            "cluster:admin/ingest/processor/grok/get", rest_grok_patterns,
            .response = "grok_patterns", .doc = "There is no grok processor, hence no pattern."),
    {.path = NULL, .more = inf_routes_inference},
};
