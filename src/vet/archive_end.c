/* archive_end.c - the records at the end of an archive: where its directory is.
 *
 * The end record, 22 bytes, stands at the very end. Before it stand, where numbers may not fit (and
 * always when torch wrote the file), the ZIP64 end record of 56 bytes and its locator of 20. Since
 * neither has a part of variable length here, each has one place where it can be, and nothing is
 * searched for. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_parts.h"

#include <inttypes.h>

enum { END_SIZE = 22, LOCATOR_SIZE = 20, END64_SIZE = 56, ENTRY_SIZE = 46 };
enum { END_MAGIC = 0x06054b50, LOCATOR_MAGIC = 0x07064b50, END64_MAGIC = 0x06064b50 };

/* The numbers of an end record of either kind. */
struct numbers {
    uint64_t disk;           /* which this is */
    uint64_t directory_disk; /* which the directory begins on */
    uint64_t count_here;     /* records in the directory on this disk */
    uint64_t count;
    uint64_t size; /* of the directory */
    uint64_t place;
};

static int check_disks(const struct numbers *numbers, const char *what, struct inf_error *err)
{
    if (numbers->disk != 0 || numbers->directory_disk != 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive is one of several: its %s is that of disk %" PRIu64
                             ", its directory begins on disk %" PRIu64,
                             what, numbers->disk, numbers->directory_disk);
    }
    if (numbers->count_here != numbers->count) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's %s counts %" PRIu64
                             " records on this disk, but %" PRIu64 " in all",
                             what, numbers->count_here, numbers->count);
    }
    return 0;
}

static int read_end(const uint8_t *at, struct numbers *ret, struct inf_error *err)
{
    uint32_t comment = inf_archive_le16(at + 20);
    *ret = (struct numbers){.disk = inf_archive_le16(at + 4),
                            .directory_disk = inf_archive_le16(at + 6),
                            .count_here = inf_archive_le16(at + 8),
                            .count = inf_archive_le16(at + 10),
                            .size = inf_archive_le32(at + 12),
                            .place = inf_archive_le32(at + 16)};
    if (comment != 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's end record announces a comment of %" PRIu32
                             " bytes, but the file ends before it",
                             comment);
    }
    return check_disks(ret, "end record", err);
}

static int check_locator(const uint8_t *at, uint64_t place, struct inf_error *err)
{
    uint32_t disk = inf_archive_le32(at + 4);
    uint64_t said = inf_archive_le64(at + 8);
    uint32_t disks = inf_archive_le32(at + 16);
    if (disk != 0 || disks != 1) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive is one of several: its ZIP64 locator says disk %" PRIu32
                             " of %" PRIu32,
                             disk, disks);
    }
    if (said != place) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's ZIP64 locator says that the ZIP64 end record is at "
                             "byte %" PRIu64 ", but it would have to be at byte %" PRIu64,
                             said, place);
    }
    return 0;
}

static int read_end64(const uint8_t *at, uint64_t place, struct numbers *ret, struct inf_error *err)
{
    uint64_t size = inf_archive_le64(at + 4);
    if (inf_archive_le32(at) != END64_MAGIC) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive has a ZIP64 locator, but no ZIP64 end record at byte "
                             "%" PRIu64,
                             place);
    }
    if (size != END64_SIZE - 12) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's ZIP64 end record says that it has %" PRIu64
                             " further bytes, but it has %d",
                             size, END64_SIZE - 12);
    }
    *ret = (struct numbers){.disk = inf_archive_le32(at + 16),
                            .directory_disk = inf_archive_le32(at + 20),
                            .count_here = inf_archive_le64(at + 24),
                            .count = inf_archive_le64(at + 32),
                            .size = inf_archive_le64(at + 40),
                            .place = inf_archive_le64(at + 48)};
    return check_disks(ret, "ZIP64 end record", err);
}

/* A number of the end record: the one of the ZIP64 end record, or the largest, which refers to it.
 */
static int check_same(uint64_t narrow, uint64_t largest, uint64_t wide, const char *what,
                      struct inf_error *err)
{
    if (narrow == wide || narrow == largest) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "the archive's end records disagree on %s: %" PRIu64 ", but %" PRIu64
                         " for ZIP64",
                         what, narrow, wide);
}

/* What stands before the end record at `end`, which is byte `place` of the file and has `before`
 * bytes in front of it in memory. Moves *ret_place to the first of the end records. */
static int read_zip64(const uint8_t *end, size_t before, struct numbers *numbers,
                      uint64_t *ret_place, struct inf_error *err)
{
    struct numbers narrow = *numbers;
    if (before < LOCATOR_SIZE || inf_archive_le32(end - LOCATOR_SIZE) != LOCATOR_MAGIC) {
        return 0;
    }
    if (before < LOCATOR_SIZE + END64_SIZE) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive has a ZIP64 locator, but no room for a ZIP64 end record");
    }
    *ret_place -= LOCATOR_SIZE + END64_SIZE;
    if (check_locator(end - LOCATOR_SIZE, *ret_place, err) != 0 ||
        read_end64(end - LOCATOR_SIZE - END64_SIZE, *ret_place, numbers, err) != 0) {
        return -1;
    }
    if (check_same(narrow.count, INF_ARCHIVE_MAX16, numbers->count, "the number of records", err) !=
            0 ||
        check_same(narrow.size, INF_ARCHIVE_MAX32, numbers->size, "the directory's size", err) !=
            0 ||
        check_same(narrow.place, INF_ARCHIVE_MAX32, numbers->place, "the directory's place", err) !=
            0) {
        return -1;
    }
    return 0;
}

/* `end` is the byte where the end records begin. */
static int check_numbers(const struct numbers *numbers, uint64_t end, struct inf_error *err)
{
    if (numbers->place > end || numbers->size != end - numbers->place) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's directory is said to have %" PRIu64
                             " bytes at byte %" PRIu64 ", but it would have to end at byte %" PRIu64
                             ", where the end records begin",
                             numbers->size, numbers->place, end);
    }
    if (numbers->count == 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST, "the archive holds no records");
    }
    if (numbers->count > INF_ARCHIVE_RECORDS_MAX) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive has %" PRIu64 " records, more than the %d that it may "
                             "have",
                             numbers->count, INF_ARCHIVE_RECORDS_MAX);
    }
    if (numbers->size > INF_ARCHIVE_DIRECTORY_MAX) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's directory has %" PRIu64
                             " bytes, more than the %d that it may have",
                             numbers->size, INF_ARCHIVE_DIRECTORY_MAX);
    }
    if (numbers->count * ENTRY_SIZE > numbers->size) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the archive's directory has %" PRIu64 " bytes, too few for %" PRIu64
                             " records",
                             numbers->size, numbers->count);
    }
    return 0;
}

int inf_archive_find_end(int fd, uint64_t size, struct inf_archive_end *ret, struct inf_error *err)
{
    uint8_t tail[END64_SIZE + LOCATOR_SIZE + END_SIZE];
    size_t have = size < sizeof tail ? (size_t)size : sizeof tail;
    const uint8_t *end;
    uint64_t place;
    struct numbers numbers;
    if (inf_archive_pread(fd, size - have, tail, have, err) != 0) {
        return -1;
    }
    if (have < END_SIZE || inf_archive_le32(tail + have - END_SIZE) != END_MAGIC) {
        return inf_archive_guess(fd, size, err);
    }
    end = tail + have - END_SIZE;
    place = size - END_SIZE;
    if (read_end(end, &numbers, err) != 0 ||
        read_zip64(end, have - END_SIZE, &numbers, &place, err) != 0 ||
        check_numbers(&numbers, place, err) != 0) {
        return -1;
    }
    *ret = (struct inf_archive_end){
        .directory = numbers.place, .size = (size_t)numbers.size, .count = (size_t)numbers.count};
    return 0;
}
