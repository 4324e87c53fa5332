/* shape.h - what the common parameters and headers make of a finished answer.
 *
 * Thread: none (pure); run on libuv's pool when the answer is long. Owns: nothing.
 * Bound: the answer's length. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_SHAPE_H
#define INFERD_HTTP_SHAPE_H

#include "inferd/buf.h"
#include <stdbool.h>

struct inf_shape {
    const char *filter_path; /* NULL or "": everything */
    bool pretty, yaml, gzip;
};

/* Whether anything is to be done with an answer of that length. */
bool inf_shape_needed(const struct inf_shape *shape, size_t length);
/* Filters, lays out and compresses body in place. A step that fails leaves what was there; *shape
 * then says what has not been done. */
void inf_shape_apply(struct inf_shape *shape, struct inf_buf *body);

#endif
