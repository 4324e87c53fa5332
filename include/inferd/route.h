/* route.h - the route table: what can be asked, with which parameters, by whom.
 *
 * A row is all that the server knows of a request: matching, types, defaults, ranges, complaints
 * and privileges come from it, and so do docs/api.md and the OpenAPI document.
 *
 * Thread: none (constant data; the printers are pure). Bound: the table. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ROUTE_H
#define INFERD_ROUTE_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "inferd/privilege.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inf_call;

enum inf_method { INF_GET = 1, INF_HEAD = 2, INF_PUT = 4, INF_POST = 8, INF_DELETE = 16 };

enum inf_param_type {
    INF_P_STRING,
    INF_P_BOOL,
    INF_P_INT, /* 32 bits in path and query, as Java's int; 64 in the body, where checks bound it */
    INF_P_TIME,
    INF_P_BYTES,
    INF_P_ENUM,
    INF_P_LIST,    /* comma list; split after percent-decoding */
    INF_P_STRINGS, /* body only: array of strings; a single string counts as one */
    INF_P_OBJECT,  /* body only: object or null; read with inf_call_json */
    INF_P_ANY      /* body only: any value; read with inf_call_json */
};

enum inf_param_place { INF_IN_PATH = 1, INF_IN_QUERY = 2, INF_IN_BODY = 4 };

/* One complaint of a parameter, in Elasticsearch's words: raised when the value is below min or
 * above max (or no power of two, if asked). All complaints of a request are joined, ascending by
 * `order`, into one action_request_validation_exception. */
struct inf_check {
    int64_t min, max;
    bool power_of_two;
    int order;
    const char *text; /* without the name: "must be a positive integer" -> "[name] must be ..." */
};

struct inf_param {
    const char *name; /* NULL ends the list */
    enum inf_param_type type;
    unsigned in;                    /* inf_param_place flags; a query value overrides the body's */
    const char *dflt;               /* NULL: absent unless given */
    const char *choices;            /* ENUM: "starting|started|fully_allocated" */
    const char *enum_class;         /* ENUM: Java name in "No enum constant <enum_class>.FOO" */
    const struct inf_check *checks; /* ended by text == NULL; NULL when none */
    bool required;                  /* body: "[name] must not be null." complaint */
    const char *schema;             /* body: schema of the value where the type says too little */
    const char *doc;
};

enum inf_body_kind {
    INF_BODY_NONE,     /* a non-empty body is 400 "request [M /p] does not support having a body" */
    INF_BODY_OPTIONAL, /* JSON object or nothing */
    INF_BODY_REQUIRED, /* JSON object; empty is 400 */
    INF_BODY_STREAM    /* handed to on_data as it comes, not parsed; empty is 400 */
};

enum inf_outcome { INF_REPLIED, INF_FAILED, INF_LATER };

/* A handler. INF_REPLIED: inf_call_reply was called. INF_FAILED: err is set and will be rendered.
 * INF_LATER: somebody will call inf_call_reply or inf_call_fail; the connection is suspended. */
typedef enum inf_outcome (*inf_handler)(struct inf_call *call, struct inf_error *err);

struct inf_validation; /* the complaints of one request */
/* Adds "text" at `order`; see struct inf_check. */
void inf_validation_add(struct inf_validation *validation, int order, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct inf_route {
    unsigned methods; /* one inf_method (HEAD only where it is asked for, as on "/") */
    const char
        *path; /* "/_ml/trained_models/{model_id}/_infer"; a trailing slash is equal to none */
    const struct inf_param *params; /* may be NULL; path parameters are listed too */
    enum inf_body_kind body;
    const char *parser; /* ObjectParser name in body errors */
    const char
        *empty_body;   /* reason when a REQUIRED body is empty; NULL: "request body is required" */
    bool endless_body; /* STREAM: of any length; http.max_content_length does not count */
    bool
        open_body; /* the handler reads the body itself; members that are not listed are no error */
    bool body_replaces_query; /* _stop: with a body the query is not read */
    enum inf_privilege privilege;
    const char *action; /* Elasticsearch action name, for 403 texts and the audit log */
    /* Name of a path parameter: whoever it names may do this without the privilege, to themself. */
    const char *self;
    bool gated_only;     /* there only where the server has a gate */
    const char *warning; /* deprecation text sent as a Warning header, or NULL */
    /* Removed in version 9: there for requests with compatible-with=8, no handler for others. */
    bool compatible_only;
    bool plain_text;      /* text/plain unless asked for JSON or YAML: see inf_call_wants_text */
    const char *response; /* schema of the 200 body, a name in inf_schemas; NULL: no body */
    bool bytes_body;      /* the 200 body is bytes, no text: application/octet-stream */
    bool missing_body;    /* a 404 has the body of a 200, which then shows nothing */
    bool timeout_body;    /* a 408 has the body of a 200 and is no error */
    const char *request;  /* schema of the request body where the parameters do not describe it */
    /* Cross-field rules; adds complaints. May be NULL. Runs after the table's own checks. */
    void (*validate)(struct inf_call *call, struct inf_validation *validation);
    /* INF_BODY_STREAM only. on_open runs when the headers are in; both return 0, or -1 with err. */
    int (*on_open)(struct inf_call *call, struct inf_error *err);
    int (*on_data)(struct inf_call *call, const char *data, size_t length, struct inf_error *err);
    inf_handler handler;
    const char *doc;
    /* In the row that ends a list (path NULL): the first row of the next list, or NULL. */
    const struct inf_route *more;
};

/* The row after this one, in the next list where this one ends; path NULL: there is none. */
static inline const struct inf_route *inf_route_next(const struct inf_route *route)
{
    route++;
    while (route->path == NULL && route->more != NULL)
        route = route->more;
    return route;
}

/* ---- printing it ---- */

/* --print-routes: docs/api.md in Markdown. */
void inf_routes_print_docs(const struct inf_route *routes, struct inf_buf *out);

/* A JSON Schema by its name. Refers to others with "$ref":"#/components/schemas/<name>". */
struct inf_schema {
    const char *name, *json;
};
/* --print-openapi: the table as an OpenAPI 3.1 document. schemas: NULL-ended list of lists, each
 * ended by name == NULL; every name that a row uses must be there, and "error". */
void inf_routes_print_openapi(const struct inf_route *routes,
                              const struct inf_schema *const *schemas, const char *version,
                              struct inf_buf *out);

#endif
