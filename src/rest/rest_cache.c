/* rest_cache.c - POST cache/_clear: forgets the cached results of a deployment. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/serving.h"
#include "reply.h"
#include "rest_handlers.h"

enum inf_outcome rest_cache_clear(struct inf_call *call, struct inf_error *err)
{
    struct inf_buf body;

    if (inf_manager_clear_cache(rest_app(call)->manager, inf_call_str(call, "model_id"), err) != 0)
        return INF_FAILED;
    inf_buf_init(&body, 64);
    inf_buf_puts(&body, "{\"cleared\":true}");
    return rest_reply(call, &body, err);
}
