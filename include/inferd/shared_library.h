/* shared_library.h - libraries that are loaded by those who use them, so that they cost nobody else
 * memory. Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SHARED_LIBRARY_H
#define INFERD_SHARED_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* A function by its name, and the pointer to a function that is set to it. */
struct inf_library_function {
    const char *name;
    void *pointer;
};

/* Loads the first of the files that there is, by its name without a folder, for the process's life;
 * files ends with NULL. false: none is installed, or it lacks a function. */
bool inf_library_load(const char *const *files, const struct inf_library_function *functions,
                      size_t count);

#endif
