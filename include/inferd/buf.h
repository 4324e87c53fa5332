/* buf.h - a growable byte buffer with a mandatory maximum.
 *
 * Thread: none (plain data). Owns: its bytes until inf_buf_free or inf_buf_take.
 * Bound:  max bytes; an append past it fails, sets `failed`, and leaves the content as it was.
 *         A failed buffer refuses every further append, so a writer may check once at the end.
 *         no_memory then tells a system without memory from a full buffer. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_BUF_H
#define INFERD_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct inf_buf {
    char *data; /* NUL-terminated beyond length whenever data != NULL */
    size_t length;
    size_t capacity;
    size_t max;
    bool failed;
    bool no_memory;
};

void inf_buf_init(struct inf_buf *buf, size_t max);     /* allocates nothing */
void inf_buf_free(struct inf_buf *buf);                 /* back to the state after init */
void inf_buf_clear(struct inf_buf *buf);                /* length 0, capacity and max kept */
int inf_buf_reserve(struct inf_buf *buf, size_t extra); /* room for extra more bytes; 0 or -1 */
int inf_buf_append(struct inf_buf *buf, const void *data, size_t length);
int inf_buf_puts(struct inf_buf *buf, const char *text);
/* The text as it stands in a part of a URL's path or query (RFC 3986, 2.1). */
int inf_buf_put_percent(struct inf_buf *buf, const char *text);
int inf_buf_printf(struct inf_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Hands the bytes (malloc'ed, NUL-terminated, never NULL unless failed) to the caller. */
char *inf_buf_take(struct inf_buf *buf, size_t *ret_length);

#endif
