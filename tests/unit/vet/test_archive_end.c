/* The end records: each number that does not fit the others or the file, with its reason. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_fixture.h"

static void one_of_several_disks_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    put16(&zip, zip.end + 4, 1);
    refused(&zip, "the archive is one of several: its end record is that of disk 1, its directory "
                  "begins on disk 0");
    zip_plain(&zip);
    put16(&zip, zip.end + 6, 2);
    refused(&zip, "the archive is one of several: its end record is that of disk 0, its directory "
                  "begins on disk 2");
    zip_like_torch(&zip);
    put32(&zip, zip.end64 + 16, 3);
    refused(&zip, "the archive is one of several: its ZIP64 end record is that of disk 3, its "
                  "directory begins on disk 0");
    zip_like_torch(&zip);
    put32(&zip, zip.end64 + 20, 4);
    refused(&zip, "the archive is one of several: its ZIP64 end record is that of disk 0, its "
                  "directory begins on disk 4");
    zip_like_torch(&zip);
    put32(&zip, zip.locator + 4, 1);
    refused(&zip, "the archive is one of several: its ZIP64 locator says disk 1 of 1");
    zip_like_torch(&zip);
    put32(&zip, zip.locator + 16, 2);
    refused(&zip, "the archive is one of several: its ZIP64 locator says disk 0 of 2");
}

static void counts_that_disagree_are_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    put16(&zip, zip.end + 8, 1);
    refused(&zip, "the archive's end record counts 1 records on this disk, but 2 in all");
    zip_like_torch(&zip);
    put64(&zip, zip.end64 + 24, 1);
    refused(&zip, "the archive's ZIP64 end record counts 1 records on this disk, but 3 in all");
    zip_like_torch(&zip);
    put32(&zip, zip.end + 8, 0x00020002);
    refused(&zip,
            "the archive's end records disagree on the number of records: 2, but 3 for ZIP64");
    zip_plain(&zip);
    put32(&zip, zip.end + 8, 0x00010001);
    refused(&zip, "the archive's directory has %zu bytes behind the last of its 1 entries",
            zip.end - zip.made[1].central);
    zip_plain(&zip);
    put32(&zip, zip.end + 8, 0x00030003);
    refused(&zip, "the archive's directory has %zu bytes, too few for 3 records",
            zip.end - zip.directory);
    zip_like_torch(&zip);
    put32(&zip, zip.end + 8, 0x00020002);
    put64(&zip, zip.end64 + 24, 2);
    put64(&zip, zip.end64 + 32, 2);
    refused(&zip, "the archive's directory has %zu bytes behind the last of its 2 entries",
            zip.end64 - zip.made[2].central);
}

static void an_archive_without_records_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    for (int zip64 = 0; zip64 < 2; zip64++) {
        zip_begin(&zip);
        zip_finish(&zip, zip64);
        refused(&zip, "the archive holds no records");
    }
}

static void too_many_records_are_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    put32(&zip, zip.end + 8, 0xffffffff);
    put64(&zip, zip.end64 + 24, INF_ARCHIVE_RECORDS_MAX + 1);
    put64(&zip, zip.end64 + 32, INF_ARCHIVE_RECORDS_MAX + 1);
    refused(&zip, "the archive has 100001 records, more than the 100000 that it may have");
    zip_like_torch(&zip);
    put32(&zip, zip.end + 8, 0xffffffff);
    put64(&zip, zip.end64 + 24, UINT64_MAX);
    put64(&zip, zip.end64 + 32, UINT64_MAX);
    refused(&zip, "the archive has 18446744073709551615 records, more than the 100000 that it may "
                  "have");
    zip_like_torch(&zip);
    put32(&zip, zip.end + 8, 0xffffffff);
    put64(&zip, zip.end64 + 24, INF_ARCHIVE_RECORDS_MAX);
    put64(&zip, zip.end64 + 32, INF_ARCHIVE_RECORDS_MAX);
    refused(&zip, "the archive's directory has %zu bytes, too few for 100000 records",
            zip.end64 - zip.directory);
}

/* The file is a hole with end records. */
static void a_directory_that_is_too_large_is_not_read(void **state)
{
    struct zip zip;
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    (void)state;
    for (uint64_t more = 0; more < 2; more++) {
        uint64_t size = INF_ARCHIVE_DIRECTORY_MAX + more;
        zip_begin(&zip);
        add(&zip, "PK\5\6\0\0\0\0\1\0\1\0", 12);
        add_numbers(&zip, "442", NUMBER(size), NUMBER(5), NUMBER(0));
        int fd = memfd_create("archive", MFD_CLOEXEC);
        assert_int_equal(pwrite(fd, zip.bytes.data, 22, (off_t)(size + 5)), 22);
        assert_int_equal(inf_archive_open(fd, (int64_t)size + 27, &archive, &err), -1);
        assert_string_equal(
            err.reason, more ? "the archive's directory has 67108865 bytes, more than the 67108864 "
                               "that it may have"
                             : "the archive's directory has no entry at its byte 0, where that of "
                               "record 1 of 1 should be");
        close(fd);
        zip_free(&zip);
    }
}

static void places_that_disagree_are_refused(void **state)
{
    struct zip zip;
    size_t size;
    (void)state;
    zip_plain(&zip);
    size = zip.end - zip.directory;
    put32(&zip, zip.end + 12, (uint32_t)size - 1);
    refused(&zip,
            "the archive's directory is said to have %zu bytes at byte %zu, but it would have to "
            "end at byte %zu, where the end records begin",
            size - 1, zip.directory, zip.end);
    zip_plain(&zip);
    put32(&zip, zip.end + 16, 0xffffffff);
    refused(&zip,
            "the archive's directory is said to have %zu bytes at byte 4294967295, but it would "
            "have to end at byte %zu, where the end records begin",
            zip.end - zip.directory, zip.end);
    zip_plain(&zip);
    put32(&zip, zip.end + 16, (uint32_t)zip.directory - 7);
    put32(&zip, zip.end + 12, (uint32_t)(zip.end - zip.directory) + 7);
    refused(&zip, "the archive's directory has no entry at its byte 0, where that of record 1 of 2 "
                  "should be");
    zip_like_torch(&zip);
    put32(&zip, zip.end + 12, 5);
    refused(&zip,
            "the archive's end records disagree on the directory's size: 5, but %zu for ZIP64",
            zip.end64 - zip.directory);
    zip_like_torch(&zip);
    put64(&zip, zip.end64 + 40, 1);
    put32(&zip, zip.end + 12, 0xffffffff);
    refused(&zip,
            "the archive's directory is said to have 1 bytes at byte %zu, but it would have to "
            "end at byte %zu, where the end records begin",
            zip.directory, zip.end64);
    zip_like_torch(&zip);
    put32(&zip, zip.end + 16, 5);
    refused(&zip,
            "the archive's end records disagree on the directory's place: 5, but %zu for ZIP64",
            zip.directory);
}

/* Sums that would be right if they were allowed to overflow. */
static void numbers_that_overflow_are_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    put32(&zip, zip.end + 12, 0xffffffff);
    put32(&zip, zip.end + 16, 0xffffffff);
    put64(&zip, zip.end64 + 40, zip.end64 + 100);
    put64(&zip, zip.end64 + 48, (uint64_t)-100);
    refused(&zip,
            "the archive's directory is said to have %zu bytes at byte 18446744073709551516, but "
            "it would have to end at byte %zu, where the end records begin",
            zip.end64 + 100, zip.end64);
    zip_like_torch(&zip);
    put32(&zip, zip.end + 12, 0xffffffff);
    put64(&zip, zip.end64 + 40, UINT64_MAX);
    refused(&zip,
            "the archive's directory is said to have 18446744073709551615 bytes at byte %zu, but "
            "it would have to end at byte %zu, where the end records begin",
            zip.directory, zip.end64);
}

static void a_zip64_end_record_that_is_not_there_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    put32(&zip, zip.end64, 0x06064b51);
    refused(&zip, "the archive has a ZIP64 locator, but no ZIP64 end record at byte %zu",
            zip.end64);
    zip_like_torch(&zip);
    put64(&zip, zip.locator + 8, zip.end64 - 1);
    refused(&zip,
            "the archive's ZIP64 locator says that the ZIP64 end record is at byte %zu, but it "
            "would have to be at byte %zu",
            zip.end64 - 1, zip.end64);
    zip_like_torch(&zip);
    put64(&zip, zip.end64 + 4, 45);
    refused(&zip, "the archive's ZIP64 end record says that it has 45 further bytes, but it has "
                  "44");
    zip_like_torch(&zip);
    for (size_t from = zip.end64 + 1; from <= zip.locator; from++) {
        bytes_refused(zip.bytes.data + from, zip.bytes.length - from,
                      "the archive has a ZIP64 locator, but no room for a ZIP64 end record");
    }
    zip_free(&zip);
    /* Without its locator nothing leads to the ZIP64 end record, and it is in the way. */
    zip_like_torch(&zip);
    put32(&zip, zip.locator, 0);
    refused(&zip,
            "the archive's directory is said to have %zu bytes at byte %zu, but it would have to "
            "end at byte %zu, where the end records begin",
            zip.end64 - zip.directory, zip.directory, zip.end);
}

static void what_follows_the_end_record_is_refused(void **state)
{
    struct zip zip;
    size_t end;
    (void)state;
    zip_like_torch(&zip);
    end = zip.end;
    put16(&zip, zip.end + 20, 5);
    add(&zip, "hello", 5);
    refused(&zip,
            "the archive's end record, at byte %zu, is not at the very end: 5 bytes of comment or "
            "of something else follow it",
            end);
    zip_plain(&zip);
    end = zip.end;
    add(&zip, "\0", 1);
    refused(&zip,
            "the archive's end record, at byte %zu, is not at the very end: 1 bytes of comment or "
            "of something else follow it",
            end);
    zip_plain(&zip);
    put16(&zip, zip.end + 20, 3);
    refused(&zip, "the archive's end record announces a comment of 3 bytes, but the file ends "
                  "before it");
}

/* A second archive as the comment of the first: the end record of the second is at the very end. */
static void an_archive_behind_another_is_refused(void **state)
{
    struct zip zip;
    struct zip second;
    size_t length;
    (void)state;
    zip_like_torch(&zip);
    length = zip.bytes.length;
    zip_plain(&second);
    put16(&zip, zip.end + 20, (uint32_t)second.bytes.length);
    add(&zip, second.bytes.data, second.bytes.length);
    put32(&zip, length + second.end + 16, (uint32_t)(length + second.directory));
    put32(&zip, length + second.made[0].central + 42, (uint32_t)length);
    put32(&zip, length + second.made[1].central + 42, (uint32_t)(length + second.made[1].local));
    zip_free(&second);
    refused(&zip, "the bytes from 0 to %zu, before record [m/data.pkl], belong to no record",
            length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_several_disks_is_refused),
        cmocka_unit_test(counts_that_disagree_are_refused),
        cmocka_unit_test(an_archive_without_records_is_refused),
        cmocka_unit_test(too_many_records_are_refused),
        cmocka_unit_test(a_directory_that_is_too_large_is_not_read),
        cmocka_unit_test(places_that_disagree_are_refused),
        cmocka_unit_test(numbers_that_overflow_are_refused),
        cmocka_unit_test(a_zip64_end_record_that_is_not_there_is_refused),
        cmocka_unit_test(what_follows_the_end_record_is_refused),
        cmocka_unit_test(an_archive_behind_another_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
