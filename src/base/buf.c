/* buf.c - a growable byte buffer with a mandatory maximum.
 *
 * Growth doubles, so n appends cost O(n), and never goes past max + 1 (the NUL). A failure is
 * sticky: a writer of many small pieces checks `failed` once, at the end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/buf.h"

#include "inferd/reserve.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

void inf_buf_init(struct inf_buf *buf, size_t max)
{
    *buf = (struct inf_buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

void inf_buf_free(struct inf_buf *buf)
{
    free(buf->data);
    inf_buf_init(buf, buf->max);
}

void inf_buf_clear(struct inf_buf *buf)
{
    buf->length = 0;
    buf->failed = false;
    buf->no_memory = false;
    if (buf->data) {
        buf->data[0] = '\0';
    }
}

static int fail(struct inf_buf *buf)
{
    buf->failed = true;
    return -1;
}

/* Capacity counts the NUL, so it may reach max + 1. */
static size_t grown_capacity(const struct inf_buf *buf, size_t needed)
{
    size_t doubled = buf->capacity <= SIZE_MAX / 2 ? buf->capacity * 2 : SIZE_MAX;
    size_t capacity = doubled > FIRST_CAPACITY ? doubled : FIRST_CAPACITY;
    if (capacity < needed) {
        capacity = needed;
    }
    return capacity - 1 > buf->max ? buf->max + 1 : capacity;
}

int inf_buf_reserve(struct inf_buf *buf, size_t extra)
{
    if (buf->failed || extra > buf->max - buf->length) {
        return fail(buf);
    }
    size_t needed = buf->length + extra + 1;
    if (needed <= buf->capacity) {
        return 0;
    }
    size_t capacity = grown_capacity(buf, needed);
    bool small = capacity <= INF_RESERVE_SMALL;
    char *data = small || !inf_reserve_is_out() ? inf_reserve_realloc(buf->data, capacity) : NULL;
    if (!data) {
        buf->no_memory = true;
        return fail(buf);
    }
    data[buf->length] = '\0';
    buf->data = data;
    buf->capacity = capacity;
    return 0;
}

int inf_buf_append(struct inf_buf *buf, const void *data, size_t length)
{
    if (inf_buf_reserve(buf, length)) {
        return -1;
    }
    if (length > 0) {
        memcpy(buf->data + buf->length, data, length);
    }
    buf->length += length;
    buf->data[buf->length] = '\0';
    return 0;
}

int inf_buf_put_percent(struct inf_buf *buf, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    int rc = 0;

    for (; *text != '\0' && rc == 0; text++)
        rc = strchr(plain, *text) != NULL
                 ? inf_buf_append(buf, text, 1)
                 : inf_buf_printf(buf, "%%%02X", (unsigned)(unsigned char)*text);
    return rc;
}

int inf_buf_puts(struct inf_buf *buf, const char *text)
{
    return inf_buf_append(buf, text, strlen(text));
}

int inf_buf_printf(struct inf_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    int result = -1;
    if (length >= 0 && inf_buf_reserve(buf, (size_t)length) == 0) {
        vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
        result = 0;
    } else {
        fail(buf);
    }
    va_end(again);
    return result;
}

char *inf_buf_take(struct inf_buf *buf, size_t *ret_length)
{
    char *data = NULL;
    size_t length = 0;
    if (inf_buf_reserve(buf, 0) == 0) {
        data = buf->data;
        length = buf->length;
        buf->data = NULL;
    }
    inf_buf_free(buf);
    if (ret_length) {
        *ret_length = length;
    }
    return data;
}
