/* Rights are asked of the open descriptor, so nobody can put another file in its place. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *setting, const char *path, const char *why, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "setting [%s]: the file [%.512s] cannot be used: %s", setting, path, why);
}

static int check_rights(int fd, const char *setting, const char *path, struct inf_error *err)
{
    struct stat file;

    if (fstat(fd, &file) != 0)
        return fail(setting, path, strerror(errno), err);
    if (file.st_uid != geteuid() && file.st_uid != 0)
        return fail(setting, path, "it belongs to another user", err);
    mode_t allowed = file.st_uid == 0 ? S_IRWXU | S_IRGRP : S_IRWXU;
    if ((file.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO) & ~allowed) == 0)
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "setting [%s]: the file [%.512s] has the mode [%04o], so others can read "
                         "it; use chmod 600",
                         setting, path, (unsigned)(file.st_mode & 07777));
}

static int read_all(int fd, const char *setting, const char *path, struct inf_buf *out,
                    struct inf_error *err)
{
    char chunk[4096];
    ssize_t got;

    while ((got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(setting, path, strerror(errno), err);
        if (out->length + (size_t)got > INF_SECRET_MAX ||
            inf_buf_append(out, chunk, (size_t)got) != 0)
            return fail(setting, path, "it is too long", err);
    }
    explicit_bzero(chunk, sizeof chunk);
    return out->length > 0 ? 0 : fail(setting, path, "it is empty", err);
}

static int read_file(bool secret, const char *setting, const char *path, struct inf_buf *out,
                     struct inf_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int rc;

    if (fd < 0)
        return fail(setting, path, strerror(errno), err);
    rc = secret ? check_rights(fd, setting, path, err) : 0;
    if (rc == 0)
        rc = read_all(fd, setting, path, out, err);
    close(fd);
    return rc;
}

int inf_secret_file_read(const char *setting, const char *path, struct inf_buf *out,
                         struct inf_error *err)
{
    return read_file(true, setting, path, out, err);
}

int inf_secret_line_read(const char *setting, const char *path, struct inf_buf *out,
                         struct inf_error *err)
{
    inf_buf_init(out, INF_SECRET_MAX);
    if (inf_secret_file_read(setting, path, out, err) != 0)
        return -1;
    out->length = strcspn(out->data, "\r\n");
    out->data[out->length] = '\0';
    for (size_t i = 0; i < out->length; i++)
        if ((unsigned char)out->data[i] < 0x20 || out->data[i] == 0x7f)
            out->length = 0;
    if (out->length > 0 && out->length <= INF_SECRET_LINE_MAX)
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "setting [%s]: the file's first line must have 1 to [%d] printable bytes",
                         setting, INF_SECRET_LINE_MAX);
}

int inf_public_file_read(const char *setting, const char *path, struct inf_buf *out,
                         struct inf_error *err)
{
    return read_file(false, setting, path, out, err);
}

void inf_secret_wipe(struct inf_buf *secret)
{
    if (secret->data != NULL)
        explicit_bzero(secret->data, secret->capacity);
    inf_buf_free(secret);
}
