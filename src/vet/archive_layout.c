/* archive_layout.c - the records in the file: a local header, the data, a descriptor.
 *
 * libtorch takes from the local header where the data begins, and from the directory how long it
 * is. So the header must be that of the directory's entry, and the data must end where the next
 * record begins: then no byte belongs to two records, or to none.
 *
 * With bit 3 of the flags the header may leave sizes and CRC-32 zero; they stand in a descriptor
 * behind the data. Its sizes have eight bytes each if the header has a ZIP64 field (torch's writer
 * makes one as soon as the record's own place needs it) or if they do not fit into four. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAGIC = 0x04034b50, DESCRIPTOR_MAGIC = 0x08074b50 };
enum { HEADER_SIZE = 30, DESCRIPTOR_SIZE = 16, DESCRIPTOR64_SIZE = 24 };
enum { FLAG_DESCRIPTOR = 0x0008 };
/* What is read of a header at once: torch's padding and ZIP64 field fit, so that a second read is
 * rare. */
enum { AT_ONCE = HEADER_SIZE + INF_ARCHIVE_NAME_MAX + 128 };
enum { LARGEST = HEADER_SIZE + INF_ARCHIVE_NAME_MAX + 0xffff };

/* One record's header, while it is checked. */
struct local {
    const struct inf_archive_record *record;
    int fd;
    uint64_t end;   /* where the records end */
    uint8_t *bytes; /* of the header; room for LARGEST */
    size_t length;  /* read */
    size_t whole;   /* of the header with name and extra area */
    bool wide;      /* it has a ZIP64 field */
};

static int by_place(const void *a, const void *b)
{
    const struct inf_archive_record *left = a;
    const struct inf_archive_record *right = b;
    return left->header < right->header ? -1 : left->header > right->header;
}

/* Reads on until the header has `length` bytes in memory. */
static int read_until(struct local *local, size_t length, struct inf_error *err)
{
    uint64_t left = local->end - local->record->header;
    if (length > left) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s]: its local header at byte %" PRIu64
                             " reaches beyond the records' end at byte %" PRIu64,
                             local->record->full, local->record->header, local->end);
    }
    if (length > local->length) {
        size_t most = length > AT_ONCE ? length : AT_ONCE;
        size_t more = (most < left ? most : (size_t)left) - local->length;
        if (inf_archive_pread(local->fd, local->record->header + local->length,
                              local->bytes + local->length, more, err) != 0) {
            return -1;
        }
        local->length += more;
    }
    return 0;
}

static int check_number(const struct local *local, const char *what, uint64_t said, uint64_t is,
                        struct inf_error *err)
{
    if (said == is) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "record [%s]: its local header has the %s %" PRIu64
                         ", but the directory %" PRIu64,
                         local->record->full, what, said, is);
}

/* The same, but a record with a descriptor may say nothing here, which is zero. */
static int check_late_number(const struct local *local, const char *what, uint64_t said,
                             uint64_t is, struct inf_error *err)
{
    if (said == 0 && local->record->flags & FLAG_DESCRIPTOR) {
        return 0;
    }
    return check_number(local, what, said, is, err);
}

static int check_name(const struct local *local, struct inf_error *err)
{
    const struct inf_archive_record *record = local->record;
    const uint8_t *name = local->bytes + HEADER_SIZE;
    size_t length = inf_archive_le16(local->bytes + 26);
    char shown[INF_ARCHIVE_SHOWN];
    if (length == strlen(record->full) && memcmp(name, record->full, length) == 0) {
        return 0;
    }
    inf_archive_show(name, length, shown);
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "record [%s]: its local header at byte %" PRIu64 " has the name [%s]",
                         record->full, record->header, shown);
}

/* torch's writer leaves sizes of four bytes zero and puts into the ZIP64 field what it then knows,
 * though nothing refers to it: so each number that is left there must be one of the record's. */
static int check_rest(const struct local *local, struct inf_archive_zip64 zip64,
                      struct inf_error *err)
{
    const struct inf_archive_record *record = local->record;
    for (; zip64.left >= 8; zip64.at += 8, zip64.left -= 8) {
        uint64_t said = inf_archive_le64(zip64.at);
        if (said != 0 && said != (uint64_t)record->entry.size &&
            said != (uint64_t)record->entry.stored && said != record->header) {
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "record [%s]: the ZIP64 field of its local header has %" PRIu64
                                 ", which is neither its size nor its place",
                                 record->full, said);
        }
    }
    if (zip64.left != 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s]: the ZIP64 field of its local header ends inside a "
                             "number",
                             record->full);
    }
    return 0;
}

static int check_sizes(struct local *local, struct inf_error *err)
{
    const struct inf_archive_record *record = local->record;
    const uint8_t *bytes = local->bytes;
    size_t extra = inf_archive_le16(bytes + 28);
    struct inf_archive_zip64 zip64;
    uint64_t size = 0;
    uint64_t stored = 0;
    if (inf_archive_walk_extra(bytes + local->whole - extra, extra, record->full,
                               "its local header", &zip64, err) != 0) {
        return -1;
    }
    local->wide = zip64.at != NULL;
    if (!inf_archive_widen(inf_archive_le32(bytes + 22), &zip64, &size) ||
        !inf_archive_widen(inf_archive_le32(bytes + 18), &zip64, &stored)) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s]: its local header leaves a size to a ZIP64 field that "
                             "does not have it",
                             record->full);
    }
    if (check_late_number(local, "size", size, (uint64_t)record->entry.size, err) != 0 ||
        check_late_number(local, "stored size", stored, (uint64_t)record->entry.stored, err) != 0) {
        return -1;
    }
    return check_rest(local, zip64, err);
}

static int check_header(struct local *local, struct inf_error *err)
{
    const struct inf_archive_record *record = local->record;
    const uint8_t *bytes = local->bytes;
    if (read_until(local, HEADER_SIZE, err) != 0) {
        return -1;
    }
    if (inf_archive_le32(bytes) != HEADER_MAGIC) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s]: there is no local header at byte %" PRIu64, record->full,
                             record->header);
    }
    /* A longer name is another name; to show how it begins, no more of it need be read. */
    if (inf_archive_le16(bytes + 26) > INF_ARCHIVE_NAME_MAX) {
        return check_number(local, "length of name", inf_archive_le16(bytes + 26),
                            strlen(record->full), err);
    }
    local->whole =
        HEADER_SIZE + (size_t)inf_archive_le16(bytes + 26) + (size_t)inf_archive_le16(bytes + 28);
    if (read_until(local, local->whole, err) != 0 || check_name(local, err) != 0 ||
        check_number(local, "flags", inf_archive_le16(bytes + 6), record->flags, err) != 0 ||
        check_number(local, "method", inf_archive_le16(bytes + 8), record->method, err) != 0 ||
        check_late_number(local, "CRC-32", inf_archive_le32(bytes + 14), record->crc, err) != 0) {
        return -1;
    }
    return check_sizes(local, err);
}

/* The descriptor at *place, if there is one; moves *place behind it. */
static int check_descriptor(const struct local *local, uint64_t *place, struct inf_error *err)
{
    const struct inf_archive_record *record = local->record;
    uint64_t size = (uint64_t)record->entry.size;
    uint64_t stored = (uint64_t)record->entry.stored;
    bool wide = local->wide || size >= INF_ARCHIVE_MAX32 || stored >= INF_ARCHIVE_MAX32;
    size_t length = wide ? DESCRIPTOR64_SIZE : DESCRIPTOR_SIZE;
    uint8_t at[DESCRIPTOR64_SIZE];
    if (!(record->flags & FLAG_DESCRIPTOR)) {
        return 0;
    }
    if (length > local->end - *place) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s]: its descriptor at byte %" PRIu64
                             " reaches beyond the records' end at byte %" PRIu64,
                             record->full, *place, local->end);
    }
    if (inf_archive_pread(local->fd, *place, at, length, err) != 0) {
        return -1;
    }
    if (inf_archive_le32(at) != DESCRIPTOR_MAGIC || inf_archive_le32(at + 4) != record->crc ||
        (wide ? inf_archive_le64(at + 8) : inf_archive_le32(at + 8)) != stored ||
        (wide ? inf_archive_le64(at + 16) : inf_archive_le32(at + 12)) != size) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s]: behind its data, at byte %" PRIu64
                             ", there is no descriptor of %zu bytes with its CRC-32 and sizes",
                             record->full, *place, length);
    }
    *place += length;
    return 0;
}

/* Checks the record and moves *place from its header to behind it. */
static int check_record(struct local *local, struct inf_archive_record *record, uint64_t *place,
                        struct inf_error *err)
{
    uint64_t data;
    local->record = record;
    local->length = 0;
    if (check_header(local, err) != 0) {
        return -1;
    }
    data = record->header + local->whole;
    if ((uint64_t)record->entry.stored > local->end - data) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s]: its %" PRId64 " bytes at byte %" PRIu64
                             " reach beyond the records' end at byte %" PRIu64,
                             record->full, record->entry.stored, data, local->end);
    }
    record->entry.offset = (int64_t)data;
    *place = data + (uint64_t)record->entry.stored;
    return check_descriptor(local, place, err);
}

static int check_next(const struct inf_archive_record *record, uint64_t place,
                      struct inf_error *err)
{
    if (record->header < place) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] begins at byte %" PRIu64
                             ", but the record before it ends at byte %" PRIu64,
                             record->full, record->header, place);
    }
    if (record->header > place) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the bytes from %" PRIu64 " to %" PRIu64
                             ", before record [%s], belong to no record",
                             place, record->header, record->full);
    }
    return 0;
}

static int check_records(struct inf_archive *archive, struct local *local, struct inf_error *err)
{
    uint64_t place = 0;
    for (size_t i = 0; i < archive->count; i++) {
        struct inf_archive_record *record = &archive->records[i];
        if (check_next(record, place, err) != 0 || check_record(local, record, &place, err) != 0) {
            return -1;
        }
    }
    if (place != local->end) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the bytes from %" PRIu64 " to %" PRIu64
                             ", before the directory, belong to no record",
                             place, local->end);
    }
    return 0;
}

int inf_archive_check_layout(struct inf_archive *archive, uint64_t directory, struct inf_error *err)
{
    struct local local = {.fd = archive->fd, .end = directory, .bytes = malloc(LARGEST)};
    int rc;
    if (!local.bytes) {
        return inf_error_set(err, INF_ERR_INTERNAL, "no memory for a local header");
    }
    qsort(archive->records, archive->count, sizeof *archive->records, by_place);
    rc = check_records(archive, &local, err);
    free(local.bytes);
    return rc;
}
