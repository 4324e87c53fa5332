/* memory_file.c - by memfd_create. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int inf_memory_file(const char *text, size_t length)
{
    int fd = memfd_create("inferd", MFD_CLOEXEC);

    for (size_t at = 0; fd >= 0 && at < length;) {
        ssize_t n = pwrite(fd, text + at, length - at, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            close(fd);
            return -1;
        }
        at += (size_t)n;
    }
    return fd;
}

char *inf_memory_file_read(int fd, size_t *ret_length)
{
    struct stat file;
    char *text;
    size_t at = 0;

    if (fstat(fd, &file) != 0 || (text = malloc((size_t)file.st_size + 1)) == NULL)
        return NULL;
    while (at < (size_t)file.st_size) {
        ssize_t n = pread(fd, text + at, (size_t)file.st_size - at, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            free(text);
            return NULL;
        }
        at += (size_t)n;
    }
    text[at] = '\0';
    *ret_length = at;
    return text;
}
