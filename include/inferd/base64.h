/* base64.h - strict incremental base64 (RFC 4648 section 4): any chunking, no lookback.
 *
 * Thread: none (plain data). Bound: keeps at most one group of four characters. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_BASE64_H
#define INFERD_BASE64_H

#include "inferd/buf.h"
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise before the first call. */
struct inf_base64 {
    uint32_t group; /* the bits of the group's characters so far */
    int characters; /* of the group so far, 0..3, padding included */
    int padding;    /* '=' seen; after the group they complete, nothing may follow */
};

/* Bytes that length characters can decode to, whatever is pending. */
#define INF_BASE64_ROOM(length) ((length) / 4 * 3 + 3)

/* Decodes text[0..length) into out, which has INF_BASE64_ROOM(length) bytes. 0, or -1 for a
 * character outside the alphabet (white space too), misplaced padding, or stray bits before the
 * padding. */
int inf_base64_feed(struct inf_base64 *decoder, const char *text, size_t length, uint8_t *out,
                    size_t *ret_length);
/* 0 when the text may end here, -1 when a group is incomplete. */
int inf_base64_end(const struct inf_base64 *decoder);

/* Appends the bytes as base64 with padding. 0, or -1 when out is full. */
int inf_base64_append(struct inf_buf *out, const void *bytes, size_t length);

#endif
