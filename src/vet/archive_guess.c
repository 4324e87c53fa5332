/* archive_guess.c - a file that does not end as an archive does: what it seems to be.
 *
 * Only the reason depends on it; the file is refused whatever is guessed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 300, STARTS = 16, END_SIZE = 22, COMMENT_MAX = 0xffff };

/* Bytes at a place by which a kind of file is known. */
struct kind {
    const char *name;
    size_t place;
    const char *magic;
    size_t length;
};

#define KIND(name, place, magic)              \
    {                                         \
        name, place, magic, sizeof(magic) - 1 \
    }

static const struct kind kinds[] = {
    KIND("a JPEG image", 0, "\xff\xd8\xff"),
    KIND("a PNG image", 0, "\x89PNG\r\n\x1a\n"),
    KIND("gzip", 0, "\x1f\x8b"),
    KIND("bzip2", 0, "BZh"),
    KIND("xz", 0,
         "\xfd"
         "7zXZ"),
    KIND("zstd", 0, "\x28\xb5\x2f\xfd"),
    KIND("a 7z archive", 0, "7z\xbc\xaf\x27\x1c"),
    KIND("a tar archive", 257, "ustar"),
    KIND("a pickle, as torch.save once wrote them", 0, "\x80\x02"),
    KIND("a pickle", 0, "\x80\x03"),
    KIND("a pickle", 0, "\x80\x04"),
    KIND("a pickle", 0, "\x80\x05"),
    KIND("safetensors", 8, "{\""),
    KIND("GGUF", 0, "GGUF"),
    KIND("HDF5", 0, "\x89HDF\r\n"),
    KIND("a NumPy array", 0, "\x93NUMPY"),
    KIND("an ELF program", 0,
         "\x7f"
         "ELF"),
    KIND("HTML or XML", 0, "<"),
    KIND("JSON", 0, "{"),
    KIND("a Git LFS pointer instead of the file", 0, "version https://git-lfs"),
};

static const char *guess(const uint8_t *head, size_t length)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct kind *kind = &kinds[i];
        if (length >= kind->place + kind->length &&
            memcmp(head + kind->place, kind->magic, kind->length) == 0) {
            return kind->name;
        }
    }
    return NULL;
}

/* The place of the last end record's magic in bytes that end the file, or -1. */
static int64_t find_end(const uint8_t *tail, size_t length)
{
    for (size_t i = length; i-- > 0;) {
        if (length - i >= END_SIZE && memcmp(tail + i, "PK\5\6", 4) == 0) {
            return (int64_t)i;
        }
    }
    return -1;
}

/* It begins as a ZIP archive: has something been lost at the end, or added? */
static int blame_end(int fd, uint64_t size, struct inf_error *err)
{
    size_t have = size < END_SIZE + COMMENT_MAX ? (size_t)size : END_SIZE + COMMENT_MAX;
    uint8_t *tail = malloc(have);
    int64_t found;
    if (!tail) {
        return inf_error_set(err, INF_ERR_INTERNAL, "no memory for the archive's end");
    }
    if (inf_archive_pread(fd, size - have, tail, have, err) != 0) {
        free(tail);
        return -1;
    }
    found = find_end(tail, have);
    free(tail);
    if (found < 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive is cut off: its %" PRIu64
                             " bytes begin as a ZIP archive, but have no end record",
                             size);
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "the archive's end record, at byte %" PRIu64
                         ", is not at the very end: %" PRIu64 " bytes of comment or of something "
                         "else follow it",
                         size - have + (uint64_t)found,
                         (uint64_t)have - (uint64_t)found - END_SIZE);
}

int inf_archive_guess(int fd, uint64_t size, struct inf_error *err)
{
    uint8_t head[HEAD];
    char shown[INF_ARCHIVE_SHOWN];
    size_t have = size < HEAD ? (size_t)size : HEAD;
    const char *kind;
    if (have == 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST, "not a ZIP archive: it is empty");
    }
    if (inf_archive_pread(fd, 0, head, have, err) != 0) {
        return -1;
    }
    if (have >= 4 && memcmp(head, "PK\3\4", 4) == 0) {
        return blame_end(fd, size, err);
    }
    kind = guess(head, have);
    inf_archive_show(head, have < STARTS ? have : STARTS, shown);
    if (kind) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "not a ZIP archive: it looks like %s and starts with [%s]", kind,
                             shown);
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "not a ZIP archive: its %" PRIu64 " bytes start with [%s]", size, shown);
}
