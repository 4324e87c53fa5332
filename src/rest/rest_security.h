/* rest_security.h - what the handlers of /_security share. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_SECURITY_H
#define INFERD_REST_SECURITY_H

#include "gate.h"
#include "inferd/rest.h"
#include "reply.h"

/* Most users, roles and keys, each: all of them lie in memory. */
#define INF_SECURITY_OBJECTS_MAX 10000

/* ILLEGAL_ARGUMENT when one more of the kind would be too many. */
int rest_security_check_room(const struct inf_store *store, enum inf_object_kind kind,
                             const char *what, struct inf_error *err);
/* VALIDATION: names of users and roles, as Elasticsearch spells them. what: "User" or "Role". */
int rest_security_check_name(const char *name, const char *what, struct inf_error *err);
/* ---- users and roles alike (rest_security_named.c) ---- */

/* How they are shown, each as a member of the answer. */
struct rest_security_view {
    void (*write_all)(struct inf_jsonw *w, const struct inf_app *app);
    /* false: there is none of this name. */
    bool (*write_one)(struct inf_jsonw *w, const struct inf_app *app, const char *name);
};
/* Answers with those of the comma list, with all when names is NULL; 404 when none is there. */
enum inf_outcome rest_security_show(struct inf_call *call, const char *names,
                                    const struct rest_security_view *view, struct inf_error *err);
/* Deletes one and answers {"found":...}. */
enum inf_outcome rest_security_delete(struct inf_call *call, enum inf_object_kind kind,
                                      const char *name);

/* ---- API keys ---- */

/* Does the caller own the key? A key that calls owns but itself. */
bool rest_security_owns(const struct inf_principal *caller, const struct inf_api_key *key);

/* Which API keys a request means: by ids, name, owner; see rest_security_key_get.c. */
struct rest_key_filter {
    const struct cJSON *ids;                  /* array of strings; NULL: any */
    const char *id, *name, *username, *realm; /* NULL or empty: any; name may end in a star */
    const struct inf_principal *owner;        /* NULL: anybody's */
    bool active_only;
};
bool rest_key_filter_matches(const struct rest_key_filter *filter, const struct inf_api_key *key);
/* Calls visit for each stored key that matches; where the filter has ids, only those are looked at.
 */
void rest_keys_each(const struct inf_store *store, const struct rest_key_filter *filter,
                    void (*visit)(void *arg, struct inf_api_key *key), void *arg);
/* May the caller see or change all of them? If not, and it asked for its own, limits the filter to
 * those; else UNAUTHORIZED. */
int rest_key_filter_limit(const struct inf_call *call, const char *action,
                          struct rest_key_filter *filter, struct inf_error *err);
/* As value, but for the brace that ends the object. */
void rest_key_write_open(const struct inf_api_key *key, bool with_limits, struct inf_jsonw *w);

#endif
