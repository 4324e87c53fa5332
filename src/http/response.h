/* response.h - an answer's bytes and headers.
 *
 * Thread: loop only. Owns: a made response belongs to the caller until libmicrohttpd has it.
 * Bound: the body is what the handler wrote. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_RESPONSE_H
#define INFERD_HTTP_RESPONSE_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stdint.h>

struct MHD_Response;

struct inf_extra_header {
    struct inf_extra_header *next;
    const char *name, *value;
};

struct inf_response_head {
    const char *content_type;
    const char *opaque_id; /* NULL: none */
    const struct inf_extra_header *extra;
    bool gzip;   /* the body is compressed */
    bool varies; /* whether it is depends on the request's headers */
    bool close;  /* the connection ends with this answer */
};

/* What WWW-Authenticate says of a 401, one header each; ended by NULL. */
extern const char *const inf_challenges[];

/* The error object, or the string form of an error without a type. origin: what the request was,
 * for the stack_trace of ?error_trace; NULL leaves that out. */
void inf_response_error(const struct inf_error *err, const char *origin, struct inf_buf *out);

/* Takes fd, of which the first `length` bytes are the body. */
struct MHD_Response *inf_response_new_file(const struct inf_response_head *head, int fd,
                                           uint64_t length);
/* Takes the bytes of body (NULL: none); they are sent without being copied. */
struct MHD_Response *inf_response_new(const struct inf_response_head *head, struct inf_buf *body);

#endif
