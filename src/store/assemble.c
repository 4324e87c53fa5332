/* assemble.c - copies parts into one file and proves on the way that they are what was
 * acknowledged.
 *
 * The bytes have to be read for the hashes anyhow; copying them inside the kernel
 * (copy_file_range) lets file systems that can share blocks do so instead of writing a second copy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "assemble.h"

#include "inferd/io_error.h"
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (1 << 20)
#define DEFINITION "the definition"

struct assembly {
    struct inf_blob *blob;
    unsigned char *chunk; /* CHUNK bytes */
    bool copy_inside;     /* copy_file_range has worked so far */
};

static int damaged(const struct inf_part_row *row, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_IO,
                         "definition part [%d] is damaged on disk: its content is not what was "
                         "stored; delete the model and upload it again",
                         row->part);
}

/* True: the n bytes at the part's own offset were appended to the definition by the kernel. A
 * refusal or a short copy leaves it to write(2), which then also reports what is really wrong. */
static bool copied_inside(struct assembly *assembly, int part_fd, off_t at, size_t n)
{
    if (!assembly->copy_inside) {
        return false;
    }
    off_t end = (off_t)assembly->blob->length;
    off_t to = end;
    ssize_t copied = copy_file_range(part_fd, &at, assembly->blob->fd, &to, n, 0);
    if (copied == (ssize_t)n && lseek(assembly->blob->fd, to, SEEK_SET) == to) {
        return true;
    }
    assembly->copy_inside = false;
    (void)lseek(assembly->blob->fd, end, SEEK_SET);
    return false;
}

static int append_chunk(struct assembly *assembly, int part_fd, off_t at, size_t n,
                        struct inf_error *err)
{
    if (!copied_inside(assembly, part_fd, at, n)) {
        return inf_blob_write(assembly->blob, assembly->chunk, n, err);
    }
    inf_blob_account(assembly->blob, assembly->chunk, n);
    return 0;
}

static int append_file(struct assembly *assembly, int fd, const struct inf_part_row *row,
                       EVP_MD_CTX *hash, struct inf_error *err)
{
    for (int64_t at = 0; at < row->length;) {
        ssize_t n = pread(fd, assembly->chunk, CHUNK, (off_t)at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return inf_io_error(err, errno, "read", "a definition part");
        }
        if (n == 0 || n > row->length - at) {
            return damaged(row, err);
        }
        if (EVP_DigestUpdate(hash, assembly->chunk, (size_t)n) != 1) {
            return inf_error_set(err, INF_ERR_INTERNAL, "cannot hash a definition part");
        }
        if (append_chunk(assembly, fd, (off_t)at, (size_t)n, err) != 0) {
            return -1;
        }
        at += n;
    }
    return 0;
}

static int append_part(struct assembly *assembly, int64_t number, const struct inf_part_row *row,
                       struct inf_error *err)
{
    char name[INF_BLOB_NAME];
    int fd = -1;
    if (inf_blob_open(assembly->blob->dir, number, inf_blob_part_name(row->part, name), row->length,
                      &fd, err) != 0) {
        return -1;
    }
    uint8_t sha256[INF_SHA256_SIZE];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int rc = 0;
    if (!hash || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) {
        rc = inf_error_set(err, INF_ERR_MEMORY, "not enough memory for the SHA-256 of a part");
    } else if (append_file(assembly, fd, row, hash, err) != 0) {
        rc = -1;
    } else if (EVP_DigestFinal_ex(hash, sha256, NULL) != 1 ||
               memcmp(sha256, row->sha256, sizeof sha256) != 0) {
        rc = damaged(row, err);
    }
    EVP_MD_CTX_free(hash);
    close(fd);
    return rc;
}

static int append_parts(struct inf_blob *blob, int64_t number, const struct inf_part_row *rows,
                        size_t count, struct inf_error *err)
{
    struct assembly assembly = {.blob = blob, .chunk = malloc(CHUNK), .copy_inside = true};
    int rc = assembly.chunk ? 0 : inf_error_set(err, INF_ERR_MEMORY, "no memory to copy parts");
    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = append_part(&assembly, number, &rows[i], err);
    }
    free(assembly.chunk);
    return rc;
}

static int assemble(const struct inf_data_dir *dir, struct inf_metadata *metadata, int64_t number,
                    struct inf_blob *blob, uint8_t sha256[INF_SHA256_SIZE], struct inf_error *err)
{
    struct inf_part_row *rows = NULL;
    size_t count = 0;
    char name[INF_BLOB_NAME];
    snprintf(name, sizeof name, "definition-%" PRId64, number);
    if (inf_metadata_parts(metadata, number, &rows, &count, err) != 0) {
        return -1;
    }
    int rc = inf_blob_begin(blob, dir, name, DEFINITION, err);
    if (rc == 0 &&
        (append_parts(blob, number, rows, count, err) != 0 ||
         inf_blob_sync(blob, sha256, err) != 0 ||
         inf_blob_place(blob, number, INF_DEFINITION_FILE, err) != 0 ||
         inf_metadata_set_definition(metadata, number, blob->length, sha256, err) != 0)) {
        inf_blob_discard(blob);
        rc = -1;
    }
    free(rows);
    return rc;
}

int inf_assemble_if_complete(const struct inf_data_dir *dir, struct inf_metadata *metadata,
                             int64_t number, struct inf_blob *blob, uint8_t sha256[INF_SHA256_SIZE],
                             bool *ret_assembled, struct inf_error *err)
{
    bool ready = false;
    *ret_assembled = false;
    if (inf_metadata_ready_to_assemble(metadata, number, &ready, err) != 0) {
        return -1;
    }
    if (ready && assemble(dir, metadata, number, blob, sha256, err) != 0) {
        return -1;
    }
    *ret_assembled = ready;
    return 0;
}
