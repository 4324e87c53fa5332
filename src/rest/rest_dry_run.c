/* rest_dry_run.c - the dry run of a _start: the manager's report is the answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rest_dry_run.h"
#include "reply.h"

static void reported(void *arg, const struct inf_error *failed, struct inf_buf *report)
{
    struct rest_pending *pending = arg;
    struct inf_call *call = rest_pending_call(pending);
    struct inf_error err;

    if (call != NULL && failed != NULL)
        inf_call_fail(call, failed);
    else if (call != NULL && rest_reply(call, report, &err) == INF_FAILED)
        inf_call_fail(call, &err);
    rest_pending_end(pending);
}

enum inf_outcome rest_dry_run(struct inf_call *call, const struct inf_deployment_params *params)
{
    struct rest_pending *pending = rest_pending_new(call, NULL, NULL);

    rest_pending_begin(pending);
    inf_manager_dry_run(rest_app(call)->manager, params, inf_call_int(call, "timeout"), reported,
                        pending);
    return rest_pending_outcome(pending);
}
