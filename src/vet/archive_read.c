/* archive_read.c - the bytes of a record, unpacked and held against size and CRC-32.
 *
 * Deflated data is unpacked into a buffer with room for one byte too many (where the NUL then
 * stands), so that more than the announced size is seen and never written. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive.h"
#include "archive_parts.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CHUNK = 65536 };

/* A record on its way into memory. */
struct unpacking {
    const struct inf_archive_record *record;
    int fd;
    size_t size; /* as the directory says */
    char *out;   /* room for size + 1 */
    size_t done; /* bytes written to out; at most size + 1 */
    z_stream stream;
    uint8_t chunk[CHUNK];
};

static int blame_stream(const struct unpacking *unpacking, uint64_t used, const char *what,
                        struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "record [%s] does not unpack: %s (byte %" PRIu64 " of %" PRId64 ")",
                         unpacking->record->full, what, used, unpacking->record->entry.stored);
}

/* Unpacks what is in the stream's input, or as much of it as shows that it is too much. Returns
 * what zlib said last. */
static int inflate_chunk(struct unpacking *unpacking)
{
    z_stream *stream = &unpacking->stream;
    int rc;
    do {
        size_t room = unpacking->size + 1 - unpacking->done;
        uInt most = room < UINT_MAX ? (uInt)room : UINT_MAX;
        stream->next_out = (Bytef *)unpacking->out + unpacking->done;
        stream->avail_out = most;
        rc = inflate(stream, Z_NO_FLUSH);
        unpacking->done += most - stream->avail_out;
    } while (rc == Z_OK && unpacking->done <= unpacking->size &&
             (stream->avail_in > 0 || stream->avail_out == 0));
    return rc;
}

static int inflate_all(struct unpacking *unpacking, struct inf_error *err)
{
    const struct inf_archive_entry *entry = &unpacking->record->entry;
    uint64_t left = (uint64_t)entry->stored;
    uint64_t place = (uint64_t)entry->offset;
    int rc = Z_OK;
    while (rc == Z_OK && left > 0 && unpacking->done <= unpacking->size) {
        size_t length = left < CHUNK ? (size_t)left : CHUNK;
        if (inf_archive_pread(unpacking->fd, place, unpacking->chunk, length, err) != 0) {
            return -1;
        }
        place += length;
        left -= length;
        unpacking->stream.next_in = unpacking->chunk;
        unpacking->stream.avail_in = (uInt)length;
        rc = inflate_chunk(unpacking);
    }
    left += unpacking->stream.avail_in;
    if (unpacking->done > unpacking->size) {
        return blame_stream(unpacking, (uint64_t)entry->stored - left,
                            "it is larger than the directory says", err);
    }
    if (rc == Z_MEM_ERROR) {
        return inf_error_set(err, INF_ERR_INTERNAL, "no memory to unpack record [%s]",
                             unpacking->record->full);
    }
    if (rc != Z_STREAM_END) {
        const char *what = unpacking->stream.msg ? unpacking->stream.msg : "the data ends early";
        return blame_stream(unpacking, (uint64_t)entry->stored - left, what, err);
    }
    if (left > 0) {
        return blame_stream(unpacking, (uint64_t)entry->stored - left,
                            "there is something behind its compressed data", err);
    }
    return 0;
}

static int read_deflated(struct unpacking *unpacking, struct inf_error *err)
{
    int rc;
    if (inflateInit2(&unpacking->stream, -MAX_WBITS) != Z_OK) {
        return inf_error_set(err, INF_ERR_INTERNAL, "no memory to unpack record [%s]",
                             unpacking->record->full);
    }
    rc = inflate_all(unpacking, err);
    inflateEnd(&unpacking->stream);
    if (rc == 0 && unpacking->done != unpacking->size) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] unpacks to %zu bytes, but the directory says %zu",
                             unpacking->record->full, unpacking->done, unpacking->size);
    }
    return rc;
}

static int check_crc(const struct inf_archive_record *record, const char *bytes, size_t length,
                     struct inf_error *err)
{
    uint32_t crc = (uint32_t)crc32_z(0, (const Bytef *)bytes, length);
    if (crc == record->crc) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "record [%s] has the CRC-32 %08" PRIx32 ", but the directory says "
                         "%08" PRIx32,
                         record->full, crc, record->crc);
}

static int fill(int fd, const struct inf_archive_record *record, char *out, size_t size,
                struct inf_error *err)
{
    struct unpacking *unpacking;
    int rc;
    if (!record->entry.deflated) {
        return inf_archive_pread(fd, (uint64_t)record->entry.offset, out, size, err);
    }
    unpacking = calloc(1, sizeof *unpacking);
    if (!unpacking) {
        return inf_error_set(err, INF_ERR_INTERNAL, "no memory to unpack record [%s]",
                             record->full);
    }
    unpacking->record = record;
    unpacking->fd = fd;
    unpacking->size = size;
    unpacking->out = out;
    rc = read_deflated(unpacking, err);
    free(unpacking);
    return rc;
}

int inf_archive_read(const struct inf_archive *archive, const struct inf_archive_entry *entry,
                     size_t limit, char **ret, size_t *ret_length, struct inf_error *err)
{
    const struct inf_archive_record *record = (const struct inf_archive_record *)entry;
    size_t size = (size_t)entry->size;
    char *out;
    if ((uint64_t)entry->size > limit) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] has %" PRId64 " bytes unpacked, more than the %zu that "
                             "are read",
                             record->full, entry->size, limit);
    }
    out = size < SIZE_MAX ? malloc(size + 1) : NULL;
    if (!out) {
        return inf_error_set(err, INF_ERR_INTERNAL, "no memory for the %zu bytes of record [%s]",
                             size, record->full);
    }
    if (fill(archive->fd, record, out, size, err) != 0 || check_crc(record, out, size, err) != 0) {
        free(out);
        return -1;
    }
    out[size] = '\0';
    *ret = out;
    *ret_length = size;
    return 0;
}
