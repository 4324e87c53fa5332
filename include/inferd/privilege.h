/* privilege.h - what callers may be allowed to do, and which privilege contains which.
 *
 * The names and what they contain are Elasticsearch's, as far as there is something here to allow.
 * Thread: any (constant data). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PRIVILEGE_H
#define INFERD_PRIVILEGE_H

#include "inferd/buf.h"
#include <stdbool.h>
#include <stdint.h>

/* From narrow to wide, the order in which a refusal names those that would have granted it. */
enum inf_privilege {
    INF_PRIV_NONE,          /* nothing was said: no route may have it, nobody is granted it */
    INF_PRIV_AUTHENTICATED, /* whoever is known, whatever their roles */
    INF_PRIV_MONITOR_ML,
    INF_PRIV_MONITOR_INFERENCE,
    INF_PRIV_MONITOR,
    INF_PRIV_MANAGE_ML,
    INF_PRIV_MANAGE_INFERENCE,
    INF_PRIV_READ_PIPELINE,
    INF_PRIV_MANAGE_INGEST_PIPELINES,
    INF_PRIV_MANAGE_PIPELINE,
    INF_PRIV_MANAGE_OWN_API_KEY,
    INF_PRIV_MANAGE_API_KEY,
    INF_PRIV_READ_SECURITY,
    INF_PRIV_MANAGE_SECURITY,
    INF_PRIV_MANAGE,
    INF_PRIV_ALL,
    INF_PRIV_COUNT
};

const char *inf_privilege_name(enum inf_privilege privilege); /* "monitor_ml" */
/* Of those that a role can hold; INF_PRIV_NONE: no such name. */
enum inf_privilege inf_privilege_parse(const char *name);

/* A set of privileges is one bit a privilege, 1 << privilege, closed: it has all that its members
 * contain. */
uint32_t inf_privilege_with_contained(enum inf_privilege privilege);
bool inf_privilege_in(enum inf_privilege privilege, uint32_t set);
/* Appends the names of all that contain it, itself included: "monitor_ml,monitor,...,all". */
void inf_privilege_print_granting(enum inf_privilege privilege, struct inf_buf *out);

#endif
