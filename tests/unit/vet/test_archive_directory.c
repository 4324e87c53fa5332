/* Entries of the directory: what one may not be or say, whatever the file has. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_fixture.h"

/* Places in an entry. */
enum { FLAGS = 8, METHOD = 10, STORED = 20, SIZE = 24, NAME = 28, EXTRA = 30, DISK = 34 };
enum { ATTRIBUTES = 38, PLACE = 42, ENTRY = 46 };

static void an_entry_that_is_not_there_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    put32(&zip, zip.made[1].central, 0x02014b51);
    refused(&zip,
            "the archive's directory has no entry at its byte %zu, where that of record 2 of 2 "
            "should be",
            zip.made[1].central - zip.directory);
    for (size_t field = NAME; field <= NAME + 4; field += 2) {
        zip_plain(&zip);
        put16(&zip, zip.made[1].central + field, 500);
        refused(&zip, "the archive's directory ends inside the entry of record 2 of 2");
    }
    /* An extra area that swallows the next entry. */
    zip_plain(&zip);
    put16(&zip, zip.made[0].central + EXTRA, (uint32_t)(zip.end - zip.made[1].central));
    refused(&zip,
            "record [m/data.pkl]: the extra area of the directory, %zu bytes, ends inside a "
            "field",
            zip.end - zip.made[1].central);
    zip_plain(&zip);
    put16(&zip, zip.made[0].central + EXTRA + 2, (uint32_t)(zip.end - zip.made[1].central));
    refused(&zip,
            "the archive's directory has no entry at its byte %zu, where that of record 2 of 2 "
            "should be",
            zip.end - zip.directory);
}

static void flags_that_may_not_be_set_are_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    put16(&zip, zip.made[0].central + FLAGS, 0x0001);
    refused(&zip, "record [m/data.pkl] is encrypted");
    for (uint32_t bit = 1; bit < 16; bit++) {
        if (bit == 1 || bit == 2 || bit == 3 || bit == 11) {
            continue;
        }
        zip_plain(&zip);
        put16(&zip, zip.made[1].central + FLAGS, 0x0800 | 1u << bit);
        refused(&zip, "record [m/version] has the flags 0x%04x, of which 0x%04x may not be set",
                0x0800 | 1u << bit, 1u << bit);
    }
}

static void other_methods_are_refused(void **state)
{
    static const uint32_t methods[] = {1, 6, 7, 9, 12, 14, 93, 95, 99, 0xffff};
    struct zip zip;
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        zip_plain(&zip);
        put16(&zip, zip.made[1].central + METHOD, methods[i]);
        refused(&zip,
                "record [m/version] is packed by method %u; only 0 (stored) and 8 (deflated) may "
                "be used",
                methods[i]);
    }
}

static void another_disk_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    put16(&zip, zip.made[1].central + DISK, 0xffff);
    refused(&zip, "record [m/version] is said to be on disk 65535, but there is one only");
}

static void only_files_pass(void **state)
{
    static const uint32_t good[] = {0x01, 0x20, 0600u << 16, 0100644u << 16, 0104755u << 16};
    static const uint32_t bad[] = {0x10, 0040755u << 16, 0120777u << 16, 0020644u << 16,
                                   0010644u << 16};
    struct zip zip;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        zip_plain(&zip);
        put32(&zip, zip.made[1].central + ATTRIBUTES, good[i]);
        must_pass(&zip);
        zip_free(&zip);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        zip_plain(&zip);
        put32(&zip, zip.made[1].central + ATTRIBUTES, bad[i]);
        refused(&zip,
                "record [m/version] has the attributes 0x%08x: it is no file but a folder, a link "
                "or a device",
                bad[i]);
    }
}

static void a_stored_record_has_one_size(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    put32(&zip, zip.made[1].central + SIZE, 4);
    refused(&zip, "record [m/version] is stored as it is, but is said to have 3 bytes and 4 when "
                  "unpacked");
}

/* Hands check a deflated record of 5 bytes that are said to become `size`. */
static void say_unpacked(uint32_t size, struct zip *zip)
{
    zip_plain(zip);
    put32(zip, zip->made[0].central + STORED, 5);
    put32(zip, zip->made[0].central + SIZE, size);
}

static void more_than_deflate_can_do_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    say_unpacked(5 * 1032 + 1, &zip);
    refused(&zip, "record [m/data.pkl] is deflated and said to have 5 bytes and 5161 when "
                  "unpacked; deflate needs at least 2 bytes and makes at most 1032 of each");
    say_unpacked(5 * 1032, &zip); /* the next check finds what is wrong with it */
    refused(&zip, "record [m/data.pkl]: its local header has the size 32, but the directory 5160");
    for (uint32_t stored = 0; stored < 2; stored++) {
        zip_plain(&zip);
        put32(&zip, zip.made[0].central + STORED, stored);
        refused(&zip,
                "record [m/data.pkl] is deflated and said to have %u bytes and 32 when unpacked; "
                "deflate needs at least 2 bytes and makes at most 1032 of each",
                stored);
    }
}

static void a_record_beyond_the_records_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    put32(&zip, zip.made[1].central + PLACE, (uint32_t)zip.directory);
    refused(&zip,
            "record [m/version] is said to have 3 bytes at byte %zu, but the records end at "
            "byte %zu",
            zip.directory, zip.directory);
    zip_plain(&zip);
    put32(&zip, zip.made[1].central + STORED, (uint32_t)zip.directory);
    refused(&zip,
            "record [m/version] is said to have %zu bytes at byte %zu, but the records end "
            "at byte %zu",
            zip.directory, zip.made[1].local, zip.directory);
}

/* ---- ZIP64 ---- */

/* A record, then one whose numbers are in its ZIP64 field, which begins at *ret_field. */
static void zip_wide(struct zip *zip, size_t *ret_field)
{
    zip_begin(zip);
    zip_add(zip, RECORD("m/a", "123"));
    zip_add(zip, RECORD("m/b", "aaaaaaaaaaaaaaaa", .deflate = true, .wide = true));
    zip_finish(zip, true);
    *ret_field = zip->made[1].central + ENTRY + 3 + 4;
}

static void numbers_of_64_bits_that_overflow_are_refused(void **state)
{
    static const uint64_t large[] = {UINT64_MAX, 1ull << 63, (1ull << 63) - 1, (uint64_t)-40};
    struct zip zip;
    size_t field;
    (void)state;
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        zip_wide(&zip, &field);
        put64(&zip, field, large[i]);
        refused(&zip,
                "record [m/b] is deflated and said to have %zu bytes and %llu when unpacked; "
                "deflate needs at least 2 bytes and makes at most 1032 of each",
                zip.made[1].stored, (unsigned long long)large[i]);
        zip_wide(&zip, &field);
        put64(&zip, field + 8, large[i]);
        refused(&zip,
                "record [m/b] is said to have %llu bytes at byte %zu, but the records end at byte "
                "%zu",
                (unsigned long long)large[i], zip.made[1].local, zip.directory);
        zip_wide(&zip, &field);
        put64(&zip, field + 16, large[i]);
        refused(&zip,
                "record [m/b] is said to have %zu bytes at byte %llu, but the records end at byte "
                "%zu",
                zip.made[1].stored, (unsigned long long)large[i], zip.directory);
    }
}

/* A hole of nine petabytes could unpack to more than a signed number holds. */
static void a_size_beyond_63_bits_is_refused(void **state)
{
    const uint64_t stored = (1ull << 63) / 1032 + 1, begin = stored + 100;
    struct zip zip;
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    int fd = memfd_create("archive", MFD_CLOEXEC);
    (void)state;
    zip_begin(&zip);
    zip.directory = begin;
    add(&zip, "PK\1\2\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 28);
    add_numbers(&zip, "22222", NUMBER(3), NUMBER(20), NUMBER(0), NUMBER(0), NUMBER(0));
    add_numbers(&zip, "44", NUMBER(0), NUMBER(0));
    add(&zip, "m/b", 3);
    add_numbers(&zip, "2288", NUMBER(1), NUMBER(16), NUMBER(1ull << 63), stored);
    size_t size = zip.bytes.length;
    zip.count = 1;
    zip_end64(&zip, size);
    put64(&zip, zip.locator + 8, begin + size);
    add(&zip, "PK\5\6\0\0\0\0\1\0\1\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0", 22);
    assert_int_equal(pwrite(fd, zip.bytes.data, zip.bytes.length, (off_t)begin), zip.bytes.length);
    assert_int_equal(inf_archive_open(fd, (int64_t)(begin + zip.bytes.length), &archive, &err), -1);
    assert_string_equal(err.reason,
                        "record [m/b] is deflated and said to have 8937376004704241 bytes and "
                        "9223372036854775808 when unpacked; deflate needs at least 2 bytes and "
                        "makes at most 1032 of each");
    close(fd);
    zip_free(&zip);
}

static void a_zip64_field_has_just_what_is_needed(void **state)
{
    static const char reason[] = "record [m/b]: its ZIP64 field in the directory does not hold "
                                 "just the numbers that the entry leaves to it";
    struct zip zip;
    size_t field;
    (void)state;
    for (int i = 0; i < 3; i++) { /* one that is not left to it */
        static const size_t places[] = {SIZE, STORED, PLACE};
        zip_wide(&zip, &field);
        put32(&zip, zip.made[1].central + places[i], 16);
        refused(&zip, reason);
    }
    zip_wide(&zip, &field); /* one that is missing: the field is of another kind */
    put16(&zip, field - 4, 0x4246);
    refused(&zip, reason);
    zip_wide(&zip, &field); /* the last is cut off */
    put16(&zip, field - 2, 16);
    put16(&zip, zip.made[1].central + EXTRA, 20);
    put16(&zip, zip.made[1].central + EXTRA + 2, 8); /* and becomes the comment */
    refused(&zip, reason);
}

static void an_extra_area_is_made_of_fields(void **state)
{
    struct zip zip;
    size_t field;
    (void)state;
    zip_wide(&zip, &field);
    put16(&zip, field - 2, 25);
    refused(&zip, "record [m/b]: the extra area of the directory, 28 bytes, ends inside a field");
    for (uint32_t size = 21; size < 24; size++) { /* 1 to 3 bytes are no field */
        zip_wide(&zip, &field);
        put16(&zip, field - 2, size);
        refused(&zip,
                "record [m/b]: the extra area of the directory, 28 bytes, ends inside a field");
    }
    zip_wide(&zip, &field); /* a field with a length and nothing behind it */
    put16(&zip, field - 2, 20);
    put32(&zip, field + 20, 0x00014246);
    refused(&zip, "record [m/b]: the extra area of the directory, 28 bytes, ends inside a field");
    zip_wide(&zip, &field);
    put16(&zip, field - 2, 8);
    put16(&zip, field + 8, 1);
    put16(&zip, field + 10, 12);
    refused(&zip, "record [m/b]: the extra area of the directory has two ZIP64 fields");
    zip_wide(&zip, &field);
    put16(&zip, field - 4, 0x7075);
    refused(&zip, "record [m/b]: the extra area of the directory has another name for it");
    zip_wide(&zip, &field); /* at the very end, and empty */
    put16(&zip, field - 2, 20);
    put32(&zip, field + 20, 0x7075);
    refused(&zip, "record [m/b]: the extra area of the directory has another name for it");
}

static void all_names_are_below_one_root(void **state)
{
    struct zip zip;
    (void)state;
    zip_begin(&zip);
    zip_add(&zip, RECORD("model/a", "1"));
    zip_add(&zip, RECORD("model2/b", "1"));
    zip_finish(&zip, true);
    refused(&zip, "record [model2/b] is not below the root folder [model/]");
    zip_begin(&zip);
    zip_add(&zip, RECORD("model/a", "1"));
    zip_add(&zip, RECORD("Model/b", "1"));
    zip_finish(&zip, true);
    refused(&zip, "record [Model/b] is not below the root folder [model/]");
    zip_begin(&zip);
    zip_add(&zip, RECORD("model/a/b", "1"));
    zip_add(&zip, RECORD("mod/el", "1"));
    zip_finish(&zip, true);
    refused(&zip, "record [mod/el] is not below the root folder [model/]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_that_is_not_there_is_refused),
        cmocka_unit_test(flags_that_may_not_be_set_are_refused),
        cmocka_unit_test(other_methods_are_refused),
        cmocka_unit_test(another_disk_is_refused),
        cmocka_unit_test(only_files_pass),
        cmocka_unit_test(a_stored_record_has_one_size),
        cmocka_unit_test(more_than_deflate_can_do_is_refused),
        cmocka_unit_test(a_record_beyond_the_records_is_refused),
        cmocka_unit_test(numbers_of_64_bits_that_overflow_are_refused),
        cmocka_unit_test(a_size_beyond_63_bits_is_refused),
        cmocka_unit_test(a_zip64_field_has_just_what_is_needed),
        cmocka_unit_test(an_extra_area_is_made_of_fields),
        cmocka_unit_test(all_names_are_below_one_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
