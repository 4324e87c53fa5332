/* http.h - from bytes to calls: the route table's types, a handler's view of one request, and the
 * server. Knows nothing of models.
 *
 * Thread: loop only, all of it. libmicrohttpd runs inside the libuv loop (external epoll); a
 * handler that waits returns INF_LATER, the connection is suspended, and inf_call_reply resumes it.
 * Owns:   a call lives until its response is sent or its client is gone; `state` dies with it.
 * Bound:  http.max_content_length for bodies, http.max_header_size, http.max_connections. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_H
#define INFERD_HTTP_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct inf_call;
struct inf_server;

/* ---- the route table ---- */

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
    const char *doc;
};

enum inf_body_kind {
    INF_BODY_NONE,     /* a non-empty body is 400 "request [M /p] does not support having a body" */
    INF_BODY_OPTIONAL, /* JSON object or nothing */
    INF_BODY_REQUIRED, /* JSON object; empty is 400 */
    INF_BODY_STREAM    /* handed to on_data as it comes, not parsed; empty is 400 */
};

enum inf_privilege {
    INF_PRIV_NONE,
    INF_PRIV_MONITOR,
    INF_PRIV_MONITOR_ML,
    INF_PRIV_MANAGE_ML,
    INF_PRIV_COUNT
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
        *empty_body; /* reason when a REQUIRED body is empty; NULL: "request body is required" */
    bool body_replaces_query; /* _stop: with a body the query is not read */
    enum inf_privilege privilege;
    const char *action;  /* Elasticsearch action name, for 403 texts and the audit log */
    const char *warning; /* deprecation text sent as a Warning header, or NULL */
    /* Cross-field rules; adds complaints. May be NULL. Runs after the table's own checks. */
    void (*validate)(struct inf_call *call, struct inf_validation *validation);
    /* INF_BODY_STREAM only. on_open runs when the headers are in; both return 0, or -1 with err. */
    int (*on_open)(struct inf_call *call, struct inf_error *err);
    int (*on_data)(struct inf_call *call, const char *data, size_t length, struct inf_error *err);
    inf_handler handler;
    const char *doc;
};

/* ---- a handler's view of one request ---- */

void *inf_call_context(const struct inf_call *call); /* options.context of the server */
uint64_t inf_call_id(const struct inf_call *call);   /* unique in this process; in every log line */
uint64_t inf_call_arrival_ns(const struct inf_call *call); /* uv_hrtime at the first byte */
const char *inf_call_path(const struct inf_call *call);    /* without the query string, as sent */
bool inf_call_has(const struct inf_call *call, const char *name);        /* given by the client */
const char *inf_call_str(const struct inf_call *call, const char *name); /* NULL when absent */
int64_t inf_call_int(const struct inf_call *call, const char *name);     /* INT, TIME (ms), BYTES */
bool inf_call_bool(const struct inf_call *call, const char *name);
const struct cJSON *inf_call_json(const struct inf_call *call, const char *name); /* body member */
const struct inf_json *inf_call_body(const struct inf_call *call); /* NULL when there was none */
bool inf_call_human(const struct inf_call *call);                  /* ?human=true */

/* The handler's own data; freed with free_fn when the call ends, whatever ended it. */
void inf_call_set_state(struct inf_call *call, void *state, void (*free_fn)(void *state));
void *inf_call_state(const struct inf_call *call);
/* `gone` runs when the client leaves while the call waits (INF_LATER); the call is still valid
 * inside it and is freed right after, so pending work must forget it there. Never runs after a
 * reply. */
void inf_call_on_gone(struct inf_call *call, void (*gone)(struct inf_call *call));

/* Ends the call. Takes body's bytes (body is empty afterwards; NULL sends an empty JSON object only
 * if the caller wrote one). `json` says the bytes are one JSON value (pretty and filter_path
 * apply); otherwise they are text/plain. Exactly one reply a call. */
void inf_call_reply(struct inf_call *call, int status, struct inf_buf *body);
void inf_call_reply_text(struct inf_call *call, int status, struct inf_buf *body);
void inf_call_reply_acknowledged(struct inf_call *call); /* 200 {"acknowledged":true} */
void inf_call_fail(struct inf_call *call, const struct inf_error *err);
/* Adds a response header before the reply (Warning, ...). value is copied and must be header-safe.
 */
void inf_call_header(struct inf_call *call, const char *name, const char *value);
void inf_call_warning(struct inf_call *call, const char *text); /* "299 Elasticsearch-... "text"" */

/* ---- the server ---- */

struct inf_server_options {
    struct uv_loop_s *loop;
    const char *host;               /* IPv4 or IPv6 address */
    uint16_t port;                  /* 0: any free port; ask inf_server_port */
    const struct inf_route *routes; /* ended by path == NULL */
    void *context;
    const char *version;    /* "9.2.0", for Warning headers */
    const char *build_hash; /* likewise */
    int64_t max_content_length;
    int64_t max_header_size;
    int max_connections;
    int max_connections_per_address; /* 0: no limit */
    int64_t header_timeout_ms;       /* from the first byte (or accept) to the end of the headers */
    int64_t body_timeout_ms; /* longest time without progress of at least 1 KiB/s in a body */
    int64_t idle_timeout_ms; /* keep-alive between requests */
};

int inf_server_start(const struct inf_server_options *options, struct inf_server **ret,
                     struct inf_error *err);
uint16_t inf_server_port(const struct inf_server *server);
/* Stops accepting; running calls go on, their answers say Connection: close. `drained` runs when
 * the last call has ended, or after deadline_ms, when those left were answered 503. */
void inf_server_drain(struct inf_server *server, int64_t deadline_ms, void (*drained)(void *arg),
                      void *arg);
/* Answers whatever is suspended with 503, stops libmicrohttpd, closes the handles. The memory is
 * freed once the loop has run the close callbacks. */
void inf_server_stop(struct inf_server *server);

/* --print-routes: docs/api.md in Markdown. */
void inf_routes_print_docs(const struct inf_route *routes, struct inf_buf *out);

#endif
