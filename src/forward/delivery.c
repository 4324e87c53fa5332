/* delivery.c - send, read the answer, wait, send what is left, keep what was refused.
 *
 * The receiver decides about a document (taken, or refused for good) or about none of them (busy,
 * away). In the second case everything is sent again, later. Only when that was to no avail and
 * some of the batch had been taken already, the rest goes to the dead letters, because the stream
 * could not be taken up in the middle of a batch without doubling those. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery.h"

#include "backoff.h"
#include "inferd/alloc.h"
#include "inferd/json.h"
#include "inferd/log.h"
#include "inferd/units.h"
#include "inferd/wall_clock.h"
#include "pause.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define REPLY_BASE ((size_t)1 << 20) /* bytes of an answer, and as many a document: */
#define REPLY_EACH ((size_t)4096)
#define BODY_MAX (SIZE_MAX / 4) /* batches have a bound of their own */

enum {
    STATUS_OK = 200,
    STATUS_CREATED = 201,
    STATUS_REDIRECT = 300,
    STATUS_BAD = 400,
    TOO_LONG = 413,
    TOO_MANY = 429,
    BAD_GATEWAY = 502,
    UNAVAILABLE = 503,
    GATEWAY_TIMEOUT = 504
};

struct inf_delivery {
    struct inf_forward *forward;
    struct inf_batch *batch;
    bool create;
    const char *pipeline;
    struct inf_http_request *post;
    struct inf_pause *pause;
    struct inf_dead_write *write;
    struct inf_bulk_item **sent; /* room for all */
    size_t sent_count, at_once;  /* at most so many in one request */
    int attempts;                /* in a row, without progress */
    void (*done)(void *arg, const struct inf_error *err);
    void *arg;
};

static void send_next(struct inf_delivery *delivery);

/* ---- the dead letters ---- */

static void write_letter(const struct inf_delivery *delivery, const struct inf_bulk_item *item,
                         const char *time, struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "@timestamp", time);
    inf_jsonw_kv_string(&w, "pipeline", delivery->pipeline);
    inf_jsonw_kv_int(&w, "line", item->line);
    inf_jsonw_kv_int(&w, "status", item->status);
    inf_jsonw_key(&w, "error");
    inf_jsonw_raw(&w, item->error, strlen(item->error));
    if (item->index != NULL)
        inf_jsonw_kv_string(&w, "_index", item->index);
    if (item->id != NULL)
        inf_jsonw_kv_string(&w, "_id", item->id);
    if (item->routing != NULL)
        inf_jsonw_kv_string(&w, "_routing", item->routing);
    inf_jsonw_key(&w, "_source");
    inf_jsonw_raw(&w, item->source.data, item->source.length);
    inf_jsonw_end_object(&w);
    inf_buf_append(out, "\n", 1);
}

static void on_kept(void *arg, const struct inf_error *err)
{
    struct inf_delivery *delivery = arg;

    delivery->write = NULL;
    for (size_t i = 0; i < delivery->batch->count; i++)
        delivery->batch->items[i].kept = err == NULL && delivery->batch->items[i].error != NULL;
    if (err != NULL)
        inf_log(INF_LOG_ERROR, "forward", "refused documents could not be kept",
                (const char *[]){"pipeline", delivery->pipeline, "reason", err->reason, NULL});
    delivery->done(delivery->arg, err);
}

/* Everything is settled. */
static void keep_refused(struct inf_delivery *delivery)
{
    const struct inf_forward *forward = delivery->forward;
    char time[INF_UNITS_TEXT];
    struct inf_buf lines;
    struct inf_error err;

    inf_buf_init(&lines, BODY_MAX);
    inf_iso8601_print(inf_wall_ms(), time);
    for (size_t i = 0; i < delivery->batch->count; i++)
        if (delivery->batch->items[i].error != NULL)
            write_letter(delivery, &delivery->batch->items[i], time, &lines);
    if (lines.failed) {
        inf_error_set(&err, INF_ERR_MEMORY, "not enough memory for the dead letters");
        inf_buf_free(&lines);
        on_kept(delivery, &err);
    } else if (lines.length > 0) {
        delivery->write = inf_dead_letters_write(
            forward->letters, &lines,
            inf_config_bytes(forward->config, "ingest.forward.dead_letters.max_size"), on_kept,
            delivery);
    } else {
        delivery->done(delivery->arg, NULL);
    }
}

/* ---- when it does not work ---- */

static bool some_are_settled(const struct inf_delivery *delivery)
{
    for (size_t i = 0; i < delivery->batch->count; i++)
        if (delivery->batch->items[i].result != NULL)
            return true;
    return false;
}

static void stop(struct inf_delivery *delivery, const char *what, const char *why)
{
    const char *name = delivery->forward->receiver.name;
    struct inf_error err;

    inf_error_set(&err, INF_ERR_UNAVAILABLE, "[%.256s] %s%s%.600s", name, what,
                  why[0] != '\0' ? ": " : "", why);
    inf_log(INF_LOG_ERROR, "forward", "a stream of documents has stopped",
            (const char *[]){"pipeline", delivery->pipeline, "reason", err.reason, NULL});
    if (!some_are_settled(delivery)) {
        delivery->done(delivery->arg, &err);
        return;
    }
    for (size_t i = 0; i < delivery->batch->count; i++)
        if (delivery->batch->items[i].status == 0)
            inf_bulk_refuse(&delivery->batch->items[i], UNAVAILABLE, "status_exception",
                            err.reason);
    keep_refused(delivery);
}

static void on_pause_over(void *arg)
{
    struct inf_delivery *delivery = arg;

    delivery->pause = NULL;
    send_next(delivery);
}

static void try_again(struct inf_delivery *delivery, int64_t retry_after_ms, const char *what,
                      const char *why)
{
    const struct inf_receiver *receiver = &delivery->forward->receiver;
    uint32_t random = (uint32_t)(uv_hrtime() * UINT64_C(0x9E3779B97F4A7C15) >> 32);
    char pause[INF_UNITS_TEXT];
    int64_t ms;

    if (++delivery->attempts > receiver->max_retries) {
        stop(delivery, what, why);
        return;
    }
    ms = inf_backoff_ms(delivery->attempts, receiver->backoff_ms, retry_after_ms, random);
    inf_log(INF_LOG_WARN, "forward", "documents are sent again later",
            (const char *[]){"receiver", receiver->name, "what", what, "why", why, "pause",
                             inf_time_print(ms, pause), NULL});
    delivery->pause = inf_pause_start(delivery->forward->loop, ms, on_pause_over, delivery);
}

static void mark_uncertain(struct inf_delivery *delivery)
{
    for (size_t i = 0; i < delivery->sent_count; i++)
        delivery->sent[i]->uncertain = true;
}

/* ---- the answer ---- */

/* What the receiver says of the whole request, for people: its reason, or the beginning of
 * whatever it sent. */
static void read_reason(const struct inf_http_result *result, char *text, size_t size)
{
    struct inf_json json;
    struct inf_error ignored;
    const struct cJSON *error;
    const char *reason;

    if (inf_json_parse(result->body, result->length, NULL, &json, &ignored) != 0) {
        snprintf(text, size, "%.*s", (int)inf_utf8_cut(result->body, result->length, size - 1),
                 inf_utf8_valid(result->body, result->length) ? result->body : "");
        return;
    }
    error = inf_json_get(json.root, "error");
    reason = inf_json_string(inf_json_get(error, "reason"));
    if (reason == NULL)
        reason = inf_json_string(error);
    snprintf(text, size, "%s", reason != NULL ? reason : "");
    inf_json_free(&json);
}

static void take_answer(struct inf_delivery *delivery, const struct inf_http_result *result)
{
    size_t settled;
    struct inf_error err;

    if (inf_bulk_read(result->body, result->length, delivery->sent, delivery->sent_count, &settled,
                      &err) != 0) {
        mark_uncertain(delivery);
        stop(delivery, "gave an answer that is none of _bulk", err.reason);
        return;
    }
    if (settled > 0)
        delivery->attempts = 0;
    if (settled == delivery->sent_count)
        send_next(delivery);
    else
        try_again(delivery, result->retry_after_ms, "was too busy for some documents", "");
}

/* The whole was too long: halves of it, down to the one document that is. */
static void send_less(struct inf_delivery *delivery, const char *why)
{
    if (delivery->sent_count > 1)
        delivery->at_once = delivery->sent_count / 2;
    else
        inf_bulk_refuse(delivery->sent[0], TOO_LONG, "content_too_long_exception",
                        why[0] != '\0' ? why : "the receiver takes no document of that length");
    send_next(delivery);
}

static void take_status(struct inf_delivery *delivery, const struct inf_http_result *result)
{
    char what[64], why[512];

    read_reason(result, why, sizeof why);
    snprintf(what, sizeof what, "answered %d", result->status);
    switch (result->status) {
    case STATUS_OK:
    case STATUS_CREATED:
        take_answer(delivery, result);
        break;
    case TOO_LONG:
        send_less(delivery, why);
        break;
    case BAD_GATEWAY:
    case GATEWAY_TIMEOUT:
        mark_uncertain(delivery);
        try_again(delivery, result->retry_after_ms, what, why);
        break;
    case TOO_MANY:
    case UNAVAILABLE:
        try_again(delivery, result->retry_after_ms, what, why);
        break;
    default:
        if (result->status >= STATUS_REDIRECT && result->status < STATUS_BAD)
            stop(delivery, what, "redirects are not followed; see ingest.forward.url");
        else
            stop(delivery, what, why);
        break;
    }
}

static void on_posted(void *arg, const struct inf_http_result *result)
{
    struct inf_delivery *delivery = arg;

    delivery->post = NULL;
    if (result->answered) {
        take_status(delivery, result);
        return;
    }
    mark_uncertain(delivery);
    try_again(delivery, 0, "cannot be reached", result->problem);
}

/* ---- sending ---- */

/* Those that nothing was said of yet, in their order. */
static void choose(struct inf_delivery *delivery)
{
    delivery->sent_count = 0;
    for (size_t i = 0; i < delivery->batch->count && delivery->sent_count < delivery->at_once; i++)
        if (delivery->batch->items[i].status == 0)
            delivery->sent[delivery->sent_count++] = &delivery->batch->items[i];
}

static void send_next(struct inf_delivery *delivery)
{
    struct inf_buf body;

    choose(delivery);
    if (delivery->sent_count == 0) {
        keep_refused(delivery);
        return;
    }
    inf_buf_init(&body, BODY_MAX);
    inf_bulk_write(delivery->sent, delivery->sent_count, delivery->create, &body);
    if (body.failed) {
        inf_buf_free(&body);
        try_again(delivery, 0, "was not asked", "not enough memory for the request");
        return;
    }
    delivery->post =
        inf_poster_send(delivery->forward->poster, &body,
                        REPLY_BASE + REPLY_EACH * delivery->sent_count, on_posted, delivery);
}

/* Not from within inf_delivery_start, so that done never runs inside it. */
struct inf_delivery *inf_delivery_start(struct inf_forward *forward, struct inf_batch *batch,
                                        bool create, const char *pipeline,
                                        void (*done)(void *arg, const struct inf_error *err),
                                        void *arg)
{
    struct inf_delivery *delivery = inf_alloc(1, sizeof *delivery);

    delivery->forward = forward;
    delivery->batch = batch;
    delivery->create = create;
    delivery->pipeline = pipeline;
    delivery->sent = inf_alloc(batch->count, sizeof *delivery->sent);
    delivery->at_once = batch->count;
    delivery->done = done;
    delivery->arg = arg;
    delivery->pause = inf_pause_start(forward->loop, 0, on_pause_over, delivery);
    return delivery;
}

void inf_delivery_free(struct inf_delivery *delivery)
{
    if (delivery == NULL)
        return;
    if (delivery->post != NULL)
        inf_http_client_cancel(delivery->post);
    if (delivery->write != NULL)
        inf_dead_write_forget(delivery->write);
    inf_pause_cancel(delivery->pause);
    free(delivery->sent);
    free(delivery);
}
