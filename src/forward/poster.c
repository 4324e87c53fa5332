/* poster.c - curl in a thread, and the two lists through which the loop and it speak.
 *
 * A post goes through `incoming` to the thread, is in `running` while curl has it, and comes back
 * through `finished`. Only the thread touches its easy handle. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "poster.h"

#include "inferd/alloc.h"
#include "inferd/curl_library.h"
#include "inferd/list.h"
#include "inferd/version.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { IDLE_MS = 1000, CONNECT_MS = 10000 };

struct inf_post {
    struct inf_link link; /* of one of the three lists */
    struct inf_poster *poster;
    atomic_bool cancelled;
    struct inf_buf body, reply;
    CURL *easy;
    CURLcode code;
    long status;
    curl_off_t retry_after_s;
    char problem[CURL_ERROR_SIZE];
    void (*done)(void *arg, const struct inf_post_result *result);
    void *arg;
};

struct inf_poster {
    const struct inf_receiver *receiver;
    uv_thread_t thread;
    uv_async_t async;
    uv_mutex_t lock; /* of these three */
    struct inf_list incoming, finished;
    bool stopping;
    CURLM *multi;            /* the thread's; the loop only wakes it */
    struct inf_list running; /* the thread's */
    struct curl_slist *headers;
};

static void free_post(struct inf_post *post)
{
    inf_buf_free(&post->body);
    inf_buf_free(&post->reply);
    free(post);
}

/* ---- the thread ---- */

static size_t take_reply(char *data, size_t size, size_t count, void *arg)
{
    struct inf_post *post = arg;

    return inf_buf_append(&post->reply, data, size * count) == 0 ? size * count : 0;
}

static bool set_protocols(CURL *easy, __typeof__(curl_easy_setopt) *set)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return set(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    return set(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) == CURLE_OK;
#endif
}

/* Who is asked, and how it is made sure that it is the one. */
static bool set_receiver(CURL *easy, const struct inf_receiver *receiver)
{
    __typeof__(curl_easy_setopt) *set = inf_curl_library()->curl_easy_setopt;
    bool fine =
        set_protocols(easy, set) && set(easy, CURLOPT_URL, receiver->url) == CURLE_OK &&
        set(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
        set(easy, CURLOPT_PROXY, receiver->proxy) == CURLE_OK &&
        set(easy, CURLOPT_NOPROXY, "") == CURLE_OK &&
        set(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
        set(easy, CURLOPT_SSL_VERIFYPEER, receiver->verify_certificate ? 1L : 0L) == CURLE_OK &&
        set(easy, CURLOPT_SSL_VERIFYHOST, receiver->verify_host ? 2L : 0L) == CURLE_OK;

    if (fine && receiver->authorities != NULL)
        fine = set(easy, CURLOPT_CAINFO, receiver->authorities) == CURLE_OK &&
               set(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
    if (fine && receiver->username != NULL)
        fine = set(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
               set(easy, CURLOPT_USERNAME, receiver->username) == CURLE_OK &&
               set(easy, CURLOPT_PASSWORD, receiver->password) == CURLE_OK;
    return fine;
}

static bool set_request(struct inf_post *post)
{
    __typeof__(curl_easy_setopt) *set = inf_curl_library()->curl_easy_setopt;
    CURL *easy = post->easy;

    return set(easy, CURLOPT_PRIVATE, post) == CURLE_OK &&
           set(easy, CURLOPT_ERRORBUFFER, post->problem) == CURLE_OK &&
           set(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           set(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           set(easy, CURLOPT_HTTPHEADER, post->poster->headers) == CURLE_OK &&
           set(easy, CURLOPT_USERAGENT, "inferd/" INF_VERSION) == CURLE_OK &&
           set(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           set(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.length) == CURLE_OK &&
           set(easy, CURLOPT_POSTFIELDS, post->body.data) == CURLE_OK &&
           set(easy, CURLOPT_WRITEFUNCTION, take_reply) == CURLE_OK &&
           set(easy, CURLOPT_WRITEDATA, post) == CURLE_OK &&
           set(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           set(easy, CURLOPT_TIMEOUT_MS, (long)post->poster->receiver->timeout_ms) == CURLE_OK;
}

static void give_back(struct inf_post *post)
{
    struct inf_poster *poster = post->poster;

    if (post->easy != NULL)
        inf_curl_library()->curl_easy_cleanup(post->easy);
    post->easy = NULL;
    uv_mutex_lock(&poster->lock);
    inf_list_append(&poster->finished, &post->link);
    uv_mutex_unlock(&poster->lock);
    uv_async_send(&poster->async);
}

static void begin(struct inf_poster *poster, struct inf_post *post)
{
    post->easy = inf_curl_library()->curl_easy_init();
    post->code = CURLE_OUT_OF_MEMORY;
    if (post->easy == NULL || !set_receiver(post->easy, poster->receiver) || !set_request(post) ||
        inf_curl_library()->curl_multi_add_handle(poster->multi, post->easy) != CURLM_OK) {
        give_back(post);
        return;
    }
    inf_list_append(&poster->running, &post->link);
}

static void end(struct inf_post *post, CURLcode code)
{
    struct inf_poster *poster = post->poster;

    post->code = code;
    inf_curl_library()->curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &post->status);
    inf_curl_library()->curl_easy_getinfo(post->easy, CURLINFO_RETRY_AFTER, &post->retry_after_s);
    inf_curl_library()->curl_multi_remove_handle(poster->multi, post->easy);
    inf_list_remove(&poster->running, &post->link);
    give_back(post);
}

static void end_cancelled(struct inf_poster *poster, bool all)
{
    for (struct inf_link *link = poster->running.first, *next; link != NULL; link = next) {
        struct inf_post *post = INF_LIST_ITEM(link, struct inf_post, link);

        next = link->next;
        if (all || atomic_load(&post->cancelled))
            end(post, CURLE_ABORTED_BY_CALLBACK);
    }
}

static void end_finished(struct inf_poster *poster)
{
    CURLMsg *message;
    int left;

    while ((message = inf_curl_library()->curl_multi_info_read(poster->multi, &left)) != NULL) {
        char *post = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        inf_curl_library()->curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &post);
        end((struct inf_post *)(void *)post, message->data.result);
    }
}

/* false: it is time to end. */
static bool begin_incoming(struct inf_poster *poster)
{
    struct inf_list list;
    bool stopping;

    uv_mutex_lock(&poster->lock);
    list = poster->incoming;
    poster->incoming = (struct inf_list){0};
    stopping = poster->stopping;
    uv_mutex_unlock(&poster->lock);
    for (struct inf_link *link = list.first, *next; link != NULL; link = next) {
        next = link->next;
        begin(poster, INF_LIST_ITEM(link, struct inf_post, link));
    }
    return !stopping;
}

static void run(void *arg)
{
    struct inf_poster *poster = arg;
    int running;

    while (begin_incoming(poster)) {
        end_cancelled(poster, false);
        inf_curl_library()->curl_multi_perform(poster->multi, &running);
        end_finished(poster);
        inf_curl_library()->curl_multi_poll(poster->multi, NULL, 0, IDLE_MS, NULL);
    }
    end_cancelled(poster, true);
}

/* ---- the loop ---- */

static void tell(struct inf_post *post)
{
    const struct inf_post_result result = {
        .answered = post->code == CURLE_OK,
        .problem = post->reply.failed         ? "the answer is too long"
                   : post->problem[0] != '\0' ? post->problem
                                              : inf_curl_library()->curl_easy_strerror(post->code),
        .status = (int)post->status,
        .retry_after_ms = post->retry_after_s > 0 ? (int64_t)post->retry_after_s * 1000 : 0,
        .body = post->reply.data != NULL ? post->reply.data : "",
        .length = post->reply.length,
    };

    if (!atomic_load(&post->cancelled))
        post->done(post->arg, &result);
    free_post(post);
}

static void on_finished(uv_async_t *async)
{
    struct inf_poster *poster = async->data;
    struct inf_list list;

    uv_mutex_lock(&poster->lock);
    list = poster->finished;
    poster->finished = (struct inf_list){0};
    uv_mutex_unlock(&poster->lock);
    for (struct inf_link *link = list.first, *next; link != NULL; link = next) {
        next = link->next;
        tell(INF_LIST_ITEM(link, struct inf_post, link));
    }
}

struct inf_post *inf_poster_send(struct inf_poster *poster, struct inf_buf *body, size_t reply_max,
                                 void (*done)(void *arg, const struct inf_post_result *result),
                                 void *arg)
{
    struct inf_post *post = inf_alloc(1, sizeof *post);

    post->poster = poster;
    post->body = *body;
    inf_buf_init(body, body->max);
    inf_buf_init(&post->reply, reply_max);
    post->done = done;
    post->arg = arg;
    uv_mutex_lock(&poster->lock);
    inf_list_append(&poster->incoming, &post->link);
    uv_mutex_unlock(&poster->lock);
    inf_curl_library()->curl_multi_wakeup(poster->multi);
    return post;
}

void inf_poster_cancel(struct inf_post *post)
{
    atomic_store(&post->cancelled, true);
    inf_curl_library()->curl_multi_wakeup(post->poster->multi);
}

static int add_header(struct inf_poster *poster, const char *line)
{
    struct curl_slist *longer = inf_curl_library()->curl_slist_append(poster->headers, line);

    if (longer != NULL)
        poster->headers = longer;
    return longer != NULL ? 0 : -1;
}

/* "Expect:" leaves out the question that curl asks before a long body, which costs a round trip. */
static int add_headers(struct inf_poster *poster)
{
    const char *authorization = poster->receiver->authorization;

    return add_header(poster, "Content-Type: application/x-ndjson") != 0 ||
                   add_header(poster, "Expect:") != 0 ||
                   (authorization != NULL && add_header(poster, authorization) != 0)
               ? -1
               : 0;
}

static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *one = headers; one != NULL; one = one->next)
        explicit_bzero(one->data, strlen(one->data));
    inf_curl_library()->curl_slist_free_all(headers);
}

static void free_closed(uv_handle_t *handle)
{
    inf_poster_free(handle->data);
}

int inf_poster_open(struct uv_loop_s *loop, const struct inf_receiver *receiver,
                    struct inf_poster **ret, struct inf_error *err)
{
    struct inf_poster *poster = inf_alloc(1, sizeof *poster);

    poster->receiver = receiver;
    poster->multi = inf_curl_library()->curl_multi_init();
    uv_mutex_init(&poster->lock);
    if (poster->multi == NULL || add_headers(poster) != 0 ||
        uv_async_init(loop, &poster->async, on_finished) != 0) {
        inf_poster_free(poster);
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for requests to [%s]",
                             receiver->name);
    }
    poster->async.data = poster;
    if (uv_thread_create(&poster->thread, run, poster) != 0) {
        uv_close((uv_handle_t *)&poster->async, free_closed);
        return inf_error_set(err, INF_ERR_MEMORY, "no thread could be made for requests to [%s]",
                             receiver->name);
    }
    *ret = poster;
    return 0;
}

void inf_poster_close(struct inf_poster *poster)
{
    uv_mutex_lock(&poster->lock);
    poster->stopping = true;
    uv_mutex_unlock(&poster->lock);
    inf_curl_library()->curl_multi_wakeup(poster->multi);
    uv_thread_join(&poster->thread);
    uv_close((uv_handle_t *)&poster->async, NULL);
}

void inf_poster_free(struct inf_poster *poster)
{
    struct inf_list *lists[] = {&poster->incoming, &poster->finished};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (struct inf_link *link = lists[i]->first, *next; link != NULL; link = next) {
            next = link->next;
            free_post(INF_LIST_ITEM(link, struct inf_post, link));
        }
    inf_curl_library()->curl_multi_cleanup(poster->multi);
    free_headers(poster->headers);
    uv_mutex_destroy(&poster->lock);
    free(poster);
}
