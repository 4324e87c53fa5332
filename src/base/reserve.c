/* reserve.c - one block, given up and taken again by whoever notices first.
 *
 * It comes from mmap and not from malloc: freeing a large block of malloc's would change from which
 * size on malloc asks the system, for the rest of the process's life. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/reserve.h"

#include "inferd/log.h"
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

static atomic_bool opened;
static _Atomic(void *) block;

enum { HEADROOM = 4 << 20, TRIES = 16 };

/* There has to be room for a little more than the block, else the first request that is taken would
 * be out of memory again. */
static void *map_block(void)
{
    char *memory = mmap(NULL, INF_RESERVE_BYTES + HEADROOM, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    munmap(memory + INF_RESERVE_BYTES, HEADROOM);
    return memory;
}

/* Puts memory in the block's place unless another thread was faster. */
static bool keep(void *memory)
{
    void *none = NULL;
    if (atomic_compare_exchange_strong(&block, &none, memory)) {
        return true;
    }
    munmap(memory, INF_RESERVE_BYTES);
    return false;
}

int inf_reserve_open(void)
{
    void *memory = map_block();
    if (!memory) {
        return -1;
    }
    keep(memory);
    atomic_store(&opened, true);
    return 0;
}

void inf_reserve_close(void)
{
    void *memory = atomic_exchange(&block, NULL);
    atomic_store(&opened, false);
    if (memory) {
        munmap(memory, INF_RESERVE_BYTES);
    }
}

bool inf_reserve_is_out(void)
{
    return atomic_load(&opened) && !atomic_load(&block);
}

bool inf_reserve_ready(void)
{
    if (!inf_reserve_is_out()) {
        return true;
    }
    void *memory = map_block();
    if (memory && keep(memory)) {
        inf_log(INF_LOG_INFO, "memory", "the memory reserve is back, requests are taken", NULL);
    }
    return memory != NULL;
}

bool inf_reserve_release(void)
{
    void *memory = atomic_exchange(&block, NULL);
    if (memory) {
        munmap(memory, INF_RESERVE_BYTES);
        inf_log(INF_LOG_WARN, "memory",
                "out of memory: the reserve is used up, new requests are refused until it is back",
                NULL);
    }
    return atomic_load(&opened);
}

bool inf_reserve_retry(int *tries)
{
    return (*tries)++ < TRIES && inf_reserve_release();
}

static bool is_small(size_t count, size_t size)
{
    return size == 0 || count <= INF_RESERVE_SMALL / size;
}

void *inf_reserve_malloc(size_t size)
{
    int tries = 0;
    void *memory = malloc(size);
    while (!memory && is_small(1, size) && inf_reserve_retry(&tries)) {
        memory = malloc(size);
    }
    return memory;
}

void *inf_reserve_calloc(size_t count, size_t size)
{
    int tries = 0;
    void *memory = calloc(count, size);
    while (!memory && is_small(count, size) && inf_reserve_retry(&tries)) {
        memory = calloc(count, size);
    }
    return memory;
}

void *inf_reserve_reallocarray(void *old, size_t count, size_t size)
{
    bool overflows = size > 0 && count > SIZE_MAX / size;
    return overflows ? NULL : inf_reserve_realloc(old, count * size);
}

void *inf_reserve_realloc(void *old, size_t size)
{
    int tries = 0;
    void *memory = realloc(old, size);
    while (!memory && size > 0 && is_small(1, size) && inf_reserve_retry(&tries)) {
        memory = realloc(old, size);
    }
    return memory;
}
