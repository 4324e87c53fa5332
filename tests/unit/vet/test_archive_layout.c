/* Records in the file: local headers that are not the directory's, descriptors, gaps and overlaps.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_fixture.h"

/* Places in a local header. */
enum {
    FLAGS = 6,
    METHOD = 8,
    CRC = 14,
    STORED = 18,
    SIZE = 22,
    NAME = 26,
    EXTRA = 28,
    HEADER = 30
};

static void a_header_that_is_not_there_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    put32(&zip, zip.made[1].local, 0x04034b51);
    refused(&zip, "record [m/version]: there is no local header at byte %zu", zip.made[1].local);
}

static void a_header_that_differs_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    zip.bytes.data[zip.made[1].local + HEADER] = 'M';
    refused(&zip, "record [m/version]: its local header at byte %zu has the name [M/version]",
            zip.made[1].local);
    zip_plain(&zip);
    put16(&zip, zip.made[1].local + NAME, 8);
    refused(&zip, "record [m/version]: its local header at byte %zu has the name [m/versio]",
            zip.made[1].local);
    zip_plain(&zip);
    put16(&zip, zip.made[1].local + NAME, 300);
    refused(&zip,
            "record [m/version]: its local header has the length of name 300, but the directory 9");
    zip_plain(&zip);
    put16(&zip, zip.made[1].local + FLAGS, UTF8);
    refused(&zip, "record [m/version]: its local header has the flags 2048, but the directory 0");
    zip_plain(&zip);
    put16(&zip, zip.made[1].local + METHOD, 8);
    refused(&zip, "record [m/version]: its local header has the method 8, but the directory 0");
    zip_plain(&zip);
    put32(&zip, zip.made[1].local + CRC, 0);
    refused(&zip, "record [m/version]: its local header has the CRC-32 0, but the directory %u",
            zip.made[1].crc);
    zip_plain(&zip);
    put32(&zip, zip.made[1].local + STORED, 0);
    refused(&zip, "record [m/version]: its local header has the stored size 0, but the directory "
                  "3");
    zip_plain(&zip);
    put32(&zip, zip.made[1].local + SIZE, 2);
    refused(&zip, "record [m/version]: its local header has the size 2, but the directory 3");
}

/* A header that need not know its sizes may not know them wrongly. */
static void a_header_before_a_descriptor_that_differs_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    put32(&zip, zip.made[2].local + CRC, 1);
    refused(&zip, "record [m/data/0]: its local header has the CRC-32 1, but the directory %u",
            zip.made[2].crc);
    zip_like_torch(&zip);
    put32(&zip, zip.made[2].local + STORED, 10);
    refused(&zip, "record [m/data/0]: its local header has the stored size 10, but the directory "
                  "9");
    zip_like_torch(&zip);
    put32(&zip, zip.made[2].local + SIZE, 1);
    refused(&zip, "record [m/data/0]: its local header has the size 1, but the directory 9");
}

/* The header's lengths move the data, which is where libtorch then looks for it. */
static void a_header_that_moves_its_data_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    put16(&zip, zip.made[2].local + EXTRA, 43);
    refused(&zip, "record [m/data/0]: the extra area of its local header, 43 bytes, ends inside a "
                  "field");
    zip_like_torch(&zip);
    put16(&zip, zip.made[2].local + EXTRA, 43);
    put16(&zip, zip.made[2].local + HEADER + 8 + 2, 39);
    refused(&zip,
            "record [m/data/0]: behind its data, at byte %zu, there is no descriptor of 16 bytes "
            "with its CRC-32 and sizes",
            zip.made[2].descriptor - 1);
    zip_plain(&zip);
    put16(&zip, zip.made[1].local + EXTRA, 60000);
    refused(&zip,
            "record [m/version]: its local header at byte %zu reaches beyond the records' end at "
            "byte %zu",
            zip.made[1].local, zip.directory);
    zip_begin(&zip);
    add(&zip, "PK\3\4, and not more", 19);
    zip.made[zip.count++].spec = RECORD("m/a", "");
    zip_finish(&zip, false);
    refused(&zip, "record [m/a]: its local header at byte 0 reaches beyond the records' end at "
                  "byte 19");
}

/* Sizes that are the same everywhere, but not those of the data. */
static void a_record_that_reaches_into_the_directory_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    put32(&zip, zip.made[1].central + 20, 4);
    put32(&zip, zip.made[1].central + 24, 4);
    put32(&zip, zip.made[1].local + STORED, 4);
    put32(&zip, zip.made[1].local + SIZE, 4);
    refused(&zip,
            "record [m/version]: its 4 bytes at byte %zu reach beyond the records' end at byte "
            "%zu",
            zip.made[1].data, zip.directory);
}

static void gaps_are_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_begin(&zip); /* as a program that unpacks itself, or a picture, would have it */
    add(&zip, "#!/bin/sh\n", 10);
    zip_add(&zip, RECORD("m/a", "1"));
    zip_finish(&zip, true);
    refused(&zip, "the bytes from 0 to 10, before record [m/a], belong to no record");
    zip_begin(&zip);
    zip_add(&zip, RECORD("m/a", "1"));
    add(&zip, "\0", 1);
    zip_add(&zip, RECORD("m/b", "1"));
    zip_finish(&zip, true);
    refused(&zip, "the bytes from %zu to %zu, before record [m/b], belong to no record",
            zip.made[0].behind, zip.made[1].local);
    zip_begin(&zip);
    zip_add(&zip, RECORD("m/a", "1"));
    add(&zip, "PK\3\4", 4);
    zip_finish(&zip, true);
    refused(&zip, "the bytes from %zu to %zu, before the directory, belong to no record",
            zip.made[0].behind, zip.directory);
}

/* A record whose header is there and in no directory. */
static void a_record_without_an_entry_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_begin(&zip);
    zip_add(&zip, RECORD("m/a", "1"));
    zip_add(&zip, RECORD("m/b", "1"));
    zip.count = 1;
    zip_finish(&zip, true);
    refused(&zip, "the bytes from %zu to %zu, before the directory, belong to no record",
            zip.made[0].behind, zip.directory);
}

static void overlaps_are_refused(void **state)
{
    struct zip zip;
    size_t inner;
    size_t length;
    (void)state;
    zip_plain(&zip); /* two entries of one record */
    put32(&zip, zip.made[1].central + 42, 0);
    refused(&zip, "record [m/%s] begins at byte 0, but the record before it ends at byte %zu",
            "version", zip.made[0].behind);
    zip_begin(&zip); /* one record as the data of another */
    zip_add(&zip, RECORD("m/a", "here will be the header of the other..."));
    zip_add(&zip, RECORD("m/b", "123456"));
    inner = zip.made[0].data;
    length = zip.made[0].stored;
    assert_int_equal(zip.made[1].behind - zip.made[1].local, length);
    memcpy(zip.bytes.data + inner, zip.bytes.data + zip.made[1].local, length);
    zip.bytes.length = zip.made[1].local;
    zip.made[1].local = inner;
    zip.made[0].crc = (uint32_t)crc32(0, (const Bytef *)zip.bytes.data + inner, (uInt)length);
    put32(&zip, zip.made[0].local + CRC, zip.made[0].crc);
    zip_finish(&zip, false);
    refused(&zip, "record [m/b] begins at byte %zu, but the record before it ends at byte %zu",
            inner, inner + length);
}

/* ---- descriptors and ZIP64 ---- */

static void a_descriptor_that_differs_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    for (size_t field = 0; field < 16; field += 4) {
        zip_like_torch(&zip);
        size_t at = zip.made[1].descriptor;
        put32(&zip, at + field, get32(&zip, at + field) ^ 1);
        refused(&zip,
                "record [m/code/m.py]: behind its data, at byte %zu, there is no descriptor of 16 "
                "bytes with its CRC-32 and sizes",
                at);
    }
    for (size_t field = 0; field < 24; field += 4) {
        zip_begin(&zip);
        zip_add(&zip, RECORD("m/a", "123", .wide = true, .flags = LATER));
        zip_finish(&zip, false);
        size_t at = zip.made[0].descriptor;
        put32(&zip, at + field, get32(&zip, at + field) ^ 1);
        refused(&zip,
                "record [m/a]: behind its data, at byte %zu, there is no descriptor of 24 bytes "
                "with its CRC-32 and sizes",
                at);
    }
}

static void a_descriptor_that_is_missing_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_begin(&zip);
    zip_add(&zip, RECORD("m/a", "123", .flags = LATER));
    zip.bytes.length--;
    zip_finish(&zip, false);
    refused(&zip,
            "record [m/a]: its descriptor at byte %zu reaches beyond the records' end at byte %zu",
            zip.made[0].descriptor, zip.directory);
    zip_plain(&zip);
    put16(&zip, zip.made[0].local + FLAGS, LATER);
    put16(&zip, zip.made[0].central + 8, LATER);
    refused(&zip,
            "record [m/data.pkl]: behind its data, at byte %zu, there is no descriptor of 16 bytes "
            "with its CRC-32 and sizes",
            zip.made[0].behind);
    zip_like_torch(&zip); /* one that is not announced */
    put16(&zip, zip.made[1].central + 8, UTF8);
    put16(&zip, zip.made[1].local + FLAGS, UTF8);
    put32(&zip, zip.made[1].local + CRC, zip.made[1].crc);
    put32(&zip, zip.made[1].local + STORED, (uint32_t)zip.made[1].stored);
    put32(&zip, zip.made[1].local + SIZE, (uint32_t)strlen(zip.made[1].spec.text));
    refused(&zip, "the bytes from %zu to %zu, before record [m/data/0], belong to no record",
            zip.made[1].descriptor, zip.made[1].behind);
}

/* Opens an archive whose only record has a header that says nothing, as it is written by whoever
 * does not know yet how long the data will be. The data is a hole. */
static void open_streamed(bool deflate, uint64_t stored, uint64_t size)
{
    struct made made = {.spec = RECORD("m/a", "", .flags = LATER, .deflate = deflate)};
    struct zip zip;
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    int fd = memfd_create("archive", MFD_CLOEXEC);
    assert_true(fd >= 0);
    zip_begin(&zip);
    add_header(&zip, &made);
    uint64_t behind = zip.bytes.length + stored;
    assert_int_equal(pwrite(fd, zip.bytes.data, zip.bytes.length, 0), zip.bytes.length);
    inf_buf_clear(&zip.bytes);
    add(&zip, "PK\7\10\0\0\0\0", 8);
    add_numbers(&zip, "88", stored, size);
    zip.directory = behind + zip.bytes.length;
    made.spec.wide = true;
    add_entry(&zip, &made);
    put64(&zip, zip.bytes.length - 24, size);
    put64(&zip, zip.bytes.length - 16, stored);
    zip.count = 1;
    uint64_t end = behind + zip.bytes.length;
    zip_end64(&zip, end - zip.directory);
    put64(&zip, zip.locator + 8, end);
    add(&zip, "PK\5\6\0\0\0\0\1\0\1\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0", 22);
    assert_int_equal(pwrite(fd, zip.bytes.data, zip.bytes.length, (off_t)behind), zip.bytes.length);
    inf_archive_open(fd, (int64_t)(behind + zip.bytes.length), &archive, &err);
    assert_string_equal(err.reason, "");
    assert_int_equal(inf_archive_at(archive, 0)->stored, stored);
    assert_int_equal(inf_archive_at(archive, 0)->size, size);
    inf_archive_free(archive);
    close(fd);
    zip_free(&zip);
}

static void a_descriptor_is_as_wide_as_its_sizes_need(void **state)
{
    const uint64_t large = 0xffffffff;
    (void)state;
    open_streamed(false, large, large);
    open_streamed(true, large / 1032 + 1, large);
    open_streamed(true, large, 5);
}

/* A record with a ZIP64 field, whose values begin at *ret_field. */
static void zip_wide(struct zip *zip, size_t *ret_field)
{
    zip_begin(zip);
    zip_add(zip, RECORD("m/a", "123", .wide = true));
    zip_finish(zip, false);
    *ret_field = zip->made[0].local + HEADER + 3 + 4;
}

static void a_zip64_field_that_differs_is_refused(void **state)
{
    struct zip zip;
    size_t field;
    (void)state;
    zip_wide(&zip, &field);
    put64(&zip, field, 1ull << 32);
    refused(&zip, "record [m/a]: its local header has the size 4294967296, but the directory 3");
    zip_wide(&zip, &field);
    put64(&zip, field + 8, UINT64_MAX);
    refused(&zip, "record [m/a]: its local header has the stored size 18446744073709551615, but "
                  "the directory 3");
    zip_wide(&zip, &field); /* the field is of another kind */
    put16(&zip, field - 4, 2);
    refused(&zip, "record [m/a]: its local header leaves a size to a ZIP64 field that does not "
                  "have it");
    zip_wide(&zip, &field);
    put16(&zip, field - 4, 0x7075);
    refused(&zip, "record [m/a]: the extra area of its local header has another name for it");
    zip_wide(&zip, &field); /* nothing is left to it: what it has is right, then is not */
    put32(&zip, zip.made[0].local + SIZE, 3);
    put32(&zip, zip.made[0].local + STORED, 3);
    must_pass(&zip);
    put64(&zip, field + 8, 4);
    refused(&zip, "record [m/a]: the ZIP64 field of its local header has 4, which is neither its "
                  "size nor its place");
    zip_wide(&zip, &field); /* four bytes of the last number become a field of their own */
    put32(&zip, zip.made[0].local + STORED, 3);
    put16(&zip, field - 2, 12);
    put32(&zip, field + 12, 0x4246);
    refused(&zip, "record [m/a]: the ZIP64 field of its local header ends inside a number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_that_is_not_there_is_refused),
        cmocka_unit_test(a_header_that_differs_is_refused),
        cmocka_unit_test(a_header_before_a_descriptor_that_differs_is_refused),
        cmocka_unit_test(a_header_that_moves_its_data_is_refused),
        cmocka_unit_test(a_record_that_reaches_into_the_directory_is_refused),
        cmocka_unit_test(gaps_are_refused),
        cmocka_unit_test(a_record_without_an_entry_is_refused),
        cmocka_unit_test(overlaps_are_refused),
        cmocka_unit_test(a_descriptor_that_differs_is_refused),
        cmocka_unit_test(a_descriptor_that_is_missing_is_refused),
        cmocka_unit_test(a_descriptor_is_as_wide_as_its_sizes_need),
        cmocka_unit_test(a_zip64_field_that_differs_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
