/* _stop as the API gives it (compatibility 8.2). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/serving_cluster.h"
#include "inferd/store_shared.h"
#include <stdlib.h>
#include <string.h>

/* Of a deployment that this node does not know. */
struct ending {
    struct inf_manager *manager;
    char *deployment_id;
    inf_deployment_done done;
    void *arg;
};

/* The news that there was one may have come together with the answer. */
static void on_record_deleted(void *arg, const struct inf_error *err)
{
    struct ending *ending = arg;
    struct inf_manager *manager = ending->manager;
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, ending->deployment_id);

    if (err == NULL && deployment != NULL && !manager->torn_down &&
        inf_store_deployment(manager->store, ending->deployment_id) == NULL) {
        deployment->recordless = true;
        inf_deployment_stop(deployment, false);
    }
    ending->done(ending->arg, err, NULL);
    inf_manager_let_go(manager);
    free(ending->deployment_id);
    free(ending);
}

/* A node that stood still, or has not heard the news, may not know what another one has started; so
 * etcd is asked before it is said to have stopped. */
static void end_unknown(struct inf_manager *manager, const char *deployment_id,
                        inf_deployment_done done, void *arg)
{
    struct ending *ending;

    if (!inf_store_is_shared(manager->store)) {
        done(arg, NULL, NULL);
        return;
    }
    ending = inf_alloc(1, sizeof *ending);
    *ending = (struct ending){manager, inf_strdup(deployment_id), done, arg};
    inf_manager_hold(manager);
    inf_store_delete_deployment(manager->store, deployment_id, on_record_deleted, ending);
}

void inf_manager_undeploy(struct inf_manager *manager, const char *deployment_id,
                          const struct inf_undeploy_options *options, inf_deployment_done done,
                          void *arg)
{
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, deployment_id);
    const char *lost = inf_store_lost_reason(manager->store);
    struct inf_error err;

    if (deployment != NULL && lost != NULL) { /* it would end, and its record would stay */
        inf_error_set(&err, INF_ERR_UNAVAILABLE, "the cluster's state cannot be changed now: %s",
                      lost);
        err.retry_after_s = 1;
        done(arg, &err, NULL);
    } else if (deployment != NULL) {
        inf_waiter_add(deployment, INF_WAIT_GONE, INF_ALLOCATION_FULLY, -1, done, arg);
        inf_deployment_stop(deployment, options->finish_pending_work);
    } else if (options->allow_no_match) {
        end_unknown(manager, deployment_id, done, arg);
    } else {
        inf_error_set(&err, INF_ERR_NOT_FOUND, "No known model deployment with id [%s]",
                      deployment_id);
        done(arg, &err, NULL);
    }
}

/* ---- what other nodes have stopped ---- */

struct ends {
    size_t left;
    void (*done)(void *arg);
    void *arg;
};

static void on_gone(void *arg, const struct inf_error *err, const struct inf_deployment *deployment)
{
    struct ends *ends = arg;

    (void)err;
    (void)deployment;
    if (--ends->left > 0)
        return;
    ends->done(ends->arg);
    free(ends);
}

bool inf_manager_await_ends(struct inf_manager *manager, bool renewed_only, int64_t timeout_ms,
                            void (*done)(void *arg), void *arg)
{
    struct ends *ends = inf_alloc(1, sizeof *ends);

    *ends = (struct ends){.done = done, .arg = arg};
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        struct inf_deployment *deployment = inf_strmap_at(manager->deployments, i, NULL);

        if (deployment->state != INF_DEPLOYMENT_STOPPING || !deployment->recordless ||
            (renewed_only && inf_store_deployment(manager->store, deployment->id) == NULL))
            continue;
        ends->left++;
        inf_waiter_add(deployment, INF_WAIT_GONE, INF_ALLOCATION_FULLY, timeout_ms, on_gone, ends);
    }
    if (ends->left > 0)
        return true;
    free(ends);
    return false;
}
