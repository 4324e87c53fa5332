/* gzip.h - answers with Content-Encoding: gzip, for clients that ask for it.
 *
 * Thread: none (pure). Bound: the answer's length. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_GZIP_H
#define INFERD_HTTP_GZIP_H

#include "inferd/buf.h"
#include <stdbool.h>

enum { INF_GZIP_LEAST = 1024 }; /* bytes; below it an answer fits a packet anyway */

/* Whether an Accept-Encoding header (NULL: none) takes gzip: named, or any by an asterisk, and not
 * with a quality of zero. */
bool inf_gzip_wanted(const char *accept_encoding);
/* Replaces the bytes of body by their gzip form. False, and body as it was, when that is not
 * shorter. */
bool inf_gzip(struct inf_buf *body);

#endif
