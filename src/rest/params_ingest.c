/* params_ingest.c - parameters of the endpoints about ingest pipelines. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "param_rows.h"
#include <stdint.h>

#define PIPELINE_ID                                                                   \
    {                                                                                 \
        .name = "id", .type = INF_P_STRING, .in = PATH, .doc = "The pipeline's name." \
    }
#define PIPELINE_IDS                                              \
    {                                                             \
        .name = "id", .type = INF_P_LIST, .in = PATH,             \
        .doc = "Names and wildcards (`a*`), separated by commas." \
    }
#define SUMMARY                                                              \
    {                                                                        \
        .name = "summary", .type = INF_P_BOOL, .in = QUERY, .dflt = "false", \
        .doc = "Whether to leave the processors out."                        \
    }
#define VERBOSE                                                              \
    {                                                                        \
        .name = "verbose", .type = INF_P_BOOL, .in = QUERY, .dflt = "false", \
        .doc = "Whether to show the document after each processor."          \
    }
#define DOCS                                                                            \
    {                                                                                   \
        .name = "docs", .type = INF_P_ANY, .in = BODY, .schema = "simulated_documents", \
        .doc = "The documents, each with `_source` and, if wanted, `_index` and `_id`." \
    }

const struct inf_param inf_pipeline_put_params[] = {
    PIPELINE_ID,
    {.name = "if_version",
     .type = INF_P_INT,
     .in = QUERY,
     .doc = "The version that the pipeline must have now; the new one gets the next, if it has "
            "none."},
    MASTER_TIMEOUT,
    TIMEOUT,
    {.name = "processors",
     .type = INF_P_ANY,
     .in = BODY,
     .schema = "processors",
     .doc = "What is done to a document, in this order; required."},
    {.name = "on_failure",
     .type = INF_P_ANY,
     .in = BODY,
     .schema = "processors",
     .doc = "What is done when a processor fails that does not handle it itself."},
    {.name = "description", .type = INF_P_ANY, .in = BODY, .doc = "For people."},
    {.name = "version", .type = INF_P_ANY, .in = BODY, .doc = "A number of the client's own."},
    {.name = "_meta", .type = INF_P_ANY, .in = BODY, .doc = "An object of the client's own."},
    {.name = "deprecated",
     .type = INF_P_ANY,
     .in = BODY,
     .doc = "Accepted for compatibility, and shown again."},
    {.name = NULL},
};

const struct inf_param inf_pipeline_get_params[] = {
    PIPELINE_IDS,
    SUMMARY,
    MASTER_TIMEOUT,
    {.name = NULL},
};

const struct inf_param inf_pipeline_get_all_params[] = {SUMMARY, MASTER_TIMEOUT, {.name = NULL}};

const struct inf_param inf_pipeline_delete_params[] = {
    PIPELINE_IDS,
    MASTER_TIMEOUT,
    TIMEOUT,
    {.name = NULL},
};

const struct inf_param inf_execute_params[] = {
    PIPELINE_ID,
    {.name = "from_line",
     .type = INF_P_INT,
     .in = QUERY,
     .dflt = "1",
     .checks = CHECKS({.min = 1, .max = INT32_MAX, .text = "must be a positive integer"}),
     .doc = "The first line that is wanted, counted from 1; those before it are neither run nor "
            "answered."},
    {.name = "forward",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Whether the documents go to the server that `ingest.forward.url` names, by `_bulk`. "
            "The answer then tells of each what became of it. With security, only for callers with "
            "`manage_pipeline`."},
    {.name = "index",
     .type = INF_P_STRING,
     .in = QUERY,
     .doc = "With `forward`: the index of documents without `_index`."},
    {.name = "op_type",
     .type = INF_P_ENUM,
     .in = QUERY,
     .dflt = "index",
     .choices = "index|create",
     .doc = "With `forward`: whether a document replaces one of the same `_id`, or is refused "
            "then, as data streams need it."},
    {.name = NULL},
};

const struct inf_param inf_simulate_params[] = {
    VERBOSE,
    {.name = "pipeline",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "pipeline",
     .doc = "The pipeline; required."},
    DOCS,
    {.name = NULL},
};

const struct inf_param inf_simulate_stored_params[] = {
    PIPELINE_ID,
    VERBOSE,
    DOCS,
    {.name = "pipeline",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "pipeline",
     .doc = "Accepted for compatibility; the one that the path names is run."},
    {.name = NULL},
};
