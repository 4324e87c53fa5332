/* errand.c - inference that this node needs and another one computes: POST /_inferd/infer.
 *
 * The nodes trust each other here, by the cluster's secret: whoever may use a pipeline may have it
 * ask any deployment, on whichever node that runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/serving_cluster.h"
#include "peer_request.h"
#include "results_frame.h"
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)8192)
#define BODY_MAX ((size_t)1 << 30)
#define PATIENCE_MAX_MS INT64_C(3600000)

static const char before[] = INF_RESULTS_BEFORE, after[] = INF_RESULTS_AFTER;

struct inf_errand {
    struct inf_link link; /* of app->errands */
    struct inf_app *app;
    char *node_id;
    bool is_drained; /* as of a relay */
    struct inf_http_request *request;
    inf_errand_done done;
    void *arg;
};

/* ---- the answer ---- */

static enum inf_err_code find_code(int status, const char *type)
{
    for (int code = 0; code < INF_ERR_COUNT; code++)
        if (inf_err_status((enum inf_err_code)code) == status &&
            inf_err_type((enum inf_err_code)code) != NULL &&
            strcmp(inf_err_type((enum inf_err_code)code), type) == 0)
            return (enum inf_err_code)code;
    return INF_ERR_INTERNAL;
}

static void read_error(const struct inf_http_result *result, struct inf_error *err)
{
    struct inf_json json;
    struct inf_error ignored;
    const char *type, *reason;

    inf_error_set(err, INF_ERR_INTERNAL, "another node answered with status [%d]", result->status);
    if (inf_json_parse_own(result->body, result->length, NULL, &json, &ignored) != 0)
        return;
    type = inf_json_string(inf_json_get_path(json.root, "error.type"));
    reason = inf_json_string(inf_json_get_path(json.root, "error.reason"));
    if (type != NULL && reason != NULL)
        inf_error_set(err, find_code(result->status, type), "%s", reason);
    err->retry_after_s = (int)(result->retry_after_ms / 1000);
    inf_json_free(&json);
}

/* The results without their frame, in the same bytes. */
static int unframe(struct inf_buf *answer, struct inf_error *err)
{
    const size_t lead = sizeof before - 1, end = sizeof after - 1;

    if (answer->length < lead + end || memcmp(answer->data, before, lead) != 0 ||
        memcmp(answer->data + answer->length - end, after, end) != 0)
        return inf_error_set(err, INF_ERR_INTERNAL, "another node's answer cannot be read");
    answer->length -= lead + end;
    memmove(answer->data, answer->data + lead, answer->length);
    answer->data[answer->length] = '\0';
    return 0;
}

static void free_errand(struct inf_errand *errand)
{
    inf_list_remove(&errand->app->errands, &errand->link);
    free(errand->node_id);
    free(errand);
}

static void on_answer(void *arg, const struct inf_http_result *result)
{
    struct inf_errand *errand = arg;
    bool reached = result->answered && !rest_peer_is_misdirected(result);
    struct inf_error err;

    if (!result->answered)
        inf_error_set(&err, INF_ERR_UNAVAILABLE, "another node cannot be reached: %s",
                      result->problem);
    else if (result->status != 200)
        read_error(result, &err);
    else if (unframe(result->answer, &err) == 0)
        err.code = INF_ERR_NONE;
    errand->done(errand->arg, reached, err.code != INF_ERR_NONE ? &err : NULL,
                 err.code != INF_ERR_NONE ? NULL : result->answer);
    free_errand(errand);
}

void inf_rest_errands_look(struct inf_app *app)
{
    struct inf_link *next;

    for (struct inf_link *link = app->errands.first; link != NULL; link = next) {
        struct inf_errand *errand = INF_LIST_ITEM(link, struct inf_errand, link);

        next = link->next;
        if (rest_peer_has_gone(app, errand->node_id, &errand->is_drained)) {
            inf_http_client_cancel(errand->request);
            on_answer(errand, &(struct inf_http_result){.problem = "it has left the cluster"});
        }
    }
}

/* ---- the question ---- */

static void write_body(const struct inf_infer_request *request, struct inf_buf *body)
{
    struct inf_jsonw w;

    inf_buf_init(body, BODY_MAX);
    inf_jsonw_init(&w, body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "docs");
    inf_jsonw_value(&w, request->docs);
    if (request->inference_config != NULL) {
        inf_jsonw_key(&w, "inference_config");
        inf_jsonw_value(&w, request->inference_config);
    }
    inf_jsonw_end_object(&w);
}

static void put_encoded(struct inf_buf *url, const char *text)
{
    for (; *text != '\0'; text++)
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *text) !=
            NULL)
            inf_buf_append(url, text, 1);
        else
            inf_buf_printf(url, "%%%02X", (unsigned)(unsigned char)*text);
}

static char *print_url(const struct inf_member *member, const char *deployment_id,
                       int64_t timeout_ms, bool token_counts)
{
    struct inf_buf url;

    inf_buf_init(&url, LINE_MAX_BYTES);
    if (member != NULL)
        inf_member_print_url(member, &url);
    inf_buf_puts(&url, "/_inferd/infer/");
    put_encoded(&url, deployment_id);
    inf_buf_printf(&url, "?timeout=%lldms%s", (long long)timeout_ms,
                   token_counts ? "&token_counts=true" : "");
    return inf_buf_take(&url, NULL);
}

static struct inf_errand *send(void *arg, const char *node_id, const char *deployment_id,
                               const struct inf_infer_request *request, int64_t left_ms,
                               inf_errand_done done, void *done_arg)
{
    struct inf_app *app = arg;
    int64_t timeout_ms = left_ms >= 0 && left_ms < PATIENCE_MAX_MS ? left_ms : PATIENCE_MAX_MS;
    char *url = print_url(inf_membership_find(app->membership, node_id), deployment_id, timeout_ms,
                          request->token_counts);
    const char *headers[] = {"Content-Type: application/json", "Accept: application/json",
                             INF_RELAYED_HEADER ": 1", NULL, NULL};
    struct inf_errand *errand = inf_alloc(1, sizeof *errand);
    struct inf_buf authorization, body;

    *errand = (struct inf_errand){
        .app = app, .node_id = inf_strdup(node_id), .done = done, .arg = done_arg};
    inf_list_append(&app->errands, &errand->link);
    write_body(request, &body);
    inf_buf_init(&authorization, LINE_MAX_BYTES);
    inf_peer_print_authorization(app->peer_secret, &authorization);
    headers[3] = authorization.data;
    errand->request = inf_http_client_send(
        app->peers, &(struct inf_http_question){.method = "POST",
                                                .url = url,
                                                .headers = headers,
                                                .body = &body,
                                                .answer_max = BODY_MAX,
                                                .fd = -1,
                                                .timeout_ms = rest_peer_patience(left_ms),
                                                .done = on_answer,
                                                .arg = errand});
    explicit_bzero(authorization.data, authorization.length);
    inf_buf_free(&authorization);
    free(url);
    return errand;
}

static void cancel(struct inf_errand *errand)
{
    inf_http_client_cancel(errand->request);
    free_errand(errand);
}

void inf_rest_errands(struct inf_app *app, struct inf_errands *ret)
{
    *ret = (struct inf_errands){.send = send, .cancel = cancel, .arg = app};
}
