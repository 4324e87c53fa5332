/* alloc.c - allocations that cannot fail: a daemon that is refused a hundred bytes has no better
 * answer than to stop and be started again by its service manager. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"

#include <stdlib.h>
#include <string.h>

void *inf_alloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory) {
        abort();
    }
    return memory;
}

void *inf_realloc(void *old, size_t count, size_t size)
{
    void *memory = reallocarray(old, count ? count : 1, size ? size : 1);
    if (!memory) {
        abort();
    }
    return memory;
}

char *inf_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(inf_alloc(size, 1), text, size);
}
