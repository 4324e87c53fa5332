/* doubt.c - what a node of a cluster makes sure of before it says no.
 *
 * Another node may have acknowledged a moment ago what makes the answer another one, and this node
 * has not heard of it yet. So etcd is asked what has changed; and a deployment that another node
 * has ended is waited for, since it has its id and its place until its last request is answered.
 * If there was something of the kind, the request is taken as if it had only come now. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/rest.h"

#include "inferd/alloc.h"
#include "inferd/serving_cluster.h"
#include "inferd/store_shared.h"
#include "peer.h"
#include "reply.h"
#include <stdlib.h>
#include <string.h>

#define ENDING_MS 30000 /* how long one that ends is waited for */

struct doubt {
    const struct inf_app *app;
    struct inf_look *look;
    uint64_t arrival_ns;
    bool of_change;
};

static bool is_change(const struct inf_route *route)
{
    switch (route->privilege) {
    case INF_PRIV_MANAGE_ML:
    case INF_PRIV_MANAGE_INFERENCE:
    case INF_PRIV_MANAGE:
        return (route->methods & (INF_GET | INF_HEAD)) == 0;
    default:
        return false;
    }
}

/* May somebody else's change be the reason? Too much to do never is, too little room may be. NONE:
 * a stream that cannot be refused later. */
static bool may_follow_from_state(enum inf_err_code code, bool of_change)
{
    switch (code) {
    case INF_ERR_ILLEGAL_ARGUMENT:
    case INF_ERR_VALIDATION:
    case INF_ERR_STATE_VALIDATION:
    case INF_ERR_ALREADY_EXISTS:
    case INF_ERR_BAD_REQUEST:
    case INF_ERR_UNAUTHENTICATED:
    case INF_ERR_UNAUTHORIZED:
    case INF_ERR_FORBIDDEN:
    case INF_ERR_NOT_FOUND:
    case INF_ERR_NO_DEPLOYMENT_TASK:
    case INF_ERR_NO_ALIAS:
    case INF_ERR_CONFLICT:
        return true;
    case INF_ERR_TOO_MANY:
    case INF_ERR_NONE:
        return of_change;
    default:
        return false;
    }
}

static void end(struct doubt *doubt, bool again)
{
    inf_look_end(doubt->look, again);
    free(doubt);
}

static void on_ended(void *arg)
{
    end(arg, true);
}

static void on_synced(void *arg, const struct inf_error *err)
{
    struct doubt *doubt = arg;
    const struct inf_app *app = doubt->app;

    if (err != NULL || app->stopping)
        end(doubt, false);
    else if (!inf_manager_await_ends(app->manager, !doubt->of_change, ENDING_MS, on_ended, doubt))
        end(doubt, inf_store_news_ns(app->store) >= doubt->arrival_ns);
}

bool inf_rest_doubts(struct inf_call *call, const struct inf_route *route, enum inf_err_code code,
                     struct inf_look *look)
{
    const struct inf_app *app = rest_app(call);
    bool of_change = route != NULL && is_change(route), asks;
    struct doubt *doubt;

    asks = route != NULL ? strcmp(route->action, INF_PEER_ACTION) != 0
                         : inf_call_authorization(call) != NULL;
    if (!asks || app->stopping || !may_follow_from_state(code, of_change))
        return false;
    doubt = inf_alloc(1, sizeof *doubt);
    *doubt = (struct doubt){app, look, inf_call_arrival_ns(call), of_change};
    inf_store_sync(app->store, on_synced, doubt);
    return true;
}
