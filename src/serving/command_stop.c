/* _stop as the API gives it (compatibility 8.2). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"
#include "inferd/store_shared.h"

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
        done(arg, NULL, NULL);
    } else {
        inf_error_set(&err, INF_ERR_NOT_FOUND, "No known model deployment with id [%s]",
                      deployment_id);
        done(arg, &err, NULL);
    }
}
