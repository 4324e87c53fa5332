/* curl_library.c - loaded once, and what all that ask something by it have in common. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/curl_library.h"

#include "inferd/alloc.h"
#include "inferd/shared_library.h"
#include "inferd/version.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#define SILENT_MS 5000

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

static bool set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return library.curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    return library.curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
                                    (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) == CURLE_OK;
#endif
}

bool inf_curl_set_common(CURL *easy, const char *authorities)
{
    __typeof__(curl_easy_setopt) *set = library.curl_easy_setopt;

    return set_protocols(easy) && set(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           set(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           set(easy, CURLOPT_USERAGENT, "inferd/" INF_VERSION) == CURLE_OK &&
           set(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (authorities == NULL || (set(easy, CURLOPT_CAINFO, authorities) == CURLE_OK &&
                                    set(easy, CURLOPT_CAPATH, NULL) == CURLE_OK));
}

static int set_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    const int on = 1, idle_s = 2, pause_s = 1;
    const unsigned silent_ms = SILENT_MS;

    (void)arg;
    (void)purpose;
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &pause_s, sizeof pause_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms, sizeof silent_ms);
    return CURL_SOCKOPT_OK;
}

bool inf_curl_notice_silence(CURL *easy)
{
    return library.curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, set_socket) == CURLE_OK;
}

struct curl_slist *inf_curl_append_header(struct curl_slist *headers, const char *line)
{
    struct curl_slist *longer = library.curl_slist_append(headers, line);

    if (longer == NULL)
        inf_alloc_failed();
    return longer;
}

struct curl_slist *inf_curl_add_header(struct curl_slist *headers, const char *line)
{
    return inf_curl_append_header(
        headers != NULL ? headers : inf_curl_append_header(NULL, "Expect:"), line);
}

void inf_curl_free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *one = headers; one != NULL; one = one->next)
        explicit_bzero(one->data, strlen(one->data));
    library.curl_slist_free_all(headers);
}
