/* spool.c - two buffers: one that is filled, one that the pool writes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/spool.h"

#include "inferd/alloc.h"
#include "inferd/buf.h"
#include "inferd/io_error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum { WRITE_AT_ONCE = 256 * 1024 };

struct inf_spool {
    uv_work_t work; /* first: the work's address is the spool's */
    struct inf_spool_options options;
    int fd;
    uint64_t length;
    struct inf_buf filling, writing;
    bool busy; /* the pool has `writing` and the last two, and nobody else looks at them */
    bool ending, abandoned, failed;
    int written_rc;
    struct inf_error err;
};

/* ---- on the pool ---- */

static int write_out(int fd, const char *data, size_t left, struct inf_error *err)
{
    while (left > 0) {
        ssize_t written = write(fd, data, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return inf_io_error(err, errno, "keep", "the results");
        data += written;
        left -= (size_t)written;
    }
    return 0;
}

static void on_pool(uv_work_t *work)
{
    struct inf_spool *spool = (struct inf_spool *)work;

    spool->written_rc =
        write_out(spool->fd, spool->writing.data, spool->writing.length, &spool->err);
}

/* ---- on the loop ---- */

static void free_now(struct inf_spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd);
    inf_buf_free(&spool->filling);
    inf_buf_free(&spool->writing);
    free(spool);
}

static void after(uv_work_t *work, int status);

static void write_some(struct inf_spool *spool)
{
    struct inf_buf empty = spool->writing;

    if (spool->busy || spool->failed || spool->filling.length == 0 ||
        (spool->filling.length < WRITE_AT_ONCE && !spool->ending))
        return;
    spool->writing = spool->filling;
    spool->filling = empty;
    inf_buf_clear(&spool->filling);
    spool->busy = true;
    uv_queue_work(spool->options.loop, &spool->work, on_pool, after);
}

static void tell_if_ended(struct inf_spool *spool)
{
    if (!spool->ending || spool->busy || (spool->filling.length > 0 && !spool->failed))
        return;
    spool->ending = false;
    spool->options.ended(spool->options.arg, spool->failed ? &spool->err : NULL);
}

static void after(uv_work_t *work, int status)
{
    struct inf_spool *spool = (struct inf_spool *)work;
    bool was_full = inf_spool_is_full(spool);

    (void)status;
    spool->busy = false;
    spool->failed = spool->written_rc != 0;
    if (spool->abandoned) {
        free_now(spool);
        return;
    }
    write_some(spool);
    if (spool->ending) {
        tell_if_ended(spool);
    } else if (was_full) {
        spool->options.room(spool->options.arg);
    }
}

int inf_spool_append(struct inf_spool *spool, const char *data, size_t length,
                     struct inf_error *err)
{
    if (spool->failed) {
        *err = spool->err;
        return -1;
    }
    if (inf_buf_append(&spool->filling, data, length) != 0)
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for the results");
    spool->length += length;
    write_some(spool);
    return 0;
}

bool inf_spool_is_full(const struct inf_spool *spool)
{
    return spool->busy && spool->filling.length >= INF_SPOOL_FULL;
}

void inf_spool_end(struct inf_spool *spool)
{
    spool->ending = true;
    write_some(spool);
    tell_if_ended(spool);
}

int inf_spool_new(const struct inf_spool_options *options, struct inf_spool **ret,
                  struct inf_error *err)
{
    /* Without a name, so that nothing is left of it whatever happens. */
    int fd = open(options->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    struct inf_spool *spool;

    if (fd < 0)
        return inf_error_set(err, INF_ERR_IO, "cannot make a file in [%s]: %s", options->folder,
                             strerror(errno));
    spool = inf_alloc(1, sizeof *spool);
    spool->options = *options;
    spool->fd = fd;
    inf_buf_init(&spool->filling, SIZE_MAX / 4); /* whoever appends looks whether it is full */
    inf_buf_init(&spool->writing, SIZE_MAX / 4);
    *ret = spool;
    return 0;
}

void inf_spool_free(struct inf_spool *spool)
{
    if (spool == NULL)
        return;
    spool->abandoned = true;
    if (!spool->busy)
        free_now(spool);
}

int inf_spool_take_file(struct inf_spool *spool, uint64_t *ret_length)
{
    int fd = spool->fd;

    *ret_length = spool->length;
    spool->fd = -1;
    return fd;
}
