/* fuzz_archive.c - arbitrary bytes as a definition's archive: opened, and each record read.
 *
 * What passes is held against a second reading, which believes everything, as libtorch's does:
 * sizes from the directory, the data's place from the local header. Both must see the same. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/vet/archive.h"
#include "inferd/json.h"
#include "invariants.h"

#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

enum { LIMIT = 1 << 20, END_SIZE = 22, LOCATOR_SIZE = 20, ENTRY_SIZE = 46, HEADER_SIZE = 30 };
enum { END64_SIZE = 56, DESCRIPTOR = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the second reading ---- */

/* A file in memory; a place outside of it is a violation, since the archive passed. */
struct file {
    const uint8_t *data;
    size_t size;
};

static uint64_t number(const struct file *file, uint64_t at, size_t width)
{
    uint64_t value = 0;
    MUST(at <= file->size && width <= file->size - at);
    for (size_t i = width; i > 0; i--) {
        value = value << 8 | file->data[at + i - 1];
    }
    return value;
}

/* What the directory says of one record. */
struct seen {
    uint64_t place, stored, size;
    uint32_t flags, method, crc;
    char name[INF_ARCHIVE_NAME_MAX + 1];
};

/* The next number of a ZIP64 field that *at stands in, if the entry's own is the largest. */
static uint64_t widen(const struct file *file, uint64_t value, uint64_t *at)
{
    if (value != 0xffffffff) {
        return value;
    }
    *at += 8;
    return number(file, *at - 8, 8);
}

/* Where the values of the ZIP64 field are in an extra area, or its end. */
static uint64_t find_zip64(const struct file *file, uint64_t at, uint64_t length)
{
    uint64_t end = at + length;
    while (at < end && number(file, at, 2) != 1) {
        at += 4 + number(file, at + 2, 2);
    }
    return at < end ? at + 4 : end;
}

/* Reads the entry at *at and moves it on. */
static void see_entry(const struct file *file, uint64_t *at, struct seen *ret)
{
    uint64_t length = number(file, *at + 28, 2);
    uint64_t extra = number(file, *at + 30, 2);
    uint64_t wide = find_zip64(file, *at + ENTRY_SIZE + length, extra);
    MUST(number(file, *at, 4) == 0x02014b50 && length < sizeof ret->name);
    ret->flags = (uint32_t)number(file, *at + 8, 2);
    ret->method = (uint32_t)number(file, *at + 10, 2);
    ret->crc = (uint32_t)number(file, *at + 16, 4);
    ret->size = widen(file, number(file, *at + 24, 4), &wide);
    ret->stored = widen(file, number(file, *at + 20, 4), &wide);
    ret->place = widen(file, number(file, *at + 42, 4), &wide);
    memcpy(ret->name, file->data + *at + ENTRY_SIZE, length);
    ret->name[length] = '\0';
    *at += ENTRY_SIZE + length + extra + number(file, *at + 32, 2);
}

/* ---- what must hold ---- */

static void check_error(const struct inf_error *err)
{
    MUST(err->code == INF_ERR_BAD_REQUEST);
    MUST(err->reason[0] && strlen(err->reason) < INF_REASON_MAX - 1);
    MUST(inf_utf8_valid(err->reason, strlen(err->reason)));
    for (const char *c = err->reason; *c; c++) {
        MUST((unsigned char)*c >= ' ' && *c != 0x7f);
    }
}

static void check_read(const struct file *file, const struct inf_archive *archive,
                       const struct inf_archive_entry *entry, const struct seen *seen)
{
    struct inf_error err = {0};
    char *bytes = NULL;
    size_t length = 0;
    if (inf_archive_read(archive, entry, LIMIT, &bytes, &length, &err) != 0) {
        check_error(&err);
        MUST(!bytes);
        return;
    }
    MUST(length == seen->size && bytes[length] == '\0');
    MUST(crc32_z(0, (const Bytef *)bytes, length) == seen->crc);
    MUST(entry->deflated || memcmp(bytes, file->data + entry->offset, length) == 0);
    free(bytes);
}

/* The bytes of the file that the record has: header, data, descriptor. */
static uint64_t check_record(const struct file *file, const struct inf_archive *archive,
                             const struct seen *seen)
{
    const char *slash = strchr(seen->name, '/');
    const struct inf_archive_entry *entry = slash ? inf_archive_find(archive, slash + 1) : NULL;
    uint64_t length = number(file, seen->place + 26, 2);
    uint64_t extra = number(file, seen->place + 28, 2);
    uint64_t data = seen->place + HEADER_SIZE + length + extra;
    uint64_t wide = find_zip64(file, data - extra, extra);
    MUST(entry && strcmp(entry->name, slash + 1) == 0);
    MUST(inf_utf8_valid(seen->name, strlen(seen->name)) && seen->name[0] != '/');
    MUST(!strstr(seen->name, "//") && !strstr(seen->name, "/../") && !strchr(seen->name, '\\'));
    MUST((uint64_t)entry->offset == data && (uint64_t)entry->stored == seen->stored);
    MUST((uint64_t)entry->size == seen->size && entry->deflated == (seen->method == 8));
    MUST(data <= file->size && seen->stored <= file->size - data);
    MUST(entry->deflated || seen->size == seen->stored);
    MUST(number(file, seen->place, 4) == 0x04034b50 && length == strlen(seen->name));
    MUST(memcmp(file->data + seen->place + HEADER_SIZE, seen->name, length) == 0);
    MUST(number(file, seen->place + 6, 2) == seen->flags);
    MUST(number(file, seen->place + 8, 2) == seen->method);
    check_read(file, archive, entry, seen);
    length = data + seen->stored - seen->place;
    return seen->flags & DESCRIPTOR ? length + (wide < data ? 24 : 16) : length;
}

/* Names ascend and are not each other's in another case; what is stored does not overlap. */
static void check_entries(const struct inf_archive *archive)
{
    for (size_t i = 0; i < inf_archive_count(archive); i++) {
        const struct inf_archive_entry *a = inf_archive_at(archive, i);
        MUST(i == 0 || strcmp(inf_archive_at(archive, i - 1)->name, a->name) < 0);
        MUST(inf_archive_find(archive, a->name) == a);
        for (size_t j = 0; j < i; j++) {
            const struct inf_archive_entry *b = inf_archive_at(archive, j);
            MUST(strcasecmp(a->name, b->name) != 0);
            MUST(a->offset + a->stored <= b->offset || b->offset + b->stored <= a->offset);
        }
    }
}

static void check_archive(const struct file *file, const struct inf_archive *archive)
{
    uint64_t end = file->size - END_SIZE;
    uint64_t count = number(file, end + 10, 2);
    uint64_t at = number(file, end + 16, 4);
    uint64_t used = 0;
    struct seen seen;
    if (end >= LOCATOR_SIZE && number(file, end - LOCATOR_SIZE, 4) == 0x07064b50) {
        end = number(file, end - LOCATOR_SIZE + 8, 8);
        MUST(number(file, end, 4) == 0x06064b50 &&
             end + END64_SIZE + LOCATOR_SIZE + END_SIZE == file->size);
        count = number(file, end + 32, 8);
        at = number(file, end + 48, 8);
    }
    uint64_t directory = at;
    MUST(count == inf_archive_count(archive) && count > 0);
    for (uint64_t i = 0; i < count; i++) {
        see_entry(file, &at, &seen);
        used += check_record(file, archive, &seen);
    }
    MUST(at == end && used == directory);
    check_entries(archive);
}

/* The same file for every input. */
static int write_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("archive", MFD_CLOEXEC);
    }
    MUST(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
    MUST(pwrite(fd, data, size, 0) == (ssize_t)size);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct file file = {data, size};
    struct inf_archive *archive = NULL;
    struct inf_error err = {0};
    int fd = write_file(data, size);
    if (inf_archive_open(fd, (int64_t)size, &archive, &err) != 0) {
        MUST(!archive);
        check_error(&err);
        return 0;
    }
    check_archive(&file, archive);
    inf_archive_free(archive);
    return 0;
}
