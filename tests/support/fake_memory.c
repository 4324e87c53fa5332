/* Every block points to the one before, so that the whole can be given back, and so that compilers
 * cannot do without. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_memory.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_MB 16
/* Where no limit of the process stops it before; under a sanitizer there is none. */
#ifdef INFERD_SANITIZED
#define MOST_MB 256
#else
#define MOST_MB 4096
#endif

void *fake_memory_take(int megabytes)
{
    size_t size = (size_t)megabytes << 20;
    void *memory = size > 0 ? malloc(size) : NULL;

    if (memory != NULL)
        memset(memory, 1, size);
    return memory;
}

void fake_memory_take_all(void)
{
    void **chain = NULL;

    for (int taken = 0; taken < MOST_MB; taken += STEP_MB) {
        void **block = fake_memory_take(STEP_MB);
        if (block == NULL)
            break;
        *block = chain;
        chain = block;
    }
    while (chain != NULL) {
        void **next = *chain;
        free(chain);
        chain = next;
    }
}

_Noreturn void fake_memory_leak(void)
{
    static void **chain;
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

    for (;;) {
        void **block = fake_memory_take(STEP_MB);
        if (block != NULL) {
            *block = chain;
            chain = block;
        }
        nanosleep(&pause, NULL);
    }
}
