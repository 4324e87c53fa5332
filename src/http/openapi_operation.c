/* One row of the route table as an OpenAPI operation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "openapi.h"

#include "router.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define JSON_TYPE "application/json"
#define YAML_TYPE "application/yaml"
#define TEXT_TYPE "text/plain"

enum { WORD_TEXT = 256 };

/* ---- parameters ---- */

void inf_openapi_parameter(struct inf_jsonw *w, const struct inf_param *param,
                           enum inf_param_place place)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "name", param->name);
    inf_jsonw_kv_string(w, "in", place == INF_IN_PATH ? "path" : "query");
    if (param->doc != NULL)
        inf_jsonw_kv_string(w, "description", param->doc);
    if (place == INF_IN_PATH)
        inf_jsonw_kv_bool(w, "required", true);
    else if (param->type == INF_P_BOOL)
        inf_jsonw_kv_bool(w, "allowEmptyValue", true);
    if (param->type == INF_P_LIST) {
        inf_jsonw_kv_string(w, "style", place == INF_IN_PATH ? "simple" : "form");
        inf_jsonw_kv_bool(w, "explode", false);
    }
    inf_jsonw_key(w, "schema");
    inf_openapi_value(w, param, place);
    inf_jsonw_end_object(w);
}

static bool takes_json(const struct inf_route *route)
{
    return route->body == INF_BODY_OPTIONAL || route->body == INF_BODY_REQUIRED;
}

static void write_parameters(struct inf_jsonw *w, const struct inf_route *route)
{
    inf_jsonw_key(w, "parameters");
    inf_jsonw_begin_array(w);
    for (const struct inf_param *p = route->params; p != NULL && p->name != NULL; p++) {
        if ((p->in & INF_IN_PATH) != 0)
            inf_openapi_parameter(w, p, INF_IN_PATH);
        else if ((p->in & INF_IN_QUERY) != 0)
            inf_openapi_parameter(w, p, INF_IN_QUERY);
    }
    for (const struct inf_param *p = inf_openapi_common; p->name != NULL; p++)
        if (p->in == INF_IN_QUERY || takes_json(route))
            inf_openapi_reference(w, "parameters", p->name);
    inf_jsonw_end_array(w);
}

/* ---- request bodies ---- */

static bool is_member(const struct inf_param *params, const struct inf_param *param)
{
    if ((param->in & INF_IN_BODY) == 0)
        return false;
    for (const struct inf_param *p = params; p < param; p++)
        if ((p->in & INF_IN_BODY) != 0 && strcmp(p->name, param->name) == 0)
            return false; /* a name may have a row for each place */
    return true;
}

static void write_required_members(struct inf_jsonw *w, const struct inf_param *params)
{
    bool any = false;
    for (const struct inf_param *p = params; p != NULL && p->name != NULL; p++)
        any |= p->required && is_member(params, p);
    if (!any)
        return;
    inf_jsonw_key(w, "required");
    inf_jsonw_begin_array(w);
    for (const struct inf_param *p = params; p->name != NULL; p++)
        if (p->required && is_member(params, p))
            inf_jsonw_string(w, p->name);
    inf_jsonw_end_array(w);
}

static void write_members(struct inf_jsonw *w, const struct inf_param *params)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "type", "object");
    inf_jsonw_key(w, "properties");
    inf_jsonw_begin_object(w);
    for (const struct inf_param *p = params; p != NULL && p->name != NULL; p++) {
        if (!is_member(params, p))
            continue;
        inf_jsonw_key(w, p->name);
        inf_openapi_value(w, p, INF_IN_BODY);
    }
    inf_jsonw_end_object(w);
    write_required_members(w, params);
    inf_jsonw_kv_bool(w, "additionalProperties", false);
    inf_jsonw_end_object(w);
}

static void write_request_body(struct inf_jsonw *w, const struct inf_route *route)
{
    if (route->body == INF_BODY_NONE)
        return;
    inf_jsonw_key(w, "requestBody");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_bool(w, "required", route->body != INF_BODY_OPTIONAL);
    inf_jsonw_key(w, "content");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, JSON_TYPE);
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "schema");
    if (route->request != NULL)
        inf_openapi_reference(w, "schemas", route->request);
    else
        write_members(w, route->params);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

/* ---- responses ---- */

static void write_media(struct inf_jsonw *w, const char *type, const char *schema)
{
    inf_jsonw_key(w, type);
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "schema");
    if (schema != NULL) {
        inf_openapi_reference(w, "schemas", schema);
    } else {
        inf_jsonw_begin_object(w);
        inf_jsonw_kv_string(w, "type", "string");
        inf_jsonw_end_object(w);
    }
    inf_jsonw_end_object(w);
}

void inf_openapi_response(struct inf_jsonw *w, const char *description, const char *schema,
                          bool plain_text)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "description", description);
    if (schema != NULL) {
        inf_jsonw_key(w, "content");
        inf_jsonw_begin_object(w);
        if (plain_text)
            write_media(w, TEXT_TYPE, NULL);
        write_media(w, JSON_TYPE, schema);
        write_media(w, YAML_TYPE, schema);
        inf_jsonw_end_object(w);
    }
    inf_jsonw_end_object(w);
}

/* An answer that is no JSON: JSON texts, one a line, or bytes. */
static void write_other(const char *type, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "description", "Done.");
    inf_jsonw_key(w, "content");
    inf_jsonw_begin_object(w);
    write_media(w, type, NULL);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

static void write_responses(struct inf_jsonw *w, const struct inf_route *route)
{
    inf_jsonw_key(w, "responses");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "200");
    if (route->endless_body)
        write_other("application/x-ndjson", w);
    else if (route->bytes_body)
        write_other("application/octet-stream", w);
    else
        inf_openapi_response(w, "Done.", route->response, route->plain_text);
    if (route->missing_body) {
        inf_jsonw_key(w, "404");
        inf_openapi_response(w, "There is nothing of that name.", route->response, false);
    }
    if (route->timeout_body) {
        inf_jsonw_key(w, "408");
        inf_openapi_response(w, "What was waited for did not come in time.", route->response,
                             false);
    }
    inf_jsonw_key(w, "4XX");
    inf_openapi_reference(w, "responses", "error");
    inf_jsonw_key(w, "5XX");
    inf_openapi_reference(w, "responses", "error");
    inf_jsonw_end_object(w);
}

/* ---- operations ---- */

static void lower(const char *text, char ret[WORD_TEXT])
{
    size_t i = 0;
    for (; text[i] != '\0' && i < WORD_TEXT - 1; i++)
        ret[i] = (char)tolower((unsigned char)text[i]);
    ret[i] = '\0';
}

/* "GET /_ml/trained_models/{model_id}" as "get_ml_trained_models_model_id". */
static void write_operation_id(struct inf_jsonw *w, const struct inf_route *route)
{
    char id[WORD_TEXT];
    lower(inf_method_name(route->methods), id);
    size_t filled = strlen(id);
    for (const char *p = route->path; *p != '\0' && filled < sizeof id - 2; p++) {
        if (isalnum((unsigned char)*p))
            id[filled++] = *p;
        else if (id[filled - 1] != '_' && isalnum((unsigned char)p[1]))
            id[filled++] = '_';
        else if (id[filled - 1] != '_' && p[1] == '_')
            id[filled++] = '_';
    }
    id[filled] = '\0';
    if (strcmp(route->path, "/") == 0)
        snprintf(id + filled, sizeof id - filled, "_root");
    inf_jsonw_kv_string(w, "operationId", id);
}

/* The first word of the path groups the operations: "/_ml/info" is of "ml". */
static void write_tag(struct inf_jsonw *w, const struct inf_route *route)
{
    const char *word = route->path + strspn(route->path, "/_");
    size_t length = strcspn(word, "/.");
    inf_jsonw_key(w, "tags");
    inf_jsonw_begin_array(w);
    inf_jsonw_string_n(w, length > 0 ? word : "root", length > 0 ? length : 4);
    inf_jsonw_end_array(w);
}

void inf_openapi_operation(struct inf_jsonw *w, const struct inf_route *route)
{
    char method[WORD_TEXT];
    lower(inf_method_name(route->methods), method);
    inf_jsonw_key(w, method);
    inf_jsonw_begin_object(w);
    write_operation_id(w, route);
    write_tag(w, route);
    if (route->doc != NULL)
        inf_jsonw_kv_string(w, "summary", route->doc);
    if (route->warning != NULL)
        inf_jsonw_kv_string(w, "description", route->warning);
    if (route->warning != NULL || route->compatible_only)
        inf_jsonw_kv_bool(w, "deprecated", true);
    inf_jsonw_kv_string(w, "x-privilege", inf_privilege_name(route->privilege));
    if (route->action != NULL)
        inf_jsonw_kv_string(w, "x-action", route->action);
    if (route->compatible_only)
        inf_jsonw_kv_int(w, "x-compatible-with", 8);
    write_parameters(w, route);
    write_request_body(w, route);
    write_responses(w, route);
    inf_jsonw_end_object(w);
}
