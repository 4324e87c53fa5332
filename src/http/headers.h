/* headers.h - the request headers that matter, and the gate against ill-formed framing.
 *
 * Thread: loop only. Owns: nothing; the texts live as long as libmicrohttpd's request.
 * Bound: http.max_header_size. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_HEADERS_H
#define INFERD_HTTP_HEADERS_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inf_header {
    INF_H_ACCEPT,
    INF_H_ACCEPT_ENCODING,
    INF_H_AUTHORIZATION,
    INF_H_CONTENT_ENCODING,
    INF_H_CONTENT_LENGTH,
    INF_H_CONTENT_TYPE,
    INF_H_EXPECT,
    INF_H_HOST,
    INF_H_OPAQUE_ID,
    INF_H_RELAYED,
    INF_H_TRANSFER_ENCODING,
    INF_H_COUNT
};

struct inf_headers {
    const char *text[INF_H_COUNT]; /* NULL: not sent */
    int64_t content_length;        /* -1: not sent */
    bool chunked;
    bool malformed;        /* a name or value has bytes that no header may have */
    enum inf_header twice; /* sent twice with different values; INF_H_COUNT: none was */
    bool framing_twice;    /* Content-Length or Transfer-Encoding stood there twice */
    const char *end;       /* of what was taken so far, where lines are checked; else NULL */
    bool broken_line;      /* a line that neither began nor ended where it should */
};

void inf_headers_init(struct inf_headers *headers);
/* All lines that follow stand in memory as they were received, the first one after `version`, the
 * last part of the request line: checks that nothing but a CR and an LF is between them. To be
 * called before the first line, and inf_headers_check_last after the last one with where the whole
 * header ended. */
void inf_headers_check_lines(struct inf_headers *headers, const char *version);
void inf_headers_check_last(struct inf_headers *headers, const char *after);
/* Takes one header line. name and value need no NUL inside; value must stay valid. */
void inf_headers_add(struct inf_headers *headers, const char *name, size_t name_length,
                     const char *value, size_t value_length);
/* After the last line: refuses what makes the end of the request doubtful. A request that fails
 * here must be the last on its connection. http_10: chunked is unknown to that version. */
int inf_headers_check_framing(struct inf_headers *headers, bool http_10, struct inf_error *err);
/* Refuses a single-valued header that was given twice. */
int inf_headers_check_single(const struct inf_headers *headers, struct inf_error *err);
/* True when text may be sent back as a header value. */
bool inf_header_value_valid(const char *text, size_t length);

#endif
