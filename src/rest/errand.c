/* errand.c - inference that this node needs and another one computes: POST /_inferd/infer; and
 * texts that it cuts: POST /_inferd/chunks.
 *
 * The nodes trust each other here, by the cluster's secret: whoever may use a pipeline may have it
 * ask any deployment, on whichever node that runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/serving_cluster.h"
#include "peer_request.h"
#include "results_frame.h"
#include "silence.h"
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)8192)
#define BODY_MAX ((size_t)1 << 30)
#define TEXT_MS 60000 /* nothing queues before it */

static const char before[] = INF_RESULTS_BEFORE, after[] = INF_RESULTS_AFTER;

struct inf_errand {
    struct inf_link link; /* of app->errands */
    struct inf_app *app;
    char *node_id;   /* which was asked: that one, or a third */
    bool is_drained; /* as of a relay */
    struct inf_http_request *request;
    inf_errand_done done;
    inf_errand_text_done text_done; /* of a text, in place of it */
    size_t text_length;
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

/* One of [[from, length, start, end], ...]. */
static int read_chunk(const struct cJSON *list, size_t text_length, struct inf_chunk *ret)
{
    int64_t figures[4] = {0};
    const struct cJSON *one = inf_json_is_array(list) ? inf_json_first(list) : NULL;
    struct inf_error ignored;

    for (size_t i = 0; i < 4; i++, one = inf_json_next(one))
        if (one == NULL || inf_json_int64(one, &figures[i], &ignored) != 0 || figures[i] < 0 ||
            figures[i] > INT32_MAX)
            return -1;
    if ((uint64_t)figures[0] > text_length ||
        (uint64_t)figures[1] > text_length - (size_t)figures[0])
        return -1;
    *ret = (struct inf_chunk){.from = (size_t)figures[0],
                              .length = (size_t)figures[1],
                              .start = (int)figures[2],
                              .end = (int)figures[3]};
    return 0;
}

static int read_chunks(const struct inf_http_result *result, size_t text_length,
                       struct inf_chunk **ret, size_t *ret_count, struct inf_error *err)
{
    const struct cJSON *lists;
    struct inf_json json;
    size_t count = 0;
    int rc = 0;

    if (inf_json_parse(result->body, result->length, NULL, &json, err) != 0)
        return -1;
    lists = inf_json_get(json.root, "chunks");
    *ret = inf_alloc(inf_json_size(lists) + 1, sizeof **ret);
    for (const struct cJSON *list = inf_json_first(lists); rc == 0 && list != NULL;
         list = inf_json_next(list))
        rc = read_chunk(list, text_length, &(*ret)[count++]);
    if (rc != 0)
        inf_error_set(err, INF_ERR_INTERNAL, "another node's answer cannot be read");
    *ret_count = count;
    inf_json_free(&json);
    return rc;
}

static void deliver_text(struct inf_errand *errand, bool reached, struct inf_error *err,
                         const struct inf_http_result *result)
{
    struct inf_chunk *chunks = NULL;
    size_t count = 0;

    if (err->code == INF_ERR_NONE)
        (void)read_chunks(result, errand->text_length, &chunks, &count, err);
    errand->text_done(errand->arg, reached, err->code != INF_ERR_NONE ? err : NULL, chunks, count);
    free(chunks);
}

static void deliver(struct inf_errand *errand, bool reached, struct inf_error *err,
                    const struct inf_http_result *result)
{
    bool failed = err->code != INF_ERR_NONE || unframe(result->answer, err) != 0;

    errand->done(errand->arg, reached, failed ? err : NULL, failed ? NULL : result->answer);
}

static void on_answer(void *arg, const struct inf_http_result *result)
{
    struct inf_errand *errand = arg;
    bool reached = result->answered && !rest_peer_is_misdirected(result);
    struct inf_error err = {.code = INF_ERR_NONE};

    if (!result->answered) {
        rest_silence_note(errand->app, errand->node_id, result->problem);
        inf_error_set(&err, INF_ERR_UNAVAILABLE, "another node cannot be reached: %s",
                      result->problem);
    } else if (result->status != 200)
        read_error(result, &err);
    if (errand->text_done != NULL)
        deliver_text(errand, reached, &err, result);
    else
        deliver(errand, reached, &err, result);
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

static void write_text(const struct inf_chunk_request *request, struct inf_buf *body)
{
    struct inf_jsonw w;

    inf_buf_init(body, BODY_MAX);
    inf_jsonw_init(&w, body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "text");
    inf_jsonw_string_n(&w, request->text, request->length);
    inf_jsonw_kv_int(&w, "max_tokens", request->max_tokens);
    inf_jsonw_kv_int(&w, "overlap", request->overlap);
    inf_jsonw_end_object(&w);
}

/* what: "infer". */
static void begin_target(const char *what, const char *deployment_id, struct inf_buf *target)
{
    inf_buf_init(target, LINE_MAX_BYTES);
    inf_buf_printf(target, "/_inferd/%s/", what);
    inf_buf_put_percent(target, deployment_id);
}

/* Sends the body, and takes it and the target. */
static struct inf_errand *post(struct inf_app *app, const char *node_id, struct inf_buf *target,
                               struct inf_buf *body, int64_t patience_ms)
{
    const struct inf_member *member = inf_membership_find(app->membership, node_id);
    const struct inf_member *asked = member != NULL ? rest_silence_way(app, member) : NULL;
    struct inf_errand *errand = inf_alloc(1, sizeof *errand);

    *errand = (struct inf_errand){.app = app,
                                  .node_id = inf_strdup(asked != NULL ? asked->node_id : node_id)};
    inf_list_append(&app->errands, &errand->link);
    errand->request = rest_peer_ask(app, asked, target->data, asked != member,
                                    &(struct inf_http_question){.method = "POST",
                                                                .body = body,
                                                                .answer_max = BODY_MAX,
                                                                .timeout_ms = patience_ms,
                                                                .done = on_answer,
                                                                .arg = errand});
    inf_buf_free(target);
    return errand;
}

static struct inf_errand *send(void *arg, const char *node_id, const char *deployment_id,
                               const struct inf_infer_request *request, int64_t left_ms,
                               inf_errand_done done, void *done_arg)
{
    struct inf_app *app = arg;
    struct inf_errand *errand;
    struct inf_buf target, body;

    begin_target("infer", deployment_id, &target);
    inf_buf_printf(&target, "?timeout=%lldms%s", (long long)rest_peer_bounded(left_ms),
                   request->token_counts ? "&token_counts=true" : "");
    write_body(request, &body);
    errand = post(app, node_id, &target, &body, rest_peer_patience(left_ms));
    errand->done = done;
    errand->arg = done_arg;
    return errand;
}

static struct inf_errand *send_text(void *arg, const char *node_id, const char *deployment_id,
                                    const struct inf_chunk_request *request,
                                    inf_errand_text_done done, void *done_arg)
{
    struct inf_app *app = arg;
    struct inf_errand *errand;
    struct inf_buf target, body;

    begin_target("chunks", deployment_id, &target);
    write_text(request, &body);
    errand = post(app, node_id, &target, &body, TEXT_MS);
    errand->text_done = done;
    errand->text_length = request->length;
    errand->arg = done_arg;
    return errand;
}

static bool has_way(void *arg, const char *node_id)
{
    const struct inf_app *app = arg;
    const struct inf_member *member = inf_membership_find(app->membership, node_id);

    return member != NULL && rest_silence_way(app, member) != member;
}

static void cancel(struct inf_errand *errand)
{
    inf_http_client_cancel(errand->request);
    free_errand(errand);
}

void inf_rest_errands(struct inf_app *app, struct inf_errands *ret)
{
    *ret = (struct inf_errands){
        .send = send, .send_text = send_text, .has_way = has_way, .cancel = cancel, .arg = app};
}
