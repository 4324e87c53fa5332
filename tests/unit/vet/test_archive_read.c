/* Unpacking: what does not become exactly what the directory says. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_fixture.h"

static const char text[] = "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabc";

/* What reading the first record of the archive that is made says; "" when it is `expected`. */
static struct inf_error read_first(const struct zip *zip, size_t limit, const char *expected)
{
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    char *bytes = NULL;
    size_t length = 0;
    int fd = file_of(zip->bytes.data, zip->bytes.length);
    inf_archive_open(fd, (int64_t)zip->bytes.length, &archive, &err);
    assert_string_equal(err.reason, "");
    if (inf_archive_read(archive, inf_archive_at(archive, 0), limit, &bytes, &length, &err) == 0) {
        assert_int_equal(length, strlen(expected));
        assert_memory_equal(bytes, expected, length + 1);
    } else {
        assert_null(bytes);
    }
    free(bytes);
    inf_archive_free(archive);
    close(fd);
    return err;
}

__attribute__((format(printf, 2, 3))) static void not_read(struct zip *zip, const char *format, ...)
{
    struct inf_error err = read_first(zip, 100000, "");
    char reason[INF_REASON_MAX];
    va_list values;
    va_start(values, format);
    vsnprintf(reason, sizeof reason, format, values);
    va_end(values);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    zip_free(zip);
}

static void zip_one(struct zip *zip, bool deflate)
{
    zip_begin(zip);
    zip_add(zip, RECORD("m/a", text, .deflate = deflate));
    zip_finish(zip, false);
}

/* An archive of one record that holds `data` and is said to be deflated text. */
static void zip_data(struct zip *zip, const void *data, size_t length)
{
    struct made made = {.spec = RECORD("m/a", text, .deflate = true), .stored = length};
    made.crc = (uint32_t)crc32(0, (const Bytef *)text, sizeof text - 1);
    zip_begin(zip);
    add_header(zip, &made);
    add(zip, data, length);
    zip->made[zip->count++] = made;
    zip_finish(zip, false);
}

/* Says another size of the first record everywhere. */
static void say_size(struct zip *zip, uint32_t size)
{
    put32(zip, zip->made[0].local + 22, size);
    put32(zip, zip->made[0].central + 24, size);
}

static void the_limit_is_kept(void **state)
{
    struct zip zip;
    (void)state;
    for (int deflate = 0; deflate < 2; deflate++) {
        zip_one(&zip, deflate);
        assert_string_equal(read_first(&zip, sizeof text - 1, text).reason, "");
        assert_string_equal(read_first(&zip, sizeof text - 2, "").reason,
                            "record [m/a] has 45 bytes unpacked, more than the 44 that are read");
        assert_string_equal(read_first(&zip, 0, "").reason,
                            "record [m/a] has 45 bytes unpacked, more than the 0 that are read");
        zip_free(&zip);
    }
}

static void another_size_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    zip_one(&zip, true);
    say_size(&zip, 46);
    not_read(&zip, "record [m/a] unpacks to 45 bytes, but the directory says 46");
    zip_one(&zip, true);
    say_size(&zip, 44);
    not_read(&zip,
             "record [m/a] does not unpack: it is larger than the directory says (byte %zu of "
             "%zu)",
             zip.made[0].stored, zip.made[0].stored);
    zip_one(&zip, true);
    say_size(&zip, 0);
    assert_non_null(strstr(read_first(&zip, 100, "").reason, "it is larger than the directory"));
    zip_free(&zip);
}

static void another_crc_is_refused(void **state)
{
    struct zip zip;
    (void)state;
    for (int deflate = 0; deflate < 2; deflate++) {
        zip_one(&zip, deflate);
        put32(&zip, zip.made[0].local + 14, 0x00c0ffee);
        put32(&zip, zip.made[0].central + 16, 0x00c0ffee);
        not_read(&zip, "record [m/a] has the CRC-32 %08x, but the directory says 00c0ffee",
                 zip.made[0].crc);
    }
}

static void broken_data_is_refused(void **state)
{
    struct zip zip;
    size_t length;
    uint8_t *data = deflated(text, sizeof text - 1, &length);
    (void)state;
    zip_data(&zip, data, length);
    assert_string_equal(read_first(&zip, 100, text).reason, "");
    zip_free(&zip);
    zip_data(&zip, data, length - 1);
    not_read(&zip, "record [m/a] does not unpack: the data ends early (byte %zu of %zu)",
             length - 1, length - 1);
    data[length] = 0;
    zip_data(&zip, data, length + 1);
    not_read(&zip,
             "record [m/a] does not unpack: there is something behind its compressed data (byte "
             "%zu of %zu)",
             length, length + 1);
    data[0] |= 6;
    zip_data(&zip, data, length);
    not_read(&zip, "record [m/a] does not unpack: invalid block type (byte 1 of %zu)", length);
    zip_data(&zip, "\x78\x9c\x4b\x04\0\0\x62\0\x62", 9); /* with zlib's header */
    assert_non_null(strstr(read_first(&zip, 100, "").reason, "record [m/a] does not unpack: "));
    zip_free(&zip);
    free(data);
}

/* Data of more pieces than one; and more pieces behind its end. */
static void something_behind_a_long_stream_is_refused(void **state)
{
    struct zip zip;
    uint8_t *data = calloc(1, 3 * 65541);
    size_t length = 0;
    (void)state;
    assert_non_null(data);
    for (int i = 0; i < 2; i++) { /* two stored blocks of 65535 zeros, the second the last */
        memcpy(data + length, i ? "\1\xff\xff\0\0" : "\0\xff\xff\0\0", 5);
        length += 5 + 65535;
    }
    for (size_t more = 0; more < 2; more++) {
        size_t whole = more ? 3 * 65541 : length;
        zip_data(&zip, data, whole);
        say_size(&zip, 2 * 65535);
        char reason[200];
        snprintf(reason, sizeof reason,
                 "record [m/a] does not unpack: there is something behind its compressed data "
                 "(byte %zu of %zu)",
                 length, whole);
        struct inf_error err = read_first(&zip, 1000000, "");
        if (more) {
            assert_string_equal(err.reason, reason);
        } else {
            assert_non_null(strstr(err.reason, "has the CRC-32"));
        }
        zip_free(&zip);
    }
    zip_data(&zip, data, length); /* the second block has 5 + 11 bytes until it is seen */
    say_size(&zip, 65535 + 10);
    not_read(&zip,
             "record [m/a] does not unpack: it is larger than the directory says (byte 65556 "
             "of %zu)",
             length);
    free(data);
}

/* As dense as deflate can be: the most that check_sizes lets through. */
static void a_bomb_unpacks_to_its_size_or_not_at_all(void **state)
{
    enum { SIZE = 1000000 };
    struct zip zip;
    char *zeros = malloc(SIZE + 1);
    (void)state;
    assert_non_null(zeros);
    memset(zeros, 'a', SIZE);
    zeros[SIZE] = '\0';
    zip_begin(&zip);
    zip_add(&zip, RECORD("m/a", zeros, .deflate = true));
    zip_finish(&zip, false);
    assert_true(zip.made[0].stored < 1100);
    assert_string_equal(read_first(&zip, SIZE, zeros).reason, "");
    say_size(&zip, 5);
    assert_non_null(
        strstr(read_first(&zip, SIZE - 1, "").reason, "it is larger than the directory"));
    zip_free(&zip);
    free(zeros);
}

static void a_file_that_became_shorter_is_no_bad_request(void **state)
{
    struct zip zip;
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    char *bytes = NULL;
    size_t length = 0;
    (void)state;
    for (int deflate = 0; deflate < 2; deflate++) {
        zip_one(&zip, deflate);
        int fd = file_of(zip.bytes.data, zip.bytes.length);
        assert_int_equal(inf_archive_open(fd, (int64_t)zip.bytes.length, &archive, &err), 0);
        assert_int_equal(ftruncate(fd, 40), 0);
        assert_int_equal(
            inf_archive_read(archive, inf_archive_at(archive, 0), 100, &bytes, &length, &err), -1);
        assert_int_equal(err.code, INF_ERR_IO);
        assert_string_equal(err.reason, "cannot read the archive at byte 40: the file ends there");
        inf_archive_free(archive);
        close(fd);
        zip_free(&zip);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(another_size_is_refused),
        cmocka_unit_test(another_crc_is_refused),
        cmocka_unit_test(broken_data_is_refused),
        cmocka_unit_test(something_behind_a_long_stream_is_refused),
        cmocka_unit_test(a_bomb_unpacks_to_its_size_or_not_at_all),
        cmocka_unit_test(a_file_that_became_shorter_is_no_bad_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
