/* dead_letters.c - lines appended to a file, all or none. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dead_letters.h"

#include "inferd/alloc.h"
#include "inferd/io_error.h"
#include "inferd/list.h"
#include "inferd/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define DOING "write", "the dead letters"

struct inf_dead_letters {
    struct uv_loop_s *loop;
    char *path;
    struct inf_list queue; /* the first one is on the pool */
};

struct inf_dead_write {
    uv_work_t work; /* first: the work's address is the write's */
    struct inf_link link;
    struct inf_dead_letters *letters;
    struct inf_buf lines;
    int64_t max_bytes;
    bool failed;
    struct inf_error err;
    void (*done)(void *arg, const struct inf_error *err); /* NULL: nobody waits */
    void *arg;
};

/* ---- on the pool ---- */

/* Where the last whole line ends: a power cut may have left a part of one behind it, which nobody
 * was told of. */
static int find_end(int fd, off_t size, off_t *ret)
{
    char piece[4096];

    while (size > 0) {
        off_t from = size > (off_t)sizeof piece ? size - (off_t)sizeof piece : 0;
        ssize_t got = pread(fd, piece, (size_t)(size - from), from);
        const char *end;

        if (got <= 0) {
            errno = got == 0 ? EIO : errno;
            return -1;
        }
        end = memrchr(piece, '\n', (size_t)got);
        if (end != NULL) {
            *ret = from + (end - piece) + 1;
            return 0;
        }
        size = from;
    }
    *ret = 0;
    return 0;
}

static int write_all(int fd, const struct inf_buf *lines, off_t at)
{
    size_t done = 0;

    while (done < lines->length) {
        ssize_t written = pwrite(fd, lines->data + done, lines->length - done, at + (off_t)done);

        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0)
            done += (size_t)written;
    }
    return 0;
}

/* The name of a new file is synced with its folder. */
static int sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? inf_strdup(".")
                   : slash == path ? inf_strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    int fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int rc = fd >= 0 ? fsync(fd) : -1;

    if (fd >= 0)
        close(fd);
    free(folder);
    return rc;
}

static int append(int fd, const struct inf_dead_write *write, struct inf_error *err)
{
    struct stat file;
    off_t end = 0;

    if (fstat(fd, &file) != 0 || find_end(fd, file.st_size, &end) != 0)
        return inf_io_error(err, errno, DOING);
    if ((int64_t)end + (int64_t)write->lines.length > write->max_bytes)
        return inf_error_set(err, INF_ERR_INSUFFICIENT_STORAGE,
                             "the dead letters [%.512s] would be longer than "
                             "ingest.forward.dead_letters.max_size [%lld]; move the file away",
                             write->letters->path, (long long)write->max_bytes);
    if (ftruncate(fd, end) == 0 && write_all(fd, &write->lines, end) == 0 && fsync(fd) == 0 &&
        (file.st_size > 0 || sync_folder(write->letters->path) == 0))
        return 0;
    inf_io_error(err, errno, DOING);
    /* What cannot be synced must not be found by the next write either. */
    if (ftruncate(fd, end) != 0)
        inf_log(INF_LOG_ERROR, "forward", "lines that could not be synced stay in the dead letters",
                (const char *[]){"path", write->letters->path, NULL});
    return -1;
}

static void on_pool(uv_work_t *work)
{
    struct inf_dead_write *write = (struct inf_dead_write *)work;
    int fd = open(write->letters->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        inf_io_error(&write->err, errno, DOING);
        write->failed = true;
        return;
    }
    write->failed = append(fd, write, &write->err) != 0;
    close(fd);
}

/* ---- on the loop ---- */

static void after(uv_work_t *work, int status);

static void start_first(struct inf_dead_letters *letters)
{
    struct inf_dead_write *write = INF_LIST_ITEM(letters->queue.first, struct inf_dead_write, link);

    uv_queue_work(letters->loop, &write->work, on_pool, after);
}

static void after(uv_work_t *work, int status)
{
    struct inf_dead_write *write = (struct inf_dead_write *)work;
    struct inf_dead_letters *letters = write->letters;

    (void)status;
    inf_list_remove(&letters->queue, &write->link);
    if (letters->queue.first != NULL)
        start_first(letters);
    if (write->done != NULL)
        write->done(write->arg, write->failed ? &write->err : NULL);
    inf_buf_free(&write->lines);
    free(write);
}

struct inf_dead_write *inf_dead_letters_write(struct inf_dead_letters *letters,
                                              struct inf_buf *lines, int64_t max_bytes,
                                              void (*done)(void *arg, const struct inf_error *err),
                                              void *arg)
{
    struct inf_dead_write *write = inf_alloc(1, sizeof *write);
    bool idle = letters->queue.first == NULL;

    write->letters = letters;
    write->lines = *lines;
    inf_buf_init(lines, lines->max);
    write->max_bytes = max_bytes;
    write->done = done;
    write->arg = arg;
    inf_list_append(&letters->queue, &write->link);
    if (idle)
        start_first(letters);
    return write;
}

void inf_dead_write_forget(struct inf_dead_write *write)
{
    write->done = NULL;
}

struct inf_dead_letters *inf_dead_letters_new(struct uv_loop_s *loop, const char *path)
{
    struct inf_dead_letters *letters = inf_alloc(1, sizeof *letters);

    letters->loop = loop;
    letters->path = inf_strdup(path);
    return letters;
}

void inf_dead_letters_free(struct inf_dead_letters *letters)
{
    if (letters == NULL)
        return;
    free(letters->path);
    free(letters);
}
