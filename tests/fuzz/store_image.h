/* store_image.h - a data directory as the store made it, kept in memory, so that a fuzz target can
 * write it, damaged, as often as it likes.
 *
 * Thread: one. Owns: the folder, which exit removes, and the files' bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FUZZ_STORE_IMAGE_H
#define INFERD_FUZZ_STORE_IMAGE_H

#include "inferd/buf.h"
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_FILES = 16 };

struct image_file {
    char name[64]; /* below the data directory */
    struct inf_buf bytes;
};

struct image {
    struct image_file files[IMAGE_FILES];
    size_t count;
};

/* The path of the data directory that the functions below write, in memory if there is /dev/shm. */
const char *image_path(void);
/* Makes a data directory by the store's own functions, with a model whose definition is whole, one
 * that lacks a part, vocabularies, a deployment, an alias; reads it while the store is open, so
 * that its latest rows stand in the write-ahead log (running), and after it was closed (closed). */
void image_make(struct image *running, struct image *closed);
/* Empties the data directory and writes the files of image into it. */
void image_write(const struct image *image);
/* Copies bytes; image_free frees them. */
void image_copy(struct image *ret, const struct image *image);
void image_free(struct image *image);

#endif
