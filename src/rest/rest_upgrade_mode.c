/* rest_upgrade_mode.c - POST /_ml/set_upgrade_mode.
 *
 * The mode is kept in the store, so that a restart, which is what an upgrade is, does not end it.
 * What runs goes on; only a _start is refused (compatibility 8.1). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"
#include "rest_handlers.h"

enum inf_outcome rest_upgrade_mode_set(struct inf_call *call, struct inf_error *err)
{
    static const struct inf_object on = {.id = INF_UPGRADE_MODE, .text = "true"};
    struct inf_store *store = rest_app(call)->store;
    struct rest_pending *pending = rest_pending_new(call, NULL, NULL);

    (void)err;
    rest_pending_begin(pending);
    if (inf_call_bool(call, "enabled"))
        inf_store_put_object(store, INF_OBJECT_SETTING, &on, true, rest_pending_acknowledge,
                             pending);
    else
        inf_store_delete_object(store, INF_OBJECT_SETTING, INF_UPGRADE_MODE,
                                rest_pending_acknowledge, pending);
    return rest_pending_outcome(pending);
}
