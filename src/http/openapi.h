/* openapi.h - the parts of the OpenAPI document.
 *
 * Thread: none (pure). Bound: the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_OPENAPI_H
#define INFERD_HTTP_OPENAPI_H

#include "inferd/http.h"

/* Parameters that routes take without naming them; ended by name == NULL. */
extern const struct inf_param inf_openapi_common[];

/* {"$ref":"#/components/<kind>/<name>"} */
void inf_openapi_reference(struct inf_jsonw *w, const char *kind, const char *name);
/* The JSON Schema of a value of that parameter in one place: type, range, choices, default. */
void inf_openapi_value(struct inf_jsonw *w, const struct inf_param *param,
                       enum inf_param_place place);
/* A parameter object; place is the path or the query. */
void inf_openapi_parameter(struct inf_jsonw *w, const struct inf_param *param,
                           enum inf_param_place place);
/* A response object; schema NULL: it has no body. plain_text: the usual form is a text. */
void inf_openapi_response(struct inf_jsonw *w, const char *description, const char *schema,
                          bool plain_text);
/* "get": {...} of one row, as a member of its path's object. */
void inf_openapi_operation(struct inf_jsonw *w, const struct inf_route *route);

#endif
