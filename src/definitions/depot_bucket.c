/* depot_bucket.c - definitions as objects of an S3-compatible server.
 *
 * curl signs. What is sent is announced by its SHA-256, which is its name; servers that compare
 * refuse what was damaged on its way or on the node's disk. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "depot.h"

#include "inferd/http_client.h"
#include <stdio.h>
#include <string.h>

#define TEXT_MAX ((size_t)8192)
#define ANSWER_MAX ((size_t)64 * 1024)
#define TRANSFER_MS (24 * 3600 * INT64_C(1000))
#define WORDS 320

/* ---- what the server says ---- */

/* The text of the first such element of an error's XML, made printable. */
static void take_element(const char *xml, const char *name, char ret[WORDS])
{
    char open[32];
    const char *at;
    size_t length;

    snprintf(open, sizeof open, "<%s>", name);
    at = strstr(xml, open);
    at = at != NULL ? at + strlen(open) : "";
    length = strcspn(at, "<");
    length = length < WORDS ? length : WORDS - 1;
    for (size_t i = 0; i < length; i++)
        ret[i] = (char)(at[i] >= ' ' && at[i] < 0x7f ? at[i] : '?');
    ret[length] = '\0';
}

const char *inf_bucket_describe(const struct inf_depot_settings *settings,
                                const struct inf_http_result *result, char ret[INF_BUCKET_PROBLEM])
{
    char code[WORDS], message[WORDS];

    if (!result->answered) {
        snprintf(ret, INF_BUCKET_PROBLEM, "%s cannot be reached: %s", settings->name,
                 result->problem);
        return ret;
    }
    take_element(result->body, "Code", code);
    take_element(result->body, "Message", message);
    snprintf(ret, INF_BUCKET_PROBLEM, "%s answered [%d]%s%s%s%s", settings->name, result->status,
             code[0] != '\0' ? " " : "", code, message[0] != '\0' ? ": " : "", message);
    return ret;
}

static bool is_fine(const struct inf_depot_job *job, const struct inf_http_result *result)
{
    if (!result->answered)
        return false;
    if (job->verb == INF_DEPOT_DROP && result->status == 404)
        return strstr(result->body, "NoSuchBucket") == NULL;
    return result->status >= 200 && result->status < 300;
}

static void on_answer(void *arg, const struct inf_http_result *answer)
{
    struct inf_depot_job *job = arg;
    char problem[INF_BUCKET_PROBLEM];
    struct inf_depot_result result = {.fine = is_fine(job, answer), .length = answer->announced};

    job->request = NULL;
    if (!result.fine) {
        result.problem = inf_bucket_describe(job->settings, answer, problem);
        result.retry_after_ms = answer->answered ? answer->retry_after_ms : 0;
        /* A server that knows no ranges, or has something shorter there. */
        result.anew =
            job->verb == INF_DEPOT_GET && (answer->status == 200 || answer->status == 416);
        result.missing = answer->answered && answer->status == 404 && job->verb != INF_DEPOT_PUT &&
                         strstr(answer->body, "NoSuchBucket") == NULL;
    }
    inf_depot_job_end(job, &result);
}

/* ---- what it is asked ---- */

void inf_bucket_begin(struct inf_http_client *client, struct inf_depot_job *job,
                      const struct inf_depot_wish *wish)
{
    static const char *const methods[] = {[INF_DEPOT_LOOK] = "HEAD",
                                          [INF_DEPOT_GET] = "GET",
                                          [INF_DEPOT_PUT] = "PUT",
                                          [INF_DEPOT_DROP] = "DELETE"};
    bool puts = wish->verb == INF_DEPOT_PUT, gets = wish->verb == INF_DEPOT_GET;
    const struct inf_http_upload upload = {.fd = wish->fd, .length = wish->length};
    int64_t length = wish->length >= 0 ? wish->length : INF_DEPOT_UNKNOWN_MAX;
    char content[96];
    const char *const headers[] = {content, NULL};
    struct inf_buf url;

    snprintf(content, sizeof content, "x-amz-content-sha256: %s",
             puts ? wish->name : "UNSIGNED-PAYLOAD");
    inf_buf_init(&url, TEXT_MAX);
    inf_buf_printf(&url, "%s%s", job->settings->url, wish->name);
    job->request = inf_http_client_send(
        client, &(struct inf_http_question){
                    .method = methods[wish->verb],
                    .url = url.data,
                    .headers = headers,
                    .upload = puts ? &upload : NULL,
                    .answer_max = gets ? (size_t)(length - wish->from) : ANSWER_MAX,
                    .fd = gets ? wish->fd : -1,
                    .from = gets ? wish->from : 0,
                    .timeout_ms = puts || gets ? TRANSFER_MS : job->settings->timeout_ms,
                    .stall_ms = job->settings->timeout_ms,
                    .done = on_answer,
                    .arg = job});
    inf_buf_free(&url);
}
