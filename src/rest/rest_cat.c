/* rest_cat.c - GET /_cat: which tables there are. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"
#include "rest_handlers.h"
#include <string.h>

#define LIST_MAX 4096

/* The paths come from the route table, so that none is forgotten. */
enum inf_outcome rest_cat_list(struct inf_call *call, struct inf_error *err)
{
    struct inf_buf body;

    (void)err;
    inf_buf_init(&body, LIST_MAX);
    inf_buf_puts(&body, "=^.^=\n");
    for (const struct inf_route *route = inf_routes; route->path != NULL;
         route = inf_route_next(route))
        if (strncmp(route->path, "/_cat/", strlen("/_cat/")) == 0)
            inf_buf_printf(&body, "%s\n", route->path);
    inf_call_reply_text(call, 200, &body);
    return INF_REPLIED;
}
