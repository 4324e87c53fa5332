/* sha256.c - a definition's name: what it is, whoever calls it what. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/hex.h"
#include "inferd/io_error.h"
#include "inferd/store.h"
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 20)

const char *inf_sha256_print(const uint8_t sha256[INF_SHA256_SIZE], char ret[INF_SHA256_TEXT])
{
    return inf_hex_print(sha256, INF_SHA256_SIZE, ret);
}

bool inf_sha256_spelled_well(const char *text)
{
    return strlen(text) == INF_SHA256_TEXT - 1 &&
           strspn(text, "0123456789abcdef") == INF_SHA256_TEXT - 1;
}

static int hash_range(int fd, int64_t at, int64_t left, EVP_MD_CTX *hash, unsigned char *chunk,
                      struct inf_error *err)
{
    while (left > 0) {
        ssize_t n = pread(fd, chunk, left < (int64_t)CHUNK ? (size_t)left : CHUNK, (off_t)at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return inf_io_error(err, errno, "read", "the file");
        }
        if (n == 0) {
            return 0;
        }
        if (EVP_DigestUpdate(hash, chunk, (size_t)n) != 1) {
            return inf_error_set(err, INF_ERR_INTERNAL, "cannot hash the file");
        }
        at += n;
        left -= n;
    }
    return 0;
}

int inf_sha256_of_range(int fd, int64_t from, int64_t length, uint8_t ret[INF_SHA256_SIZE],
                        struct inf_error *err)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char *chunk = malloc(CHUNK);
    int rc = -1;
    if (!hash || !chunk || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) {
        inf_error_set(err, INF_ERR_MEMORY, "not enough memory for the SHA-256 of a file");
    } else if (hash_range(fd, from, length, hash, chunk, err) == 0) {
        rc = EVP_DigestFinal_ex(hash, ret, NULL) == 1
                 ? 0
                 : inf_error_set(err, INF_ERR_INTERNAL, "cannot hash the file");
    }
    free(chunk);
    EVP_MD_CTX_free(hash);
    return rc;
}

int inf_sha256_of_file(int fd, uint8_t ret[INF_SHA256_SIZE], struct inf_error *err)
{
    return inf_sha256_of_range(fd, 0, INT64_MAX, ret, err);
}
