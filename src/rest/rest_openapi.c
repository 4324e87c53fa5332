/* rest_openapi.c - GET /_openapi.json: the route table as an OpenAPI document. It is printed for
 * each request, which takes about a millisecond, and not kept: few ask for it, and it is as large
 * as some of the daemon's own memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/rest.h"
#include "reply.h"
#include "rest_handlers.h"

#define DOCUMENT_MAX ((size_t)16 << 20)

void inf_rest_print_openapi(struct inf_buf *out)
{
    inf_routes_print_openapi(inf_routes, inf_schemas, INF_ES_VERSION, out);
}

enum inf_outcome rest_openapi_get(struct inf_call *call, struct inf_error *err)
{
    struct inf_buf body;

    inf_buf_init(&body, DOCUMENT_MAX);
    inf_rest_print_openapi(&body);
    return rest_reply(call, &body, err);
}
