/* mecab_library.c - loaded once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mecab_library.h"

#include "inferd/shared_library.h"
#include <pthread.h>

static struct inf_mecab library;
static bool loaded;

static void load(void)
{
    /* The version whose interface mecab.h declares. */
    static const char *const files[] = {"libmecab.so.2", NULL};
    const struct inf_library_function functions[] = {
#define FUNCTION(name) {#name, &library.name},
        INF_MECAB_FUNCTIONS(FUNCTION)
#undef FUNCTION
    };

    loaded = inf_library_load(files, functions, sizeof functions / sizeof functions[0]);
}

const struct inf_mecab *inf_mecab_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return loaded ? &library : NULL;
}
