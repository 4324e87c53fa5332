/* Requests for a deployment that was scaled to zero, or whose model is just being read again after
 * a start of the daemon: held as they came until an allocation answers, since nothing is known of
 * their model here before. Their texts are Elasticsearch's (compatibility 8.5). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"

int inf_held_add(struct inf_deployment *deployment, const struct inf_infer_request *request,
                 struct inf_infer **ret, struct inf_error *err)
{
    size_t documents = inf_json_size(request->docs);
    struct inf_infer *infer = NULL;

    if (deployment->held >= INF_HELD_MAX) {
        deployment->counters.rejections += (int64_t)documents;
        inf_error_set(err, INF_ERR_TOO_MANY,
                      "Rejected inference request waiting for an allocation of deployment [%s]. "
                      "Too many pending requests",
                      deployment->id);
        err->retry_after_s = 1;
        return -1;
    }
    infer = inf_infer_new(deployment, request);
    infer->held = true;
    inf_phases_enter(&infer->phases, INF_PHASE_HELD, uv_hrtime());
    infer->remaining = documents;
    deployment->held++;
    inf_infer_link(infer);
    *ret = infer;
    return 0;
}

/* The held requests, first come first; returns how many. */
static size_t list(const struct inf_deployment *deployment, struct inf_infer *ret[INF_HELD_MAX])
{
    size_t count = (size_t)deployment->held, left = count;

    for (struct inf_infer *infer = deployment->infers; left > 0; infer = infer->next)
        if (infer->held)
            ret[--left] = infer;
    return count;
}

void inf_held_admit(struct inf_deployment *deployment)
{
    struct inf_infer *held[INF_HELD_MAX];
    size_t count = list(deployment, held);
    struct inf_error err;

    deployment->waking = false;
    deployment->held = 0;
    for (size_t i = 0; i < count; i++)
        held[i]->held = false;
    /* An answer to one cannot end another that is not admitted yet, so those are still there. */
    for (size_t i = 0; i < count; i++)
        if (inf_infer_admit(held[i], &err) != 0)
            inf_infer_fail(held[i], &err);
}

void inf_held_fail(struct inf_deployment *deployment, const struct inf_error *err)
{
    struct inf_infer *held[INF_HELD_MAX];
    size_t count = list(deployment, held);

    for (size_t i = 0; i < count; i++)
        inf_infer_fail(held[i], err);
}

void inf_held_timeout_error(const struct inf_infer *infer, struct inf_error *ret)
{
    inf_waiter_timeout_error(infer->deployment->id, infer->request.timeout_ms, ret);
}

bool inf_held_error(const struct inf_infer *infer, const struct inf_error *err,
                    struct inf_error *ret)
{
    const struct inf_deployment *deployment = infer->deployment;
    struct inf_node_info node;

    *ret = *err;
    if (deployment->manager->stopping)
        return true;
    if (deployment->state == INF_DEPLOYMENT_STOPPING) {
        inf_error_set(ret, INF_ERR_CONFLICT,
                      "[%s] Error waiting for a model allocation, model assignment has been "
                      "removed",
                      deployment->id);
    } else if (deployment->state == INF_DEPLOYMENT_FAILED) {
        inf_manager_node(deployment->manager, &node);
        inf_error_set(ret, INF_ERR_CONFLICT,
                      "[%s] Error waiting for a model allocation, all nodes have failed with "
                      "errors [{%s=%s}]",
                      deployment->id, node.node_id, deployment->reason);
    }
    /* The scaler is still to be asked. */
    return deployment->number_of_allocations > 0 || deployment->state != INF_DEPLOYMENT_STARTED;
}
