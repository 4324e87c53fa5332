/* archive_directory.c - the central directory: an entry for each record, one behind the other.
 *
 * An entry: 46 bytes of numbers, the name, an extra area of fields, a comment. What is looked at
 * here needs nothing but the entry itself; whether it tells the truth, archive_layout.c asks. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRY_MAGIC = 0x02014b50, ENTRY_SIZE = 46 };
enum { METHOD_STORED = 0, METHOD_DEFLATED = 8 };
/* How far deflate is set, which means nothing to a reader; descriptor behind the data; UTF-8. */
enum { FLAG_ENCRYPTED = 1, FLAGS_KNOWN = 0x0002 | 0x0004 | 0x0008 | 0x0800 };
enum { ATTRIBUTE_FOLDER = 0x10, UNIX_TYPE = 0xf000, UNIX_FILE = 0x8000 };
enum { FIELD_ZIP64 = 0x0001, FIELD_UNICODE_PATH = 0x7075 };
/* Deflate's densest code is 258 bytes in 2 bits. The emptiest stream has 10 bits. */
enum { RATIO_MAX = 1032, DEFLATED_MIN = 2 };

int inf_archive_walk_extra(const uint8_t *extra, size_t length, const char *name, const char *where,
                           struct inf_archive_zip64 *ret, struct inf_error *err)
{
    size_t at = 0;
    *ret = (struct inf_archive_zip64){NULL, 0};
    while (at < length) {
        size_t left = length - at;
        uint32_t id = left >= 4 ? inf_archive_le16(extra + at) : 0;
        size_t size = left >= 4 ? inf_archive_le16(extra + at + 2) : 0;
        if (left < 4 || size > left - 4) {
            return inf_error_set(
                err, INF_ERR_BAD_REQUEST,
                "record [%s]: the extra area of %s, %zu bytes, ends inside a field", name, where,
                length);
        }
        if (id == FIELD_UNICODE_PATH) {
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "record [%s]: the extra area of %s has another name for it", name,
                                 where);
        }
        if (id == FIELD_ZIP64 && ret->at) {
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "record [%s]: the extra area of %s has two ZIP64 fields", name,
                                 where);
        }
        if (id == FIELD_ZIP64) {
            *ret = (struct inf_archive_zip64){extra + at + 4, size};
        }
        at += 4 + size;
    }
    return 0;
}

bool inf_archive_widen(uint32_t value, struct inf_archive_zip64 *zip64, uint64_t *ret)
{
    *ret = value;
    if (value != INF_ARCHIVE_MAX32) {
        return true;
    }
    if (zip64->left < 8) {
        return false;
    }
    *ret = inf_archive_le64(zip64->at);
    zip64->at += 8;
    zip64->left -= 8;
    return true;
}

static int check_kind(const uint8_t *at, const struct inf_archive_record *record,
                      struct inf_error *err)
{
    uint32_t disk = inf_archive_le16(at + 34);
    uint32_t attributes = inf_archive_le32(at + 38);
    uint32_t type = attributes >> 16 & UNIX_TYPE;
    if (record->flags & FLAG_ENCRYPTED) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST, "record [%s] is encrypted", record->full);
    }
    if (record->flags & ~FLAGS_KNOWN) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] has the flags 0x%04x, of which 0x%04x may not be set",
                             record->full, (unsigned)record->flags,
                             (unsigned)(record->flags & ~FLAGS_KNOWN));
    }
    if (record->method != METHOD_STORED && record->method != METHOD_DEFLATED) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] is packed by method %u; only 0 (stored) and 8 (deflated) "
                             "may be used",
                             record->full, (unsigned)record->method);
    }
    if (disk != 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] is said to be on disk %" PRIu32 ", but there is one only",
                             record->full, disk);
    }
    if (attributes & ATTRIBUTE_FOLDER || (type != 0 && type != UNIX_FILE)) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] has the attributes 0x%08" PRIx32
                             ": it is no file but a folder, a link or a device",
                             record->full, attributes);
    }
    return 0;
}

/* `begin` is where the directory begins: no record reaches further. */
static int check_sizes(const struct inf_archive_record *record, uint64_t size, uint64_t stored,
                       uint64_t begin, struct inf_error *err)
{
    if (record->header >= begin || stored > begin - record->header) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] is said to have %" PRIu64 " bytes at byte %" PRIu64
                             ", but the records end at byte %" PRIu64,
                             record->full, stored, record->header, begin);
    }
    if (record->method == METHOD_STORED && size != stored) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] is stored as it is, but is said to have %" PRIu64
                             " bytes and %" PRIu64 " when unpacked",
                             record->full, stored, size);
    }
    if (record->method == METHOD_DEFLATED &&
        (stored < DEFLATED_MIN || size / RATIO_MAX + (size % RATIO_MAX != 0) > stored ||
         size > INT64_MAX)) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] is deflated and said to have %" PRIu64
                             " bytes and %" PRIu64
                             " when unpacked; deflate needs at least 2 bytes and makes at most %d "
                             "of each",
                             record->full, stored, size, RATIO_MAX);
    }
    return 0;
}

/* The sizes and the place, which may stand in the ZIP64 field. */
static int read_sizes(const uint8_t *at, const struct inf_archive_end *end,
                      struct inf_archive_record *record, struct inf_error *err)
{
    const uint8_t *extra = at + ENTRY_SIZE + inf_archive_le16(at + 28);
    struct inf_archive_zip64 zip64;
    uint64_t size = 0;
    uint64_t stored = 0;
    if (inf_archive_walk_extra(extra, inf_archive_le16(at + 30), record->full, "the directory",
                               &zip64, err) != 0) {
        return -1;
    }
    if (!inf_archive_widen(inf_archive_le32(at + 24), &zip64, &size) ||
        !inf_archive_widen(inf_archive_le32(at + 20), &zip64, &stored) ||
        !inf_archive_widen(inf_archive_le32(at + 42), &zip64, &record->header) || zip64.left != 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s]: its ZIP64 field in the directory does not hold just the "
                             "numbers that the entry leaves to it",
                             record->full);
    }
    if (check_sizes(record, size, stored, end->directory, err) != 0) {
        return -1;
    }
    record->entry.size = (int64_t)size;
    record->entry.stored = (int64_t)stored;
    record->entry.deflated = record->method == METHOD_DEFLATED;
    return 0;
}

/* Moves the name, once nothing else of the entry is needed, over the entry's numbers, so that there
 * is room for its NUL. */
static void keep_name(uint8_t *at, size_t length, struct inf_archive_record *record)
{
    memmove(at, at + ENTRY_SIZE, length);
    at[length] = 0;
    record->full = (const char *)at;
    record->entry.name = strchr(record->full, '/') + 1;
}

/* Reads the entry at `at`, of which *left bytes are there, and takes it from *left. `name` has room
 * for the longest. */
static int read_entry(uint8_t *at, size_t *left, size_t number, const struct inf_archive_end *end,
                      struct inf_archive_record *record, struct inf_error *err)
{
    char name[INF_ARCHIVE_NAME_MAX + 1];
    size_t length;
    size_t whole;
    if (*left < ENTRY_SIZE || inf_archive_le32(at) != ENTRY_MAGIC) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's directory has no entry at its byte %zu, where that of "
                             "record %zu of %zu should be",
                             end->size - *left, number, end->count);
    }
    length = inf_archive_le16(at + 28);
    whole = ENTRY_SIZE + length + inf_archive_le16(at + 30) + inf_archive_le16(at + 32);
    if (whole > *left) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's directory ends inside the entry of record %zu of %zu",
                             number, end->count);
    }
    if (inf_archive_check_name(at + ENTRY_SIZE, length, number, err) != 0) {
        return -1;
    }
    memcpy(name, at + ENTRY_SIZE, length);
    name[length] = 0;
    *record = (struct inf_archive_record){.full = name,
                                          .crc = inf_archive_le32(at + 16),
                                          .flags = (uint16_t)inf_archive_le16(at + 8),
                                          .method = (uint16_t)inf_archive_le16(at + 10)};
    if (check_kind(at, record, err) != 0 || read_sizes(at, end, record, err) != 0) {
        return -1;
    }
    keep_name(at, length, record);
    *left -= whole;
    return 0;
}

/* The root folder is that of the directory's first record, as libtorch takes it. */
static int check_root(const struct inf_archive_record *first,
                      const struct inf_archive_record *record, struct inf_error *err)
{
    size_t length = (size_t)(first->entry.name - first->full);
    if (strncmp(first->full, record->full, length) == 0) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "record [%s] is not below the root folder [%.*s]", record->full,
                         (int)length, first->full);
}

int inf_archive_read_directory(struct inf_archive *archive, const struct inf_archive_end *end,
                               struct inf_error *err)
{
    size_t left = end->size;
    archive->directory = malloc(end->size);
    archive->records = calloc(end->count, sizeof *archive->records);
    if (!archive->directory || !archive->records) {
        return inf_error_set(err, INF_ERR_INTERNAL,
                             "no memory for the archive's directory of %zu records", end->count);
    }
    if (inf_archive_pread(archive->fd, end->directory, archive->directory, end->size, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < end->count; i++) {
        struct inf_archive_record *record = &archive->records[i];
        if (read_entry(archive->directory + (end->size - left), &left, i + 1, end, record, err) !=
                0 ||
            check_root(archive->records, record, err) != 0) {
            return -1;
        }
    }
    if (left != 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's directory has %zu bytes behind the last of its %zu "
                             "entries",
                             left, end->count);
    }
    archive->count = end->count;
    return 0;
}
