/* bucket_parts.c - a long definition goes to a bucket in parts.
 *
 * The file is hashed as a whole before anything is sent, and each part before it is sent, so what
 * the bucket gets is what the object's name says. A part that breaks off is sent again, a few
 * times; when that does not help, what has come is removed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "depot.h"

#include "inferd/alloc.h"
#include "inferd/http_client.h"
#include "inferd/store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define PARTS_MAX 10000
#define TRIES_MAX 4 /* of one question */
#define PAUSE_MIN_MS UINT64_C(500)
#define PAUSE_MAX_MS UINT64_C(30000)
#define TRANSFER_MS (24 * 3600 * INT64_C(1000))
#define ANSWER_MAX ((size_t)64 * 1024)
#define TEXT_MAX ((size_t)8192)
#define LIST_MAX ((size_t)4 << 20) /* 10,000 parts with their tags */
#define ID_SIZE 1024

struct inf_bucket_parts {
    struct inf_http_client *client;
    struct inf_depot_job *job; /* NULL: nobody wants to know any more */
    const struct inf_depot_settings *settings;
    char *name, id[ID_SIZE]; /* id: the upload's; "" before it has one */
    int fd;
    int64_t length, at; /* at: where the present part begins */
    int number, tries;  /* of the part, from 1; of the present question */
    struct inf_buf list;
    char sha256[INF_SHA256_TEXT]; /* of the present part */
    void (*question)(struct inf_bucket_parts *parts);
    struct inf_http_request *request;
    uv_timer_t timer;
    /* On the pool: */
    uv_work_t work;
    bool working;
    uint8_t hash[INF_SHA256_SIZE];
    int64_t from, count;
    int rc;
    struct inf_error err;
};

/* ---- the end ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_bucket_parts *parts = handle->data;

    inf_buf_free(&parts->list);
    close(parts->fd);
    free(parts->name);
    free(parts);
}

static void forget_answer(void *arg, const struct inf_http_result *result)
{
    (void)arg;
    (void)result;
}

static struct inf_http_request *ask(struct inf_bucket_parts *parts, const char *method,
                                    const char *query, const char *sha256,
                                    const struct inf_http_upload *upload, struct inf_buf *body,
                                    void (*done)(void *arg, const struct inf_http_result *result),
                                    void *arg)
{
    char content[96];
    const char *const headers[] = {content, "Content-Type: application/octet-stream", NULL};
    struct inf_http_request *request;
    struct inf_buf url;

    snprintf(content, sizeof content, "x-amz-content-sha256: %s", sha256);
    inf_buf_init(&url, TEXT_MAX);
    inf_buf_printf(&url, "%s%s?%s", parts->settings->url, parts->name, query);
    request = inf_http_client_send(
        parts->client, &(struct inf_http_question){.method = method,
                                                   .url = url.data,
                                                   .headers = headers,
                                                   .upload = upload,
                                                   .body = body,
                                                   .answer_max = ANSWER_MAX,
                                                   .fd = -1,
                                                   .timeout_ms = TRANSFER_MS,
                                                   .stall_ms = parts->settings->timeout_ms,
                                                   .done = done,
                                                   .arg = arg});
    inf_buf_free(&url);
    return request;
}

/* "uploadId=..", as it stands in a query. */
static void print_id(const struct inf_bucket_parts *parts, struct inf_buf *out)
{
    inf_buf_puts(out, "uploadId=");
    inf_buf_put_percent(out, parts->id);
}

/* Parts that nobody puts together cost the bucket's owner money. Whether it was done is not asked.
 */
static void remove_parts(struct inf_bucket_parts *parts)
{
    struct inf_buf query;

    if (parts->id[0] == '\0')
        return;
    inf_buf_init(&query, TEXT_MAX);
    print_id(parts, &query);
    (void)ask(parts, "DELETE", query.data, "UNSIGNED-PAYLOAD", NULL, NULL, forget_answer, NULL);
    inf_buf_free(&query);
}

static void end(struct inf_bucket_parts *parts, const struct inf_depot_result *result)
{
    struct inf_depot_job *job = parts->job;

    if (!result->fine)
        remove_parts(parts);
    uv_close((uv_handle_t *)&parts->timer, on_timer_closed);
    job->parts = NULL;
    inf_depot_job_end(job, result);
}

static void fail(struct inf_bucket_parts *parts, const char *problem, int64_t retry_after_ms)
{
    end(parts, &(struct inf_depot_result){
                   .length = -1, .problem = problem, .retry_after_ms = retry_after_ms});
}

/* ---- again ---- */

static void on_pause_over(uv_timer_t *timer)
{
    struct inf_bucket_parts *parts = timer->data;

    parts->question(parts);
}

/* What may be otherwise in a moment. */
static bool may_pass(const struct inf_http_result *result)
{
    return !result->answered || result->status >= 500 || result->status == 429 ||
           result->status == 408;
}

static void put_off(struct inf_bucket_parts *parts, const struct inf_http_result *result)
{
    uint64_t pause_ms = PAUSE_MIN_MS << parts->tries;
    char problem[INF_BUCKET_PROBLEM];

    if (result->retry_after_ms > 0)
        pause_ms = (uint64_t)result->retry_after_ms;
    if (!may_pass(result) || ++parts->tries >= TRIES_MAX || pause_ms > PAUSE_MAX_MS)
        fail(parts, inf_bucket_describe(parts->settings, result, problem),
             result->answered ? result->retry_after_ms : 0);
    else
        uv_timer_start(&parts->timer, on_pause_over, pause_ms, 0);
}

static bool is_fine(const struct inf_http_result *result)
{
    return result->answered && result->status >= 200 && result->status < 300;
}

/* The present question is answered; false: not as it has to be, so it is put off, or all is over.
 */
static bool has_taken(struct inf_bucket_parts *parts, const struct inf_http_result *result)
{
    parts->request = NULL;
    if (!is_fine(result))
        put_off(parts, result);
    return is_fine(result);
}

/* Of an answer that is fine but for what it lacks. */
static void complain(struct inf_bucket_parts *parts, const char *what)
{
    char problem[INF_BUCKET_PROBLEM];

    snprintf(problem, sizeof problem, "%s %s", parts->settings->name, what);
    fail(parts, problem, 0);
}

static void begin_question(struct inf_bucket_parts *parts,
                           void (*question)(struct inf_bucket_parts *parts))
{
    parts->tries = 0;
    parts->question = question;
    question(parts);
}

/* ---- hashes ---- */

static void compute_hash(uv_work_t *work)
{
    struct inf_bucket_parts *parts = work->data;

    parts->rc = inf_sha256_of_range(parts->fd, parts->from, parts->count, parts->hash, &parts->err);
}

static void hash(struct inf_bucket_parts *parts, int64_t from, int64_t count, uv_after_work_cb then)
{
    parts->from = from;
    parts->count = count;
    parts->working = true;
    uv_queue_work(parts->timer.loop, &parts->work, compute_hash, then);
}

/* false: it has come to its end. */
static bool was_hashed(struct inf_bucket_parts *parts)
{
    parts->working = false;
    if (parts->job == NULL)
        uv_close((uv_handle_t *)&parts->timer, on_timer_closed);
    else if (parts->rc != 0)
        fail(parts, parts->err.reason, 0);
    return parts->job != NULL && parts->rc == 0;
}

/* ---- all parts are there ---- */

static void on_completed(void *arg, const struct inf_http_result *result)
{
    struct inf_bucket_parts *parts = arg;
    struct inf_http_result refused = *result;

    parts->request = NULL;
    /* Servers may begin a 200 before they know. */
    if (is_fine(result) && strstr(result->body, "<Error>") != NULL)
        refused.status = 500;
    if (is_fine(&refused))
        end(parts, &(struct inf_depot_result){.fine = true, .length = -1});
    else
        put_off(parts, &refused);
}

static void complete(struct inf_bucket_parts *parts)
{
    struct inf_buf query, body;

    inf_buf_init(&query, TEXT_MAX);
    print_id(parts, &query);
    inf_buf_init(&body, LIST_MAX);
    inf_buf_printf(&body, "<CompleteMultipartUpload>%s</CompleteMultipartUpload>",
                   parts->list.data);
    parts->request =
        ask(parts, "POST", query.data, "UNSIGNED-PAYLOAD", NULL, &body, on_completed, parts);
    inf_buf_free(&query);
}

/* ---- a part ---- */

static int64_t part_length(const struct inf_bucket_parts *parts)
{
    int64_t left = parts->length - parts->at, part = parts->settings->part_bytes;

    if (part < (parts->length + PARTS_MAX - 1) / PARTS_MAX)
        part = (parts->length + PARTS_MAX - 1) / PARTS_MAX;
    return left < part ? left : part;
}

static void begin_part(struct inf_bucket_parts *parts);

static bool is_tag(const char *etag)
{
    return etag[0] != '\0' && strpbrk(etag, "<>&") == NULL;
}

static void on_part(void *arg, const struct inf_http_result *result)
{
    struct inf_bucket_parts *parts = arg;

    if (!has_taken(parts, result))
        return;
    if (!is_tag(result->etag)) {
        complain(parts, "took a part and gave no ETag for it");
        return;
    }
    inf_buf_printf(&parts->list, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>",
                   parts->number, result->etag);
    parts->at += part_length(parts);
    begin_part(parts);
}

static void put_part(struct inf_bucket_parts *parts)
{
    struct inf_http_upload upload = {
        .fd = dup(parts->fd), .length = part_length(parts), .from = parts->at};
    struct inf_buf query;

    if (upload.fd < 0) {
        fail(parts, "no descriptor is free", 0);
        return;
    }
    inf_buf_init(&query, TEXT_MAX);
    inf_buf_printf(&query, "partNumber=%d&", parts->number);
    print_id(parts, &query);
    parts->request = ask(parts, "PUT", query.data, parts->sha256, &upload, NULL, on_part, parts);
    inf_buf_free(&query);
}

static void on_part_hashed(uv_work_t *work, int status)
{
    struct inf_bucket_parts *parts = work->data;

    (void)status; /* never cancelled */
    if (!was_hashed(parts))
        return;
    inf_sha256_print(parts->hash, parts->sha256);
    begin_question(parts, put_part);
}

static void begin_part(struct inf_bucket_parts *parts)
{
    if (parts->at == parts->length) {
        begin_question(parts, complete);
        return;
    }
    parts->number++;
    hash(parts, parts->at, part_length(parts), on_part_hashed);
}

/* ---- the beginning ---- */

/* <UploadId>, which names the parts that belong together. */
static bool take_id(struct inf_bucket_parts *parts, const char *xml)
{
    static const char before[] = "<UploadId>";
    const char *at = strstr(xml, before);
    size_t length;

    if (at == NULL)
        return false;
    at += sizeof before - 1;
    length = strcspn(at, "<");
    if (length == 0 || length >= ID_SIZE)
        return false;
    memcpy(parts->id, at, length);
    parts->id[length] = '\0';
    return true;
}

static void on_created(void *arg, const struct inf_http_result *result)
{
    struct inf_bucket_parts *parts = arg;

    if (!has_taken(parts, result))
        return;
    if (take_id(parts, result->body))
        begin_part(parts);
    else
        complain(parts, "gave no UploadId for an upload in parts");
}

static void create(struct inf_bucket_parts *parts)
{
    parts->request =
        ask(parts, "POST", "uploads=", "UNSIGNED-PAYLOAD", NULL, NULL, on_created, parts);
}

static void on_whole_hashed(uv_work_t *work, int status)
{
    struct inf_bucket_parts *parts = work->data;
    char text[INF_SHA256_TEXT];

    (void)status;
    if (!was_hashed(parts))
        return;
    if (strcmp(inf_sha256_print(parts->hash, text), parts->name) == 0)
        begin_question(parts, create);
    else
        fail(parts, "the file on this node has another SHA-256 than it had", 0);
}

void inf_bucket_parts_begin(struct uv_loop_s *loop, struct inf_http_client *client,
                            struct inf_depot_job *job, const struct inf_depot_wish *wish)
{
    struct inf_bucket_parts *parts = inf_alloc(1, sizeof *parts);

    parts->client = client;
    parts->job = job;
    parts->settings = job->settings;
    parts->name = inf_strdup(wish->name);
    parts->fd = wish->fd;
    parts->length = wish->length;
    inf_buf_init(&parts->list, LIST_MAX);
    uv_timer_init(loop, &parts->timer);
    parts->timer.data = parts;
    parts->work.data = parts;
    job->parts = parts;
    hash(parts, 0, parts->length, on_whole_hashed);
}

void inf_bucket_parts_cancel(struct inf_bucket_parts *parts)
{
    parts->job = NULL;
    if (parts->request != NULL)
        inf_http_client_cancel(parts->request);
    remove_parts(parts);
    if (!parts->working)
        uv_close((uv_handle_t *)&parts->timer, on_timer_closed);
}
