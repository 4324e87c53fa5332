/* rest_deployment_stop.c - _stop of a deployment. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "references.h"
#include "reply.h"
#include "rest_handlers.h"

#define RESPONSE_MAX 64

static void stopped(void *arg, const struct inf_error *failed,
                    const struct inf_deployment *deployment)
{
    struct rest_pending *pending = arg;
    struct inf_call *call = rest_pending_call(pending);

    (void)deployment; /* it is gone */
    if (call != NULL && failed != NULL) {
        inf_call_fail(call, failed);
    } else if (call != NULL) {
        struct inf_buf body;
        struct inf_jsonw w;

        inf_buf_init(&body, RESPONSE_MAX);
        inf_jsonw_init(&w, &body);
        inf_jsonw_begin_object(&w);
        inf_jsonw_kv_bool(&w, "stopped", true);
        inf_jsonw_end_object(&w);
        inf_call_reply(call, 200, &body);
    }
    rest_pending_end(pending);
}

enum inf_outcome rest_deployment_stop(struct inf_call *call, struct inf_error *err)
{
    const struct inf_undeploy_options options = {
        .allow_no_match = inf_call_bool(call, "allow_no_match"),
        .force = inf_call_bool(call, "force"),
        .finish_pending_work = inf_call_bool(call, "finish_pending_work"),
    };
    struct rest_pending *pending;

    if (rest_check_body_id(call, "id", err) != 0)
        return INF_FAILED;
    if (!options.force &&
        rest_references_check_stop(rest_app(call), inf_call_str(call, "model_id"), err) != 0)
        return INF_FAILED;
    pending = rest_pending_new(call, NULL, NULL);
    rest_pending_begin(pending);
    inf_manager_undeploy(rest_app(call)->manager, inf_call_str(call, "model_id"), &options, stopped,
                         pending);
    return rest_pending_outcome(pending);
}
