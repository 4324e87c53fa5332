/* mecab_library.c - dlopen, once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mecab_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "libmecab.so.2" /* the version whose interface mecab.h declares */

static struct inf_mecab library;
static bool loaded;

/* A function's address as the object pointer that dlsym gives, which POSIX allows and C does not.
 */
static bool find(void *handle, const char *name, void *ret_function)
{
    void *address = dlsym(handle, name);
    memcpy(ret_function, &address, sizeof address);
    return address != NULL;
}

static void load(void)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    loaded = handle != NULL;
#define LOAD(name) loaded = loaded && find(handle, #name, &library.name);
    INF_MECAB_FUNCTIONS(LOAD)
#undef LOAD
}

const struct inf_mecab *inf_mecab_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return loaded ? &library : NULL;
}
