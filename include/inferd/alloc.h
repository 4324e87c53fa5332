/* alloc.h - small allocations of our own, which use the reserve (reserve.h) when memory is gone and
 * abort the process when that is gone, too.
 *
 * For sizes that the program itself picks (a struct, a copied name). A size that a client picks
 * goes through inf_buf or a checked malloc instead and fails as an error. Release with free().
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ALLOC_H
#define INFERD_ALLOC_H

#include <stddef.h>

/* count * size zeroed bytes, never NULL; an overflowing product aborts too. */
void *inf_alloc(size_t count, size_t size) __attribute__((returns_nonnull, warn_unused_result));
/* Grows or shrinks an array to count elements; what is added is not initialised. */
void *inf_realloc(void *old, size_t count, size_t size)
    __attribute__((returns_nonnull, warn_unused_result));
/* A copy of text, never NULL; text must not be NULL. */
char *inf_strdup(const char *text) __attribute__((returns_nonnull, warn_unused_result));
/* Says on stderr that memory is gone, and aborts: for what cannot go on without. */
void inf_alloc_failed(void) __attribute__((noreturn));

#endif
