/* security.h - who is who and may do what: users, roles, API keys, and the changes of them.
 *
 * Knows nothing of HTTP: the front end's gate (src/rest/gate.c) asks it, before any handler runs.
 * Users, roles and keys lie in the store as objects and are read from its index; what was checked
 * is remembered until anything of them changes.
 *
 * Thread: loop only; password hashes are made and checked on libuv's pool, one at a time.
 * Owns: the store is borrowed. Bound: waiting hashes and changes, remembered credentials, clients
 * that are throttled; see the files. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECURITY_H
#define INFERD_SECURITY_H

#include "inferd/buf.h"
#include "inferd/client.h"
#include "inferd/config.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include "inferd/privilege.h"
#include "inferd/store.h"
#include <stdbool.h>
#include <stdint.h>

#define INF_ELASTIC "elastic" /* the user that is always there */
#define INF_SUPERUSER "superuser"

struct uv_loop_s;
struct inf_security;

/* Fails when there is no password for [elastic], and says how to give one. */
int inf_security_open(struct uv_loop_s *loop, struct inf_store *store,
                      const struct inf_config *config, struct inf_security **ret,
                      struct inf_error *err);
/* Whoever waits is answered with UNAVAILABLE. Before the store closes; NULL is fine. */
void inf_security_close(struct inf_security *security);
void inf_security_free(struct inf_security *security); /* after the loop's end; NULL is fine */

/* ---- who asks ---- */

/* Somebody whose credential was right, with what it allows. */
struct inf_principal {
    int references;
    uint32_t privileges; /* see privilege.h */
    char *username;      /* of a key: its owner's */
    char **roles;        /* names; of a user */
    size_t role_count;
    const char *realm, *realm_type; /* of the user, or of the key's owner */
    char *key_id, *key_name;        /* NULL: a user */
    int64_t expires_at_ms;          /* 0: never */
};

void inf_principal_ref(struct inf_principal *principal);
void inf_principal_unref(struct inf_principal *principal); /* NULL is fine */

struct inf_login; /* a password that is being checked */
struct inf_login_request {
    const char *authorization; /* the header's value, or NULL */
    const char *uri;           /* for the texts */
    const char *address;       /* likewise */
    struct inf_client client;
    /* Runs on the loop, once, unless forgotten. principal is the receiver's; NULL with err. */
    void (*done)(void *arg, struct inf_principal *principal, const struct inf_error *err);
    void *arg;
};
enum inf_login_outcome { INF_LOGIN_KNOWN, INF_LOGIN_REFUSED, INF_LOGIN_LATER };

/* KNOWN: *ret is the caller's. REFUSED: err is UNAUTHENTICATED, or TOO_MANY. LATER: `done` will
 * run; *ret_login can be forgotten until then. */
enum inf_login_outcome inf_security_login(struct inf_security *security,
                                          const struct inf_login_request *request,
                                          struct inf_principal **ret, struct inf_login **ret_login,
                                          struct inf_error *err);
void inf_login_forget(struct inf_login *login);

/* 0, or UNAUTHORIZED with the texts of Elasticsearch. */
int inf_security_authorize(const struct inf_principal *principal, enum inf_privilege privilege,
                           const char *action, struct inf_error *err);

/* A user's principal without a login, for questions about others; NULL: there is no such user. */
struct inf_principal *inf_security_principal(const struct inf_security *security,
                                             const char *username);

/* ---- passwords ---- */

/* May it become a password? VALIDATION with the bound when not. */
int inf_security_check_password(const struct inf_security *security, const char *password,
                                struct inf_error *err);
/* done(arg, hash, NULL) or done(arg, NULL, err), on the loop; the password is copied and wiped. */
void inf_security_hash_password(struct inf_security *security, const char *password,
                                void (*done)(void *arg, const char *hash,
                                             const struct inf_error *err),
                                void *arg);
/* For the command line: blocks. Appends the hash. */
int inf_security_print_hash(const struct inf_config *config, const char *password,
                            struct inf_buf *out, struct inf_error *err);

/* ---- roles ---- */

struct inf_builtin_role {
    const char *name; /* NULL ends the table */
    enum inf_privilege cluster;
    const char *description;
};
extern const struct inf_builtin_role inf_builtin_roles[];
const struct inf_builtin_role *inf_builtin_role(const char *name); /* NULL: it is none */
/* `inferd --print-roles`: the table for docs/security.md. */
void inf_security_print_roles(struct inf_buf *out);

/* What a role descriptor allows. name is for the texts. PARSE or ILLEGAL_ARGUMENT. */
int inf_role_read(const struct cJSON *descriptor, const char *name, uint32_t *ret,
                  struct inf_error *err);
/* The union of {"name":descriptor,...}; NULL has none. */
int inf_roles_read(const struct cJSON *descriptors, uint32_t *ret, struct inf_error *err);
/* In Elasticsearch's full form. */
void inf_role_write(const struct cJSON *descriptor, struct inf_jsonw *w);
/* A role's descriptor as value; false and nothing written when there is no such role. */
bool inf_security_write_role(const struct inf_security *security, const char *name,
                             struct inf_jsonw *w);

/* ---- API keys ---- */

struct inf_change; /* see below */

#define INF_API_KEY_ID_SIZE 21
#define INF_API_KEY_SECRET_SIZE 23
#define INF_API_KEY_ENCODED_SIZE 61

/* A stored key, read. Texts and values are borrowed from doc. */
struct inf_api_key {
    const char *id, *name, *hash, *username, *realm, *realm_type;
    int64_t creation_ms, expiration_ms, invalidation_ms; /* 0: never */
    const struct cJSON *role_descriptors, *limited_by, *metadata;
    struct inf_json doc;
};

int inf_api_key_read(const struct inf_object *object, struct inf_api_key *ret);
void inf_api_key_free(struct inf_api_key *key);
/* The text to be stored. */
void inf_api_key_write(const struct inf_api_key *key, struct inf_buf *out);
bool inf_api_key_active(const struct inf_api_key *key, int64_t now_ms);
/* New random id and secret; encoded is both as an Authorization header has them, hash is what is
 * stored of the secret. Wipe it after use. */
struct inf_new_api_key {
    char id[INF_API_KEY_ID_SIZE], secret[INF_API_KEY_SECRET_SIZE];
    char encoded[INF_API_KEY_ENCODED_SIZE], hash[INF_SHA256_TEXT];
};
void inf_api_key_make(struct inf_new_api_key *ret);
/* What keys of this owner are limited by: {"role":descriptor,...} as value. */
void inf_security_write_limits(const struct inf_security *security,
                               const struct inf_principal *owner, struct inf_jsonw *w);
/* Part of a change that adds a key: removes a few that ended a week ago, so that all of them are
 * removed in time. */
void inf_security_remove_old_keys(struct inf_security *security, struct inf_change *change,
                                  int64_t now_ms);

/* ---- changes: one after the other, so that each sees what the one before it did ---- */

/* A user, role or key was changed by somebody else: what is remembered of it counts no more. */
void inf_security_forget(struct inf_security *security, enum inf_object_kind kind, const char *id);
/* Runs when it is its turn: looks at the store, and says what to write by the functions below. -1
 * with err ends the change with nothing written. */
typedef int (*inf_change_make)(struct inf_change *change, void *arg, struct inf_error *err);
void inf_change_put(struct inf_change *change, enum inf_object_kind kind, const char *id,
                    const struct inf_buf *text);
void inf_change_delete(struct inf_change *change, enum inf_object_kind kind, const char *id);
/* `done` runs when all is durable and nothing older is remembered, or with an error. A change of
 * several objects that fails may have been done in part. */
void inf_security_change(struct inf_security *security, inf_change_make make, inf_store_done done,
                         void *arg);

#endif
