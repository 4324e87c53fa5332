/* params_cat.c - parameters of the _cat tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "param_rows.h"

#define CAT_PARAMS                                                          \
    {.name = "h",                                                           \
     .type = INF_P_LIST,                                                    \
     .in = QUERY,                                                           \
     .doc = "Columns to show, by name or alias, with wildcards."},          \
        {.name = "s",                                                       \
         .type = INF_P_LIST,                                                \
         .in = QUERY,                                                       \
         .doc = "Columns to sort by, each with `:asc` or `:desc`."},        \
        {.name = "v",                                                       \
         .type = INF_P_BOOL,                                                \
         .in = QUERY,                                                       \
         .dflt = "false",                                                   \
         .doc = "Whether a line of names stands above the text."},          \
        {.name = "help",                                                    \
         .type = INF_P_BOOL,                                                \
         .in = QUERY,                                                       \
         .dflt = "false",                                                   \
         .doc = "Whether to list the columns instead."},                    \
        {.name = "bytes",                                                   \
         .type = INF_P_ENUM,                                                \
         .in = QUERY,                                                       \
         .choices = "b|k|kb|m|mb|g|gb|t|tb|p|pb",                           \
         .doc = "Unit of sizes, which are then whole numbers of it."},      \
        {.name = "time",                                                    \
         .type = INF_P_ENUM,                                                \
         .in = QUERY,                                                       \
         .choices = "d|h|m|s|ms|micros|nanos",                              \
         .doc = "Accepted for compatibility; no column holds a duration."}, \
        {.name = "local",                                                   \
         .type = INF_P_BOOL,                                                \
         .in = QUERY,                                                       \
         .dflt = "false",                                                   \
         .doc = "Accepted for compatibility; the answer is always local."}, \
        MASTER_TIMEOUT

const struct inf_param inf_cat_health_params[] = {
    {.name = "ts",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "true",
     .doc = "Whether the columns of the time are there."},
    CAT_PARAMS,
    {.name = NULL},
};
const struct inf_param inf_cat_nodes_params[] = {
    {.name = "full_id",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Whether the id is shown whole, instead of its first four characters."},
    {.name = "include_unloaded_segments",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Accepted for compatibility; there are no indices."},
    GATHER_TIMEOUT,
    CAT_PARAMS,
    {.name = NULL},
};
const struct inf_param inf_cat_models_all_params[] = {
    ALLOW_NO_MATCH, FROM, SIZE, CAT_PARAMS, {.name = NULL}};
const struct inf_param inf_cat_models_params[] = {MODEL_IDS, ALLOW_NO_MATCH, FROM,
                                                  SIZE,      CAT_PARAMS,     {.name = NULL}};
