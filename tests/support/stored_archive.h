/* stored_archive.h - the smallest archive that passes vetting, for tests in C: stored records of
 * one class without attributes, and a text of the fake engine. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TEST_STORED_ARCHIVE_H
#define INFERD_TEST_STORED_ARCHIVE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define STORED_RECORDS_MAX 16

struct stored_record {
    const char *name; /* root folder included */
    const void *data;
    size_t length;
};

struct stored_archive {
    uint8_t *data; /* malloc'ed */
    size_t length;
};

static inline void stored_put(struct stored_archive *archive, const void *data, size_t length)
{
    archive->data = realloc(archive->data, archive->length + length + 1);
    memcpy(archive->data + archive->length, data, length);
    archive->length += length;
}

static inline void stored_put_number(struct stored_archive *archive, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        stored_put(archive, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

/* What local header and directory entry have in common, from the version needed on. */
static inline void stored_put_description(struct stored_archive *archive,
                                          const struct stored_record *record)
{
    stored_put_number(archive, 20, 2); /* version needed */
    stored_put_number(archive, 0, 4);  /* flags, method */
    stored_put_number(archive, 0x21 << 16, 4);
    stored_put_number(archive, crc32(0, record->data, (uInt)record->length), 4);
    stored_put_number(archive, record->length, 4);
    stored_put_number(archive, record->length, 4);
    stored_put_number(archive, strlen(record->name), 2);
    stored_put_number(archive, 0, 2); /* extra */
}

static inline struct stored_archive stored_archive_make(const struct stored_record *records,
                                                        size_t count)
{
    struct stored_archive archive = {NULL, 0};
    size_t places[STORED_RECORDS_MAX], directory = 0;

    for (size_t i = 0; i < count; i++) {
        places[i] = archive.length;
        stored_put_number(&archive, 0x04034b50, 4);
        stored_put_description(&archive, &records[i]);
        stored_put(&archive, records[i].name, strlen(records[i].name));
        stored_put(&archive, records[i].data, records[i].length);
    }
    directory = archive.length;
    for (size_t i = 0; i < count; i++) {
        stored_put_number(&archive, 0x02014b50, 4);
        stored_put_number(&archive, 20, 2); /* version made by */
        stored_put_description(&archive, &records[i]);
        stored_put_number(&archive, 0, 2); /* comment */
        stored_put_number(&archive, 0, 8); /* disk, attributes */
        stored_put_number(&archive, places[i], 4);
        stored_put(&archive, records[i].name, strlen(records[i].name));
    }
    places[0] = archive.length - directory;
    stored_put_number(&archive, 0x06054b50, 4);
    stored_put_number(&archive, 0, 4);
    stored_put_number(&archive, count, 2);
    stored_put_number(&archive, count, 2);
    stored_put_number(&archive, places[0], 4);
    stored_put_number(&archive, directory, 4);
    stored_put_number(&archive, 0, 2);
    return archive;
}

static const char stored_data_pickle[] = "\x80\x02"
                                         "c__torch__\nFake\nq\0)\x81}(ub.";

/* A model of the fake engine: its lines without the last one, "end". The caller frees data. */
static inline struct stored_archive stored_fake_model(const char *lines)
{
    struct stored_archive text = {NULL, 0}, archive;

    stored_put(&text, lines, strlen(lines));
    stored_put(&text, "end\n", 4);
    const struct stored_record records[] = {
        {"fake/data.pkl", stored_data_pickle, sizeof stored_data_pickle - 1},
        {"fake/constants.pkl", "\x80\x02).", 4},
        {"fake/code/__torch__.py", "class Fake(Module):\n", 20},
        {"fake/version", "3\n", 2},
        {"fake/extra/model", text.data, text.length},
    };
    archive = stored_archive_make(records, sizeof records / sizeof records[0]);
    free(text.data);
    return archive;
}

#endif
