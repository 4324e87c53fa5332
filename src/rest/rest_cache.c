/* rest_cache.c - POST cache/_clear: forgets the cached results of a deployment, on all nodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "gather.h"
#include "inferd/serving.h"
#include "reply.h"
#include "rest_handlers.h"

#define NOT_FOUND 404

/* A node that does not know the deployment yet has nothing cached of it. */
static int check_others(const struct inf_gathered *others, struct inf_error *err)
{
    for (size_t i = 0; i < others->count; i++)
        if (others->nodes[i].problem != NULL && others->nodes[i].status != NOT_FOUND)
            return inf_error_set(err, INF_ERR_UNAVAILABLE,
                                 "the cache was not cleared everywhere: %s",
                                 others->nodes[i].problem);
    return 0;
}

static enum inf_outcome answer(struct inf_call *call, const struct inf_gathered *others,
                               struct inf_error *err)
{
    struct inf_buf body;

    if (inf_manager_clear_cache(rest_app(call)->manager, inf_call_str(call, "model_id"), err) !=
            0 ||
        check_others(others, err) != 0)
        return INF_FAILED;
    inf_buf_init(&body, 64);
    inf_buf_puts(&body, "{\"cleared\":true}");
    return rest_reply(call, &body, err);
}

static void print_target(struct inf_call *call, struct inf_buf *out)
{
    inf_buf_puts(out, inf_call_path(call));
}

enum inf_outcome rest_cache_clear(struct inf_call *call, struct inf_error *err)
{
    const struct inf_gathering gathering = {.method = "POST",
                                            .timeout_ms = inf_call_int(call, "timeout"),
                                            .print_target = print_target,
                                            .answer = answer};

    if (inf_manager_deployment(rest_app(call)->manager, inf_call_str(call, "model_id")) == NULL)
        return answer(call, &(struct inf_gathered){0}, err); /* which says so */
    return rest_gather(call, &gathering, err);
}
