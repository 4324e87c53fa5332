/* rest_deployment_update.c - _update of a deployment: its number of allocations, fixed or adaptive.
 *
 * What concerns the request alone is checked here; the manager merges it with what there is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"
#include "rest_adaptive.h"
#include "rest_handlers.h"

void rest_deployment_update_check(struct inf_call *call, struct inf_validation *validation)
{
    struct inf_deployment_update update;
    struct inf_error later; /* a malformed object is the handler's to report */

    if (rest_adaptive_parse(call, &update, &later) == 0)
        rest_adaptive_check(&update, inf_call_has(call, "number_of_allocations"), validation);
}

enum inf_outcome rest_deployment_update(struct inf_call *call, struct inf_error *err)
{
    struct inf_deployment_update update;
    struct rest_pending *pending;
    bool numbered = inf_call_has(call, "number_of_allocations");

    if (inf_call_body(call) == NULL && !numbered) {
        inf_error_set(err, INF_ERR_PARSE, "request body is required");
        return INF_FAILED;
    }
    if (rest_check_body_id(call, "model_id", err) != 0 ||
        rest_adaptive_parse(call, &update, err) != 0)
        return INF_FAILED;
    update.has_allocations = numbered;
    if (numbered)
        update.number_of_allocations =
            rest_deployment_count(inf_call_int(call, "number_of_allocations"));
    pending = rest_pending_new(call, NULL, NULL);
    rest_pending_begin(pending);
    inf_manager_update(rest_app(call)->manager, inf_call_str(call, "model_id"), &update,
                       inf_call_int(call, "timeout"), rest_deployment_answer, pending);
    return rest_pending_outcome(pending);
}
