/* params_cluster.c - parameters of the endpoints about the node and its cluster. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "param_rows.h"

#define HEALTH_PARAMS                                                            \
    {.name = "level",                                                            \
     .type = INF_P_ENUM,                                                         \
     .in = QUERY,                                                                \
     .dflt = "cluster",                                                          \
     .choices = "cluster|indices|shards",                                        \
     .doc = "Detail of the answer; there are no indices."},                      \
        {.name = "wait_for_status",                                              \
         .type = INF_P_ENUM,                                                     \
         .in = QUERY,                                                            \
         .choices = "green|yellow|red",                                          \
         .enum_class = "org.elasticsearch.cluster.health.ClusterHealthStatus",   \
         .doc = "Status to wait for. It is green whenever this node answers."},  \
        {.name = "wait_for_nodes",                                               \
         .type = INF_P_STRING,                                                   \
         .in = QUERY,                                                            \
         .doc = "Number of nodes to wait for: `1`, `>=1`, `<2`, `ge(1)`."},      \
        {.name = "wait_for_active_shards",                                       \
         .type = INF_P_STRING,                                                   \
         .in = QUERY,                                                            \
         .dflt = "0",                                                            \
         .doc = "Number of shards, or `all`. There are none."},                  \
        {.name = "wait_for_events",                                              \
         .type = INF_P_ENUM,                                                     \
         .in = QUERY,                                                            \
         .choices = "immediate|urgent|high|normal|low|languid",                  \
         .doc = "Accepted for compatibility; no event is ever pending."},        \
        {.name = "wait_for_no_relocating_shards",                                \
         .type = INF_P_BOOL,                                                     \
         .in = QUERY,                                                            \
         .dflt = "false",                                                        \
         .doc = "Always the case."},                                             \
        {.name = "wait_for_no_initializing_shards",                              \
         .type = INF_P_BOOL,                                                     \
         .in = QUERY,                                                            \
         .dflt = "false",                                                        \
         .doc = "Always the case."},                                             \
        {.name = "expand_wildcards",                                             \
         .type = INF_P_LIST,                                                     \
         .in = QUERY,                                                            \
         .dflt = "all",                                                          \
         .doc = "Accepted for compatibility; there are no indices."},            \
        {.name = "local",                                                        \
         .type = INF_P_BOOL,                                                     \
         .in = QUERY,                                                            \
         .dflt = "false",                                                        \
         .doc = "Accepted for compatibility; the answer is always local."},      \
        {.name = "timeout",                                                      \
         .type = INF_P_TIME,                                                     \
         .in = QUERY,                                                            \
         .dflt = "30s",                                                          \
         .doc = "How long to wait, at most an hour; then the answer is a 408."}, \
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

/* ---- settings ---- */

const struct inf_param inf_settings_get_params[] = {
    FLAT_SETTINGS,
    {.name = "include_defaults",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Whether to show the settings that the API has not changed, too."},
    MASTER_TIMEOUT,
    TIMEOUT,
    {.name = NULL},
};

const struct inf_param inf_settings_put_params[] = {
    {.name = "persistent",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "new_settings",
     .doc = "Settings that survive a restart, flat or nested; `null` resets one, or with a `*` at "
            "the end of its name many."},
    {.name = "transient",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "new_settings",
     .doc = "Settings until the daemon ends; they win over persistent ones."},
    FLAT_SETTINGS,
    MASTER_TIMEOUT,
    TIMEOUT,
    {.name = NULL},
};

/* ---- licence and features ---- */

const struct inf_param inf_license_params[] = {
    {.name = "accept_enterprise",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "true",
     .doc = "Only `true` is allowed."},
    {.name = "local",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "true",
     .doc = "Accepted for compatibility; the answer is always local."},
    {.name = NULL},
};
const struct inf_param inf_xpack_params[] = {
    {.name = "categories",
     .type = INF_P_LIST,
     .in = QUERY,
     .doc = "Parts to show: `build`, `license`, `features`, `_all`; `-build` leaves one out."},
    {.name = "accept_enterprise",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "true",
     .doc = "Accepted for compatibility."},
    {.name = NULL},
};
const struct inf_param inf_xpack_usage_params[] = {MASTER_TIMEOUT, {.name = NULL}};

/* ---- machine learning ---- */

const struct inf_param inf_upgrade_mode_params[] = {
    {.name = "enabled",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Whether the mode begins or ends."},
    TIMEOUT,
    {.name = NULL},
};
