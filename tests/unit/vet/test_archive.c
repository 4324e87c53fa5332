/* Archives that pass, whichever way they are written; what a change of any byte or any cut does;
 * names that are twice there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_fixture.h"

static struct inf_archive *opened(const struct zip *zip, int *ret_fd)
{
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    *ret_fd = file_of(zip->bytes.data, zip->bytes.length);
    inf_archive_open(*ret_fd, (int64_t)zip->bytes.length, &archive, &err);
    assert_string_equal(err.reason, "");
    assert_non_null(archive);
    return archive;
}

static void must_hold(const struct inf_archive *archive, const char *name, const char *text)
{
    const struct inf_archive_entry *entry = inf_archive_find(archive, name);
    struct inf_error err = {0};
    char *bytes = NULL;
    size_t length = 0;
    assert_non_null(entry);
    assert_string_equal(entry->name, name);
    assert_int_equal(inf_archive_read(archive, entry, 1000, &bytes, &length, &err), 0);
    assert_int_equal(length, strlen(text));
    assert_string_equal(bytes, text);
    free(bytes);
}

/* All that was put in is found again, in order. */
static void must_hold_all(const struct zip *zip)
{
    int fd;
    struct inf_archive *archive = opened(zip, &fd);
    assert_int_equal(inf_archive_count(archive), zip->count);
    for (size_t i = 0; i < zip->count; i++) {
        const struct made *made = &zip->made[i];
        const char *name = strchr(made->spec.name, '/') + 1;
        const struct inf_archive_entry *entry = inf_archive_find(archive, name);
        must_hold(archive, name, made->spec.text);
        assert_int_equal(entry->offset, made->data);
        assert_int_equal(entry->stored, made->stored);
        assert_int_equal(entry->size, strlen(made->spec.text));
        assert_int_equal(entry->deflated, made->spec.deflate);
        if (i > 0) {
            assert_true(
                strcmp(inf_archive_at(archive, i - 1)->name, inf_archive_at(archive, i)->name) < 0);
        }
    }
    inf_archive_free(archive);
    close(fd);
}

static void what_torch_writes_passes(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    must_hold_all(&zip);
    zip_free(&zip);
}

static void what_other_tools_write_passes(void **state)
{
    struct zip zip;
    (void)state;
    zip_plain(&zip);
    must_hold_all(&zip);
    zip_free(&zip);
}

static void every_way_to_write_a_record_passes(void **state)
{
    struct zip zip;
    (void)state;
    for (int zip64 = 0; zip64 < 2; zip64++) {
        zip_begin(&zip);
        zip_add(&zip, RECORD("r/wide", "wide", .wide = true));
        zip_add(&zip, RECORD("r/late wide", "1234", .wide = true, .flags = LATER, .padding = 9));
        zip_add(&zip, RECORD("r/late wide deflated", "aaaaaaaaaaaaaaaa", .deflate = true,
                             .wide = true, .flags = LATER));
        zip_add(&zip, RECORD("r/empty", ""));
        zip_add(&zip, RECORD("r/.data/serialization_id", "", .flags = LATER));
        zip_add(&zip, RECORD("r/nothing deflated", "", .deflate = true, .flags = 2 | 4));
        zip_add(&zip, RECORD("r/padded", "x", .padding = 900, .comment = "a comment"));
        zip_add(&zip, RECORD("r/\xc3\xa4/...", "x", .flags = UTF8));
        zip_finish(&zip, zip64);
        must_hold_all(&zip);
        zip_free(&zip);
    }
    zip_begin(&zip);
    zip_add(&zip, RECORD("r/alone and empty", ""));
    zip_finish(&zip, false);
    must_hold_all(&zip);
    zip_free(&zip);
}

/* The ZIP64 field need not come first, nor near the header's beginning. */
static void a_zip64_field_behind_padding_passes(void **state)
{
    static const size_t paddings[] = {16, 3000};
    struct zip zip;
    char field[20];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        zip_begin(&zip);
        zip_add(&zip, RECORD("r/a", "123", .wide = true, .padding = paddings[i]));
        zip_finish(&zip, true);
        size_t length = 4 + paddings[i];
        char *extra = zip.bytes.data + zip.made[0].data - sizeof field - length;
        memcpy(field, extra, sizeof field);
        memmove(extra, extra + sizeof field, length);
        memcpy(extra + length, field, sizeof field);
        must_hold_all(&zip);
        put64(&zip, zip.made[0].data - 8, 4);
        refused(&zip, "record [r/a]: its local header has the stored size 4, but the directory 3");
    }
}

/* With bit 3 a header may have the numbers all the same. */
static void a_header_that_knows_its_sizes_passes(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    put32(&zip, zip.made[1].local + 14, zip.made[1].crc);
    put32(&zip, zip.made[1].local + 18, (uint32_t)zip.made[1].stored);
    put32(&zip, zip.made[1].local + 22, (uint32_t)strlen(zip.made[1].spec.text));
    must_hold_all(&zip);
    zip_free(&zip);
}

/* The directory's order is not that of the file. */
static void entries_in_another_order_pass(void **state)
{
    struct zip zip;
    size_t length;
    char *first;
    (void)state;
    zip_like_torch(&zip);
    length = zip.made[1].central - zip.made[0].central;
    first = zip.bytes.data + zip.directory;
    char *copy = malloc(length);
    assert_non_null(copy);
    memcpy(copy, first, length);
    memmove(first, first + length, zip.end64 - zip.directory - length);
    memcpy(zip.bytes.data + zip.end64 - length, copy, length);
    free(copy);
    must_hold_all(&zip);
    zip_free(&zip);
}

/* An end record may refer to that of ZIP64 even where its numbers fit. */
static void an_end_record_may_refer_to_zip64(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    put32(&zip, zip.end + 8, 0xffffffff);
    put32(&zip, zip.end + 12, 0xffffffff);
    put32(&zip, zip.end + 16, 0xffffffff);
    must_hold_all(&zip);
    zip_free(&zip);
}

static void only_what_is_there_is_found(void **state)
{
    struct zip zip;
    int fd;
    (void)state;
    zip_like_torch(&zip);
    struct inf_archive *archive = opened(&zip, &fd);
    assert_null(inf_archive_find(archive, "data"));
    assert_null(inf_archive_find(archive, ""));
    assert_null(inf_archive_find(archive, "m/data/0"));
    assert_null(inf_archive_find(archive, "DATA/0"));
    assert_null(inf_archive_find(archive, "data/00"));
    inf_archive_free(archive);
    inf_archive_free(NULL);
    close(fd);
    zip_free(&zip);
}

/* Many records, whose names come in no order. */
static void many_records_are_found(void **state)
{
    enum { MANY = 3000 };
    struct zip zip;
    char name[32];
    int fd;
    (void)state;
    zip_begin(&zip);
    size_t(*places)[2] = calloc(MANY, sizeof *places);
    assert_non_null(places);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "r/%zu", i * 7919 % MANY);
        zip.count = 0;
        places[i][0] = zip_add(&zip, RECORD(name, "x", .flags = LATER, .padding = 3))->local;
        places[i][1] = zip.made[0].crc;
    }
    zip.directory = zip.bytes.length;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "r/%zu", i * 7919 % MANY);
        zip.made[0] = (struct made){.spec = RECORD(name, "x", .flags = LATER),
                                    .local = places[i][0],
                                    .crc = (uint32_t)places[i][1],
                                    .stored = 1};
        add_entry(&zip, &zip.made[0]);
    }
    zip.count = MANY;
    zip_end64(&zip, zip.bytes.length - zip.directory);
    zip.end = zip.bytes.length;
    add(&zip, "PK\5\6\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0", 22);
    put16(&zip, zip.end + 8, MANY);
    put16(&zip, zip.end + 10, MANY);
    struct inf_archive *archive = opened(&zip, &fd);
    assert_int_equal(inf_archive_count(archive), MANY);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%zu", i);
        must_hold(archive, name, "x");
    }
    inf_archive_free(archive);
    close(fd);
    free(places);
    zip_free(&zip);
}

static void names_that_are_twice_there_are_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_begin(&zip);
    zip_add(&zip, RECORD("m/a", "1"));
    zip_add(&zip, RECORD("m/b", "1"));
    zip_add(&zip, RECORD("m/a", "2"));
    zip_finish(&zip, true);
    refused(&zip, "the archive has two records [m/a]");
    zip_begin(&zip);
    zip_add(&zip, RECORD("m/DATA.pkl", "1"));
    zip_add(&zip, RECORD("m/b", "1"));
    zip_add(&zip, RECORD("m/data.PKL", "2"));
    zip_finish(&zip, true);
    refused(&zip,
            "the archive has records [m/DATA.pkl] and [m/data.PKL], which differ only in case");
}

/* ---- cuts and changes ---- */

static void every_cut_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    for (size_t length = 0; length < zip.bytes.length; length++) {
        assert_int_equal(open_bytes(zip.bytes.data, length).code, INF_ERR_BAD_REQUEST);
        assert_int_equal(open_bytes(zip.bytes.data + zip.bytes.length - length, length).code,
                         INF_ERR_BAD_REQUEST);
    }
    zip_free(&zip);
}

/* Whether each record opens and is what was put in. False: something was refused. */
static bool holds_the_same(const struct zip *zip, int fd)
{
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    bool same = inf_archive_open(fd, (int64_t)zip->bytes.length, &archive, &err) == 0;
    for (size_t i = 0; same && i < zip->count; i++) {
        const struct spec *spec = &zip->made[i].spec;
        const struct inf_archive_entry *entry =
            inf_archive_find(archive, strchr(spec->name, '/') + 1);
        char *bytes = NULL;
        size_t length = 0;
        assert_non_null(entry);
        same = inf_archive_read(archive, entry, 1000, &bytes, &length, &err) == 0;
        assert_true(!same || strcmp(bytes, spec->text) == 0);
        free(bytes);
    }
    inf_archive_free(archive);
    return same;
}

/* Sets the bits of `length` bytes that mean nothing. */
static void free_bits(uint8_t *mask, size_t at, size_t length, uint8_t bits)
{
    memset(mask + at, bits, length);
}

/* In a header: the version, the time, the padding and its id. In an entry: two versions, the time,
 * the internal attributes; of the external ones all but the folder's bit and the file types other
 * than that of a plain file. In the ZIP64 end record two versions. */
static void mark_free_bits(const struct zip *zip, uint8_t *mask)
{
    for (size_t i = 0; i < zip->count; i++) {
        const struct made *made = &zip->made[i];
        size_t extra = made->data - made->spec.padding - 4;
        free_bits(mask, made->local + 4, 2, 0xff);
        free_bits(mask, made->local + 10, 4, 0xff);
        free_bits(mask, extra, 2, 0xff);
        free_bits(mask, extra + 4, made->spec.padding, 0xff);
        free_bits(mask, made->central + 4, 4, 0xff);
        free_bits(mask, made->central + 12, 4, 0xff);
        free_bits(mask, made->central + 36, 2, 0xff);
        free_bits(mask, made->central + 38, 1, (uint8_t)~0x10);
        free_bits(mask, made->central + 39, 2, 0xff);
        free_bits(mask, made->central + 41, 1, 0x8f);
    }
    free_bits(mask, zip->end64 + 12, 4, 0xff);
}

/* Each bit of each byte is changed, and each whole byte: that is refused, when the archive is
 * opened or when the record is read, or it means nothing. */
static void every_changed_byte_is_seen_or_means_nothing(void **state)
{
    struct zip zip;
    (void)state;
    zip_like_torch(&zip);
    uint8_t *mask = calloc(1, zip.bytes.length);
    assert_non_null(mask);
    mark_free_bits(&zip, mask);
    int fd = file_of(zip.bytes.data, zip.bytes.length);
    assert_true(holds_the_same(&zip, fd));
    for (size_t at = 0; at < zip.bytes.length; at++) {
        uint8_t was = (uint8_t)zip.bytes.data[at];
        /* Behind the deflated data's end there are a few bits to the byte's. */
        bool either = at + 1 == zip.made[1].descriptor;
        for (int bit = 0; bit < 9; bit++) {
            uint8_t change = (uint8_t)(bit < 8 ? 1 << bit : 0xff);
            uint8_t byte = was ^ change;
            assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
            if (holds_the_same(&zip, fd) != !(change & ~mask[at]) && !either) {
                fail_msg("byte %zu, changed from %02x to %02x", at, was, byte);
            }
        }
        assert_int_equal(pwrite(fd, &was, 1, (off_t)at), 1);
    }
    close(fd);
    free(mask);
    zip_free(&zip);
}

/* ---- large files ---- */

/* A file that is nothing but a hole as far as it is not written. */
static void write_at(int fd, uint64_t at, const void *bytes, size_t length)
{
    assert_int_equal(pwrite(fd, bytes, length, (off_t)at), (ssize_t)length);
}

/* The way torch writes them: the header's own sizes zero, its ZIP64 field with the size, a zero and
 * the place as far as these need it, descriptors of eight bytes a number. */
static void records_beyond_4_gib_pass(void **state)
{
    const uint64_t large = 0x100000008, second = 30 + 6 + 20 + large + 24;
    const uint64_t behind = second + 30 + 3 + 12 + 2 + 24;
    struct zip part;
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    int fd = memfd_create("archive", MFD_CLOEXEC);
    (void)state;
    assert_true(fd >= 0);
    zip_begin(&part);
    add(&part, "PK\3\4\0\0\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 26);
    add_numbers(&part, "22", NUMBER(6), NUMBER(20));
    add(&part, "r/data", 6);
    add_numbers(&part, "2288", NUMBER(1), NUMBER(16), large, NUMBER(0));
    write_at(fd, 0, part.bytes.data, part.bytes.length);
    inf_buf_clear(&part.bytes);
    add(&part, "PK\7\10\1\2\3\4", 8);
    add_numbers(&part, "88", large, large);
    add(&part, "PK\3\4\0\0\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 26);
    add_numbers(&part, "22", NUMBER(3), NUMBER(12));
    add(&part, "r/x", 3);
    add_numbers(&part, "228", NUMBER(1), NUMBER(8), second);
    add(&part, "hiPK\7\10", 6);
    add_numbers(&part, "488", NUMBER(crc32(0, (const Bytef *)"hi", 2)), NUMBER(2), NUMBER(2));
    write_at(fd, second - 24, part.bytes.data, part.bytes.length);
    inf_buf_clear(&part.bytes);
    add(&part, "PK\1\2\0\0\0\0\x08\x08\0\0\0\0\0\0\1\2\3\4\xff\xff\xff\xff\xff\xff\xff\xff", 28);
    add_numbers(&part, "222228", NUMBER(6), NUMBER(20), NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(0));
    add(&part, "r/data", 6);
    add_numbers(&part, "2288", NUMBER(1), NUMBER(16), large, large);
    add(&part, "PK\1\2\0\0\0\0\x08\x08\0\0\0\0\0\0", 16);
    add_numbers(&part, "444222", NUMBER(crc32(0, (const Bytef *)"hi", 2)), NUMBER(2), NUMBER(2),
                NUMBER(3), NUMBER(12), NUMBER(0));
    add_numbers(&part, "2244", NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(0xffffffff));
    add(&part, "r/x", 3);
    add_numbers(&part, "228", NUMBER(1), NUMBER(8), second);
    part.directory = behind;
    part.count = 2;
    size_t size = part.bytes.length;
    zip_end64(&part, size);
    put64(&part, part.locator + 8, behind + size);
    add(&part, "PK\5\6\0\0\0\0\2\0\2\0", 12);
    add_numbers(&part, "442", NUMBER(size), NUMBER(0xffffffff), NUMBER(0));
    write_at(fd, behind, part.bytes.data, part.bytes.length);
    inf_archive_open(fd, (int64_t)(behind + part.bytes.length), &archive, &err);
    assert_string_equal(err.reason, "");
    assert_int_equal(inf_archive_find(archive, "data")->size, large);
    assert_int_equal(inf_archive_find(archive, "data")->offset, 56);
    assert_int_equal(inf_archive_find(archive, "x")->offset, second + 45);
    must_hold(archive, "x", "hi");
    inf_archive_free(archive);
    close(fd);
    zip_free(&part);
}

static void a_file_that_cannot_be_read_is_not_the_callers_fault(void **state)
{
    struct zip zip;
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_archive_open(-1, 100, &archive, &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
    assert_string_equal(err.reason, "cannot read the archive at byte 2: Bad file descriptor");
    zip_like_torch(&zip);
    int fd = file_of(zip.bytes.data, zip.bytes.length);
    assert_int_equal(inf_archive_open(fd, (int64_t)zip.bytes.length + 9, &archive, &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
    assert_non_null(strstr(err.reason, ": the file ends there"));
    assert_null(archive);
    assert_int_equal(inf_archive_open(fd, -1, &archive, &err), -1);
    assert_string_equal(err.reason, "not a ZIP archive: it is empty");
    close(fd);
    zip_free(&zip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_torch_writes_passes),
        cmocka_unit_test(what_other_tools_write_passes),
        cmocka_unit_test(every_way_to_write_a_record_passes),
        cmocka_unit_test(a_zip64_field_behind_padding_passes),
        cmocka_unit_test(a_header_that_knows_its_sizes_passes),
        cmocka_unit_test(entries_in_another_order_pass),
        cmocka_unit_test(an_end_record_may_refer_to_zip64),
        cmocka_unit_test(only_what_is_there_is_found),
        cmocka_unit_test(many_records_are_found),
        cmocka_unit_test(names_that_are_twice_there_are_refused),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_changed_byte_is_seen_or_means_nothing),
        cmocka_unit_test(records_beyond_4_gib_pass),
        cmocka_unit_test(a_file_that_cannot_be_read_is_not_the_callers_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
