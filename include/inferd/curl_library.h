/* curl_library.h - curl's functions, loaded when there is somebody to speak to.
 *
 * Linked, curl and what it links would take 1.4 MB of every daemon, most of which forward nothing.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_CURL_LIBRARY_H
#define INFERD_CURL_LIBRARY_H

#define CURL_DISABLE_TYPECHECK /* whose macros would stand in the way of the members below */
#include <curl/curl.h>
#include <stdbool.h>

#define INF_CURL_FUNCTIONS(X)   \
    X(curl_global_init)         \
    X(curl_free)                \
    X(curl_version_info)        \
    X(curl_easy_init)           \
    X(curl_easy_cleanup)        \
    X(curl_easy_setopt)         \
    X(curl_easy_getinfo)        \
    X(curl_easy_strerror)       \
    X(curl_multi_init)          \
    X(curl_multi_cleanup)       \
    X(curl_multi_add_handle)    \
    X(curl_multi_remove_handle) \
    X(curl_multi_perform)       \
    X(curl_multi_info_read)     \
    X(curl_multi_poll)          \
    X(curl_multi_wakeup)        \
    X(curl_slist_append)        \
    X(curl_slist_free_all)      \
    X(curl_url)                 \
    X(curl_url_cleanup)         \
    X(curl_url_get)             \
    X(curl_url_set)

/* Each by curl's own name and type. */
struct inf_curl {
#define INF_CURL_MEMBER(name) __typeof__(name) *name;
    INF_CURL_FUNCTIONS(INF_CURL_MEMBER)
#undef INF_CURL_MEMBER
};

/* The library, initialised, which then stays; NULL when it is not installed, lacks a function or
 * cannot be used. Any thread, but for the first call, before other threads could use curl. */
const struct inf_curl *inf_curl_library(void);

/* What requests have in common: HTTP/1.1 or HTTPS and nothing else, TLS 1.2 at least, no signals,
 * inferd's name; and the PEM file that certificates must come from, NULL for the system's. */
bool inf_curl_set_common(CURL *easy, const char *authorities);
/* Connections end with an error when the other machine says nothing for five seconds: when it does
 * not acknowledge what was sent, or, where nothing is sent, what it is asked for that end. How long
 * an answer may take is another question. */
bool inf_curl_notice_silence(CURL *easy);
/* The list with one more line, copied; the first of a list (NULL) comes after one that leaves out
 * the question which curl asks before a long body, and which costs a round trip. */
struct curl_slist *inf_curl_add_header(struct curl_slist *headers, const char *line);
/* The same without that: where all headers are signed, one that is left out must not be there. */
struct curl_slist *inf_curl_append_header(struct curl_slist *headers, const char *line);
/* Wipes the lines, too. NULL is fine. */
void inf_curl_free_headers(struct curl_slist *headers);

#endif
