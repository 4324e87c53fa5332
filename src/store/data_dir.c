/* data_dir.c - opens and locks the data directory.
 *
 * The checks come before anything is written: a directory that somebody else may write to could
 * hand us links and files of his making, and two processes in one directory would each believe to
 * be the only writer. The lock is flock(2) because the kernel lets go of it when the process dies,
 * however it dies. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "data_dir.h"

#include "inferd/alloc.h"
#include "inferd/io_error.h"
#include "inferd/log.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define FOLDER_NAME 24 /* the decimal digits of an int64_t */

/* mkdir -p: parents with the usual mode, the directory itself for its owner alone. */
static int make_directories(const char *path)
{
    char *copy = inf_strdup(path);
    int rc = 0;
    for (char *slash = strchr(copy + 1, '/'); slash && rc == 0; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        rc = mkdir(copy, 0755) != 0 && errno != EEXIST ? -1 : 0;
        *slash = '/';
    }
    if (rc == 0 && mkdir(path, 0700) != 0 && errno != EEXIST) {
        rc = -1;
    }
    int saved = errno;
    free(copy);
    errno = saved;
    return rc;
}

static int check_directory(int fd, const char *path, struct inf_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return inf_io_error(err, errno, "examine the data directory", path);
    }
    if (st.st_uid != geteuid()) {
        return inf_error_set(err, INF_ERR_ILLEGAL_STATE,
                             "data directory [%s] belongs to user [%u], but this process runs as "
                             "user [%u]; give the directory to the user or choose another one",
                             path, (unsigned)st.st_uid, (unsigned)geteuid());
    }
    if (st.st_mode & S_IWOTH) {
        return inf_error_set(err, INF_ERR_ILLEGAL_STATE,
                             "data directory [%s] is writable by everybody (mode %04o); "
                             "remove that permission, for example with chmod 0700",
                             path, (unsigned)(st.st_mode & 07777));
    }
    return 0;
}

static int take_lock(struct inf_data_dir *dir, struct inf_error *err)
{
    dir->lock_fd = openat(dir->fd, "inferd.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (dir->lock_fd < 0) {
        return inf_io_error(err, errno, "open inferd.lock in the data directory", dir->path);
    }
    if (flock(dir->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        return 0;
    }
    if (errno == EWOULDBLOCK) {
        return inf_error_set(err, INF_ERR_ILLEGAL_STATE,
                             "data directory [%s] is in use by another process; stop that process "
                             "or choose another path.data",
                             dir->path);
    }
    return inf_io_error(err, errno, "lock the data directory", dir->path);
}

/* *ret_made (may be NULL) tells whether the folder is new, hence its name not yet durable. */
static int open_folder(int parent_fd, const char *name, bool create, bool *ret_made)
{
    bool made = create && mkdirat(parent_fd, name, 0700) == 0;
    if (create && !made && errno != EEXIST) {
        return -1;
    }
    if (ret_made) {
        *ret_made = made;
    }
    return openat(parent_fd, name, DIRECTORY_FLAGS);
}

/* Makes the data directory's own name durable, where its parent lets us. */
static void sync_parent(int fd)
{
    int parent_fd = openat(fd, "..", DIRECTORY_FLAGS);
    if (parent_fd >= 0) {
        (void)fsync(parent_fd);
        close(parent_fd);
    }
}

static int open_parts(struct inf_data_dir *dir, const char *path, struct inf_error *err)
{
    if (make_directories(path) != 0) {
        return inf_io_error(err, errno, "create the data directory", path);
    }
    dir->path = realpath(path, NULL);
    dir->fd = dir->path ? open(dir->path, DIRECTORY_FLAGS) : -1;
    if (dir->fd < 0) {
        return inf_io_error(err, errno, "open the data directory", path);
    }
    if (check_directory(dir->fd, dir->path, err) != 0 || take_lock(dir, err) != 0) {
        return -1;
    }
    dir->models_fd = open_folder(dir->fd, "models", true, NULL);
    if (dir->models_fd < 0) {
        return inf_io_error(err, errno, "open the folder models in the data directory", dir->path);
    }
    dir->tmp_fd = open_folder(dir->fd, "tmp", true, NULL);
    if (dir->tmp_fd < 0) {
        return inf_io_error(err, errno, "open the folder tmp in the data directory", dir->path);
    }
    /* models too: a process that died between making a folder and syncing its name left that to us.
     */
    if (fsync(dir->models_fd) != 0 || fsync(dir->fd) != 0) {
        return inf_io_error(err, errno, "sync the data directory", dir->path);
    }
    sync_parent(dir->fd);
    return 0;
}

int inf_data_dir_open(struct inf_data_dir *dir, const char *path, struct inf_error *err)
{
    *dir = (struct inf_data_dir){.fd = -1, .lock_fd = -1, .models_fd = -1, .tmp_fd = -1};
    if (path[0] == '\0') {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "the data directory's name is empty");
    }
    if (open_parts(dir, path, err) != 0) {
        inf_data_dir_close(dir);
        return -1;
    }
    return 0;
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

void inf_data_dir_close(struct inf_data_dir *dir)
{
    close_fd(&dir->tmp_fd);
    close_fd(&dir->models_fd);
    close_fd(&dir->lock_fd);
    close_fd(&dir->fd);
    free(dir->path);
    dir->path = NULL;
}

int inf_data_dir_folder(const struct inf_data_dir *dir, int64_t number, bool create,
                        struct inf_error *err)
{
    char name[FOLDER_NAME];
    snprintf(name, sizeof name, "%" PRId64, number);
    bool made = false;
    int fd = open_folder(dir->models_fd, name, create, &made);
    if (fd < 0) {
        return err ? inf_io_error(err, errno, "open", "the model's folder") : -1;
    }
    if (made && fsync(dir->models_fd) != 0) {
        int failure = errno;
        close(fd);
        (void)unlinkat(dir->models_fd, name, AT_REMOVEDIR); /* else the next call finds it made */
        return err ? inf_io_error(err, failure, "sync", "the folder of models") : -1;
    }
    return fd;
}

int inf_data_dir_list(int dir_fd, const char *what, void (*visit)(void *arg, const char *name),
                      void *arg, struct inf_error *err)
{
    /* A descriptor of its own: the stream owns it and the caller's offset stays where it is. */
    int fd = openat(dir_fd, ".", DIRECTORY_FLAGS);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream) {
        int failure = errno;
        close_fd(&fd);
        return inf_io_error(err, failure, "list", what);
    }
    struct dirent *entry;
    for (errno = 0; (entry = readdir(stream)); errno = 0) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            visit(arg, entry->d_name);
        }
    }
    int failure = errno;
    closedir(stream);
    return failure ? inf_io_error(err, failure, "list", what) : 0;
}

static void remove_file(void *arg, const char *name)
{
    const int *folder_fd = arg;
    if (unlinkat(*folder_fd, name, 0) != 0) {
        inf_logf(INF_LOG_WARN, "store", "cannot remove [%s] of a deleted model: errno %d", name,
                 errno);
    }
}

void inf_data_dir_remove_folder(const struct inf_data_dir *dir, int64_t number)
{
    struct inf_error err;
    int fd = inf_data_dir_folder(dir, number, false, NULL);
    if (fd < 0) {
        if (errno != ENOENT) { /* a model without any part has no folder */
            inf_logf(INF_LOG_WARN, "store", "cannot open folder models/%" PRId64 ": errno %d",
                     number, errno);
        }
        return;
    }
    if (inf_data_dir_list(fd, "the model's folder", remove_file, &fd, &err) != 0) {
        inf_logf(INF_LOG_WARN, "store", "%s", err.reason);
    }
    close(fd);
    char name[FOLDER_NAME];
    snprintf(name, sizeof name, "%" PRId64, number);
    if (unlinkat(dir->models_fd, name, AT_REMOVEDIR) != 0) {
        inf_logf(INF_LOG_WARN, "store", "cannot remove folder models/%s: errno %d", name, errno);
    }
}
