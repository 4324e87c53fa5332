/* _stop as the API gives it (compatibility 8.2). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"

void inf_manager_undeploy(struct inf_manager *manager, const char *deployment_id,
                          const struct inf_undeploy_options *options, inf_deployment_done done,
                          void *arg)
{
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, deployment_id);
    struct inf_error err;

    if (deployment == NULL && options->allow_no_match) {
        done(arg, NULL, NULL);
    } else if (deployment == NULL) {
        inf_error_set(&err, INF_ERR_NOT_FOUND, "No known model deployment with id [%s]",
                      deployment_id);
        done(arg, &err, NULL);
    } else {
        inf_waiter_add(deployment, INF_WAIT_GONE, INF_ALLOCATION_FULLY, -1, done, arg);
        inf_deployment_stop(deployment, options->finish_pending_work);
    }
}
