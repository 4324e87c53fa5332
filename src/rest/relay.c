/* relay.c - a call, sent on.
 *
 * The other node knows the same users, so it asks the same questions of the same credentials: no
 * node has to trust another one for who somebody is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"

#include "inferd/alloc.h"
#include "inferd/http_client.h"
#include "inferd/rest.h"
#include "inferd/serving_cluster.h"
#include "reply.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)64 * 1024)
#define ANSWER_MAX ((size_t)2 << 30)
#define SLACK_MS 10000
#define PATIENCE_MAX_MS INT64_C(3600000)

struct relay {
    struct inf_call *call;
    struct inf_http_request *request;
    char *target; /* for people: "node [n1] at [10.0.0.1:9200]" */
};

static void free_relay(void *state)
{
    struct relay *relay = state;

    if (relay->request != NULL)
        inf_http_client_cancel(relay->request);
    free(relay->target);
    free(relay);
}

static void on_answer(void *arg, const struct inf_http_result *result)
{
    struct relay *relay = arg;
    struct inf_call *call = relay->call;
    struct inf_error err;
    struct inf_buf body;
    char seconds[24];

    relay->request = NULL;
    if (!result->answered) {
        inf_error_set(&err, INF_ERR_UNAVAILABLE, "%s, which runs it, cannot be reached: %s",
                      relay->target, result->problem);
        err.retry_after_s = 1;
        inf_call_fail(call, &err);
        return;
    }
    if (result->retry_after_ms > 0) {
        snprintf(seconds, sizeof seconds, "%lld", (long long)(result->retry_after_ms / 1000));
        inf_call_header(call, "Retry-After", seconds);
    }
    body = *result->answer;
    inf_buf_init(result->answer, ANSWER_MAX);
    inf_call_reply(call, result->status, &body);
}

static char *print_line(const char *name, const char *value)
{
    struct inf_buf line;

    inf_buf_init(&line, LINE_MAX_BYTES);
    inf_buf_printf(&line, "%s: %s", name, value);
    return inf_buf_take(&line, NULL);
}

static char *print_url(const struct inf_member *member, const struct inf_call *call)
{
    struct inf_buf url;

    inf_buf_init(&url, LINE_MAX_BYTES);
    inf_member_print_url(member, &url);
    inf_buf_append(&url, inf_call_uri(call), strlen(inf_call_uri(call)));
    return inf_buf_take(&url, NULL);
}

static void send(struct relay *relay, const struct inf_member *member, int64_t timeout_ms)
{
    struct inf_call *call = relay->call;
    const struct inf_app *app = rest_app(call);
    const struct inf_json *parsed = inf_call_body(call);
    const char *authorization = inf_call_authorization(call);
    const char *opaque_id = inf_call_opaque_id(call);
    char *url = print_url(member, call);
    char *lines[2] = {
        authorization != NULL ? print_line("Authorization", authorization) : NULL,
        opaque_id != NULL ? print_line("X-Opaque-Id", opaque_id) : NULL,
    };
    const char *headers[6] = {"Content-Type: application/json", "Accept: application/json",
                              INF_RELAYED_HEADER ": 1"};
    struct inf_buf body;
    size_t count = 3;

    for (size_t i = 0; i < 2; i++)
        if (lines[i] != NULL)
            headers[count++] = lines[i];
    inf_buf_init(&body, ANSWER_MAX);
    if (parsed != NULL)
        inf_buf_append(&body, parsed->text, parsed->length);
    relay->request = inf_http_client_send(
        app->peers,
        &(struct inf_http_question){.method = inf_call_method(call),
                                    .url = url,
                                    .headers = headers,
                                    .body = &body,
                                    .answer_max = ANSWER_MAX,
                                    .fd = -1,
                                    .timeout_ms = timeout_ms >= 0 && timeout_ms < PATIENCE_MAX_MS
                                                      ? timeout_ms + SLACK_MS
                                                      : PATIENCE_MAX_MS,
                                    .done = on_answer,
                                    .arg = relay});
    if (lines[0] != NULL)
        explicit_bzero(lines[0], strlen(lines[0]));
    free(lines[0]);
    free(lines[1]);
    free(url);
}

static char *print_target(const struct inf_member *member)
{
    const char *name = inf_json_string(inf_json_get(member->record, "name"));
    const char *address =
        inf_json_string(inf_json_get_path(member->record, "http.publish_address"));
    struct inf_buf text;

    inf_buf_init(&text, LINE_MAX_BYTES);
    inf_buf_printf(&text, "node [%s] at [%s]", name != NULL ? name : "",
                   address != NULL ? address : "");
    return inf_buf_take(&text, NULL);
}

bool rest_relay(struct inf_call *call, const char *id, int64_t timeout_ms, enum inf_outcome *ret)
{
    const struct inf_app *app = rest_app(call);
    const struct inf_member *member = NULL;
    struct relay *relay;
    char *node_id;

    if (app->peers == NULL || inf_call_is_relayed(call))
        return false;
    node_id = inf_manager_elsewhere(app->manager, id);
    if (node_id != NULL)
        member = inf_membership_find(app->membership, node_id);
    free(node_id);
    if (member == NULL)
        return false;
    relay = inf_alloc(1, sizeof *relay);
    relay->call = call;
    relay->target = print_target(member);
    inf_call_set_state(call, relay, free_relay);
    send(relay, member, timeout_ms);
    *ret = INF_LATER;
    return true;
}
