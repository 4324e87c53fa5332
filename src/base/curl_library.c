/* curl_library.c - loaded once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/curl_library.h"

#include "inferd/shared_library.h"
#include <pthread.h>

static struct inf_curl library;
static bool loaded;

static void load(void)
{
    /* Debian's build with GnuTLS, which the daemon has anyway; and what others call curl. */
    static const char *const files[] = {"libcurl-gnutls.so.4", "libcurl.so.4", NULL};
    const struct inf_library_function functions[] = {
#define FUNCTION(name) {#name, &library.name},
        INF_CURL_FUNCTIONS(FUNCTION)
#undef FUNCTION
    };

    loaded = inf_library_load(files, functions, sizeof functions / sizeof functions[0]) &&
             library.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const struct inf_curl *inf_curl_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return loaded ? &library : NULL;
}
