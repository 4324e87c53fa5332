/* call.h - one request's life inside this folder; handlers see it through inferd/http.h.
 *
 * Thread: loop only. Owns: the body, its tree, the handler's state and the answer until
 * libmicrohttpd takes it. The struct is part of its connection and is used again by the next
 * request on it. Bound: see inferd/http.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_CALL_H
#define INFERD_HTTP_CALL_H

#include "gunzip.h"
#include "headers.h"
#include "negotiate.h"
#include "params.h"
#include "response.h"

struct MHD_Connection;
struct inf_connection;
struct inf_look;
struct inf_shaping;

enum inf_call_stage {
    INF_CALL_NONE,       /* no request on this connection */
    INF_CALL_HEADERS,    /* the request line is in, the headers are not */
    INF_CALL_ADMITTED,   /* the gate has spoken after a while; the connection was resumed */
    INF_CALL_LOOKED,     /* the same of a second look at what the headers have decided */
    INF_CALL_BUFFERING,  /* the body is gathered */
    INF_CALL_STREAMING,  /* the body goes to on_data */
    INF_CALL_DISCARDING, /* the body is read away; `error` is the answer */
    INF_CALL_RUNNING,    /* the handler runs */
    INF_CALL_WAITING,  /* for the gate, for the handler's owner, for a second look, or for the pool
                          to shape a long answer; the connection is suspended */
    INF_CALL_ANSWERED, /* `response` is made or already with libmicrohttpd */
    INF_CALL_GONE      /* the client left while it waited */
};

struct inf_call {
    struct inf_server *server;
    struct inf_connection *connection;
    struct MHD_Connection *mhd;
    enum inf_call_stage stage;
    uint64_t id, arrival_ns;
    struct inf_arena arena;
    const char *uri, *path, *query; /* as sent; query NULL when there was no '?' */
    const char *method_text;
    unsigned method;
    struct inf_headers headers;
    struct inf_media media;
    struct inf_match match;
    struct inf_query pairs;
    struct inf_params params;
    bool begun;   /* everything that can be checked before the body was checked */
    bool refused; /* `error` is what the gate said; the request is read away */
    void *caller; /* who asks, the gate's own */
    void (*free_caller)(void *caller);
    bool paused;      /* while its body comes: the connection is, or will be, suspended */
    bool suspended;   /* because it is paused */
    bool in_body;     /* libmicrohttpd is handing a piece over */
    bool must_close;  /* what follows on the connection cannot be trusted or is not wanted */
    int64_t received; /* bytes of the body as sent */
    struct inf_buf body;
    struct inf_json json;
    bool has_json;
    struct inf_gunzip *gunzip;
    bool looked;           /* twice, or it was not worth it */
    bool at_door_again;    /* after the second look, from the gate on */
    bool opens_later;      /* on_open of a stream has not run yet: a look comes first */
    int kept_status;       /* of `kept`; 0: no handler has answered */
    struct inf_buf kept;   /* what was answered, while it is looked at again */
    struct inf_look *look; /* while it is */
    struct inf_extra_header **extra_mark; /* the end of the headers that the handler found */
    struct inf_error error;
    void *state;
    void (*free_state)(void *state);
    void (*gone)(struct inf_call *call);
    struct inf_extra_header *extra;
    struct inf_shaping *shaping; /* the answer while the pool has it */
    struct MHD_Response *response;
    int status;
};

/* The request line is there. uri is copied. */
void inf_call_start(struct inf_call *call, struct MHD_Connection *mhd, const char *uri);
/* libmicrohttpd's access handler, once for the headers, once for each piece of the body, once at
 * its end and once after each resume. False closes the connection. */
bool inf_call_step(struct inf_call *call, const char *method, const char *version, const char *data,
                   size_t *size);
/* The client left, or the server gives up, while the call waits. */
void inf_call_leave(struct inf_call *call);
/* Answers a waiting call with 503 after telling its owner to forget it; one that is paused gets it
 * when its body is over. */
void inf_call_refuse(struct inf_call *call);
/* The request is over, whatever ended it: frees what it has. */
void inf_call_end(struct inf_call *call);

/* ---- between call.c and its helpers ---- */

/* call_answer.c: the next stage; its deadline starts anew. */
void inf_call_enter(struct inf_call *call, enum inf_call_stage stage);
/* call_answer.c: the pool's work on the answer, if there is any, will be thrown away. */
void inf_call_drop_shaping(struct inf_call *call);

/* call_body.c: takes a piece of the body of the call, as it is without gzip, where its stage wants
 * it: to the stream's reader, or to the others. -1 with err: it is refused. */
int inf_call_take_bytes(void *call, const char *data, size_t length, struct inf_error *err);

/* second_look.c: true: the refusal waits for a second look, and nothing more is to be done now. Of
 * what a handler has answered (body is taken), and of what the headers have decided: `code`, NONE
 * for a stream that has yet to be opened. */
bool inf_call_look_at_answer(struct inf_call *call, int status, enum inf_err_code code,
                             struct inf_buf *body);
bool inf_call_look_at_door(struct inf_call *call, enum inf_err_code code);
/* second_look.c: nobody waits for it any more. */
void inf_call_drop_look(struct inf_call *call);

/* call_view.c: where the next header of the answer is linked in. */
struct inf_extra_header **inf_call_last_header(struct inf_call *call);

/* call_begin.c: everything that can be checked before the body, in Elasticsearch's order. */
int inf_call_begin(struct inf_call *call, bool has_body, struct inf_error *err);
/* call_run.c: the body is complete: reads the parameters and runs the handler. The call is then
 * answered or waits. */
void inf_call_run(struct inf_call *call);
/* call_run.c: path, body (NULL: no members) and query into call->params, with all complaints. */
int inf_call_read_params(struct inf_call *call, const struct inf_json *body, bool has_body,
                         struct inf_error *err);
/* call_run.c: the complaint about a missing body. */
int inf_call_empty_body(const struct inf_call *call, struct inf_error *err);

#endif
