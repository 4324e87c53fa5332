/* blob.c - the life of one definition file.
 *
 * The order is what makes it safe: the bytes are synced before the rename, so a final name never
 * shows a half-written file; the folder is synced after it, so a row that is committed later never
 * names a file that a power loss takes away. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "blob.h"

#include "inferd/io_error.h"
#include "inferd/log.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_blob(struct inf_blob *blob)
{
    if (blob->fd >= 0) {
        close(blob->fd);
    }
    EVP_MD_CTX_free(blob->hash);
    *blob = (struct inf_blob){.fd = -1};
}

int inf_blob_begin(struct inf_blob *blob, const struct inf_data_dir *dir, const char *name,
                   const char *what, struct inf_error *err)
{
    *blob = (struct inf_blob){.what = what, .fd = -1, .hash = EVP_MD_CTX_new()};
    if (!blob->hash || EVP_DigestInit_ex(blob->hash, EVP_sha256(), NULL) != 1) {
        close_blob(blob);
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for the SHA-256 of %s", what);
    }
    snprintf(blob->name, sizeof blob->name, "%s", name);
    blob->fd = openat(dir->tmp_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (blob->fd < 0) {
        int failure = errno;
        close_blob(blob);
        return inf_io_error(err, failure, "create", what);
    }
    blob->dir = dir;
    return 0;
}

int inf_blob_write(struct inf_blob *blob, const void *data, size_t length, struct inf_error *err)
{
    const unsigned char *at = data;
    for (size_t left = length; left > 0 && blob->failure == 0;) {
        ssize_t n = write(blob->fd, at, left);
        if (n > 0) {
            at += n;
            left -= (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            blob->failure = n == 0 ? EIO : errno;
        }
    }
    if (blob->failure != 0) {
        return inf_io_error(err, blob->failure, "write", blob->what);
    }
    inf_blob_account(blob, data, length);
    return 0;
}

void inf_blob_account(struct inf_blob *blob, const void *data, size_t length)
{
    blob->length += (int64_t)length;
    if (EVP_DigestUpdate(blob->hash, data, length) != 1) {
        blob->failure = EIO;
    }
}

int inf_blob_sync(struct inf_blob *blob, uint8_t sha256[INF_SHA256_SIZE], struct inf_error *err)
{
    if (blob->failure == 0 && fsync(blob->fd) != 0) {
        blob->failure = errno;
    }
    if (blob->failure != 0) {
        return inf_io_error(err, blob->failure, "write", blob->what);
    }
    if (EVP_DigestFinal_ex(blob->hash, sha256, NULL) != 1) {
        return inf_error_set(err, INF_ERR_INTERNAL, "cannot end the SHA-256 of %s", blob->what);
    }
    return 0;
}

int inf_blob_place(struct inf_blob *blob, int64_t number, const char *name, struct inf_error *err)
{
    int folder_fd = inf_data_dir_folder(blob->dir, number, true, err);
    if (folder_fd < 0) {
        return -1;
    }
    int rc = 0;
    if (renameat(blob->dir->tmp_fd, blob->name, folder_fd, name) != 0) {
        rc = inf_io_error(err, errno, "rename", blob->what);
    } else {
        blob->number = number;
        snprintf(blob->name, sizeof blob->name, "%s", name);
        if (fsync(folder_fd) != 0) {
            rc = inf_io_error(err, errno, "sync the folder of", blob->what);
        }
    }
    close(folder_fd);
    return rc;
}

void inf_blob_keep(struct inf_blob *blob)
{
    close_blob(blob);
}

void inf_blob_discard(struct inf_blob *blob)
{
    if (!blob->dir) {
        return;
    }
    if (blob->number != 0) {
        inf_blob_remove(blob->dir, blob->number, blob->name);
    } else if (unlinkat(blob->dir->tmp_fd, blob->name, 0) != 0) {
        inf_logf(INF_LOG_WARN, "store", "cannot remove tmp/%s: errno %d", blob->name, errno);
    }
    close_blob(blob);
}

const char *inf_blob_part_name(int part, char name[INF_BLOB_NAME])
{
    snprintf(name, INF_BLOB_NAME, "part-%d", part);
    return name;
}

int inf_blob_open(const struct inf_data_dir *dir, int64_t number, const char *name,
                  int64_t expected_length, int *ret_fd, struct inf_error *err)
{
    int folder_fd = inf_data_dir_folder(dir, number, false, err);
    if (folder_fd < 0) {
        return -1;
    }
    /* O_NONBLOCK: a FIFO put in the file's place must not hang the caller. */
    int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    int failure = errno;
    close(folder_fd);
    if (fd < 0) {
        return inf_io_error(err, failure, "open", name);
    }
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size != expected_length) {
        close(fd);
        return inf_error_set(err, INF_ERR_IO,
                             "%s of model number %" PRId64 " is damaged: it is not a file of "
                             "%" PRId64 " bytes",
                             name, number, expected_length);
    }
    *ret_fd = fd;
    return 0;
}

int inf_blob_exists(const struct inf_data_dir *dir, int64_t number, const char *name,
                    int64_t expected_length, bool *ret, struct inf_error *err)
{
    char path[2 * INF_BLOB_NAME];
    struct stat st;
    snprintf(path, sizeof path, "%" PRId64 "/%s", number, name);
    bool found = fstatat(dir->models_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!found && errno != ENOENT) {
        return inf_io_error(err, errno, "examine", name);
    }
    *ret = found && S_ISREG(st.st_mode) && st.st_size == expected_length;
    return 0;
}

void inf_blob_remove(const struct inf_data_dir *dir, int64_t number, const char *name)
{
    int folder_fd = inf_data_dir_folder(dir, number, false, NULL);
    if (folder_fd < 0) {
        return;
    }
    if (unlinkat(folder_fd, name, 0) != 0 && errno != ENOENT) {
        inf_logf(INF_LOG_WARN, "store", "cannot remove %s of model number %" PRId64 ": errno %d",
                 name, number, errno);
    }
    close(folder_fd);
}
