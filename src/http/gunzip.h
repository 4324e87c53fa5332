/* gunzip.h - request bodies with Content-Encoding: gzip, inflated as they come.
 *
 * Thread: none. Owns: zlib's state. Bound: max_bytes of output, and a ratio of output to input, so
 * that a small body cannot become a large one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_GUNZIP_H
#define INFERD_HTTP_GUNZIP_H

#include "inferd/error.h"
#include <stddef.h>
#include <stdint.h>

struct inf_gunzip;

/* Takes a piece of the plain text. 0, or -1 with err. */
typedef int (*inf_gunzip_sink)(void *arg, const char *data, size_t length, struct inf_error *err);

struct inf_gunzip *inf_gunzip_new(int64_t max_bytes);
void inf_gunzip_free(struct inf_gunzip *gunzip); /* NULL is fine */
/* Inflates data into sink. Bad data is INF_ERR_ILLEGAL_ARGUMENT, too much output
 * INF_ERR_PAYLOAD_TOO_LARGE. After a failure the object may only be freed. */
int inf_gunzip_push(struct inf_gunzip *gunzip, const char *data, size_t length,
                    inf_gunzip_sink sink, void *arg, struct inf_error *err);
/* At the end of the body: fails when the last member is not complete. */
int inf_gunzip_end(const struct inf_gunzip *gunzip, struct inf_error *err);

#endif
