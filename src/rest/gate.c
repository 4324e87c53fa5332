/* What the front end asks before it looks at a request, and what is written down of the answers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include "inferd/alloc.h"
#include "inferd/rest.h"
#include "reply.h"
#include <stdlib.h>
#include <string.h>

static void free_caller(void *caller)
{
    inf_principal_unref(caller);
}

const struct inf_principal *rest_caller(const struct inf_call *call)
{
    return inf_call_caller(call);
}

bool rest_caller_may(const struct inf_call *call, enum inf_privilege privilege)
{
    return inf_privilege_in(privilege, rest_caller(call)->privileges);
}

/* ---- who is it ---- */

static void admit(struct inf_call *call, struct inf_principal *principal)
{
    inf_call_set_caller(call, principal, free_caller);
}

static void forget(struct inf_call *call)
{
    inf_login_forget(inf_call_state(call));
}

static void on_login(void *arg, struct inf_principal *principal, const struct inf_error *err)
{
    struct inf_call *call = arg;

    inf_call_set_state(call, NULL, NULL);
    if (principal != NULL)
        admit(call, principal);
    inf_call_admit(call, err);
}

static enum inf_admission authenticate(struct inf_call *call, struct inf_error *err)
{
    const struct inf_login_request request = {
        .authorization = inf_call_authorization(call),
        .uri = inf_call_uri(call),
        .address = inf_call_peer(call),
        .client = inf_call_client(call),
        .done = on_login,
        .arg = call,
    };
    struct inf_principal *principal = NULL;
    struct inf_login *login = NULL;

    switch (inf_security_login(rest_app(call)->security, &request, &principal, &login, err)) {
    case INF_LOGIN_KNOWN:
        admit(call, principal);
        return INF_ADMITTED;
    case INF_LOGIN_LATER:
        inf_call_set_state(call, login, NULL);
        inf_call_on_gone(call, forget);
        return INF_ADMITTED_LATER;
    case INF_LOGIN_REFUSED:
        break;
    }
    return INF_REFUSED;
}

/* ---- may it ---- */

static bool is_self(struct inf_call *call, const struct inf_route *route)
{
    const struct inf_principal *caller = rest_caller(call);
    const char *name = route->self != NULL ? inf_call_path_value(call, route->self) : NULL;

    return name != NULL && caller->key_id == NULL && strcmp(name, caller->username) == 0;
}

static int authorize(struct inf_call *call, const struct inf_route *route, struct inf_error *err)
{
    if (is_self(call, route))
        return 0;
    return inf_security_authorize(rest_caller(call), route->privilege, route->action, err);
}

const struct inf_gate inf_rest_gate = {authenticate, authorize};
