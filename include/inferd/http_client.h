/* http_client.h - requests that the daemon makes itself, by a thread of their own.
 *
 * curl resolves names, reads certificates and computes handshakes while it works, which the loop
 * must not wait for; so it has a thread, and the loop hears of the end of each request. Connections
 * are kept alive. curl must be there (curl_library.h).
 *
 * Thread: loop only; what passes between the two stands behind one lock. Owns: the thread, the
 * requests until their end. Bound: the answer of each request; how many there are at a time is the
 * caller's business. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_CLIENT_H
#define INFERD_HTTP_CLIENT_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct inf_http_client;
struct inf_http_request; /* on its way */

/* How it is made sure that the other side is the one. Texts are borrowed for the client's life. */
struct inf_http_trust {
    const char *authorities;         /* path of a PEM file, or NULL: the system's */
    const char *username, *password; /* of Basic, or NULL */
    const char *signature;           /* NULL, or how requests are signed instead, as curl has it:
                                        "aws:amz:<region>:s3" */
    const char *proxy;               /* "" for none, whatever the environment says */
    bool verify_certificate, verify_host;
    int64_t connect_ms; /* how long it may take until there is a connection; 0: ten seconds */
};

struct inf_http_result {
    bool answered;       /* there is a whole answer */
    const char *problem; /* why there is none */
    int status;
    int64_t announced;      /* bytes that the answer said it has; -1: it said nothing */
    int64_t retry_after_ms; /* 0: nothing was asked for */
    const char *etag;       /* as the header has it; "": there is none, or a very long one */
    const char *body;       /* "" where it went into a file */
    size_t length;
    struct inf_buf *answer; /* these bytes; who takes them leaves an empty buffer */
};

/* What a request sends from a file; read by the thread, by pread. */
struct inf_http_upload {
    int fd; /* taken, closed at the end */
    int64_t length;
    int64_t from; /* where it begins in the file */
};

struct inf_http_question {
    const char *method, *url;
    const char *const *headers; /* whole lines, ended by NULL; copied, and wiped at the end */
    struct inf_buf *body;       /* its bytes are taken; NULL: none */
    const struct inf_http_upload *upload; /* instead of a body; NULL: none */
    size_t answer_max;                    /* a longer answer is a problem */
    int fd;       /* where an answer with status 200 is written, closed at the end;
                     -1: into memory */
    int64_t from; /* that many bytes are there already; the rest is asked for, and
                     comes with 206 */
    int64_t timeout_ms;
    int64_t stall_ms; /* longest time in which nothing comes or goes; 0: any */
    /* Runs once, later, unless the request is cancelled; it is gone then. */
    void (*done)(void *arg, const struct inf_http_result *result);
    void *arg;
};

/* name: who is spoken to, for people; trust is borrowed and must not change. */
int inf_http_client_open(struct uv_loop_s *loop, const struct inf_http_trust *trust,
                         const char *name, struct inf_http_client **ret, struct inf_error *err);
/* Ends the thread and whatever is under way. The loop runs once more before inf_http_client_free.
 * NULL is fine, in both. */
void inf_http_client_close(struct inf_http_client *client);
void inf_http_client_free(struct inf_http_client *client);
struct inf_http_request *inf_http_client_send(struct inf_http_client *client,
                                              const struct inf_http_question *question);
void inf_http_client_cancel(struct inf_http_request *request);

#endif
