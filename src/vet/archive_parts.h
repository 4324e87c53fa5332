/* archive_parts.h - what the files of the archive reader share.
 *
 * Thread: any; no state. Numbers in the file are little-endian. Places are bytes from the file's
 * beginning. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_ARCHIVE_PARTS_H
#define INFERD_VET_ARCHIVE_PARTS_H

#include "archive.h"
#include <stddef.h>

#define INF_ARCHIVE_MAX16 0xffffu     /* "see the ZIP64 record" in a field of two bytes */
#define INF_ARCHIVE_MAX32 0xffffffffu /* and in one of four */
#define INF_ARCHIVE_SHOWN 100         /* room for bytes of the file in a reason */

struct inf_archive_record {
    struct inf_archive_entry entry; /* first, so that a pointer to it is one to the record */
    const char *full;               /* name with the root folder, in the archive's directory */
    uint64_t header;                /* place of the local header */
    uint32_t crc;
    uint16_t flags;
    uint16_t method;
};

struct inf_archive {
    int fd;
    size_t count;
    struct inf_archive_record *records; /* by name once opened */
    uint8_t *directory;                 /* the directory's bytes; names point into it */
};

/* What the end records say, checked against each other and the file's size. */
struct inf_archive_end {
    uint64_t directory; /* place; what follows the directory are the end records */
    size_t size;        /* of the directory, bytes; <= INF_ARCHIVE_DIRECTORY_MAX */
    size_t count;       /* records; from 1 to INF_ARCHIVE_RECORDS_MAX */
};

/* The values of an extra area's ZIP64 field, read from the front; left is 0 without one. */
struct inf_archive_zip64 {
    const uint8_t *at;
    size_t left; /* bytes */
};

/* Unsigned numbers of 2, 4 and 8 bytes. */
static inline uint32_t inf_archive_le16(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static inline uint32_t inf_archive_le32(const uint8_t *at)
{
    return inf_archive_le16(at) | inf_archive_le16(at + 2) << 16;
}

static inline uint64_t inf_archive_le64(const uint8_t *at)
{
    return inf_archive_le32(at) | (uint64_t)inf_archive_le32(at + 4) << 32;
}

/* Exactly `length` bytes at `place`. -1 with IO when they cannot be read or the file ends early. */
int inf_archive_pread(int fd, uint64_t place, void *to, size_t length, struct inf_error *err);

/* archive_end.c: reads and checks the end records. 0, or -1 with BAD_REQUEST or IO. */
int inf_archive_find_end(int fd, uint64_t size, struct inf_archive_end *ret, struct inf_error *err);

/* archive_guess.c: says why a file without an end record at its very end is no archive, and what it
 * may be instead. Returns -1 with BAD_REQUEST or IO. */
int inf_archive_guess(int fd, uint64_t size, struct inf_error *err);

/* archive_directory.c: reads the directory into the archive: records, in the directory's order,
 * whose sizes, flags, method and name are as they may be. entry.offset is not set yet. 0, or -1
 * with BAD_REQUEST, INTERNAL or IO; what was allocated is the archive's. */
int inf_archive_read_directory(struct inf_archive *archive, const struct inf_archive_end *end,
                               struct inf_error *err);

/* Finds the ZIP64 field of an extra area. 0, or -1 with BAD_REQUEST when the area is not made of
 * whole fields, has two ZIP64 fields, or one that names the record again. `where` is "the
 * directory" or "its local header", for the reason. */
int inf_archive_walk_extra(const uint8_t *extra, size_t length, const char *name, const char *where,
                           struct inf_archive_zip64 *ret, struct inf_error *err);
/* The field of four bytes `value`, or the next eight of the ZIP64 field where it says so. False
 * when there are none. */
bool inf_archive_widen(uint32_t value, struct inf_archive_zip64 *zip64, uint64_t *ret);

/* archive_layout.c: checks each local header and descriptor against the directory, that the
 * records follow each other without a byte in between from the file's beginning to the directory,
 * and sets entry.offset. Leaves the records sorted by their place. 0, or -1 with BAD_REQUEST,
 * INTERNAL or IO. */
int inf_archive_check_layout(struct inf_archive *archive, uint64_t directory,
                             struct inf_error *err);

/* archive_name.c: checks a name with its root folder; `number` counts from 1. 0, or -1 with
 * BAD_REQUEST. */
int inf_archive_check_name(const uint8_t *name, size_t length, size_t number,
                           struct inf_error *err);
/* Compares names without regard to ASCII case, as libtorch may look them up. */
int inf_archive_compare_folded(const char *a, const char *b);
/* Writes bytes as printable ASCII, others as \xNN, cut with "..." where `out` is too short. */
void inf_archive_show(const uint8_t *bytes, size_t length, char out[INF_ARCHIVE_SHOWN]);

#endif
