/* From an Authorization header to a principal: remembered, or checked.
 *
 * A key is checked at once, since its secret is random and its hash quick. A password goes to the
 * pool; when the answer comes, the user is looked up again, because it may have been changed
 * meanwhile, and the password must be right for the hash that counts now. Somebody unknown takes
 * as long as somebody known, and both are told the same. Who says the same while it is being
 * checked waits for that: a client that opens its connections at once asks one question. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api_key.h"
#include "credential.h"
#include "inferd/alloc.h"
#include "inferd/wall_clock.h"
#include "security_state.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct inf_login {
    struct inf_security *security;
    struct inf_login_request request; /* without its texts; done NULL: forgotten */
    char *username, *uri, *hash;      /* hash NULL: there is no such user */
    struct inf_auth_mark mark;
    struct inf_link link;     /* of security->logins, while it is being checked; */
    struct inf_login *others; /* who said the same, a list by this member */
};

/* ---- refusals ---- */

static enum inf_login_outcome nobody(const char *uri, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_UNAUTHENTICATED,
                  "missing authentication credentials for REST request [%.512s]", uri);
    return INF_LOGIN_REFUSED;
}

static void wrong_password(const char *username, const char *uri, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_UNAUTHENTICATED,
                  "unable to authenticate user [%.256s] for REST request [%.512s]", username, uri);
}

static enum inf_login_outcome not_usable(struct inf_error *err)
{
    inf_error_set(err, INF_ERR_UNAUTHENTICATED,
                  "unable to authenticate with provided credentials and anonymous access is not "
                  "allowed for this request");
    return INF_LOGIN_REFUSED;
}

static enum inf_login_outcome wrong_key(const char *id, struct inf_error *err)
{
    not_usable(err);
    inf_error_cause(err, INF_ERR_UNAUTHENTICATED,
                    "API key: invalid credentials for API key [%.64s]", id);
    return INF_LOGIN_REFUSED;
}

static enum inf_login_outcome too_many(const char *address, int wait_s, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_TOO_MANY, "too many failed logins from [%s]; try again in [%d]s",
                  address, wait_s);
    err->retry_after_s = wait_s;
    return INF_LOGIN_REFUSED;
}

/* ---- keys ---- */

static struct inf_principal *principal_of_key(const struct inf_api_key *key)
{
    struct inf_principal *principal = inf_alloc(1, sizeof *principal);

    principal->references = 1;
    principal->privileges =
        inf_privilege_with_contained(INF_PRIV_AUTHENTICATED) | inf_api_key_privileges(key);
    principal->username = inf_strdup(key->username);
    principal->key_id = inf_strdup(key->id);
    principal->key_name = inf_strdup(key->name);
    principal->realm = strcmp(key->realm, "reserved") == 0 ? "reserved" : "default_native";
    principal->realm_type = strcmp(key->realm, "reserved") == 0 ? "reserved" : "native";
    principal->expires_at_ms = key->expiration_ms;
    return principal;
}

static enum inf_login_outcome try_key(struct inf_security *security,
                                      const struct inf_credential *credential,
                                      struct inf_principal **ret, struct inf_error *err)
{
    const struct inf_object *object =
        inf_store_object(security->store, INF_OBJECT_API_KEY, credential->name);
    struct inf_api_key key;
    enum inf_login_outcome outcome = INF_LOGIN_REFUSED;

    if (object == NULL || inf_api_key_read(object, &key) != 0)
        return wrong_key(credential->name, err);
    if (inf_api_key_matches(&key, credential->name, credential->secret) &&
        inf_api_key_active(&key, inf_wall_ms())) {
        *ret = principal_of_key(&key);
        outcome = INF_LOGIN_KNOWN;
    } else {
        wrong_key(credential->name, err);
    }
    inf_api_key_free(&key);
    return outcome;
}

/* ---- passwords ---- */

static void free_login(struct inf_login *login)
{
    free(login->username);
    free(login->uri);
    free(login->hash);
    free(login);
}

/* Is the password checked against what counts now? */
static bool is_current(const struct inf_login *login, const struct inf_user *user)
{
    return login->hash != NULL && user->hash != NULL && user->enabled &&
           strcmp(user->hash, login->hash) == 0;
}

/* The user that the password was right for, if it still is. */
static struct inf_principal *still_right(const struct inf_login *login)
{
    struct inf_principal *principal = NULL;
    struct inf_user user;

    inf_user_find(login->security, login->username, &user);
    if (is_current(login, &user))
        principal = inf_user_principal(login->security, login->username, &user);
    inf_user_free(&user);
    return principal;
}

/* Tells one that waits, and frees it. principal NULL: it was wrong, or `failed`. */
static void tell(struct inf_login *login, struct inf_principal *principal,
                 const struct inf_error *failed)
{
    struct inf_error err;

    if (principal == NULL && failed == NULL) {
        wrong_password(login->username, login->uri, &err);
        failed = &err;
    }
    if (login->request.done != NULL) {
        if (principal != NULL)
            inf_principal_ref(principal);
        login->request.done(login->request.arg, principal, principal != NULL ? NULL : failed);
    }
    free_login(login);
}

static void on_checked(void *arg, bool matches, const char *hash, const struct inf_error *failed)
{
    struct inf_login *login = arg, *next = NULL;
    struct inf_security *security = login->security;
    struct inf_principal *principal = matches && failed == NULL ? still_right(login) : NULL;

    (void)hash;
    inf_list_remove(&security->logins, &login->link);
    if (principal != NULL) {
        inf_throttle_give_back(&security->throttle, &login->request.client);
        inf_auth_cache_put(security->cache, &login->mark, principal, uv_now(security->loop));
    }
    for (; login != NULL; login = next) {
        next = login->others;
        tell(login, principal, failed);
    }
    inf_principal_unref(principal);
}

void inf_login_forget(struct inf_login *login)
{
    login->request.done = NULL;
}

static struct inf_login *new_login(struct inf_security *security,
                                   const struct inf_login_request *request, const char *username,
                                   const struct inf_auth_mark *mark)
{
    struct inf_login *login = inf_alloc(1, sizeof *login);

    login->security = security;
    login->request = *request;
    login->request.authorization = login->request.uri = login->request.address = NULL;
    login->username = inf_strdup(username);
    login->uri = inf_strdup(request->uri);
    login->mark = *mark;
    return login;
}

/* Does somebody wait for an answer to just that? Then so does this one. */
static struct inf_login *join(struct inf_security *security,
                              const struct inf_login_request *request,
                              const struct inf_auth_mark *mark)
{
    struct inf_login *first = INF_LIST_ITEM(security->logins.first, struct inf_login, link);
    struct inf_login *login = NULL;
    struct inf_user user;
    bool may_wait = false;

    while (first != NULL && memcmp(first->mark.bytes, mark->bytes, sizeof mark->bytes) != 0)
        first = INF_LIST_ITEM(first->link.next, struct inf_login, link);
    if (first == NULL)
        return NULL;
    inf_user_find(security, first->username, &user);
    may_wait = is_current(first, &user);
    inf_user_free(&user);
    if (!may_wait)
        return NULL;
    login = new_login(security, request, first->username, mark);
    login->others = first->others;
    first->others = login;
    return login;
}

static enum inf_login_outcome try_password(struct inf_security *security,
                                           const struct inf_login_request *request,
                                           const struct inf_credential *credential,
                                           const struct inf_auth_mark *mark,
                                           struct inf_login **ret_login, struct inf_error *err)
{
    struct inf_login *login = new_login(security, request, credential->name, mark);
    struct inf_user user;

    inf_user_find(security, credential->name, &user);
    if (user.hash != NULL && user.enabled)
        login->hash = inf_strdup(user.hash);
    inf_user_free(&user);
    if (inf_hasher_check(&security->hasher, credential->secret, login->hash, on_checked, login,
                         err) != 0) {
        free_login(login);
        inf_throttle_give_back(&security->throttle, &request->client);
        return INF_LOGIN_REFUSED;
    }
    inf_list_append(&security->logins, &login->link);
    *ret_login = login;
    return INF_LOGIN_LATER;
}

/* ---- both ---- */

static struct inf_principal *remembered(struct inf_security *security,
                                        const struct inf_auth_mark *mark)
{
    struct inf_principal *principal =
        inf_auth_cache_get(security->cache, mark, uv_now(security->loop));

    if (principal == NULL ||
        (principal->expires_at_ms != 0 && principal->expires_at_ms <= inf_wall_ms()))
        return NULL;
    inf_principal_ref(principal);
    return principal;
}

static enum inf_login_outcome check(struct inf_security *security,
                                    const struct inf_login_request *request,
                                    const struct inf_credential *credential,
                                    const struct inf_auth_mark *mark, struct inf_principal **ret,
                                    struct inf_login **ret_login, struct inf_error *err)
{
    enum inf_login_outcome outcome;
    int wait_s;

    if (credential->kind == INF_CREDENTIAL_NONE)
        return nobody(request->uri, err);
    if (!inf_throttle_take(&security->throttle, &request->client, uv_now(security->loop), &wait_s))
        return too_many(request->address, wait_s, err);
    if (credential->kind == INF_CREDENTIAL_BROKEN)
        return not_usable(err);
    if (credential->kind == INF_CREDENTIAL_PASSWORD)
        return try_password(security, request, credential, mark, ret_login, err);
    outcome = try_key(security, credential, ret, err);
    if (outcome == INF_LOGIN_KNOWN) {
        inf_throttle_give_back(&security->throttle, &request->client);
        inf_auth_cache_put(security->cache, mark, *ret, uv_now(security->loop));
    }
    return outcome;
}

enum inf_login_outcome inf_security_login(struct inf_security *security,
                                          const struct inf_login_request *request,
                                          struct inf_principal **ret, struct inf_login **ret_login,
                                          struct inf_error *err)
{
    struct inf_credential credential;
    struct inf_auth_mark mark;
    enum inf_login_outcome outcome;

    if (request->authorization == NULL)
        return nobody(request->uri, err);
    inf_auth_cache_mark(security->cache, request->authorization, &mark);
    *ret = remembered(security, &mark);
    if (*ret != NULL)
        return INF_LOGIN_KNOWN;
    *ret_login = join(security, request, &mark);
    if (*ret_login != NULL)
        return INF_LOGIN_LATER;
    inf_credential_read(request->authorization, &credential);
    outcome = check(security, request, &credential, &mark, ret, ret_login, err);
    inf_credential_wipe(&credential);
    return outcome;
}
