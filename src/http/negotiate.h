/* negotiate.h - which media type a request has and which its answer gets.
 *
 * Thread: none (pure). Bound: the header size. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_NEGOTIATE_H
#define INFERD_HTTP_NEGOTIATE_H

#include "inferd/error.h"
#include <stdbool.h>

/* The answer's type, in its plain form or in Elasticsearch's own with the version asked for. */
struct inf_media {
    int compatible_with; /* 0: the plain form */
    bool yaml;           /* else JSON */
    bool named;          /* the client named it; else it takes whatever is usual */
};

enum { INF_MEDIA_TEXT = 64 };

/* accept, content_type: header values or NULL. With has_body the content type must be JSON, or
 * NDJSON where the body is lines. Both of the supported major versions are taken, but not one in
 * each header. */
int inf_negotiate(const char *accept, const char *content_type, bool has_body, bool lines,
                  struct inf_media *ret, struct inf_error *err);
/* ?format= overrides Accept; formats that this server does not speak are INF_ERR_NOT_ACCEPTABLE. */
int inf_negotiate_format(const char *format, struct inf_media *media, struct inf_error *err);
/* Whether a header announces the older major version, whose removed paths then exist. A range is
 * looked through as well, since clients of that version send one with requests without a body. */
bool inf_negotiate_oldest(const char *accept, const char *content_type);
const char *inf_media_print(struct inf_media media, char text[INF_MEDIA_TEXT]);

#endif
