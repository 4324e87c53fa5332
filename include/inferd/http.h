/* http.h - from bytes to calls: a handler's view of one request, and the server. Knows nothing of
 * models. What can be asked is the caller's route table, see route.h.
 *
 * Thread: loop only, all of it. libmicrohttpd runs inside the libuv loop (external epoll); a
 * handler that waits returns INF_LATER, the connection is suspended, and inf_call_reply resumes it.
 * Owns:   a call lives until its response is sent or its client is gone; `state` dies with it.
 * Bound:  http.max_content_length for bodies, http.max_header_size, http.max_connections. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_H
#define INFERD_HTTP_H

#include "inferd/buf.h"
#include "inferd/client.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include "inferd/route.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct inf_call;
struct inf_server;

/* ---- a handler's view of one request ---- */

void *inf_call_context(const struct inf_call *call); /* options.context of the server */
uint64_t inf_call_id(const struct inf_call *call);   /* unique in this process; in every log line */
uint64_t inf_call_arrival_ns(const struct inf_call *call); /* uv_hrtime at the first byte */
int64_t inf_call_passed_ms(const struct inf_call *call);   /* since then */
const char *inf_call_path(const struct inf_call *call);    /* without the query string, as sent */
bool inf_call_has(const struct inf_call *call, const char *name);        /* given by the client */
const char *inf_call_str(const struct inf_call *call, const char *name); /* NULL when absent */
int64_t inf_call_int(const struct inf_call *call, const char *name);     /* INT, TIME (ms), BYTES */
bool inf_call_bool(const struct inf_call *call, const char *name);
const struct cJSON *inf_call_json(const struct inf_call *call, const char *name); /* body member */
const struct inf_json *inf_call_body(const struct inf_call *call); /* NULL when there was none */
bool inf_call_human(const struct inf_call *call);                  /* ?human=true */
bool inf_call_wants_text(const struct inf_call *call); /* neither format nor Accept wants JSON */
const char *inf_call_peer(struct inf_call *call);      /* the client's address: "127.0.0.1" */
struct inf_client inf_call_client(const struct inf_call *call); /* whose share it takes */

/* Connections of the server: open now, and accepted since it started. */
void inf_call_connections(const struct inf_call *call, int *ret_open, uint64_t *ret_accepted);

/* ---- the gate: who may pass, decided by whoever puts the server together ---- */

/* Asked once the headers are in, before anything of the request is looked at, even whether there
 * is such a path. REFUSED: err is the answer. LATER: inf_call_admit will be called, unless the call
 * is gone (inf_call_on_gone). */
enum inf_admission { INF_ADMITTED, INF_REFUSED, INF_ADMITTED_LATER };
struct inf_gate {
    enum inf_admission (*authenticate)(struct inf_call *call, struct inf_error *err);
    /* May the caller do what this row does? Asked before its parameters or body are read. */
    int (*authorize)(struct inf_call *call, const struct inf_route *route, struct inf_error *err);
};
void inf_call_admit(struct inf_call *call, const struct inf_error *err); /* NULL: it may pass */
const char *inf_call_authorization(const struct inf_call *call); /* the header's value, or NULL */
const char *inf_call_uri(const struct inf_call *call);           /* path and query, as sent */
const char *inf_call_method(const struct inf_call *call);        /* "GET" */
const char *inf_call_opaque_id(const struct inf_call *call);     /* X-Opaque-Id, or NULL */
#define INF_RELAYED_HEADER "X-Inferd-Relayed"
#define INF_RELAYED_BY_WAY "by way" /* this node may send it on, and the next one may not */
/* It has that header, and this node is the last. */
bool inf_call_is_relayed(const struct inf_call *call);
/* It has it with that value: this node is not the last, and the next one is. */
bool inf_call_came_by_way(const struct inf_call *call);
/* A path parameter of the row that matched, decoded, before the others are read; or NULL. */
const char *inf_call_path_value(struct inf_call *call, const char *name);
/* Who it turned out to be; freed with free_fn when the call ends. */
void inf_call_set_caller(struct inf_call *call, void *caller, void (*free_fn)(void *caller));
void *inf_call_caller(const struct inf_call *call); /* NULL: nobody, or there is no gate */

/* A refusal may rest on what is out of date. Asked once a request, before one is told: what the
 * headers decide (route NULL: what the gate did, whatever was asked for) before the body is read,
 * and what a handler has answered. A stream is asked about before it is opened, with NONE when
 * nothing is wrong. true: inf_look_end will be called, later than this, and all waits for that. */
struct inf_look;
typedef bool (*inf_second_look)(struct inf_call *call, const struct inf_route *route,
                                enum inf_err_code code, struct inf_look *look);
/* again: the gate, or the handler, is asked once more; else the refusal is told. Frees look, and is
 * called also when the request is gone. */
void inf_look_end(struct inf_look *look, bool again);

/* The handler's own data; freed with free_fn when the call ends, whatever ended it. */
void inf_call_set_state(struct inf_call *call, void *state, void (*free_fn)(void *state));
void *inf_call_state(const struct inf_call *call);
/* `gone` runs when the client leaves while the call waits (INF_LATER); the call is still valid
 * inside it and is freed right after, so pending work must forget it there. Never runs after a
 * reply. */
void inf_call_on_gone(struct inf_call *call, void (*gone)(struct inf_call *call));
/* For a handler that returns INF_LATER: `over` runs after timeout_ms and has to answer, unless the
 * call has ended before. Takes the place of the call's state. */
void inf_call_wait(struct inf_call *call, int64_t timeout_ms, void (*over)(struct inf_call *call));
/* `over` runs once, after so long, unless the alarm is ended before; whoever set it ends it in any
 * case, also in `over` itself, and before the call is gone. NULL is fine. */
struct inf_alarm;
struct inf_alarm *inf_alarm_set(const struct inf_call *call, int64_t after_ms,
                                void (*over)(void *arg), void *arg);
void inf_alarm_end(struct inf_alarm *alarm);
/* Runs `check` and fails with its complaints, if it has any, as the table's validate does: for
 * rules that can only be asked when the body is more than parsed. */
int inf_call_validate(struct inf_call *call,
                      void (*check)(struct inf_call *call, struct inf_validation *validation),
                      struct inf_error *err);

/* Ends the call. Takes body's bytes (body is empty afterwards; NULL sends an empty JSON object only
 * if the caller wrote one). `json` says the bytes are one JSON value (pretty and filter_path
 * apply); otherwise they are text/plain. Exactly one reply a call. */
void inf_call_reply(struct inf_call *call, int status, struct inf_buf *body);
void inf_call_reply_text(struct inf_call *call, int status, struct inf_buf *body);
/* Sends `length` bytes of a file, from its beginning, without reading them into memory. Takes fd.
 */
void inf_call_reply_file(struct inf_call *call, int status, const char *content_type, int fd,
                         uint64_t length);
void inf_call_reply_acknowledged(struct inf_call *call); /* 200 {"acknowledged":true} */
void inf_call_fail(struct inf_call *call, const struct inf_error *err);
/* The value of "error" in an answer, for answers that tell an error of one of several things.
 * origin: the text of its stack_trace, or NULL. The error's type must not be NULL. */
void inf_response_error_object(struct inf_jsonw *w, const struct inf_error *err,
                               const char *origin);
/* From on_data: no more of the body is wanted for now, until inf_call_go_on. The client is not
 * blamed for the time between. */
void inf_call_pause(struct inf_call *call);
void inf_call_go_on(struct inf_call *call); /* does nothing unless it is paused */
/* Adds a response header before the reply (Warning, ...). value is copied and must be header-safe.
 */
void inf_call_header(struct inf_call *call, const char *name, const char *value);
void inf_call_warning(struct inf_call *call, const char *text); /* "299 Elasticsearch-... "text"" */

/* ---- the server ---- */

enum inf_tls_client_auth {
    INF_TLS_NO_CLIENT_AUTH,
    INF_TLS_OPTIONAL_CLIENT_AUTH, /* a certificate need not be shown, but must be right if it is */
    INF_TLS_REQUIRED_CLIENT_AUTH
};
/* Paths of PEM files and lists; "" where there is nothing. */
struct inf_tls_options {
    const char *certificate, *key, *key_passphrase_file, *certificate_authorities;
    const char *protocols, *cipher_suites;
    enum inf_tls_client_auth client_auth;
};

struct inf_server_options {
    struct uv_loop_s *loop;
    const char *host;                  /* IPv4 or IPv6 address */
    uint16_t port;                     /* 0: any free port; ask inf_server_port */
    const struct inf_route *routes;    /* ended by path == NULL */
    const struct inf_gate *gate;       /* NULL: everybody may do everything */
    inf_second_look second_look;       /* NULL: each refusal is told at once */
    const struct inf_tls_options *tls; /* NULL: plain HTTP */
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
/* Reads certificate and key again; what is connected stays. Nothing to do without TLS. */
int inf_server_reload_tls(struct inf_server *server, struct inf_error *err);
uint16_t inf_server_port(const struct inf_server *server);
/* Stops accepting; running calls go on, their answers say Connection: close. `drained` runs when
 * the last call has ended, or after deadline_ms, when those left were answered 503. */
void inf_server_drain(struct inf_server *server, int64_t deadline_ms, void (*drained)(void *arg),
                      void *arg);
/* Answers whatever is suspended with 503, stops libmicrohttpd, closes the handles. The memory is
 * freed once the loop has run the close callbacks. */
void inf_server_stop(struct inf_server *server);

#endif
