/* preload_memory.c - lets allocations of the daemon fail; loaded into it with LD_PRELOAD.
 *
 * INFERD_TEST_MEMORY names a file that the test maps too (tests/support/memory_faults.py): it says
 * which allocation fails and counts. Only a process called inferd looks at it. The functions of the
 * C library behind malloc are called by their other names, since looking malloc up allocates. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum mode { OFF, NTH, NEW_PLACE, LIMIT };
enum { PLACES = 1 << 14, FRAMES = 14, OWN_FRAMES = 3 };

/* As memory_faults.py lays it out. */
struct control {
    _Atomic(uint64_t) mode;
    atomic_int_fast64_t countdown; /* NTH and LIMIT: so many allocations pass first */
    atomic_int_fast64_t failures;
    atomic_int_fast64_t allocations;
    atomic_int_fast64_t live_bytes;
    atomic_int_fast64_t budget;       /* LIMIT: bytes that may still be taken */
    _Atomic(uint64_t) places[PLACES]; /* NEW_PLACE: call stacks that have failed */
};

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *memory);

static struct control *control;
static _Thread_local bool inside; /* backtrace allocates when it first runs */

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("INFERD_TEST_MEMORY");
    void *frames[FRAMES];
    int fd = -1;
    if (path == NULL || strcmp(program_invocation_short_name, "inferd") != 0)
        return;
    unsetenv("LD_PRELOAD"); /* the engine's processes do without */
    (void)backtrace(frames, FRAMES);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory != MAP_FAILED)
        control = memory;
}

/* True the first time that an allocation comes from here. */
static bool is_new_place(void)
{
    void *frames[FRAMES];
    uint64_t hash = 1469598103934665603u;
    inside = true;
    int count = backtrace(frames, FRAMES);
    inside = false;
    for (int i = OWN_FRAMES; i < count; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
    for (size_t i = hash % PLACES, tries = 0; tries < PLACES; i = (i + 1) % PLACES, tries++) {
        uint64_t none = 0;
        if (atomic_compare_exchange_strong(&control->places[i], &none, hash))
            return true;
        if (none == hash)
            return false;
    }
    return false;
}

static bool is_over_budget(size_t size)
{
    if (atomic_load(&control->countdown) > 0) {
        if (atomic_fetch_sub(&control->countdown, 1) == 1)
            atomic_store(&control->budget, 0); /* what passed until now does not count */
        return false;
    }
    return atomic_load(&control->budget) < (int64_t)size;
}

static bool fails(size_t size)
{
    bool failing = false;
    if (control == NULL || inside)
        return false;
    atomic_fetch_add(&control->allocations, 1);
    uint64_t mode = atomic_load(&control->mode);
    if (mode == NTH)
        failing = atomic_fetch_sub(&control->countdown, 1) == 0;
    else if (mode == NEW_PLACE)
        failing = is_new_place();
    else if (mode == LIMIT)
        failing = is_over_budget(size);
    if (!failing)
        return false;
    if (mode == NEW_PLACE)
        atomic_store(&control->mode, OFF); /* one at a time */
    atomic_fetch_add(&control->failures, 1);
    errno = ENOMEM;
    return true;
}

static void *account(void *memory)
{
    int64_t size = control != NULL && memory != NULL ? (int64_t)malloc_usable_size(memory) : 0;
    if (size > 0) {
        atomic_fetch_add(&control->live_bytes, size);
        atomic_fetch_sub(&control->budget, size);
    }
    return memory;
}

static void discount(void *memory)
{
    int64_t size = control != NULL && memory != NULL ? (int64_t)malloc_usable_size(memory) : 0;
    if (size > 0) {
        atomic_fetch_sub(&control->live_bytes, size);
        atomic_fetch_add(&control->budget, size);
    }
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return fails(size) ? NULL : account(__libc_malloc(size));
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    return fails(count * size) ? NULL : account(__libc_calloc(count, size));
}

__attribute__((visibility("default"))) void *realloc(void *old, size_t size)
{
    size_t before = old != NULL ? malloc_usable_size(old) : 0;
    if (size > before && fails(size - before))
        return NULL;
    discount(old);
    void *memory = __libc_realloc(old, size);
    account(memory != NULL || size == 0 ? memory : old);
    return memory;
}

__attribute__((visibility("default"))) void *reallocarray(void *old, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, count * size);
}

__attribute__((visibility("default"))) void free(void *memory)
{
    discount(memory);
    __libc_free(memory);
}

/* The reserve is not of malloc. */
__attribute__((visibility("default"))) void *mmap(void *at, size_t length, int protection,
                                                  int flags, int fd, off_t offset)
{
    bool anonymous = (flags & MAP_ANONYMOUS) != 0;
    if (anonymous && control != NULL && atomic_load(&control->mode) == LIMIT &&
        atomic_load(&control->countdown) == 0 && atomic_load(&control->budget) < (int64_t)length) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    if (anonymous && control != NULL)
        atomic_fetch_sub(&control->budget, (int64_t)length);
    return (void *)syscall(SYS_mmap, at, length, protection, flags, fd, offset);
}

__attribute__((visibility("default"))) int munmap(void *at, size_t length)
{
    if (control != NULL)
        atomic_fetch_add(&control->budget, (int64_t)length);
    return (int)syscall(SYS_munmap, at, length);
}
