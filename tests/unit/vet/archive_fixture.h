/* archive_fixture.h - ZIP archives made record by record, for the tests of src/vet/archive*.c.
 *
 * What is made is sound; a test then changes one number of it (the fixture keeps where each header
 * is) and sees the archive refused. A file is a memfd, so that it may be as large as it says. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TEST_ARCHIVE_FIXTURE_H
#define INFERD_TEST_ARCHIVE_FIXTURE_H

#include "archive.h"
#include "inferd/buf.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the block above it */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

enum { MADE_MAX = 8 };
enum { LATER = 0x0008, UTF8 = 0x0800 };

/* A record to be made. */
struct spec {
    const char *name;
    const char *text;
    bool deflate;
    uint16_t flags;      /* LATER: sizes in a descriptor behind the data */
    bool wide;           /* sizes in ZIP64 fields */
    size_t padding;      /* bytes of an extra field like torch's; 0: none */
    const char *comment; /* of the entry, or NULL */
};

#define RECORD(n, t, ...) ((struct spec){.name = n, .text = t, ##__VA_ARGS__})

/* Where its parts are. */
struct made {
    struct spec spec;
    size_t local, data, descriptor, behind, central;
    size_t stored;
    uint32_t crc;
};

struct zip {
    struct inf_buf bytes;
    struct made made[MADE_MAX];
    size_t count;
    size_t directory, end64, locator, end;
};

static inline void put16(struct zip *zip, size_t at, uint32_t value)
{
    assert_true(at + 2 <= zip->bytes.length);
    zip->bytes.data[at] = (char)(value & 0xff);
    zip->bytes.data[at + 1] = (char)(value >> 8 & 0xff);
}

static inline void put32(struct zip *zip, size_t at, uint32_t value)
{
    put16(zip, at, value & 0xffff);
    put16(zip, at + 2, value >> 16);
}

static inline void put64(struct zip *zip, size_t at, uint64_t value)
{
    put32(zip, at, (uint32_t)value);
    put32(zip, at + 4, (uint32_t)(value >> 32));
}

static inline uint32_t get32(const struct zip *zip, size_t at)
{
    const uint8_t *b = (const uint8_t *)zip->bytes.data + at;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline void add(struct zip *zip, const void *bytes, size_t length)
{
    assert_int_equal(inf_buf_append(&zip->bytes, bytes, length), 0);
}

static inline void add_number(struct zip *zip, size_t width, uint64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> 8 * i & 0xff);
    }
    add(zip, bytes, width);
}

/* Values of as many bytes each as the digits of `widths` say; each is a NUMBER. */
static inline void add_numbers(struct zip *zip, const char *widths, ...)
{
    va_list values;
    va_start(values, widths);
    for (const char *w = widths; *w; w++) {
        add_number(zip, (size_t)(*w - '0'), va_arg(values, uint64_t));
    }
    va_end(values);
}

#define NUMBER(value) ((uint64_t)(value))

static inline void zip_begin(struct zip *zip)
{
    memset(zip, 0, sizeof *zip);
    inf_buf_init(&zip->bytes, 1 << 24);
}

static inline void zip_free(struct zip *zip)
{
    inf_buf_free(&zip->bytes);
}

/* Deflated without a header; *ret_length is that of the malloc'ed result. */
static inline uint8_t *deflated(const char *text, size_t length, size_t *ret_length)
{
    z_stream stream = {0};
    uint8_t *out = malloc(length + 100);
    assert_non_null(out);
    assert_int_equal(
        deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)text;
    stream.avail_in = (uInt)length;
    stream.next_out = out;
    stream.avail_out = (uInt)length + 100;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *ret_length = length + 100 - stream.avail_out;
    deflateEnd(&stream);
    return out;
}

static inline void add_descriptor(struct zip *zip, const struct made *made)
{
    size_t width = made->spec.wide ? 8 : 4;
    add(zip, "PK\7\10", 4);
    add_number(zip, 4, made->crc);
    add_number(zip, width, made->stored);
    add_number(zip, width, strlen(made->spec.text));
}

static inline void add_header(struct zip *zip, const struct made *made)
{
    const struct spec *spec = &made->spec;
    bool later = spec->flags & LATER;
    uint64_t size = spec->wide ? 0xffffffff : strlen(spec->text);
    uint64_t stored = spec->wide ? 0xffffffff : made->stored;
    size_t extra = (spec->wide ? 20 : 0) + (spec->padding ? 4 + spec->padding : 0);
    add(zip, "PK\3\4", 4);
    add_numbers(zip, "22222444", NUMBER(20), NUMBER(spec->flags), NUMBER(spec->deflate ? 8 : 0),
                NUMBER(0), NUMBER(0), NUMBER(later ? 0 : made->crc),
                later && !spec->wide ? NUMBER(0) : stored, later && !spec->wide ? NUMBER(0) : size);
    add_numbers(zip, "22", NUMBER(strlen(spec->name)), NUMBER(extra));
    add(zip, spec->name, strlen(spec->name));
    if (spec->wide) {
        add_numbers(zip, "2288", NUMBER(1), NUMBER(16),
                    later ? NUMBER(0) : NUMBER(strlen(spec->text)),
                    later ? NUMBER(0) : NUMBER(made->stored));
    }
    if (spec->padding) {
        add_numbers(zip, "22", NUMBER(0x4246), NUMBER(spec->padding));
        for (size_t i = 0; i < spec->padding; i++) {
            add(zip, "Z", 1);
        }
    }
}

static inline struct made *zip_add(struct zip *zip, struct spec spec)
{
    struct made *made = &zip->made[zip->count++];
    size_t length = strlen(spec.text);
    uint8_t *packed = spec.deflate ? deflated(spec.text, length, &made->stored) : NULL;
    assert_true(zip->count <= MADE_MAX);
    made->spec = spec;
    made->stored = packed ? made->stored : length;
    made->crc = (uint32_t)crc32_z(0, (const Bytef *)spec.text, length);
    made->local = zip->bytes.length;
    add_header(zip, made);
    made->data = zip->bytes.length;
    add(zip, packed ? (const char *)packed : spec.text, made->stored);
    made->descriptor = zip->bytes.length;
    if (spec.flags & LATER) {
        add_descriptor(zip, made);
    }
    made->behind = zip->bytes.length;
    free(packed);
    return made;
}

static inline void add_entry(struct zip *zip, struct made *made)
{
    const struct spec *spec = &made->spec;
    const char *comment = spec->comment ? spec->comment : "";
    made->central = zip->bytes.length;
    add(zip, "PK\1\2", 4);
    add_numbers(zip, "222222444", NUMBER(20), NUMBER(20), NUMBER(spec->flags),
                NUMBER(spec->deflate ? 8 : 0), NUMBER(0), NUMBER(0), NUMBER(made->crc),
                spec->wide ? NUMBER(0xffffffff) : NUMBER(made->stored),
                spec->wide ? NUMBER(0xffffffff) : NUMBER(strlen(spec->text)));
    add_numbers(zip, "2222244", NUMBER(strlen(spec->name)), NUMBER(spec->wide ? 28 : 0),
                NUMBER(strlen(comment)), NUMBER(0), NUMBER(0), NUMBER(0),
                spec->wide ? NUMBER(0xffffffff) : NUMBER(made->local));
    add(zip, spec->name, strlen(spec->name));
    if (spec->wide) {
        add_numbers(zip, "22888", NUMBER(1), NUMBER(24), NUMBER(strlen(spec->text)),
                    NUMBER(made->stored), NUMBER(made->local));
    }
    add(zip, comment, strlen(comment));
}

static inline void zip_end64(struct zip *zip, size_t size)
{
    zip->end64 = zip->bytes.length;
    add(zip, "PK\6\6", 4);
    add_numbers(zip, "822448888", NUMBER(44), NUMBER(0x031e), NUMBER(45), NUMBER(0), NUMBER(0),
                NUMBER(zip->count), NUMBER(zip->count), NUMBER(size), NUMBER(zip->directory));
    zip->locator = zip->bytes.length;
    add(zip, "PK\6\7", 4);
    add_numbers(zip, "484", NUMBER(0), NUMBER(zip->end64), NUMBER(1));
}

/* Directory and end records; with those of ZIP64 or not. */
static inline void zip_finish(struct zip *zip, bool zip64)
{
    size_t size;
    zip->directory = zip->bytes.length;
    for (size_t i = 0; i < zip->count; i++) {
        add_entry(zip, &zip->made[i]);
    }
    size = zip->bytes.length - zip->directory;
    if (zip64) {
        zip_end64(zip, size);
    }
    zip->end = zip->bytes.length;
    add(zip, "PK\5\6", 4);
    add_numbers(zip, "2222442", NUMBER(0), NUMBER(0), NUMBER(zip->count), NUMBER(zip->count),
                NUMBER(size), NUMBER(zip->directory), NUMBER(0));
}

/* Three records, whose sizes are no powers of two, as torch writes them: 0 data.pkl, 1 code/m.py
 * (deflated), 2 data/0. */
static inline void zip_like_torch(struct zip *zip)
{
    zip_begin(zip);
    zip_add(zip, RECORD("m/data.pkl", "\x80\x02}q.", .flags = LATER | UTF8, .padding = 16));
    zip_add(zip, RECORD("m/code/m.py", "return return return return\n", .deflate = true,
                        .flags = LATER | UTF8, .padding = 8));
    zip_add(zip, RECORD("m/data/0", "123456789", .flags = LATER | UTF8, .padding = 40));
    zip_finish(zip, true);
}

/* Two records as other tools write them: 0 m/data.pkl (deflated), 1 m/version. */
static inline void zip_plain(struct zip *zip)
{
    zip_begin(zip);
    zip_add(zip, RECORD("m/data.pkl", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .deflate = true));
    zip_add(zip, RECORD("m/version", "10\n"));
    zip_finish(zip, false);
}

static inline int file_of(const void *bytes, size_t length)
{
    int fd = memfd_create("archive", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, 0), (ssize_t)length);
    return fd;
}

/* The error of opening it; code NONE when it opens. */
static inline struct inf_error open_bytes(const void *bytes, size_t length)
{
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    int fd = file_of(bytes, length);
    int rc = inf_archive_open(fd, (int64_t)length, &archive, &err);
    assert_int_equal(rc, archive ? 0 : -1);
    assert_true(archive || (err.code != INF_ERR_NONE && err.reason[0]));
    inf_archive_free(archive);
    close(fd);
    return archive ? (struct inf_error){0} : err;
}

static inline void must_pass(const struct zip *zip)
{
    struct inf_error err = open_bytes(zip->bytes.data, zip->bytes.length);
    assert_string_equal(err.reason, "");
    assert_int_equal(err.code, INF_ERR_NONE);
}

static inline void bytes_refused(const void *bytes, size_t length, const char *reason)
{
    struct inf_error err = open_bytes(bytes, length);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
}

/* Refused with just this reason; frees the archive. */
__attribute__((format(printf, 2, 3))) static inline void refused(struct zip *zip,
                                                                 const char *format, ...)
{
    char reason[INF_REASON_MAX];
    va_list values;
    va_start(values, format);
    vsnprintf(reason, sizeof reason, format, values);
    va_end(values);
    bytes_refused(zip->bytes.data, zip->bytes.length, reason);
    zip_free(zip);
}

#endif
