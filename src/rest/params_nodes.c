/* params_nodes.c - parameters of the endpoints about nodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "param_rows.h"

#define NODE_ID                                                                                 \
    {                                                                                           \
        .name = "node_id", .type = INF_P_LIST, .in = PATH,                                      \
        .doc = "Nodes: ids, names, hosts, wildcards, `_all`, `_local`, `_master`, roles as in " \
               "`ml:true`, attributes as in `availability_zone:west`."                          \
    }
#define INFO_METRIC                                                                           \
    {                                                                                         \
        .name = "metric", .type = INF_P_LIST, .in = PATH,                                     \
        .doc = "Parts to show: `settings`, `os`, `process`, `transport`, `http`, `plugins`, " \
               "`modules`, `_all` or `_none`. Others are left out."                           \
    }
#define STATS_METRIC                                                                             \
    {                                                                                            \
        .name = "metric", .type = INF_P_LIST, .in = PATH,                                        \
        .doc = "Parts to show: `os`, `process`, `fs`, `http` or `_all`. Elasticsearch's others " \
               "are accepted and left out."                                                      \
    }
#define INDEX_METRIC                                               \
    {                                                              \
        .name = "index_metric", .type = INF_P_LIST, .in = PATH,    \
        .doc = "Accepted for compatibility; there are no indices." \
    }
#define NO_INDEX_LIST(name_)                                       \
    {                                                              \
        .name = (name_), .type = INF_P_LIST, .in = QUERY,          \
        .doc = "Accepted for compatibility; there are no indices." \
    }
#define NO_INDEX_FLAG(name_)                                               \
    {                                                                      \
        .name = (name_), .type = INF_P_BOOL, .in = QUERY, .dflt = "false", \
        .doc = "Accepted for compatibility; there are no indices."         \
    }
#define STATS_PARAMS                                                                             \
    NO_INDEX_LIST("completion_fields"), NO_INDEX_LIST("fielddata_fields"),                       \
        NO_INDEX_LIST("fields"), NO_INDEX_FLAG("groups"), NO_INDEX_LIST("types"),                \
        NO_INDEX_FLAG("include_segment_file_sizes"), NO_INDEX_FLAG("include_unloaded_segments"), \
        {.name = "level",                                                                        \
         .type = INF_P_ENUM,                                                                     \
         .in = QUERY,                                                                            \
         .dflt = "node",                                                                         \
         .choices = "indices|node|shards",                                                       \
         .doc = "Accepted for compatibility; there are no indices."},                            \
        GATHER_TIMEOUT, {.name = NULL},

const struct inf_param inf_nodes_params[] = {FLAT_SETTINGS, TIMEOUT, {.name = NULL}};
const struct inf_param inf_nodes_node_params[] = {
    {.name = "node_id",
     .type = INF_P_LIST,
     .in = PATH,
     .doc = "Nodes as below, or nothing but metrics: parts to show."},
    FLAT_SETTINGS,
    TIMEOUT,
    {.name = NULL},
};
const struct inf_param inf_nodes_node_metric_params[] = {
    NODE_ID, INFO_METRIC, FLAT_SETTINGS, TIMEOUT, {.name = NULL},
};
const struct inf_param inf_node_stats_params[] = {STATS_PARAMS};
const struct inf_param inf_node_stats_metric_params[] = {STATS_METRIC, STATS_PARAMS};
const struct inf_param inf_node_stats_index_params[] = {STATS_METRIC, INDEX_METRIC, STATS_PARAMS};
const struct inf_param inf_node_stats_node_params[] = {NODE_ID, STATS_PARAMS};
const struct inf_param inf_node_stats_node_metric_params[] = {NODE_ID, STATS_METRIC, STATS_PARAMS};
const struct inf_param inf_node_stats_node_index_params[] = {NODE_ID, STATS_METRIC, INDEX_METRIC,
                                                             STATS_PARAMS};

const struct inf_param inf_ml_memory_params[] = {MASTER_TIMEOUT, GATHER_TIMEOUT, {.name = NULL}};
const struct inf_param inf_ml_memory_node_params[] = {
    NODE_ID, MASTER_TIMEOUT, GATHER_TIMEOUT, {.name = NULL}};
