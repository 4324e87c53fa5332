/* params_cluster.c - parameters of the endpoints about the node and its cluster. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "param_rows.h"

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
