/* disk_calls.c - the calls of libc that this library answers in libc's place.
 *
 * Each looks where its file is, asks whether it is to fail, does what it was called for and writes
 * that down. The names with 64 are the same functions where off_t has 64 bits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "open64 and its kin are the same as open");

#define EXPORT __attribute__((visibility("default")))

/* The function of that name that stands behind this library's: libc's, or a sanitizer's. It is
 * looked up once, since the child of a fork may not wait for the loader's locks. */
#define NEXT(name)                                                       \
    ({                                                                   \
        static __typeof__(&name) next;                                   \
        next = next ? next : (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
        next;                                                            \
    })

static ino_t inode_of(int fd)
{
    struct stat st;
    int saved = errno;
    ino_t inode = fstat(fd, &st) == 0 ? st.st_ino : 0;
    errno = saved;
    return inode;
}

/* ---- open ---- */

static bool is_there(int folder_fd, const char *path)
{
    struct stat st;
    int saved = errno;
    bool there = fstatat(folder_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
    errno = saved;
    return there;
}

static int open_noted(int folder_fd, const char *path, int flags, mode_t mode)
{
    struct disk_place place;
    disk_find(folder_fd, path, &place);
    if (!place.inside) {
        return NEXT(openat)(folder_fd, path, flags, mode);
    }
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
    disk_lock();
    int fd = -1;
    if (!disk_fails(writes ? DISK_CREATE : DISK_OPEN, &place)) {
        bool there = is_there(folder_fd, path);
        fd = NEXT(openat)(folder_fd, path, flags, mode);
        if (fd >= 0 && !there && (flags & O_CREAT)) {
            disk_note(DISK_MADE, place.folder, inode_of(fd), 0, place.name, strlen(place.name));
        } else if (fd >= 0 && (flags & O_TRUNC)) {
            disk_note(DISK_CUT, inode_of(fd), 0, 0, NULL, 0);
        }
    }
    disk_unlock();
    return fd;
}

static mode_t mode_of(int flags, va_list *arguments)
{
    return flags & O_CREAT ? va_arg(*arguments, mode_t) : 0;
}

EXPORT int openat(int folder_fd, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, &arguments);
    va_end(arguments);
    return open_noted(folder_fd, path, flags, mode);
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, &arguments);
    va_end(arguments);
    return open_noted(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...) __attribute__((alias("open")));
EXPORT int openat64(int folder_fd, const char *path, int flags, ...)
    __attribute__((alias("openat")));

/* ---- read ---- */

static bool read_fails(int fd)
{
    struct disk_place place;
    disk_find_open(fd, &place);
    if (!place.inside) {
        return false;
    }
    disk_lock();
    bool fails = disk_fails(DISK_READ, &place);
    disk_unlock();
    return fails;
}

EXPORT ssize_t read(int fd, void *data, size_t length)
{
    return read_fails(fd) ? -1 : NEXT(read)(fd, data, length);
}

EXPORT ssize_t pread(int fd, void *data, size_t length, off_t at)
{
    return read_fails(fd) ? -1 : NEXT(pread)(fd, data, length, at);
}

EXPORT ssize_t pread64(int fd, void *data, size_t length, off_t at) __attribute__((alias("pread")));

/* ---- write ---- */

/* at < 0: at the file's own offset, which moves. */
static ssize_t write_noted(int fd, const void *data, size_t length, off_t at)
{
    struct disk_place place;
    disk_find_open(fd, &place);
    if (!place.inside) {
        return at < 0 ? NEXT(write)(fd, data, length) : NEXT(pwrite)(fd, data, length, at);
    }
    disk_lock();
    ssize_t n = -1;
    bool fails = disk_fails(DISK_WRITE, &place);
    if (fails && length > 1 && disk_halves()) {
        fails = false;
        length /= 2;
    }
    if (!fails) {
        off_t from = at < 0 ? lseek(fd, 0, SEEK_CUR) : at;
        n = at < 0 ? NEXT(write)(fd, data, length) : NEXT(pwrite)(fd, data, length, at);
        if (n > 0) {
            disk_note(DISK_WRITTEN, inode_of(fd), 0, from, data, (size_t)n);
        }
    }
    disk_unlock();
    return n;
}

EXPORT ssize_t write(int fd, const void *data, size_t length)
{
    return write_noted(fd, data, length, -1);
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t length, off_t at)
{
    return write_noted(fd, data, length, at);
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t length, off_t at)
    __attribute__((alias("pwrite")));

/* The bytes would have to be read back for the journal; callers can do without this call. */
EXPORT ssize_t copy_file_range(int from_fd, off_t *from, int fd, off_t *at, size_t length,
                               unsigned flags)
{
    struct disk_place place;
    disk_find_open(fd, &place);
    if (place.inside) {
        errno = EXDEV;
        return -1;
    }
    return NEXT(copy_file_range)(from_fd, from, fd, at, length, flags);
}

EXPORT int ftruncate(int fd, off_t length)
{
    struct disk_place place;
    disk_find_open(fd, &place);
    disk_lock();
    int rc = disk_fails(DISK_TRUNCATE, &place) ? -1 : NEXT(ftruncate)(fd, length);
    if (rc == 0 && place.inside) {
        disk_note(DISK_CUT, inode_of(fd), 0, length, NULL, 0);
    }
    disk_unlock();
    return rc;
}

EXPORT int ftruncate64(int fd, off_t length) __attribute__((alias("ftruncate")));

/* ---- sync ---- */

/* A sync that succeeds is only noted: what a test wants to know is whether it was called for, and
 * the disks of test machines are slow. One that fails leaves what was written in memory, where it
 * is read, and not on the disk, where no later sync brings it: so Linux does. */
static int sync_noted(int fd, int (*sync)(int fd))
{
    struct disk_place place;
    disk_find_open(fd, &place);
    if (!place.inside) {
        return sync(fd);
    }
    disk_lock();
    int rc = disk_fails(DISK_SYNC, &place) ? -1 : 0;
    disk_note(rc == 0 ? DISK_SYNCED : DISK_UNSYNCED, inode_of(fd), 0, 0, NULL, 0);
    disk_unlock();
    return rc;
}

EXPORT int fsync(int fd)
{
    return sync_noted(fd, NEXT(fsync));
}

EXPORT int fdatasync(int fd)
{
    return sync_noted(fd, NEXT(fdatasync));
}

/* ---- names ---- */

EXPORT int renameat(int old_fd, const char *old, int new_fd, const char *new)
{
    struct disk_place from, to;
    char names[2 * NAME_MAX + 2];
    disk_find(old_fd, old, &from);
    disk_find(new_fd, new, &to);
    disk_lock();
    int rc = disk_fails(DISK_RENAME, &to) ? -1 : NEXT(renameat)(old_fd, old, new_fd, new);
    if (rc == 0 && to.inside) {
        int length = snprintf(names, sizeof names, "%s/%s", from.name, to.name);
        disk_note(DISK_RENAMED, from.folder, to.folder, 0, names, (size_t)length);
    }
    disk_unlock();
    return rc;
}

EXPORT int rename(const char *old, const char *new)
{
    return renameat(AT_FDCWD, old, AT_FDCWD, new);
}

EXPORT int unlinkat(int folder_fd, const char *path, int flags)
{
    struct disk_place place;
    disk_find(folder_fd, path, &place);
    disk_lock();
    int rc = disk_fails(DISK_UNLINK, &place) ? -1 : NEXT(unlinkat)(folder_fd, path, flags);
    if (rc == 0 && place.inside) {
        disk_note(DISK_UNLINKED, place.folder, 0, 0, place.name, strlen(place.name));
    }
    disk_unlock();
    return rc;
}

EXPORT int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

EXPORT int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

EXPORT int mkdirat(int folder_fd, const char *path, mode_t mode)
{
    struct disk_place place;
    struct stat st;
    disk_find(folder_fd, path, &place);
    disk_lock();
    /* What is there already is EEXIST, also on a disk that is full or read-only. */
    bool fails = !is_there(folder_fd, path) && disk_fails(DISK_MKDIR, &place);
    int rc = fails ? -1 : NEXT(mkdirat)(folder_fd, path, mode);
    if (rc == 0 && place.inside && fstatat(folder_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        disk_note(DISK_MADE, place.folder, st.st_ino, 1, place.name, strlen(place.name));
    }
    disk_unlock();
    return rc;
}

EXPORT int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}
