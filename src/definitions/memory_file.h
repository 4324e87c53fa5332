/* memory_file.h - texts as files, for what reads and writes files.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_MEMORY_FILE_H
#define INFERD_DEFINITIONS_MEMORY_FILE_H

#include <stddef.h>

/* A descriptor of a file in memory that has the text, at its beginning; the caller closes it. -1:
 * there is no memory or no descriptor. */
int inf_memory_file(const char *text, size_t length);
/* All of it, ended by a NUL that does not count; the caller's to free. NULL: there is no memory. */
char *inf_memory_file_read(int fd, size_t *ret_length);

#endif
