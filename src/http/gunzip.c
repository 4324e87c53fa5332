/* Inflates a request body piece by piece.
 *
 * Deflate reaches 1,030 : 1; JSON and base64 stay far below RATIO. Beyond FREE_BYTES a greater
 * ratio is taken for a bomb. Several gzip members in a row are one text, as RFC 1952 says. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "gunzip.h"

#include "inferd/alloc.h"
#include <stdbool.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

enum { PIECE = 16 * 1024, RATIO = 200, FREE_BYTES = 1024 * 1024, GZIP_WINDOW = 15 + 16 };

struct inf_gunzip {
    z_stream stream;
    int64_t in, out, max;
    bool started, ended; /* a member has begun; the last one begun is complete */
};

/* zlib's state and window are small and of fixed sizes, so they may use the reserve. */
static void *allocate(void *arg, unsigned count, unsigned size)
{
    (void)arg;
    return inf_alloc(count, size);
}

static void release(void *arg, void *memory)
{
    (void)arg;
    free(memory);
}

struct inf_gunzip *inf_gunzip_new(int64_t max_bytes)
{
    struct inf_gunzip *gunzip = inf_alloc(1, sizeof *gunzip);
    gunzip->stream.zalloc = allocate;
    gunzip->stream.zfree = release;
    if (inflateInit2(&gunzip->stream, GZIP_WINDOW) != Z_OK)
        abort(); /* fails for lack of memory or a wrong version only */
    gunzip->max = max_bytes;
    return gunzip;
}

void inf_gunzip_free(struct inf_gunzip *gunzip)
{
    if (gunzip == NULL)
        return;
    inflateEnd(&gunzip->stream);
    free(gunzip);
}

static int too_much(struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_PAYLOAD_TOO_LARGE,
                         "the gzip request body inflates to more than is allowed");
}

static int not_gzip(struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "the request body is not in gzip format");
}

static int inflate_piece(struct inf_gunzip *gunzip, inf_gunzip_sink sink, void *arg,
                         struct inf_error *err)
{
    char piece[PIECE];
    z_stream *stream = &gunzip->stream;
    if (gunzip->ended && inflateReset(stream) != Z_OK)
        return not_gzip(err);
    gunzip->ended = false;
    gunzip->started = true;
    stream->next_out = (Bytef *)piece;
    stream->avail_out = sizeof piece;
    int rc = inflate(stream, Z_NO_FLUSH);
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
        return not_gzip(err);
    gunzip->ended = rc == Z_STREAM_END;
    size_t length = sizeof piece - stream->avail_out;
    gunzip->out += (int64_t)length;
    if (gunzip->out > gunzip->max || (gunzip->out > FREE_BYTES && gunzip->out / RATIO > gunzip->in))
        return too_much(err);
    return length > 0 ? sink(arg, piece, length, err) : 0;
}

int inf_gunzip_push(struct inf_gunzip *gunzip, const char *data, size_t length,
                    inf_gunzip_sink sink, void *arg, struct inf_error *err)
{
    z_stream *stream = &gunzip->stream;
    gunzip->in += (int64_t)length;
    /* zlib counts in unsigned int; a piece of a body is never that long. */
    while (length > 0) {
        uInt take = length < PIECE ? (uInt)length : PIECE;
        stream->next_in = (const Bytef *)data;
        stream->avail_in = take;
        do {
            if (inflate_piece(gunzip, sink, arg, err) != 0)
                return -1;
        } while (stream->avail_in > 0 || (stream->avail_out == 0 && !gunzip->ended));
        data += take;
        length -= take;
    }
    return 0;
}

int inf_gunzip_end(const struct inf_gunzip *gunzip, struct inf_error *err)
{
    return gunzip->started && !gunzip->ended ? not_gzip(err) : 0;
}
