/* archive.c - opening, looking up and closing an archive.
 *
 * Records are sorted three times: by place, so that whatever overlaps or is left over stands next
 * to each other; by name without case, so that names that are the same to libtorch do; and by name,
 * to be found. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive.h"
#include "archive_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int inf_archive_pread(int fd, uint64_t place, void *to, size_t length, struct inf_error *err)
{
    char *at = to;
    while (length > 0) {
        ssize_t got = pread(fd, at, length, (off_t)place);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return inf_error_set(err, INF_ERR_IO, "cannot read the archive at byte %" PRIu64 ": %s",
                                 place, strerror(errno));
        }
        if (got == 0) {
            return inf_error_set(err, INF_ERR_IO,
                                 "cannot read the archive at byte %" PRIu64 ": the file ends there",
                                 place);
        }
        at += got;
        place += (uint64_t)got;
        length -= (size_t)got;
    }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct inf_archive_record *left = a;
    const struct inf_archive_record *right = b;
    return strcmp(left->full, right->full);
}

static int by_folded_name(const void *a, const void *b)
{
    const struct inf_archive_record *left = a;
    const struct inf_archive_record *right = b;
    int order = inf_archive_compare_folded(left->full, right->full);
    return order ? order : by_name(a, b);
}

static int check_unique(struct inf_archive *archive, struct inf_error *err)
{
    qsort(archive->records, archive->count, sizeof *archive->records, by_folded_name);
    for (size_t i = 1; i < archive->count; i++) {
        const char *previous = archive->records[i - 1].full;
        const char *name = archive->records[i].full;
        if (strcmp(previous, name) == 0) {
            return inf_error_set(err, INF_ERR_BAD_REQUEST, "the archive has two records [%s]",
                                 name);
        }
        if (inf_archive_compare_folded(previous, name) == 0) {
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "the archive has records [%s] and [%s], which differ only in case",
                                 previous, name);
        }
    }
    return 0;
}

static int check(struct inf_archive *archive, uint64_t size, struct inf_error *err)
{
    struct inf_archive_end end;
    if (inf_archive_find_end(archive->fd, size, &end, err) != 0 ||
        inf_archive_read_directory(archive, &end, err) != 0 ||
        inf_archive_check_layout(archive, end.directory, err) != 0 ||
        check_unique(archive, err) != 0) {
        return -1;
    }
    qsort(archive->records, archive->count, sizeof *archive->records, by_name);
    return 0;
}

int inf_archive_open(int fd, int64_t size, struct inf_archive **ret, struct inf_error *err)
{
    struct inf_archive *archive = calloc(1, sizeof *archive);
    *ret = NULL;
    if (!archive) {
        return inf_error_set(err, INF_ERR_INTERNAL, "no memory for the archive");
    }
    archive->fd = fd;
    if (check(archive, size > 0 ? (uint64_t)size : 0, err) != 0) {
        inf_archive_free(archive);
        return -1;
    }
    *ret = archive;
    return 0;
}

void inf_archive_free(struct inf_archive *archive)
{
    if (archive) {
        free(archive->records);
        free(archive->directory);
        free(archive);
    }
}

size_t inf_archive_count(const struct inf_archive *archive)
{
    return archive->count;
}

const struct inf_archive_entry *inf_archive_at(const struct inf_archive *archive, size_t i)
{
    return &archive->records[i].entry;
}

static int compare_below_root(const void *name, const void *item)
{
    const struct inf_archive_record *record = item;
    return strcmp(name, record->entry.name);
}

/* All names begin with the same root, so the order of full names is that of those below it. */
const struct inf_archive_entry *inf_archive_find(const struct inf_archive *archive,
                                                 const char *name)
{
    const struct inf_archive_record *record = bsearch(name, archive->records, archive->count,
                                                      sizeof *archive->records, compare_below_root);
    return record ? &record->entry : NULL;
}
