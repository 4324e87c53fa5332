/* Compresses answers.
 *
 * The fastest levels are meant: JSON shrinks to a fifth at any level, and the processor has models
 * to run. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#define ZLIB_CONST
#include <zlib.h>

enum { LEVEL = 3, MEMORY = 8, GZIP_WINDOW = 15 + 16 };

/* ---- Accept-Encoding ---- */

/* "q=0", "q=0.0" and so on, in the parameters behind a coding's name. */
static bool refused(const char *parameters, size_t length)
{
    const char *end = parameters + length;
    while (parameters < end && strchr("; \t", *parameters) != NULL)
        parameters++;
    if (end - parameters < 3 || strncasecmp(parameters, "q=", 2) != 0)
        return false;
    for (parameters += 2; parameters < end; parameters++)
        if (*parameters >= '1' && *parameters <= '9')
            return false;
    return true;
}

bool inf_gzip_wanted(const char *accept_encoding)
{
    bool any = false;
    for (const char *item = accept_encoding; item != NULL;) {
        item += strspn(item, " \t,");
        size_t length = strcspn(item, ","), name = strcspn(item, ",; \t");
        bool wanted = !refused(item + name, length - name);
        if ((name == 4 && strncasecmp(item, "gzip", 4) == 0) ||
            (name == 6 && strncasecmp(item, "x-gzip", 6) == 0))
            return wanted;
        if (name == 1 && *item == '*')
            any = wanted;
        item = item[length] == ',' ? item + length : NULL;
    }
    return any;
}

/* ---- compressing ---- */

/* The whole of body into out, which has room for less than body has. */
static bool deflate_into(const struct inf_buf *body, unsigned char *out, size_t *length)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    stream.next_in = (const Bytef *)body->data;
    stream.avail_in = (uInt)body->length;
    stream.next_out = out;
    stream.avail_out = (uInt)*length;
    bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    *length = stream.total_out;
    deflateEnd(&stream);
    return done;
}

bool inf_gzip(struct inf_buf *body)
{
    size_t length = body->length;
    if (length == 0 || length > UINT_MAX)
        return false;
    unsigned char *out = malloc(length);
    if (out == NULL || !deflate_into(body, out, &length)) {
        free(out);
        return false;
    }
    memcpy(body->data, out, length);
    body->length = length;
    body->data[length] = '\0';
    free(out);
    return true;
}
