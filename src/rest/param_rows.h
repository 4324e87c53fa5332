/* param_rows.h - rows and words that several parameter lists of the route table share; included by
 * the params_*.c files only. Checks carry Elasticsearch's words and the order in which it lists
 * them. What is "accepted for compatibility" is what clients send and what cannot change an answer
 * of this server. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_PARAM_ROWS_H
#define INFERD_REST_PARAM_ROWS_H

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
#define TIMEOUT                                                            \
    {                                                                      \
        .name = "timeout", .type = INF_P_TIME, .in = QUERY, .dflt = "30s", \
        .doc = "Accepted for compatibility; no other node is asked."       \
    }
#define GATHER_TIMEOUT                                                                            \
    {                                                                                             \
        .name = "timeout", .type = INF_P_TIME, .in = QUERY, .dflt = "5s",                         \
        .doc = "How long other nodes of a cluster are waited for, at most a minute; a node that " \
               "did not answer is reported."                                                      \
    }
#define FLAT_SETTINGS                                                                     \
    {                                                                                     \
        .name = "flat_settings", .type = INF_P_BOOL, .in = QUERY, .dflt = "false",        \
        .doc = "Whether settings are shown by dotted names instead of as nested objects." \
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

#endif
