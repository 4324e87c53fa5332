/* fuzz_gunzip.c - request bodies in gzip format: the same text or the same complaint however the
 * bytes are cut, the text that zlib makes of them at once, and no more of it than is allowed.
 *
 * Input: a byte with the limit in units of 256 bytes, a byte with the size of pieces, the body. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "gunzip.h"
#include "inferd/buf.h"
#include "must.h"
#include <string.h>
#include <zlib.h>

enum { UNIT = 256, ROOM = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
    int rc;
    struct inf_error err;
    struct inf_buf text;
};

static int collect(void *arg, const char *data, size_t length, struct inf_error *err)
{
    (void)err;
    MUST(length > 0);
    return inf_buf_append(arg, data, length);
}

static void inflate_in_pieces(const uint8_t *body, size_t length, size_t piece, int64_t max,
                              struct result *ret)
{
    struct inf_gunzip *gunzip = inf_gunzip_new(max);
    *ret = (struct result){.rc = 0};
    inf_buf_init(&ret->text, SIZE_MAX / 2);
    for (size_t i = 0; i < length && ret->rc == 0; i += piece) {
        size_t size = piece < length - i ? piece : length - i;
        char *own = malloc(size);
        MUST(own != NULL);
        memcpy(own, body + i, size);
        ret->rc = inf_gunzip_push(gunzip, own, size, collect, &ret->text, &ret->err);
        free(own);
    }
    if (ret->rc == 0)
        ret->rc = inf_gunzip_end(gunzip, &ret->err);
    inf_gunzip_free(gunzip);
    MUST((int64_t)ret->text.length <= max);
}

/* One member after the other, each whole. */
static void check_against_zlib(const uint8_t *body, size_t length, const struct inf_buf *text)
{
    static unsigned char room[ROOM];
    z_stream stream = {.next_in = (Bytef *)body, .avail_in = (uInt)length};
    size_t filled = 0;
    MUST(inflateInit2(&stream, 15 + 16) == Z_OK);
    while (stream.avail_in > 0) {
        MUST(inflateReset(&stream) == Z_OK);
        stream.next_out = room + filled;
        stream.avail_out = (uInt)(ROOM - filled);
        MUST(inflate(&stream, Z_FINISH) == Z_STREAM_END);
        filled = ROOM - stream.avail_out;
    }
    inflateEnd(&stream);
    MUST(text->length == filled && (filled == 0 || memcmp(text->data, room, filled) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result whole, cut;
    int64_t max = 0;
    if (size < 2)
        return 0;
    max = (int64_t)data[0] * UNIT;
    inflate_in_pieces(data + 2, size - 2, SIZE_MAX / 2, max, &whole);
    inflate_in_pieces(data + 2, size - 2, data[1] + 1u, max, &cut);
    MUST(whole.rc == cut.rc); /* which of two faults is seen first may differ */
    if (whole.rc == 0) {
        MUST(whole.text.length == cut.text.length);
        check_against_zlib(data + 2, size - 2, &cut.text);
        check_against_zlib(data + 2, size - 2, &whole.text);
    } else {
        MUST(whole.err.code == INF_ERR_ILLEGAL_ARGUMENT ||
             whole.err.code == INF_ERR_PAYLOAD_TOO_LARGE);
    }
    inf_buf_free(&whole.text);
    inf_buf_free(&cut.text);
    return 0;
}
