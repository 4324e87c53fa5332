/* disk.h - a library for LD_PRELOAD that stands between a daemon under test and its disk.
 *
 * It does two things with what is called on files and folders below one root: it writes a journal
 * from which tests/support/power_cut.py makes the disk as a power cut may have left it, and it lets
 * calls fail to order, as a disk does that is full, worn out or read-only.
 *
 * The environment says all: INFERD_TEST_DISK_ROOT is the folder, a real path without a slash at its
 * end; INFERD_TEST_DISK_JOURNAL the journal, appended to over restarts, if one is wanted;
 * INFERD_TEST_DISK_FAULTS a file of sizeof(struct disk_faults) bytes that the test maps and
 * changes, if calls are to fail. Processes that the daemon starts do without the library.
 *
 * Thread: any; one lock makes the order in the journal that of the calls. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TEST_DISK_H
#define INFERD_TEST_DISK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The kinds of calls that can fail; a bit each in disk_faults. */
enum disk_call {
    DISK_OPEN,
    DISK_CREATE, /* open for writing */
    DISK_READ,
    DISK_WRITE,
    DISK_SYNC,
    DISK_RENAME,
    DISK_UNLINK, /* rmdir, too */
    DISK_TRUNCATE,
    DISK_MKDIR
};

/* What the test maps (tests/support/disk.py knows this layout). It changes `calls` last. */
struct disk_faults {
    uint32_t calls;        /* bits 1 << enum disk_call */
    int32_t error;         /* errno */
    int64_t skip;          /* so many calls succeed first */
    int64_t count;         /* then so many fail; -1: all */
    int64_t seen;          /* calls that were looked at, counted here */
    int64_t failed;        /* those that failed, counted here */
    uint32_t short_writes; /* not 0: every other write that fails writes its first half, as the last
                              room on a disk is used up */
    char name[64];         /* the path contains it; empty: any */
};

enum disk_record_kind {
    DISK_MADE = 1, /* folder, name; other: the new file's inode; offset: 1 for a folder */
    DISK_WRITTEN,  /* inode, offset; the bytes */
    DISK_CUT,      /* inode, offset: the new size */
    DISK_SYNCED,   /* inode of a file or folder */
    DISK_UNSYNCED, /* the same, when the sync failed */
    DISK_RENAMED,  /* folder, other: the new folder; both names with a slash between them */
    DISK_UNLINKED  /* folder, name */
};

/* In the journal each record is this and `length` bytes. */
struct disk_record {
    uint32_t kind;
    uint32_t length;
    uint64_t inode;
    uint64_t other;
    int64_t offset;
};

/* A name in a folder. */
struct disk_place {
    ino_t folder;
    bool inside; /* below the root */
    char name[NAME_MAX + 1];
    char path[PATH_MAX]; /* empty when not inside */
};

/* Where `path`, as openat(2) takes it, leads; errno stays. */
void disk_find(int folder_fd, const char *path, struct disk_place *ret);
/* The same of an open file or folder: its path; folder and name are not set. errno stays. */
void disk_find_open(int fd, struct disk_place *ret);

void disk_lock(void);
void disk_unlock(void);

/* Appends a record; not without the lock. errno stays. Aborts when it cannot be written, since a
 * journal with a hole would accuse the innocent. */
void disk_note(enum disk_record_kind kind, ino_t inode, ino_t other, int64_t offset,
               const void *data, size_t length);

/* Whether this call is to fail; then errno is set. Not without the lock. */
bool disk_fails(enum disk_call call, const struct disk_place *place);
/* Whether a write that is to fail shall write its first half instead. */
bool disk_halves(void);

#endif
