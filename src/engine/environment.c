/* The environment of inferd-engine. libgomp reads its settings in a constructor, before main, so
 * they must be there when the program is executed; and a model's process should hold none of the
 * daemon's other variables, which is where people put passwords. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/engine_environment.h"
#include <assert.h>
#include <string.h>
#include <unistd.h>

/* PASSIVE: with spinning teams, two allocations that share a processor take turns at waiting for
 * each other. One thread is only the start; each allocation sets its own team. */
static const char *const fixed[] = {
    "OMP_WAIT_POLICY=PASSIVE", "OMP_NUM_THREADS=1", "OMP_DYNAMIC=FALSE",
    "MKL_NUM_THREADS=1",       "MKL_DYNAMIC=FALSE", "TORCH_SHOW_CPP_STACKTRACES=0",
    "LC_ALL=C.UTF-8",
};

static const char *const kept[] = {
    "LD_LIBRARY_PATH=", "LD_PRELOAD=",   "GLIBC_TUNABLES=", "ASAN_OPTIONS=",
    "UBSAN_OPTIONS=",   "TSAN_OPTIONS=", "LSAN_OPTIONS=",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
_Static_assert(COUNT(fixed) + COUNT(kept) < INF_ENGINE_ENVIRONMENT_MAX, "all of it has room");

static const char *find(const char *prefix)
{
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
        if (strncmp(*entry, prefix, strlen(prefix)) == 0)
            return *entry;
    return NULL;
}

size_t inf_engine_environment(const char **ret, size_t capacity)
{
    size_t count = 0;

    assert(capacity > COUNT(fixed) + COUNT(kept));
    for (size_t i = 0; i < COUNT(fixed); i++)
        ret[count++] = fixed[i];
    for (size_t i = 0; i < COUNT(kept); i++) {
        const char *entry = find(kept[i]);
        if (entry != NULL)
            ret[count++] = entry;
    }
    ret[count] = NULL;
    return count;
}
