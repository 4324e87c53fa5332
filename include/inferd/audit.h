/* audit.h - who asked for what, from where, and whether it was let through: one JSON object a line,
 * with the names of Elasticsearch's audit log.
 *
 * Thread: loop only; a line is one write(2) to a file that is appended to. Never holds a secret or
 * a body. Bound: a line is as long as a request's header at most. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_AUDIT_H
#define INFERD_AUDIT_H

#include "inferd/security.h"

struct inf_audit;

/* *ret is NULL when xpack.security.audit.enabled is false. */
int inf_audit_open(const struct inf_config *config, struct inf_audit **ret, struct inf_error *err);
/* Opens the file again by its name, after it was moved away; after a failure the old one stays. */
int inf_audit_reopen(struct inf_audit *audit, struct inf_error *err); /* NULL is fine */
void inf_audit_close(struct inf_audit *audit);                        /* NULL is fine */

struct inf_audit_event {
    const char *action;                    /* "access_granted" */
    const struct inf_principal *principal; /* NULL: nobody is known */
    const char *authorization; /* of somebody unknown: the header, for the name in it; or NULL */
    const char *method, *uri, *address;
    const char *privilege_action; /* of the row; NULL: none was found yet */
    const char *opaque_id;        /* or NULL */
    uint64_t request_id;
};
void inf_audit_write(struct inf_audit *audit, const struct inf_audit_event *event); /* NULL: fine */

#endif
