/* alloc.c - allocations that cannot fail: the reserve helps out; a daemon that is refused a hundred
 * bytes even so has no better answer than to stop and be started again by its service manager,
 * which loses nothing that was acknowledged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"

#include "inferd/reserve.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void inf_alloc_failed(void)
{
    static const char words[] = "inferd: out of memory, and the reserve is used up: aborting\n";
    ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
    (void)ignored;
    abort();
}

/* Whatever its size: the program itself has picked it. */
void *inf_alloc(size_t count, size_t size)
{
    size_t items = count ? count : 1, bytes = size ? size : 1;
    int tries = 0;
    void *memory = calloc(items, bytes);
    while (!memory && inf_reserve_retry(&tries)) {
        memory = calloc(items, bytes);
    }
    if (!memory) {
        inf_alloc_failed();
    }
    return memory;
}

void *inf_realloc(void *old, size_t count, size_t size)
{
    size_t items = count ? count : 1, bytes = size ? size : 1;
    int tries = 0;
    void *memory = reallocarray(old, items, bytes);
    while (!memory && inf_reserve_retry(&tries)) {
        memory = reallocarray(old, items, bytes);
    }
    if (!memory) {
        inf_alloc_failed();
    }
    return memory;
}

char *inf_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(inf_alloc(size, 1), text, size);
}
