/* depot_directory.c - definitions as files of a directory that all nodes have.
 *
 * A file appears under its name when it is whole, proven and on disk, whoever writes it, and
 * however many do so at once. What belongs to a network's file system may take any time, so each
 * job has a thread of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "depot.h"

#include "inferd/alloc.h"
#include "inferd/store.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define CHUNK ((size_t)1 << 20)
#define NAME_MAX_BYTES 128
#define PROBLEM_MAX 2048

struct inf_directory_job {
    uv_thread_t thread;
    uv_async_t async;
    bool threaded;
    atomic_bool cancelled;
    struct inf_depot_job *job; /* the loop's; NULL: nobody wants to know */
    /* The thread's. */
    char *directory;
    char *name;
    enum inf_depot_verb verb;
    int fd;
    int64_t from, length;
    struct inf_depot_result result;
    char problem[PROBLEM_MAX];
};

static bool fail(struct inf_directory_job *job, const char *what, const char *why)
{
    snprintf(job->problem, sizeof job->problem, "%s [%s] in the directory [%.512s]: %s", what,
             job->name, job->directory, why);
    job->result.problem = job->problem;
    return false;
}

/* ---- the thread ---- */

static bool write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);

        if (n < 0 && errno != EINTR)
            return false;
        data += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* From `at` on as many bytes as the definition has left; to takes them where it stands. */
static bool copy(struct inf_directory_job *job, int from, int64_t at, int to)
{
    char *chunk = malloc(CHUNK);
    bool fine = chunk != NULL || fail(job, "cannot copy", "not enough memory");

    while (fine && at < job->length) {
        size_t want = job->length - at < (int64_t)CHUNK ? (size_t)(job->length - at) : CHUNK;
        ssize_t n = pread(from, chunk, want, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (atomic_load(&job->cancelled))
            fine = fail(job, "cannot copy", "it was given up");
        else if (n <= 0)
            fine = fail(job, "cannot copy", n < 0 ? strerror(errno) : "the file is too short");
        else if (!write_all(to, chunk, (size_t)n))
            fine = fail(job, "cannot copy", strerror(errno));
        at += n > 0 ? n : 0;
    }
    free(chunk);
    return fine;
}

/* O_NONBLOCK: a FIFO in the file's place must not hang the thread. */
static int open_file(struct inf_directory_job *job, int directory, struct stat *ret)
{
    int fd = openat(directory, job->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0) {
        job->result.missing = errno == ENOENT;
        fail(job, "cannot open", strerror(errno));
        return -1;
    }
    if (fstat(fd, ret) == 0 && S_ISREG(ret->st_mode))
        return fd;
    fail(job, "cannot open", "it is no file");
    close(fd);
    return -1;
}

static bool look(struct inf_directory_job *job, int directory)
{
    struct stat file;
    int fd = open_file(job, directory, &file);

    if (fd < 0)
        return false;
    close(fd);
    job->result.length = file.st_size;
    return true;
}

static bool get(struct inf_directory_job *job, int directory)
{
    struct stat file;
    int fd = open_file(job, directory, &file);
    bool fine;

    if (fd < 0)
        return false;
    if (job->length < 0 && file.st_size <= INF_DEPOT_UNKNOWN_MAX)
        job->length = file.st_size;
    fine = file.st_size == job->length
               ? copy(job, fd, job->from, job->fd)
               : fail(job, "cannot use", "its length is not the definition's");
    close(fd);
    return fine;
}

/* What is on disk there, read once more. */
static bool prove(struct inf_directory_job *job, int fd)
{
    uint8_t sha256[INF_SHA256_SIZE];
    char text[INF_SHA256_TEXT];
    struct inf_error err;

    if (inf_sha256_of_file(fd, sha256, &err) != 0)
        return fail(job, "cannot read", err.reason);
    return strcmp(inf_sha256_print(sha256, text), job->name) == 0 ||
           fail(job, "cannot write", "what was written has another SHA-256");
}

static bool put(struct inf_directory_job *job, int directory)
{
    static atomic_uint count;
    char temporary[NAME_MAX_BYTES];
    bool fine;
    int fd;

    snprintf(temporary, sizeof temporary, ".%.64s.%ld.%u.tmp", job->name, (long)getpid(),
             atomic_fetch_add(&count, 1) ^ (unsigned)(uv_hrtime() >> 10));
    fd = openat(directory, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return fail(job, "cannot make a file for", strerror(errno));
    fine = copy(job, job->fd, 0, fd) && prove(job, fd) &&
           (fsync(fd) == 0 || fail(job, "cannot sync", strerror(errno)));
    close(fd);
    if (fine && renameat(directory, temporary, directory, job->name) == 0)
        return fsync(directory) == 0 || fail(job, "cannot sync the name of", strerror(errno));
    if (fine)
        fail(job, "cannot rename what becomes", strerror(errno));
    (void)unlinkat(directory, temporary, 0);
    return false;
}

static bool drop(struct inf_directory_job *job, int directory)
{
    return unlinkat(directory, job->name, 0) == 0 || errno == ENOENT ||
           fail(job, "cannot remove", strerror(errno));
}

static void run(void *arg)
{
    static bool (*const verbs[])(struct inf_directory_job *, int) = {[INF_DEPOT_LOOK] = look,
                                                                     [INF_DEPOT_GET] = get,
                                                                     [INF_DEPOT_PUT] = put,
                                                                     [INF_DEPOT_DROP] = drop};
    struct inf_directory_job *job = arg;
    int directory = open(job->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    job->result.length = -1;
    if (directory < 0) {
        fail(job, "cannot reach", strerror(errno));
    } else {
        job->result.fine = verbs[job->verb](job, directory);
        close(directory);
    }
    uv_async_send(&job->async);
}

/* ---- the loop ---- */

static void free_closed(uv_handle_t *handle)
{
    struct inf_directory_job *job = handle->data;

    if (job->fd >= 0)
        close(job->fd);
    free(job->directory);
    free(job->name);
    free(job);
}

static void on_end(uv_async_t *async)
{
    struct inf_directory_job *job = async->data;

    if (job->threaded)
        uv_thread_join(&job->thread);
    if (job->job != NULL)
        inf_depot_job_end(job->job, &job->result);
    uv_close((uv_handle_t *)&job->async, free_closed);
}

void inf_directory_cancel(struct inf_directory_job *job)
{
    atomic_store(&job->cancelled, true);
    job->job = NULL;
}

void inf_directory_begin(struct uv_loop_s *loop, struct inf_depot_job *owner,
                         const struct inf_depot_wish *wish)
{
    struct inf_directory_job *job = inf_alloc(1, sizeof *job);

    job->job = owner;
    job->directory = inf_strdup(owner->settings->directory);
    job->name = inf_strdup(wish->name);
    job->verb = wish->verb;
    job->fd = wish->fd;
    job->from = wish->from;
    job->length = wish->length;
    owner->directory_job = job;
    if (uv_async_init(loop, &job->async, on_end) != 0)
        inf_alloc_failed();
    job->async.data = job;
    job->threaded = uv_thread_create(&job->thread, run, job) == 0;
    if (!job->threaded) {
        fail(job, "cannot reach", "no thread could be made");
        uv_async_send(&job->async);
    }
}
