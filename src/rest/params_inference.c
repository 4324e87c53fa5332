/* params_inference.c - parameters of the inference endpoints. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "param_rows.h"
#include <stdint.h>

#define INFERENCE_ID                                                                     \
    {                                                                                    \
        .name = "inference_id", .type = INF_P_STRING, .in = PATH, .doc = "The endpoint." \
    }
#define TASK_TYPE                                                          \
    {                                                                      \
        .name = "task_type", .type = INF_P_STRING, .in = PATH,             \
        .doc = "`text_embedding`, `sparse_embedding`, `rerank`, or `any`." \
    }
#define WAIT                                                                      \
    {                                                                             \
        .name = "timeout", .type = INF_P_TIME, .in = QUERY, .dflt = "30s",        \
        .doc = "How long to wait for the answer, or for the deployment to serve." \
    }
#define PUT_BODY                                                                                   \
    {.name = "service",                                                                            \
     .type = INF_P_ANY,                                                                            \
     .in = BODY,                                                                                   \
     .doc = "`elasticsearch`; required. `elser` is its older name."},                              \
        {.name = "service_settings",                                                               \
         .type = INF_P_ANY,                                                                        \
         .in = BODY,                                                                               \
         .schema = "service_settings",                                                             \
         .doc = "What serves it; required."},                                                      \
        {.name = "task_settings",                                                                  \
         .type = INF_P_ANY,                                                                        \
         .in = BODY,                                                                               \
         .doc = "Of `rerank`: `return_documents`, true unless given."},                            \
    {                                                                                              \
        .name = "chunking_settings", .type = INF_P_ANY, .in = BODY,                                \
        .doc = "How long texts are cut: `strategy` (`sentence`, `word`, `recursive`, `none`) and " \
               "its settings. Checked, kept and shown."                                            \
    }
#define INFER_BODY                                                                              \
    {.name = "input", .type = INF_P_ANY, .in = BODY, .doc = "A text or several; required."},    \
        {.name = "query",                                                                       \
         .type = INF_P_ANY,                                                                     \
         .in = BODY,                                                                            \
         .doc = "Of `rerank`, required: what the texts are compared with."},                    \
        {.name = "input_type",                                                                  \
         .type = INF_P_STRING,                                                                  \
         .in = BODY,                                                                            \
         .doc = "Of `text_embedding`: `ingest` or `search`, whose prefix_strings then count."}, \
        {.name = "return_documents",                                                            \
         .type = INF_P_BOOL,                                                                    \
         .in = BODY,                                                                            \
         .doc = "Of `rerank`: whether the answer has the texts."},                              \
        {.name = "top_n",                                                                       \
         .type = INF_P_INT,                                                                     \
         .in = BODY,                                                                            \
         .checks = CHECKS({.min = 1, .max = INT32_MAX, .text = "must be a positive integer"}),  \
         .doc = "Of `rerank`: results at most."},                                               \
    {                                                                                           \
        .name = "task_settings", .type = INF_P_ANY, .in = BODY,                                 \
        .doc = "Of `rerank`: `return_documents`."                                               \
    }

const struct inf_param inf_inference_put_params[] = {
    INFERENCE_ID,
    WAIT,
    PUT_BODY,
    {.name = "task_type", .type = INF_P_ANY, .in = BODY, .doc = "The task; required."},
    {.name = NULL},
};
const struct inf_param inf_inference_put_task_params[] = {
    INFERENCE_ID, TASK_TYPE, WAIT, PUT_BODY, {.name = NULL}};
const struct inf_param inf_inference_params[] = {INFERENCE_ID, {.name = NULL}};
const struct inf_param inf_inference_task_params[] = {INFERENCE_ID, TASK_TYPE, {.name = NULL}};
const struct inf_param inf_inference_infer_params[] = {
    INFERENCE_ID, WAIT, INFER_BODY, {.name = NULL}};
const struct inf_param inf_inference_infer_task_params[] = {
    INFERENCE_ID, TASK_TYPE, WAIT, INFER_BODY, {.name = NULL}};

#define UPDATE_BODY                                                     \
    {                                                                   \
        .name = "service_settings", .type = INF_P_ANY, .in = BODY,      \
        .doc = "`num_allocations` or `adaptive_allocations`; required." \
    }
const struct inf_param inf_inference_update_params[] = {
    INFERENCE_ID, WAIT, UPDATE_BODY, {.name = NULL}};
const struct inf_param inf_inference_update_task_params[] = {
    INFERENCE_ID, TASK_TYPE, WAIT, UPDATE_BODY, {.name = NULL}};

#define DELETE_QUERY                                                         \
    {.name = "force",                                                        \
     .type = INF_P_BOOL,                                                     \
     .in = QUERY,                                                            \
     .dflt = "false",                                                        \
     .doc = "Whether to delete what pipelines refer to."},                   \
    {                                                                        \
        .name = "dry_run", .type = INF_P_BOOL, .in = QUERY, .dflt = "false", \
        .doc = "Whether only to say what refers to it."                      \
    }
const struct inf_param inf_inference_delete_params[] = {INFERENCE_ID, DELETE_QUERY, {.name = NULL}};
const struct inf_param inf_inference_delete_task_params[] = {
    INFERENCE_ID, TASK_TYPE, DELETE_QUERY, {.name = NULL}};
