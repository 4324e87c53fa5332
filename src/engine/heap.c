/* Each forward takes the same few megabytes and frees them again. By itself the C library hands
 * large pieces back to the kernel at once, which clears them page by page for the next forward:
 * 4,000 page faults for a text of 256 tokens with MiniLM, a tenth of its time.
 *
 * A sanitizer's runtime has an allocator of its own, and trimming the C library's crashes there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "heap.h"

#include <malloc.h>
#include <stdlib.h>

/* The largest that the C library takes from an arena at all (mallopt(3), DEFAULT_MMAP_THRESHOLD_MAX
 * on 64 bits); larger pieces are mapped and unmapped each time. */
#define KEPT_PIECE_BYTES (32 * 1024 * 1024)
#define KEPT_BYTES (256 * 1024 * 1024) /* at the end of each arena */
#define NUDGE_BYTES (256 * 1024)       /* who frees so much makes the C library look at the end */

#ifndef INFERD_SANITIZED

/* malloc_trim leaves the end of a thread's arena alone; free does not. */
static void trim_own_arena(void)
{
    void *volatile nudge = NULL;

    mallopt(M_TRIM_THRESHOLD, 0);
    nudge = malloc(NUDGE_BYTES);
    free(nudge);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

void inf_heap_trim(void)
{
    trim_own_arena();
    malloc_trim(0);
}

void inf_heap_settle(void)
{
    mallopt(M_MMAP_THRESHOLD, KEPT_PIECE_BYTES);
    inf_heap_trim();
}

#else

void inf_heap_trim(void)
{
}

void inf_heap_settle(void)
{
}

#endif
