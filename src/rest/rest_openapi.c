/* rest_openapi.c - GET /_openapi.json: the route table as an OpenAPI document, printed once at the
 * start. */
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
    const struct inf_buf *document = &rest_app(call)->openapi;
    struct inf_buf body;

    inf_buf_init(&body, DOCUMENT_MAX);
    inf_buf_append(&body, document->data, document->length);
    return rest_reply(call, &body, err);
}
