/* Prints the route table as an OpenAPI 3.1 document, so that the document cannot differ from what
 * the server takes. What the table does not know, the shape of answers, comes as named schemas. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "openapi.h"

#include <string.h>

/* Parameters that every route takes; those that stand for a body only where there may be one. */
#define EVERYWHERE INF_IN_QUERY
#define WITH_BODIES (INF_IN_QUERY | INF_IN_BODY)

const struct inf_param inf_openapi_common[] = {
    {.name = "pretty",
     .in = EVERYWHERE,
     .type = INF_P_BOOL,
     .dflt = "false",
     .doc = "Indents the answer."},
    {.name = "human",
     .in = EVERYWHERE,
     .type = INF_P_BOOL,
     .dflt = "false",
     .doc = "Adds readable twins of sizes and times."},
    {.name = "error_trace",
     .in = EVERYWHERE,
     .type = INF_P_BOOL,
     .dflt = "false",
     .doc = "Adds a `stack_trace` to errors: the chain of causes and the request's number."},
    {.name = "filter_path",
     .in = EVERYWHERE,
     .type = INF_P_STRING,
     .doc = "Which parts of the answer are sent: `a.b,-c.*`."},
    {.name = "format",
     .in = EVERYWHERE,
     .type = INF_P_STRING,
     .doc = "`json` or `yaml`; overrides the Accept header. `cbor` and `smile` are a 406."},
    {.name = "source",
     .in = WITH_BODIES,
     .type = INF_P_STRING,
     .doc = "The body, where a client cannot send one."},
    {.name = "source_content_type",
     .in = WITH_BODIES,
     .type = INF_P_STRING,
     .doc = "The media type of `source`: `application/json`."},
    {.name = NULL},
};

static bool is_first_of_path(const struct inf_route *routes, const struct inf_route *route)
{
    for (const struct inf_route *r = routes; r != route; r = inf_route_next(r))
        if (strcmp(r->path, route->path) == 0)
            return false;
    return true;
}

static void write_paths(struct inf_jsonw *w, const struct inf_route *routes)
{
    inf_jsonw_key(w, "paths");
    inf_jsonw_begin_object(w);
    for (const struct inf_route *route = routes; route->path != NULL;
         route = inf_route_next(route)) {
        if (!is_first_of_path(routes, route))
            continue;
        inf_jsonw_key(w, route->path);
        inf_jsonw_begin_object(w);
        for (const struct inf_route *r = route; r->path != NULL; r = inf_route_next(r))
            if (strcmp(r->path, route->path) == 0)
                inf_openapi_operation(w, r);
        inf_jsonw_end_object(w);
    }
    inf_jsonw_end_object(w);
}

/* ---- the document ---- */

static void write_info(struct inf_jsonw *w, const char *version)
{
    inf_jsonw_kv_string(w, "openapi", "3.1.0");
    inf_jsonw_key(w, "info");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "title", "inferd");
    inf_jsonw_kv_string(w, "version", version);
    inf_jsonw_kv_string(w, "description",
                        "Elasticsearch's trained-model API, and what belongs to it. Printed from "
                        "the route table that the server answers by.");
    inf_jsonw_key(w, "license");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "name", "Apache-2.0");
    inf_jsonw_kv_string(w, "identifier", "Apache-2.0");
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

/* How a request says whose it is, where security is on. */
static const char security_schemes[] =
    "{\"basic\":{\"type\":\"http\",\"scheme\":\"basic\"},"
    "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
    "\"api_key\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"Authorization\","
    "\"description\":\"ApiKey, a blank, and base64 of the key's id, a colon and the key\"}}";
static const char security[] = "[{},{\"basic\":[]},{\"bearer\":[]},{\"api_key\":[]}]";

static void write_security(struct inf_jsonw *w)
{
    inf_jsonw_key(w, "security");
    inf_jsonw_raw(w, security, strlen(security));
}

static void write_components(struct inf_jsonw *w, const struct inf_schema *const *schemas)
{
    inf_jsonw_key(w, "components");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "securitySchemes");
    inf_jsonw_raw(w, security_schemes, strlen(security_schemes));
    inf_jsonw_key(w, "parameters");
    inf_jsonw_begin_object(w);
    for (const struct inf_param *param = inf_openapi_common; param->name != NULL; param++) {
        inf_jsonw_key(w, param->name);
        inf_openapi_parameter(w, param, INF_IN_QUERY);
    }
    inf_jsonw_end_object(w);
    inf_jsonw_key(w, "responses");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "error");
    inf_openapi_response(w, "Refused or failed; `type` and `reason` say why.", "error", false);
    inf_jsonw_end_object(w);
    inf_jsonw_key(w, "schemas");
    inf_jsonw_begin_object(w);
    for (const struct inf_schema *const *list = schemas; *list != NULL; list++)
        for (const struct inf_schema *schema = *list; schema->name != NULL; schema++) {
            inf_jsonw_key(w, schema->name);
            inf_jsonw_raw(w, schema->json, strlen(schema->json));
        }
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

void inf_routes_print_openapi(const struct inf_route *routes,
                              const struct inf_schema *const *schemas, const char *version,
                              struct inf_buf *out)
{
    struct inf_jsonw w;
    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    write_info(&w, version);
    write_security(&w);
    write_paths(&w, routes);
    write_components(&w, schemas);
    inf_jsonw_end_object(&w);
}
