/* etcd_transport.c - curl's multi interface with one request at a time.
 *
 * The plain interface would do but for two things: a watch has to be ended from outside, and a wait
 * must end when the daemon does. Endpoints are tried beginning with the one that answered last. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "etcd_transport.h"

#include "etcd_message.h"
#include "inferd/alloc.h"
#include "inferd/curl_library.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define UNAUTHENTICATED 16 /* gRPC's codes, which the gateway shows */
#define RESOURCE_EXHAUSTED 8
#define TOKEN_MAX ((size_t)4096)
#define POLL_MS 1000
/* A stream on which nothing comes may be of a member that hangs. curl looks at the five seconds
 * before, so it is ten until that ends it. */
#define QUIET_S 5

struct inf_etcd_transport {
    const struct inf_etcd_settings *settings;
    CURLM *multi;
    CURL *easy;
    size_t endpoint;     /* that is asked first */
    char *authorization; /* header line with etcd's token, or NULL */
    atomic_bool stopped, nudged;
};

/* One attempt at one endpoint. */
struct attempt {
    struct inf_etcd_transport *transport;
    struct inf_etcd_post *post;
    const char *endpoint;
    int64_t limit_ms;
    bool ended_by_line; /* the caller wants no more of a stream */
    bool sent;          /* etcd may have seen it */
    bool lost;          /* it was, and there is no answer, or not all of it */
    int64_t code;       /* gRPC's of an error that etcd told */
    long status;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const struct inf_curl *curl(void)
{
    return inf_curl_library();
}

/* ---- what comes ---- */

/* Hands the whole lines over; what is left stays for the next piece. */
static bool hand_lines(struct attempt *attempt)
{
    struct inf_buf *text = &attempt->post->answer;
    char *line = text->data, *end;
    size_t left = text->length;

    while (left > 0 && (end = memchr(line, '\n', left)) != NULL) {
        size_t length = (size_t)(end - line);

        if (length > 0 && !attempt->post->line(attempt->post->arg, line, length)) {
            attempt->ended_by_line = true;
            return false;
        }
        line = end + 1;
        left -= length + 1;
    }
    if (line != text->data)
        memmove(text->data, line, left);
    text->length = left;
    return true;
}

static size_t take(char *data, size_t size, size_t count, void *arg)
{
    struct attempt *attempt = arg;
    size_t length = size * count;

    if (inf_buf_append(&attempt->post->answer, data, length) != 0)
        return 0;
    curl()->curl_easy_getinfo(attempt->transport->easy, CURLINFO_RESPONSE_CODE, &attempt->status);
    if (attempt->post->line != NULL && attempt->status == 200 && !hand_lines(attempt))
        return 0;
    return length;
}

/* ---- what is asked ---- */

static bool set_certificate(CURL *easy, const struct inf_etcd_settings *settings)
{
    __typeof__(curl_easy_setopt) *set = curl()->curl_easy_setopt;

    return settings->certificate == NULL ||
           (set(easy, CURLOPT_SSLCERT, settings->certificate) == CURLE_OK &&
            set(easy, CURLOPT_SSLKEY, settings->key) == CURLE_OK);
}

static bool set_request(struct attempt *attempt, const char *url, struct curl_slist *headers,
                        char *problem)
{
    __typeof__(curl_easy_setopt) *set = curl()->curl_easy_setopt;
    const struct inf_etcd_post *post = attempt->post;
    CURL *easy = attempt->transport->easy;
    long limit_ms = (long)attempt->limit_ms;

    return inf_curl_set_common(easy, attempt->transport->settings->authorities) &&
           set_certificate(easy, attempt->transport->settings) &&
           set(easy, CURLOPT_URL, url) == CURLE_OK && set(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           set(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           set(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           set(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body->length) == CURLE_OK &&
           set(easy, CURLOPT_POSTFIELDS, post->body->data) == CURLE_OK &&
           set(easy, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           set(easy, CURLOPT_WRITEDATA, attempt) == CURLE_OK &&
           set(easy, CURLOPT_ERRORBUFFER, problem) == CURLE_OK && inf_curl_notice_silence(easy) &&
           set(easy, CURLOPT_CONNECTTIMEOUT_MS, limit_ms) == CURLE_OK &&
           set(easy, CURLOPT_LOW_SPEED_LIMIT, post->line != NULL ? 1L : 0L) == CURLE_OK &&
           set(easy, CURLOPT_LOW_SPEED_TIME, post->line != NULL ? (long)QUIET_S : 0L) == CURLE_OK &&
           set(easy, CURLOPT_TIMEOUT_MS, post->line != NULL ? 0L : limit_ms) == CURLE_OK;
}

/* Until the request has ended; CURLE_ABORTED_BY_CALLBACK when the daemon ends first. */
static CURLcode run(struct inf_etcd_transport *transport)
{
    CURLMsg *message;
    int running = 1, left;

    while (!atomic_load(&transport->stopped)) {
        if (atomic_exchange(&transport->nudged, false))
            return CURLE_GOT_NOTHING;
        curl()->curl_multi_perform(transport->multi, &running);
        message = curl()->curl_multi_info_read(transport->multi, &left);
        if (message != NULL && message->msg == CURLMSG_DONE)
            return message->data.result;
        curl()->curl_multi_poll(transport->multi, NULL, 0, POLL_MS, NULL);
    }
    return CURLE_ABORTED_BY_CALLBACK;
}

/* A watch would go on at a member that has lost all others, and tell nothing any more; with
 * hasleader the member ends it. */
static struct curl_slist *make_headers(const struct attempt *attempt)
{
    struct curl_slist *headers = inf_curl_add_header(NULL, "Content-Type: application/json");

    if (attempt->post->line != NULL)
        headers = inf_curl_add_header(headers, "Grpc-Metadata-hasleader: true");
    return attempt->transport->authorization != NULL
               ? inf_curl_add_header(headers, attempt->transport->authorization)
               : headers;
}

/* ---- what it means ---- */

static int not_reached(const struct attempt *attempt, const char *why, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_UNAVAILABLE, "etcd at [%s] cannot be reached: %s",
                         attempt->endpoint, why);
}

/* An answer that is an error, in etcd's words. */
static int refused(struct attempt *attempt, struct inf_error *err)
{
    const struct inf_buf *answer = &attempt->post->answer;
    struct inf_json json = {0};
    struct inf_error ignored;
    const char *reason = "";

    if (answer->length > 0 &&
        inf_json_parse(answer->data, answer->length, NULL, &json, &ignored) == 0) {
        reason = inf_etcd_read_reason(json.root);
        attempt->code = inf_etcd_read_int64(json.root, "code");
    }
    inf_error_set(err,
                  attempt->code == RESOURCE_EXHAUSTED ? INF_ERR_INSUFFICIENT_STORAGE
                                                      : INF_ERR_UNAVAILABLE,
                  "etcd at [%s] answers with status [%ld]%s%.512s", attempt->endpoint,
                  attempt->status, reason[0] != '\0' ? ": " : "", reason);
    inf_json_free(&json);
    return -1;
}

static int conclude(struct attempt *attempt, CURLcode code, const char *problem,
                    struct inf_error *err)
{
    long request_size = 0;

    curl()->curl_easy_getinfo(attempt->transport->easy, CURLINFO_REQUEST_SIZE, &request_size);
    curl()->curl_easy_getinfo(attempt->transport->easy, CURLINFO_RESPONSE_CODE, &attempt->status);
    attempt->sent = request_size > 0;
    attempt->lost = attempt->sent && code != CURLE_OK;
    attempt->post->is_quiet =
        attempt->post->line != NULL && attempt->status == 200 && code == CURLE_OPERATION_TIMEDOUT;
    if (attempt->ended_by_line || attempt->post->is_quiet)
        return 0;
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "the server is stopping");
    if (attempt->post->answer.failed)
        return not_reached(attempt, "its answer is too long", err);
    if (code != CURLE_OK)
        return not_reached(attempt, problem[0] != '\0' ? problem : curl()->curl_easy_strerror(code),
                           err);
    return attempt->status == 200 ? 0 : refused(attempt, err);
}

static int try_endpoint(struct attempt *attempt, struct inf_error *err)
{
    struct inf_etcd_transport *transport = attempt->transport;
    struct curl_slist *headers = make_headers(attempt);
    char problem[CURL_ERROR_SIZE] = "";
    CURLcode code = CURLE_OUT_OF_MEMORY;
    struct inf_buf url;
    int rc;

    inf_buf_init(&url, TOKEN_MAX);
    inf_buf_printf(&url, "%s%s", attempt->endpoint, attempt->post->path);
    inf_buf_clear(&attempt->post->answer);
    attempt->post->answer.failed = false;
    if (set_request(attempt, url.data, headers, problem) &&
        curl()->curl_multi_add_handle(transport->multi, transport->easy) == CURLM_OK) {
        code = run(transport);
        curl()->curl_multi_remove_handle(transport->multi, transport->easy);
    }
    rc = conclude(attempt, code, problem, err);
    curl()->curl_easy_setopt(transport->easy, CURLOPT_ERRORBUFFER, NULL);
    inf_curl_free_headers(headers);
    inf_buf_free(&url);
    return rc;
}

/* ---- endpoints, one after the other ---- */

/* Each endpoint once; and where an answer was lost of what may be asked twice, each once more, as
 * long as there is time. */
static size_t attempts(size_t endpoints, const struct inf_etcd_post *post,
                       const struct attempt *last)
{
    return post->repeatable && last->lost ? 2 * endpoints : endpoints;
}

static int post_anywhere(struct inf_etcd_transport *transport, struct inf_etcd_post *post,
                         int64_t *ret_code, struct inf_error *err)
{
    const struct inf_etcd_settings *settings = transport->settings;
    size_t count = settings->endpoint_count, most = count;
    int64_t left_ms = settings->timeout_ms, end_ms = now_ms() + left_ms;

    for (size_t tried = 0; tried < most && (tried < count || left_ms > 0); tried++) {
        int64_t shares = tried < count ? (int64_t)(count - tried) : 1;
        struct attempt attempt = {
            .transport = transport,
            .post = post,
            .endpoint = settings->endpoints[transport->endpoint],
            .limit_ms = (left_ms > 0 ? left_ms : 1) / shares + 1,
        };
        int rc = try_endpoint(&attempt, err);

        *ret_code = attempt.code;
        if (rc == 0 || attempt.code == UNAUTHENTICATED || atomic_load(&transport->stopped) ||
            err->code == INF_ERR_INSUFFICIENT_STORAGE)
            return rc;
        transport->endpoint = (transport->endpoint + 1) % count;
        if (attempt.sent && !post->repeatable)
            return -1;
        most = attempts(count, post, &attempt);
        left_ms = end_ms - now_ms();
    }
    return -1;
}

/* ---- the token ---- */

static void forget_token(struct inf_etcd_transport *transport)
{
    if (transport->authorization != NULL)
        explicit_bzero(transport->authorization, strlen(transport->authorization));
    free(transport->authorization);
    transport->authorization = NULL;
}

static int keep_token(struct inf_etcd_transport *transport, const struct inf_buf *answer,
                      struct inf_error *err)
{
    struct inf_json json = {0};
    const char *token = NULL;
    struct inf_buf line;

    if (inf_json_parse(answer->data, answer->length, NULL, &json, err) == 0)
        token = inf_json_string(inf_json_get(json.root, "token"));
    inf_buf_init(&line, TOKEN_MAX);
    if (token == NULL || strpbrk(token, "\r\n") != NULL ||
        inf_buf_printf(&line, "Authorization: %s", token) != 0) {
        inf_buf_free(&line);
        inf_json_free(&json);
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "etcd gives no token to the user [%s]",
                             transport->settings->user);
    }
    transport->authorization = inf_buf_take(&line, NULL);
    inf_json_free(&json);
    return 0;
}

static int authenticate(struct inf_etcd_transport *transport, struct inf_error *err)
{
    struct inf_etcd_post post = {.path = "/v3/auth/authenticate", .repeatable = true};
    struct inf_buf body;
    struct inf_jsonw w;
    int64_t code = 0;
    int rc;

    forget_token(transport);
    inf_buf_init(&body, TOKEN_MAX * 4);
    inf_buf_reserve(&body, TOKEN_MAX * 4 - 1); /* so that no half of a secret is left behind */
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "name", transport->settings->user);
    inf_jsonw_kv_string(&w, "password", transport->settings->password);
    inf_jsonw_end_object(&w);
    post.body = &body;
    inf_buf_init(&post.answer, TOKEN_MAX * 4);
    rc = post_anywhere(transport, &post, &code, err);
    if (rc == 0)
        rc = keep_token(transport, &post.answer, err);
    explicit_bzero(body.data, body.capacity);
    inf_buf_free(&body);
    inf_buf_free(&post.answer);
    return rc;
}

int inf_etcd_transport_post(struct inf_etcd_transport *transport, struct inf_etcd_post *post,
                            struct inf_error *err)
{
    bool has_user = transport->settings->user != NULL;
    int64_t code = 0;
    int rc;

    if (has_user && transport->authorization == NULL && authenticate(transport, err) != 0)
        return -1;
    rc = post_anywhere(transport, post, &code, err);
    if (rc == 0 || !has_user || code != UNAUTHENTICATED)
        return rc;
    return authenticate(transport, err) != 0 ? -1 : post_anywhere(transport, post, &code, err);
}

/* ---- the beginning and the end ---- */

struct inf_etcd_transport *inf_etcd_transport_new(const struct inf_etcd_settings *settings)
{
    struct inf_etcd_transport *transport = inf_alloc(1, sizeof *transport);

    transport->settings = settings;
    transport->multi = curl()->curl_multi_init();
    transport->easy = curl()->curl_easy_init();
    if (transport->multi == NULL || transport->easy == NULL)
        inf_alloc_failed();
    return transport;
}

void inf_etcd_transport_free(struct inf_etcd_transport *transport)
{
    if (transport == NULL)
        return;
    curl()->curl_easy_cleanup(transport->easy);
    curl()->curl_multi_cleanup(transport->multi);
    forget_token(transport);
    free(transport);
}

void inf_etcd_transport_stop(struct inf_etcd_transport *transport)
{
    atomic_store(&transport->stopped, true);
    curl()->curl_multi_wakeup(transport->multi);
}

void inf_etcd_transport_nudge(struct inf_etcd_transport *transport)
{
    atomic_store(&transport->nudged, true);
    curl()->curl_multi_wakeup(transport->multi);
}
