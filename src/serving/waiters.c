/* Who waits for a deployment: a _start, an _update or a request for a state, a _stop for the end.
 * Each is answered exactly once; a time-out ends the waiting, never the deployment. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_view.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/units.h"
#include <stdlib.h>

struct inf_waiter {
    struct inf_waiter *next;
    struct inf_manager *manager;
    struct inf_deployment *deployment;
    enum inf_wait what;
    enum inf_allocation_state wait_for;
    int64_t timeout_ms;
    inf_deployment_done done;
    void *arg;
    uv_timer_t timer;
};

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_waiter *waiter = handle->data;
    struct inf_manager *manager = waiter->manager;

    free(waiter);
    inf_manager_let_go(manager);
}

static void unlink_waiter(struct inf_waiter *waiter)
{
    struct inf_waiter **link = &waiter->deployment->waiters;

    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
}

static void answer(struct inf_waiter *waiter, const struct inf_error *err,
                   const struct inf_deployment *deployment)
{
    unlink_waiter(waiter);
    uv_close((uv_handle_t *)&waiter->timer, on_timer_closed);
    waiter->done(waiter->arg, err, deployment);
}

void inf_waiter_timeout_error(const char *deployment_id, int64_t timeout_ms, struct inf_error *ret)
{
    char text[INF_UNITS_TEXT];

    inf_error_set(
        ret, INF_ERR_DEPLOYMENT_TIMEOUT,
        "Timed out after [%s] waiting for trained model deployment [%s] to start. Use the "
        "trained model stats API to track the state of the deployment and try again once "
        "it has started.",
        inf_time_print(timeout_ms, text), deployment_id);
}

static void on_timeout(uv_timer_t *timer)
{
    struct inf_waiter *waiter = timer->data;
    struct inf_error err;

    if (waiter->what == INF_WAIT_UPDATE) { /* it is done, and its allocations go on starting */
        answer(waiter, NULL, waiter->deployment);
        return;
    }
    inf_waiter_timeout_error(waiter->deployment->id, waiter->timeout_ms, &err);
    answer(waiter, &err, NULL);
}

void inf_waiter_add(struct inf_deployment *deployment, enum inf_wait what,
                    enum inf_allocation_state wait_for, int64_t timeout_ms,
                    inf_deployment_done done, void *arg)
{
    struct inf_waiter *waiter = inf_alloc(1, sizeof *waiter);
    struct inf_waiter **last = &deployment->waiters;

    waiter->manager = deployment->manager;
    waiter->deployment = deployment;
    waiter->what = what;
    waiter->wait_for = wait_for;
    waiter->timeout_ms = timeout_ms;
    waiter->done = done;
    waiter->arg = arg;
    uv_timer_init(deployment->manager->loop, &waiter->timer);
    waiter->timer.data = waiter;
    inf_manager_hold(deployment->manager);
    if (timeout_ms >= 0)
        uv_timer_start(&waiter->timer, on_timeout, (uint64_t)timeout_ms, 0);
    while (*last != NULL)
        last = &(*last)->next;
    *last = waiter;
}

void inf_waiters_settle(struct inf_deployment *deployment)
{
    enum inf_allocation_state state = inf_deployment_allocation_state(deployment);
    struct inf_waiter *next = NULL;

    inf_cluster_changed(deployment->manager);
    for (struct inf_waiter *waiter = deployment->waiters; waiter != NULL; waiter = next) {
        next = waiter->next;
        if (waiter->what == INF_WAIT_START && !deployment->begun)
            continue; /* its record is on its way, and may not arrive */
        if (waiter->what != INF_WAIT_GONE && state >= waiter->wait_for)
            answer(waiter, NULL, deployment);
    }
}

void inf_waiters_end(struct inf_deployment *deployment, const struct inf_error *start_err,
                     const struct inf_error *stop_err)
{
    while (deployment->waiters != NULL) {
        struct inf_waiter *waiter = deployment->waiters;
        answer(waiter, waiter->what == INF_WAIT_GONE ? stop_err : start_err, NULL);
    }
}

bool inf_waiters_for(const struct inf_deployment *deployment, enum inf_wait what)
{
    for (const struct inf_waiter *waiter = deployment->waiters; waiter != NULL;
         waiter = waiter->next)
        if (waiter->what == what)
            return true;
    return false;
}
