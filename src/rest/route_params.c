/* route_params.c - the parameters of each row of routes.c: type, place, default, range, purpose.
 *
 * Checks carry Elasticsearch's words and the order in which it lists them. What is "accepted for
 * compatibility" is what clients send and what cannot change an answer of this server. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "route_params.h"

#include <stddef.h>

#define PATH INF_IN_PATH
#define QUERY INF_IN_QUERY
#define BODY INF_IN_BODY

/* Rows that several endpoints share. */
#define MODEL_ID(places, text)                                                \
    {                                                                         \
        .name = "model_id", .type = INF_P_STRING, .in = (places), .doc = text \
    }
#define MODEL_IDS                                                      \
    {                                                                  \
        .name = "model_id", .type = INF_P_LIST, .in = PATH,            \
        .doc = "Ids, wildcards (`a*`) or `_all`, separated by commas." \
    }
#define MASTER_TIMEOUT                                                            \
    {                                                                             \
        .name = "master_timeout", .type = INF_P_TIME, .in = QUERY, .dflt = "30s", \
        .doc = "Accepted for compatibility; this node decides at once."           \
    }
#define ALLOW_NO_MATCH                                                                            \
    {                                                                                             \
        .name = "allow_no_match", .type = INF_P_BOOL, .in = QUERY, .dflt = "true",                \
        .doc =                                                                                    \
            "Whether a wildcard may match nothing. An id that is not there is a 404 in any case." \
    }
#define FROM                                                         \
    {                                                                \
        .name = "from", .type = INF_P_INT, .in = QUERY, .dflt = "0", \
        .doc = "Models to skip, in ascending order of their ids."    \
    }
#define SIZE                                                           \
    {                                                                  \
        .name = "size", .type = INF_P_INT, .in = QUERY, .dflt = "100", \
        .doc = "Most models to show."                                  \
    }
#define CHECKS(...)            \
    (const struct inf_check[]) \
    {                          \
        __VA_ARGS__,           \
        {                      \
            .text = NULL       \
        }                      \
    }

/* ---- the cluster ---- */

#define HEALTH_PARAMS                                                                              \
    {.name = "level",                                                                              \
     .type = INF_P_ENUM,                                                                           \
     .in = QUERY,                                                                                  \
     .dflt = "cluster",                                                                            \
     .choices = "cluster|indices|shards",                                                          \
     .doc = "Detail of the answer; there are no indices."},                                        \
        {.name = "wait_for_status",                                                                \
         .type = INF_P_ENUM,                                                                       \
         .in = QUERY,                                                                              \
         .choices = "green|yellow|red",                                                            \
         .doc = "Status to wait for. It is green whenever this node answers."},                    \
        {.name = "wait_for_nodes",                                                                 \
         .type = INF_P_STRING,                                                                     \
         .in = QUERY,                                                                              \
         .doc = "Number of nodes to wait for: `1`, `>=1`, `<2`, `ge(1)`. What one node can never " \
                "fulfil is answered with 408 at once."},                                           \
        {.name = "wait_for_active_shards",                                                         \
         .type = INF_P_STRING,                                                                     \
         .in = QUERY,                                                                              \
         .dflt = "0",                                                                              \
         .doc = "Number of shards, or `all`. There are none."},                                    \
        {.name = "wait_for_events",                                                                \
         .type = INF_P_ENUM,                                                                       \
         .in = QUERY,                                                                              \
         .choices = "immediate|urgent|high|normal|low|languid",                                    \
         .doc = "Accepted for compatibility; no event is ever pending."},                          \
        {.name = "wait_for_no_relocating_shards",                                                  \
         .type = INF_P_BOOL,                                                                       \
         .in = QUERY,                                                                              \
         .dflt = "false",                                                                          \
         .doc = "Always the case."},                                                               \
        {.name = "wait_for_no_initializing_shards",                                                \
         .type = INF_P_BOOL,                                                                       \
         .in = QUERY,                                                                              \
         .dflt = "false",                                                                          \
         .doc = "Always the case."},                                                               \
        {.name = "expand_wildcards",                                                               \
         .type = INF_P_LIST,                                                                       \
         .in = QUERY,                                                                              \
         .dflt = "all",                                                                            \
         .doc = "Accepted for compatibility; there are no indices."},                              \
        {.name = "local",                                                                          \
         .type = INF_P_BOOL,                                                                       \
         .in = QUERY,                                                                              \
         .dflt = "false",                                                                          \
         .doc = "Accepted for compatibility; the answer is always local."},                        \
        {.name = "timeout",                                                                        \
         .type = INF_P_TIME,                                                                       \
         .in = QUERY,                                                                              \
         .dflt = "30s",                                                                            \
         .doc = "Accepted for compatibility; the answer never waits."},                            \
        MASTER_TIMEOUT

const struct inf_param inf_health_params[] = {HEALTH_PARAMS, {.name = NULL}};

const struct inf_param inf_index_health_params[] = {
    {.name = "index",
     .type = INF_P_LIST,
     .in = PATH,
     .doc = "Accepted for compatibility; there are no indices."},
    HEALTH_PARAMS,
    {.name = NULL},
};

/* ---- models ---- */

const struct inf_param inf_put_params[] = {
    MODEL_ID(PATH | BODY,
             "The new model's id: lower-case letters, digits, `_`, `-` and `.`, with a "
             "letter or digit at both ends, at most 64 characters."),
    {.name = "defer_definition_decompression",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Accepted for compatibility; definitions come in parts."},
    {.name = "wait_for_completion",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Accepted for compatibility; nothing is downloaded."},
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY,
     .dflt = "30s",
     .doc = "Accepted for compatibility; the answer comes once the model is on disk."},
    MASTER_TIMEOUT,
    {.name = "description", .type = INF_P_STRING, .in = BODY, .doc = "Free text."},
    {.name = "model_type",
     .type = INF_P_ENUM,
     .in = BODY,
     .choices = "pytorch|tree_ensemble|lang_ident",
     .enum_class = "org.elasticsearch.xpack.core.ml.inference.TrainedModelType",
     .doc = "`pytorch`; other types are refused."},
    {.name = "tags", .type = INF_P_STRINGS, .in = BODY, .doc = "Names to find the model by."},
    {.name = "metadata",
     .type = INF_P_OBJECT,
     .in = BODY,
     .doc =
         "Free object. `per_deployment_memory_bytes` and `per_allocation_memory_bytes` enter the "
         "memory estimate."},
    {.name = "input",
     .type = INF_P_OBJECT,
     .in = BODY,
     .doc = "`{\"field_names\":[...]}`: the field of a document that holds the text. Default: "
            "`input`."},
    {.name = "inference_config",
     .type = INF_P_OBJECT,
     .in = BODY,
     .doc =
         "One task and its settings: `{\"text_embedding\":{\"tokenization\":{...}}}`. Required."},
    {.name = "default_field_map", .type = INF_P_OBJECT, .in = BODY, .doc = "Stored and echoed."},
    {.name = "prefix_strings",
     .type = INF_P_OBJECT,
     .in = BODY,
     .doc = "`search` and `ingest`: texts put before the input by searches and pipelines, never by "
            "`_infer`."},
    {.name = "platform_architecture",
     .type = INF_P_STRING,
     .in = BODY,
     .doc = "The platform that the model runs on, such as `linux-x86_64`."},
    {.name = "model_size_bytes", .type = INF_P_INT, .in = BODY, .doc = "Stored and echoed."},
    {.name = "estimated_heap_memory_usage_bytes",
     .type = INF_P_INT,
     .in = BODY,
     .doc = "Old name of `model_size_bytes`."},
    {.name = "estimated_operations", .type = INF_P_INT, .in = BODY, .doc = "Stored and echoed."},
    {.name = "definition",
     .type = INF_P_ANY,
     .in = BODY,
     .doc = "Refused: a definition is uploaded in parts."},
    {.name = "compressed_definition",
     .type = INF_P_ANY,
     .in = BODY,
     .doc = "Refused: a definition is uploaded in parts."},
    {.name = "location", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "model_package", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "create_time", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "created_by", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "version", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "license_level", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = NULL},
};

#define GET_PARAMS                                                                               \
    ALLOW_NO_MATCH, FROM, SIZE,                                                                  \
        {.name = "tags",                                                                         \
         .type = INF_P_LIST,                                                                     \
         .in = QUERY,                                                                            \
         .doc = "Only models that have all of these tags."},                                     \
        {.name = "include",                                                                      \
         .type = INF_P_LIST,                                                                     \
         .in = QUERY,                                                                            \
         .doc = "`definition_status` adds `fully_defined` for a single model. `definition` is "  \
                "refused for PyTorch models, the other names of Elasticsearch have no effect."}, \
        {.name = "exclude_generated",                                                            \
         .type = INF_P_BOOL,                                                                     \
         .in = QUERY,                                                                            \
         .dflt = "false",                                                                        \
         .doc = "Leaves out what a PUT must not set."},                                          \
    {                                                                                            \
        .name = "decompress_definition", .type = INF_P_BOOL, .in = QUERY, .dflt = "true",        \
        .doc = "Accepted for compatibility; concerns tree models."                               \
    }

const struct inf_param inf_get_params[] = {MODEL_IDS, GET_PARAMS, {.name = NULL}};
const struct inf_param inf_get_all_params[] = {GET_PARAMS, {.name = NULL}};

const struct inf_param inf_delete_params[] = {
    MODEL_ID(PATH, "The model to delete."),
    {.name = "force",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Stops the model's deployments first."},
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY,
     .dflt = "30s",
     .doc = "Accepted for compatibility; the answer comes once the model is gone from disk."},
    {.name = NULL},
};

const struct inf_param inf_part_params[] = {
    MODEL_ID(PATH, "The model that the part belongs to."),
    {.name = "part",
     .type = INF_P_INT,
     .in = PATH,
     .checks = CHECKS({0, INT32_MAX, false, 1, "must be greater or equal to 0"},
                      {INT32_MIN, 9999, false, 4, "must be less than total_parts"}),
     .doc = "The part's number, from 0. Parts may come in any order."},
    {.name = NULL},
};

const struct inf_param inf_vocabulary_params[] = {
    MODEL_ID(PATH, "The model that the vocabulary belongs to."),
    {.name = "vocabulary",
     .type = INF_P_STRINGS,
     .in = BODY,
     .required = true,
     .doc = "Tokens; a token's place is its id."},
    {.name = "merges",
     .type = INF_P_STRINGS,
     .in = BODY,
     .doc = "Merge rules of byte-pair tokenizers."},
    {.name = "scores",
     .type = INF_P_ANY,
     .in = BODY,
     .doc = "One number for each token, for unigram tokenizers."},
    {.name = NULL},
};

#define STATS_PARAMS ALLOW_NO_MATCH, FROM, SIZE

const struct inf_param inf_stats_params[] = {
    {.name = "model_id",
     .type = INF_P_LIST,
     .in = PATH,
     .doc = "Ids of models and deployments, wildcards (`a*`) or `_all`, separated by commas."},
    STATS_PARAMS,
    {.name = NULL},
};
const struct inf_param inf_stats_all_params[] = {STATS_PARAMS, {.name = NULL}};

/* ---- deployments ---- */

#define ALLOCATION_CHECKS CHECKS({1, INT64_MAX, false, 2, "must be a positive integer"})
#define THREAD_CHECKS                                              \
    CHECKS({1, INT64_MAX, false, 4, "must be a positive integer"}, \
           {1, 32, true, 8, "must be a power of 2 less than or equal to 32"})

const struct inf_param inf_start_params[] = {
    MODEL_ID(PATH | BODY, "The model to deploy."),
    {.name = "deployment_id",
     .type = INF_P_STRING,
     .in = QUERY,
     .doc = "Id of the deployment. Default: the model's id."},
    {.name = "number_of_allocations",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .dflt = "1",
     .checks = ALLOCATION_CHECKS,
     .doc = "Inferences that run at the same time, each in a thread of its own with the model's "
            "weights shared."},
    {.name = "threads_per_allocation",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .dflt = "1",
     .checks = THREAD_CHECKS,
     .doc = "Threads that work together on one inference."},
    {.name = "queue_capacity",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .dflt = "1024",
     .checks = CHECKS({1, INT64_MAX, false, 9, "must be a positive integer"},
                      {INT64_MIN, 1000000, false, 10, "must be less than 1000000"}),
     .doc = "Documents that may wait; what does not fit is refused with 429."},
    {.name = "cache_size",
     .type = INF_P_BYTES,
     .in = QUERY | BODY,
     .doc = "Memory for remembered results. Default: the model's size. `0` turns it off."},
    {.name = "priority",
     .type = INF_P_ENUM,
     .in = QUERY | BODY,
     .dflt = "normal",
     .choices = "normal|low",
     .enum_class = "org.elasticsearch.xpack.core.ml.inference.assignment.Priority",
     .doc = "`low` runs niced and takes one allocation of one thread."},
    {.name = "wait_for",
     .type = INF_P_ENUM,
     .in = QUERY | BODY,
     .dflt = "started",
     .choices = "starting|started|fully_allocated",
     .enum_class = "org.elasticsearch.xpack.core.ml.inference.assignment.AllocationStatus.State",
     .doc = "State to reach before the answer: recorded, one allocation ready, or all ready."},
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY | BODY,
     .dflt = "30s",
     .checks = CHECKS({1, INT64_MAX, false, 11, "must be positive"}),
     .doc =
         "How long to wait for that state; after it 408, while the deployment goes on starting."},
    {.name = "adaptive_allocations",
     .type = INF_P_OBJECT,
     .in = BODY,
     .doc =
         "`null` or `{\"enabled\":false}`; a fixed `number_of_allocations` is what is supported."},
    {.name = "model_threads",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .checks = ALLOCATION_CHECKS,
     .doc = "Old name of `number_of_allocations`."},
    {.name = "inference_threads",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .checks = THREAD_CHECKS,
     .doc = "Old name of `threads_per_allocation`."},
    /* The query's row stands first, so the handler sees the query's value only: Elasticsearch puts
     * it, or the model's id, in the place of what the body said. */
    {.name = "deployment_id",
     .type = INF_P_STRING,
     .in = BODY,
     .doc = "Accepted, but the query's value or the model's id takes its place, as in "
            "Elasticsearch."},
    {.name = NULL},
};

const struct inf_param inf_stop_params[] = {
    MODEL_ID(PATH, "The deployment's id."),
    {.name = "allow_no_match",
     .type = INF_P_BOOL,
     .in = QUERY | BODY,
     .dflt = "true",
     .doc = "Whether it is fine that there is no such deployment; else 404."},
    {.name = "force",
     .type = INF_P_BOOL,
     .in = QUERY | BODY,
     .dflt = "false",
     .doc = "Stops a deployment that something refers to."},
    {.name = "finish_pending_work",
     .type = INF_P_BOOL,
     .in = QUERY | BODY,
     .dflt = "false",
     .doc = "Answers what is queued before stopping, instead of refusing it."},
    {.name = "id", .type = INF_P_STRING, .in = BODY, .doc = "Must equal the id of the path."},
    {.name = NULL},
};

/* ---- inference ---- */

const struct inf_param inf_infer_params[] = {
    MODEL_ID(PATH, "Id of a deployment, or of a model that has one."),
    {.name = "docs",
     .type = INF_P_ANY,
     .in = BODY,
     .required = true,
     .doc = "Documents, as objects that hold the model's input field. All of them are answered or "
            "none."},
    {.name = "inference_config",
     .type = INF_P_OBJECT,
     .in = BODY,
     .doc = "Settings of the model's own task to use for this request instead of the stored ones."},
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY | BODY,
     .dflt = "10s",
     .doc = "How long to wait for the results, queueing included; after it 408."},
    {.name = "id", .type = INF_P_STRING, .in = BODY, .doc = "Must equal the id of the path."},
    {.name = NULL},
};
