/* What the front end asks before it looks at a request, and what is written down of the answers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include "inferd/audit.h"
#include "inferd/rest.h"
#include "peer.h"
#include "reply.h"
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

/* ---- what is written down ---- */

static void write_down(struct inf_call *call, const char *what, const struct inf_route *route)
{
    const struct inf_audit_event event = {
        .action = what,
        .principal = rest_caller(call),
        .authorization = inf_call_authorization(call),
        .method = inf_call_method(call),
        .uri = inf_call_uri(call),
        .address = inf_call_peer(call),
        .privilege_action = route != NULL ? route->action : NULL,
        .opaque_id = inf_call_opaque_id(call),
        .request_id = inf_call_id(call),
    };

    inf_audit_write(rest_app(call)->audit, &event);
}

static void write_down_refusal(struct inf_call *call)
{
    write_down(call,
               inf_call_authorization(call) != NULL ? "authentication_failed"
                                                    : "anonymous_access_denied",
               NULL);
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
    else
        write_down_refusal(call);
    inf_call_admit(call, err);
}

static enum inf_admission log_in(struct inf_call *call, struct inf_error *err)
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
    write_down_refusal(call);
    return INF_REFUSED;
}

/* Another node is nobody in particular; it is let where nodes go. */
static enum inf_admission authenticate(struct inf_call *call, struct inf_error *err)
{
    return rest_is_peer(call) ? INF_ADMITTED : log_in(call, err);
}

/* ---- may it ---- */

static bool is_self(struct inf_call *call, const struct inf_route *route)
{
    const struct inf_principal *caller = rest_caller(call);
    const char *name = route->self != NULL ? inf_call_path_value(call, route->self) : NULL;

    return name != NULL && caller->key_id == NULL && strcmp(name, caller->username) == 0;
}

static bool may(struct inf_call *call, const struct inf_route *route, struct inf_error *err)
{
    if (rest_caller(call) != NULL)
        return is_self(call, route) ||
               inf_security_authorize(rest_caller(call), route->privilege, route->action, err) == 0;
    if (strcmp(route->action, INF_PEER_ACTION) == 0)
        return true;
    inf_error_set(err, INF_ERR_UNAUTHORIZED, "action [%s] is none that other nodes may do",
                  route->action);
    return false;
}

static int authorize(struct inf_call *call, const struct inf_route *route, struct inf_error *err)
{
    bool granted = may(call, route, err);

    write_down(call, granted ? "access_granted" : "access_denied", route);
    return granted ? 0 : -1;
}

const struct inf_gate inf_rest_gate = {authenticate, authorize};
