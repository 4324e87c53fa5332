/* archive.h - the directory of a ZIP archive as torch.jit.save writes it, checked before use.
 *
 * libtorch's reader (miniz) believes the central directory for sizes and the local headers for
 * places, finds names whatever their case, and takes any archive that ends in a directory. Whoever
 * wants to hide something lets those differ. So here all of it must agree: each local header and
 * descriptor with its entry in the directory, the end records with each other and with what they
 * count, names that are unique whatever their case and lie under one root folder. And every byte of
 * the file has one meaning: the records follow each other from its beginning to the directory, that
 * to the end records, and nothing stands before, between or behind.
 *
 * What torch and common ZIP tools write passes: stored and deflated records, sizes behind the data
 * (bit 3) or before it, ZIP64 where it is needed or not, padding in the local header's extra area.
 *
 * Thread: any. Owns: its copy of the directory; the descriptor stays the caller's and is only read
 * by pread. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_ARCHIVE_H
#define INFERD_VET_ARCHIVE_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INF_ARCHIVE_RECORDS_MAX 100000 /* most records */
#define INF_ARCHIVE_NAME_MAX 255       /* longest name, root folder included, bytes */
/* Largest directory, bytes; it stays in memory while the archive is open. */
#define INF_ARCHIVE_DIRECTORY_MAX (64 << 20)

struct inf_archive;

struct inf_archive_entry {
    const char *name; /* below the root folder: "data/0"; NUL-terminated */
    int64_t offset;   /* of its first stored byte in the file */
    int64_t stored;   /* bytes in the file */
    int64_t size;     /* bytes when unpacked; == stored unless deflated */
    bool deflated;
};

/* Reads and checks the directory and the headers of the archive of `size` bytes in fd, which must
 * stay open and unchanged as long as the archive is used. 0, or -1 with BAD_REQUEST that says what
 * is wrong and with which record (INTERNAL: no memory; IO: cannot be read), and *ret is NULL. No
 * record is unpacked. */
int inf_archive_open(int fd, int64_t size, struct inf_archive **ret, struct inf_error *err);
void inf_archive_free(struct inf_archive *archive); /* NULL is fine */

size_t inf_archive_count(const struct inf_archive *archive);
/* By name, ascending (strcmp); i < count. Entries and names live as long as the archive. */
const struct inf_archive_entry *inf_archive_at(const struct inf_archive *archive, size_t i);
/* By the exact name below the root, or NULL. */
const struct inf_archive_entry *inf_archive_find(const struct inf_archive *archive,
                                                 const char *name);

/* The unpacked bytes of a record, malloc'ed, with a NUL behind them; *ret_length is entry->size. -1
 * with BAD_REQUEST when it is larger than `limit` bytes, does not unpack to exactly its size, or
 * its CRC-32 is not the one that the directory gives (INTERNAL: no memory; IO: cannot be read).
 * entry is one of this archive's. */
int inf_archive_read(const struct inf_archive *archive, const struct inf_archive_entry *entry,
                     size_t limit, char **ret, size_t *ret_length, struct inf_error *err);

#endif
