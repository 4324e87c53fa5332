/* disk_state.c - what the library knows: its root, its journal, the faults that are ordered, and
 * where a path or descriptor leads. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int journal_fd = -1;
static struct disk_faults *faults;
static bool halved; /* the last write that was to fail wrote its half */

void disk_lock(void)
{
    pthread_mutex_lock(&lock);
}

void disk_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

/* Raw calls: the library's own files are none of its business. */
static int open_raw(const char *path, int flags)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

/* Descriptors are kept out of the way of a test that counts or limits them. */
static int open_high(const char *path, int flags)
{
    int fd = open_raw(path, flags);
    int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 900);
    if (high < 0) {
        perror(path);
        abort();
    }
    close(fd);
    return high;
}

__attribute__((constructor)) static void begin(void)
{
    const char *where = getenv("INFERD_TEST_DISK_ROOT");
    const char *journal = getenv("INFERD_TEST_DISK_JOURNAL");
    const char *ordered = getenv("INFERD_TEST_DISK_FAULTS");
    if (!where) {
        return;
    }
    root_length = (size_t)snprintf(root, sizeof root, "%s", where);
    if (journal) {
        journal_fd = open_high(journal, O_WRONLY | O_CREAT | O_APPEND);
    }
    if (ordered) {
        int fd = open_raw(ordered, O_RDWR);
        void *map = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED) {
            perror(ordered);
            abort();
        }
        faults = map;
        close(fd);
    }
    unsetenv("LD_PRELOAD");
}

/* ---- where something is ---- */

static bool is_inside(const char *path)
{
    return root_length > 0 && strncmp(path, root, root_length) == 0 &&
           (path[root_length] == '/' || path[root_length] == '\0');
}

static void find_path(int fd, struct disk_place *ret)
{
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, ret->path, sizeof ret->path - 1);
    ret->path[length > 0 ? length : 0] = '\0';
    ret->inside = is_inside(ret->path);
}

void disk_find_open(int fd, struct disk_place *ret)
{
    int saved = errno;
    *ret = (struct disk_place){.inside = false};
    if (root_length > 0) {
        find_path(fd, ret);
    }
    errno = saved;
}

/* The folder of a path by a descriptor, which then has a path without dots and links. */
static int open_folder(int folder_fd, const char *path, const char **ret_name)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    *ret_name = slash ? slash + 1 : path;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    return (int)syscall(SYS_openat, folder_fd, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void disk_find(int folder_fd, const char *path, struct disk_place *ret)
{
    int saved = errno;
    const char *name = NULL;
    struct stat st;
    *ret = (struct disk_place){.inside = false};
    int fd = root_length > 0 ? open_folder(folder_fd, path, &name) : -1;
    if (fd >= 0 && fstat(fd, &st) == 0) {
        find_path(fd, ret);
        ret->folder = st.st_ino;
        snprintf(ret->name, sizeof ret->name, "%s", name);
        size_t length = strlen(ret->path);
        snprintf(ret->path + length, sizeof ret->path - length, "/%s", name);
    }
    if (fd >= 0) {
        syscall(SYS_close, fd);
    }
    errno = saved;
}

/* ---- the journal ---- */

void disk_note(enum disk_record_kind kind, ino_t inode, ino_t other, int64_t offset,
               const void *data, size_t length)
{
    int saved = errno;
    struct disk_record record = {
        .kind = kind, .length = (uint32_t)length, .inode = inode, .other = other, .offset = offset};
    struct iovec pieces[] = {{.iov_base = &record, .iov_len = sizeof record},
                             {.iov_base = (void *)data, .iov_len = length}};
    if (journal_fd >= 0 &&
        writev(journal_fd, pieces, length > 0 ? 2 : 1) != (ssize_t)(sizeof record + length)) {
        abort();
    }
    errno = saved;
}

/* ---- the faults ---- */

bool disk_fails(enum disk_call call, const struct disk_place *place)
{
    if (!faults || !place->inside || !(faults->calls & (1u << call)) ||
        (faults->name[0] != '\0' && !strstr(place->path, faults->name))) {
        return false;
    }
    int64_t seen = faults->seen++;
    if (seen < faults->skip || (faults->count >= 0 && seen >= faults->skip + faults->count)) {
        return false;
    }
    faults->failed++;
    errno = faults->error;
    return true;
}

bool disk_halves(void)
{
    halved = faults->short_writes != 0 && !halved;
    return halved;
}
