/* http_client.c - curl in a thread, and the two lists through which the loop and it speak.
 *
 * A request goes through `incoming` to the thread, is in `running` while curl has it, and comes
 * back through `finished`. Only the thread touches its easy handle. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/http_client.h"

#include "inferd/alloc.h"
#include "inferd/curl_library.h"
#include "inferd/list.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <uv.h>

enum { IDLE_MS = 1000, CONNECT_MS = 10000 };

#define ERROR_MAX ((size_t)64 * 1024)
#define ETAG_SIZE 160

struct inf_http_request {
    struct inf_link link; /* of one of the three lists */
    struct inf_http_client *client;
    atomic_bool cancelled;
    char *method, *url;
    struct curl_slist *headers;
    struct inf_buf body, answer;
    int fd;
    struct inf_http_upload upload; /* fd -1: none */
    int64_t sent, from;
    int64_t timeout_ms, stall_ms, left_bytes; /* left: of what may be written to fd */
    CURL *easy;
    CURLcode code;
    long status;
    curl_off_t retry_after_s, announced;
    char problem[CURL_ERROR_SIZE];
    char etag[ETAG_SIZE];
    void (*done)(void *arg, const struct inf_http_result *result);
    void *arg;
};

struct inf_http_client {
    const struct inf_http_trust *trust;
    uv_thread_t thread;
    uv_async_t async;
    uv_mutex_t lock; /* of these three */
    struct inf_list incoming, finished;
    bool stopping;
    CURLM *multi;            /* the thread's; the loop only wakes it */
    struct inf_list running; /* the thread's */
};

static void free_request(struct inf_http_request *request)
{
    inf_buf_free(&request->body);
    inf_buf_free(&request->answer);
    inf_curl_free_headers(request->headers);
    if (request->fd >= 0)
        close(request->fd);
    if (request->upload.fd >= 0)
        close(request->upload.fd);
    free(request->method);
    free(request->url);
    free(request);
}

/* ---- the thread ---- */

static bool write_all(struct inf_http_request *request, const char *data, size_t length)
{
    if ((int64_t)length > request->left_bytes)
        return false;
    request->left_bytes -= (int64_t)length;
    while (length > 0) {
        ssize_t n = write(request->fd, data, length);

        if (n < 0 && errno != EINTR)
            return false;
        data += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Only what was asked for goes into the file, not an error. */
static size_t take_answer(char *data, size_t size, size_t count, void *arg)
{
    struct inf_http_request *request = arg;
    size_t length = size * count;
    long status = 0;

    if (request->fd >= 0)
        inf_curl_library()->curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == (request->from > 0 ? 206 : 200))
        return write_all(request, data, length) ? length : 0;
    return inf_buf_append(&request->answer, data, length) == 0 ? length : 0;
}

/* A line of the head, with its end. */
static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
    static const char name[] = "etag:";
    struct inf_http_request *request = arg;
    size_t length = size * count, lead = sizeof name - 1;

    if (length <= lead || strncasecmp(data, name, lead) != 0)
        return length;
    while (lead < length && data[lead] == ' ')
        lead++;
    while (length > lead && strchr("\r\n ", data[length - 1]) != NULL)
        length--;
    if (length - lead < sizeof request->etag) {
        memcpy(request->etag, data + lead, length - lead);
        request->etag[length - lead] = '\0';
    }
    return size * count;
}

/* No more than was announced, also of a file that grows. */
static size_t give_upload(char *buffer, size_t size, size_t count, void *arg)
{
    struct inf_http_request *request = arg;
    int64_t left = request->upload.length - request->sent;
    size_t want = (int64_t)(size * count) < left ? size * count : (size_t)left;
    ssize_t n;

    do
        n = pread(request->upload.fd, buffer, want, (off_t)(request->upload.from + request->sent));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return CURL_READFUNC_ABORT;
    request->sent += n;
    return (size_t)n;
}

/* curl begins again, on another connection. */
static int seek_upload(void *arg, curl_off_t offset, int origin)
{
    struct inf_http_request *request = arg;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    request->sent = offset;
    return CURL_SEEKFUNC_OK;
}

static bool set_identity(CURL *easy, const struct inf_http_trust *trust)
{
    __typeof__(curl_easy_setopt) *set = inf_curl_library()->curl_easy_setopt;

    if (trust->username == NULL)
        return true;
    return (trust->signature != NULL
                ? set(easy, CURLOPT_AWS_SIGV4, trust->signature) == CURLE_OK
                : set(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK) &&
           set(easy, CURLOPT_USERNAME, trust->username) == CURLE_OK &&
           set(easy, CURLOPT_PASSWORD, trust->password) == CURLE_OK;
}

/* How it is made sure that the other side is the one. */
static bool set_trust(CURL *easy, const struct inf_http_trust *trust)
{
    __typeof__(curl_easy_setopt) *set = inf_curl_library()->curl_easy_setopt;

    return inf_curl_set_common(easy, trust->authorities) &&
           set(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           set(easy, CURLOPT_PROXY, trust->proxy) == CURLE_OK &&
           set(easy, CURLOPT_NOPROXY, "") == CURLE_OK &&
           set(easy, CURLOPT_SSL_VERIFYPEER, trust->verify_certificate ? 1L : 0L) == CURLE_OK &&
           set(easy, CURLOPT_SSL_VERIFYHOST, trust->verify_host ? 2L : 0L) == CURLE_OK &&
           set_identity(easy, trust);
}

static bool set_upload(struct inf_http_request *request)
{
    __typeof__(curl_easy_setopt) *set = inf_curl_library()->curl_easy_setopt;
    CURL *easy = request->easy;

    return set(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           set(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->upload.length) == CURLE_OK &&
           set(easy, CURLOPT_READFUNCTION, give_upload) == CURLE_OK &&
           set(easy, CURLOPT_READDATA, request) == CURLE_OK &&
           set(easy, CURLOPT_SEEKFUNCTION, seek_upload) == CURLE_OK &&
           set(easy, CURLOPT_SEEKDATA, request) == CURLE_OK;
}

static bool set_body(struct inf_http_request *request)
{
    __typeof__(curl_easy_setopt) *set = inf_curl_library()->curl_easy_setopt;
    const char *body = request->body.data != NULL ? request->body.data : "";

    if (strcmp(request->method, "GET") == 0)
        return set(request->easy, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
               set(request->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)request->from) == CURLE_OK;
    if (strcmp(request->method, "HEAD") == 0)
        return set(request->easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
    if (request->upload.fd >= 0)
        return set_upload(request);
    return set(request->easy, CURLOPT_POST, 1L) == CURLE_OK &&
           set(request->easy, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK &&
           set(request->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length) ==
               CURLE_OK &&
           set(request->easy, CURLOPT_POSTFIELDS, body) == CURLE_OK;
}

static bool set_request(struct inf_http_request *request)
{
    __typeof__(curl_easy_setopt) *set = inf_curl_library()->curl_easy_setopt;
    int64_t connect_ms = request->client->trust->connect_ms;
    CURL *easy = request->easy;

    return set(easy, CURLOPT_PRIVATE, request) == CURLE_OK &&
           set(easy, CURLOPT_URL, request->url) == CURLE_OK &&
           set(easy, CURLOPT_ERRORBUFFER, request->problem) == CURLE_OK &&
           set(easy, CURLOPT_HTTPHEADER, request->headers) == CURLE_OK &&
           set(easy, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK &&
           set(easy, CURLOPT_WRITEDATA, request) == CURLE_OK &&
           set(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           set(easy, CURLOPT_HEADERDATA, request) == CURLE_OK && inf_curl_notice_silence(easy) &&
           set(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect_ms > 0 ? connect_ms : CONNECT_MS)) ==
               CURLE_OK &&
           set(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms) == CURLE_OK &&
           set(easy, CURLOPT_LOW_SPEED_LIMIT, request->stall_ms > 0 ? 1L : 0L) == CURLE_OK &&
           set(easy, CURLOPT_LOW_SPEED_TIME, (long)((request->stall_ms + 999) / 1000)) ==
               CURLE_OK &&
           set_body(request);
}

static void give_back(struct inf_http_request *request)
{
    struct inf_http_client *client = request->client;

    if (request->easy != NULL)
        inf_curl_library()->curl_easy_cleanup(request->easy);
    request->easy = NULL;
    uv_mutex_lock(&client->lock);
    inf_list_append(&client->finished, &request->link);
    uv_mutex_unlock(&client->lock);
    uv_async_send(&client->async);
}

static void begin(struct inf_http_client *client, struct inf_http_request *request)
{
    request->easy = inf_curl_library()->curl_easy_init();
    request->code = CURLE_OUT_OF_MEMORY;
    if (request->easy == NULL || !set_trust(request->easy, client->trust) ||
        !set_request(request) ||
        inf_curl_library()->curl_multi_add_handle(client->multi, request->easy) != CURLM_OK) {
        give_back(request);
        return;
    }
    inf_list_append(&client->running, &request->link);
}

static void end(struct inf_http_request *request, CURLcode code)
{
    struct inf_http_client *client = request->client;

    request->code = code;
    inf_curl_library()->curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &request->status);
    inf_curl_library()->curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER,
                                          &request->retry_after_s);
    inf_curl_library()->curl_easy_getinfo(request->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                                          &request->announced);
    inf_curl_library()->curl_multi_remove_handle(client->multi, request->easy);
    inf_list_remove(&client->running, &request->link);
    give_back(request);
}

static void end_cancelled(struct inf_http_client *client, bool all)
{
    for (struct inf_link *link = client->running.first, *next; link != NULL; link = next) {
        struct inf_http_request *request = INF_LIST_ITEM(link, struct inf_http_request, link);

        next = link->next;
        if (all || atomic_load(&request->cancelled))
            end(request, CURLE_ABORTED_BY_CALLBACK);
    }
}

static void end_finished(struct inf_http_client *client)
{
    CURLMsg *message;
    int left;

    while ((message = inf_curl_library()->curl_multi_info_read(client->multi, &left)) != NULL) {
        char *request = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        inf_curl_library()->curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
        end((struct inf_http_request *)(void *)request, message->data.result);
    }
}

/* false: it is time to end. */
static bool begin_incoming(struct inf_http_client *client)
{
    struct inf_list list;
    bool stopping;

    uv_mutex_lock(&client->lock);
    list = client->incoming;
    client->incoming = (struct inf_list){0};
    stopping = client->stopping;
    uv_mutex_unlock(&client->lock);
    for (struct inf_link *link = list.first, *next; link != NULL; link = next) {
        next = link->next;
        begin(client, INF_LIST_ITEM(link, struct inf_http_request, link));
    }
    return !stopping;
}

static void run(void *arg)
{
    struct inf_http_client *client = arg;
    int running;

    while (begin_incoming(client)) {
        end_cancelled(client, false);
        inf_curl_library()->curl_multi_perform(client->multi, &running);
        end_finished(client);
        inf_curl_library()->curl_multi_poll(client->multi, NULL, 0, IDLE_MS, NULL);
    }
    end_cancelled(client, true);
}

/* ---- the loop ---- */

static void tell(struct inf_http_request *request)
{
    const struct inf_http_result result = {
        .answered = request->code == CURLE_OK,
        .problem = request->answer.failed ? "the answer is too long"
                   : request->problem[0] != '\0'
                       ? request->problem
                       : inf_curl_library()->curl_easy_strerror(request->code),
        .status = (int)request->status,
        .etag = request->etag,
        .announced = request->announced,
        .retry_after_ms = request->retry_after_s > 0 ? (int64_t)request->retry_after_s * 1000 : 0,
        .body = request->answer.data != NULL ? request->answer.data : "",
        .length = request->answer.length,
        .answer = &request->answer,
    };

    if (!atomic_load(&request->cancelled))
        request->done(request->arg, &result);
    free_request(request);
}

static void on_finished(uv_async_t *async)
{
    struct inf_http_client *client = async->data;
    struct inf_list list;

    uv_mutex_lock(&client->lock);
    list = client->finished;
    client->finished = (struct inf_list){0};
    uv_mutex_unlock(&client->lock);
    for (struct inf_link *link = list.first, *next; link != NULL; link = next) {
        next = link->next;
        tell(INF_LIST_ITEM(link, struct inf_http_request, link));
    }
}

static struct curl_slist *copy_headers(const char *const *lines, bool signed_too)
{
    struct curl_slist *headers = NULL;

    for (; *lines != NULL; lines++)
        headers = signed_too ? inf_curl_append_header(headers, *lines)
                             : inf_curl_add_header(headers, *lines);
    return headers;
}

struct inf_http_request *inf_http_client_send(struct inf_http_client *client,
                                              const struct inf_http_question *question)
{
    struct inf_http_request *request = inf_alloc(1, sizeof *request);

    request->client = client;
    request->method = inf_strdup(question->method);
    request->url = inf_strdup(question->url);
    request->headers = copy_headers(question->headers, client->trust->signature != NULL);
    if (question->body != NULL) {
        request->body = *question->body;
        inf_buf_init(question->body, question->body->max);
    }
    inf_buf_init(&request->answer, question->fd >= 0 ? ERROR_MAX : question->answer_max);
    request->fd = question->fd;
    request->upload =
        question->upload != NULL ? *question->upload : (struct inf_http_upload){.fd = -1};
    request->from = question->from;
    request->stall_ms = question->stall_ms;
    request->announced = -1;
    request->left_bytes = (int64_t)question->answer_max;
    request->timeout_ms = question->timeout_ms;
    request->done = question->done;
    request->arg = question->arg;
    uv_mutex_lock(&client->lock);
    inf_list_append(&client->incoming, &request->link);
    uv_mutex_unlock(&client->lock);
    inf_curl_library()->curl_multi_wakeup(client->multi);
    return request;
}

void inf_http_client_cancel(struct inf_http_request *request)
{
    atomic_store(&request->cancelled, true);
    inf_curl_library()->curl_multi_wakeup(request->client->multi);
}

static void free_closed(uv_handle_t *handle)
{
    inf_http_client_free(handle->data);
}

int inf_http_client_open(struct uv_loop_s *loop, const struct inf_http_trust *trust,
                         const char *name, struct inf_http_client **ret, struct inf_error *err)
{
    struct inf_http_client *client = inf_alloc(1, sizeof *client);

    client->trust = trust;
    client->multi = inf_curl_library()->curl_multi_init();
    uv_mutex_init(&client->lock);
    if (client->multi == NULL || uv_async_init(loop, &client->async, on_finished) != 0) {
        inf_http_client_free(client);
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for requests to [%s]", name);
    }
    client->async.data = client;
    if (uv_thread_create(&client->thread, run, client) != 0) {
        uv_close((uv_handle_t *)&client->async, free_closed);
        return inf_error_set(err, INF_ERR_MEMORY, "no thread could be made for requests to [%s]",
                             name);
    }
    *ret = client;
    return 0;
}

void inf_http_client_close(struct inf_http_client *client)
{
    if (client == NULL)
        return;
    uv_mutex_lock(&client->lock);
    client->stopping = true;
    uv_mutex_unlock(&client->lock);
    inf_curl_library()->curl_multi_wakeup(client->multi);
    uv_thread_join(&client->thread);
    uv_close((uv_handle_t *)&client->async, NULL);
}

void inf_http_client_free(struct inf_http_client *client)
{
    struct inf_list *lists[2];

    if (client == NULL)
        return;
    lists[0] = &client->incoming;
    lists[1] = &client->finished;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (struct inf_link *link = lists[i]->first, *next; link != NULL; link = next) {
            next = link->next;
            free_request(INF_LIST_ITEM(link, struct inf_http_request, link));
        }
    inf_curl_library()->curl_multi_cleanup(client->multi);
    uv_mutex_destroy(&client->lock);
    free(client);
}
