/* peer_request.c - a request to another node, with its caller's credentials.
 *
 * The other node knows the same users, so it asks the same questions of the same credentials: no
 * node has to trust another one for who somebody is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "peer_request.h"

#include "inferd/alloc.h"
#include "reply.h"
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)64 * 1024)
#define SLACK_MS 10000
#define PATIENCE_MAX_MS INT64_C(3600000)

static char *print_line(const char *name, const char *value)
{
    struct inf_buf line;

    inf_buf_init(&line, LINE_MAX_BYTES);
    inf_buf_printf(&line, "%s: %s", name, value);
    return inf_buf_take(&line, NULL);
}

static char *print_url(const struct inf_member *member, const char *target)
{
    struct inf_buf url;

    inf_buf_init(&url, LINE_MAX_BYTES);
    if (member != NULL)
        inf_member_print_url(member, &url);
    inf_buf_puts(&url, target);
    return inf_buf_take(&url, NULL);
}

static const char *relayed_line(bool by_way)
{
    return by_way ? INF_RELAYED_HEADER ": " INF_RELAYED_BY_WAY : INF_RELAYED_HEADER ": 1";
}

struct inf_http_request *rest_peer_send(const struct inf_call *call,
                                        const struct inf_member *member, const char *target,
                                        bool by_way, struct inf_http_question *question)
{
    const char *authorization = inf_call_authorization(call);
    const char *opaque_id = inf_call_opaque_id(call);
    char *url = print_url(member, target);
    char *lines[2] = {
        authorization != NULL ? print_line("Authorization", authorization) : NULL,
        opaque_id != NULL ? print_line("X-Opaque-Id", opaque_id) : NULL,
    };
    const char *headers[6] = {"Content-Type: application/json", "Accept: application/json",
                              relayed_line(by_way)};
    struct inf_http_request *request;
    size_t count = 3;

    for (size_t i = 0; i < 2; i++)
        if (lines[i] != NULL)
            headers[count++] = lines[i];
    question->url = url;
    question->headers = headers;
    question->fd = -1;
    request = inf_http_client_send(rest_app(call)->peers, question);
    if (lines[0] != NULL)
        explicit_bzero(lines[0], strlen(lines[0]));
    free(lines[0]);
    free(lines[1]);
    free(url);
    return request;
}

struct inf_http_request *rest_peer_ask(const struct inf_app *app, const struct inf_member *member,
                                       const char *target, bool by_way,
                                       struct inf_http_question *question)
{
    char *url = print_url(member, target);
    const char *headers[] = {"Content-Type: application/json", "Accept: application/json",
                             relayed_line(by_way), NULL, NULL};
    struct inf_http_request *request;
    struct inf_buf authorization;

    inf_buf_init(&authorization, LINE_MAX_BYTES);
    inf_peer_print_authorization(app->peer_secret, &authorization);
    headers[3] = authorization.data;
    question->url = url;
    question->headers = headers;
    question->fd = -1;
    request = inf_http_client_send(app->peers, question);
    explicit_bzero(authorization.data, authorization.length);
    inf_buf_free(&authorization);
    free(url);
    return request;
}

int64_t rest_peer_bounded(int64_t timeout_ms)
{
    return timeout_ms >= 0 && timeout_ms < PATIENCE_MAX_MS ? timeout_ms : PATIENCE_MAX_MS;
}

int64_t rest_peer_patience(int64_t timeout_ms)
{
    return rest_peer_bounded(timeout_ms) + SLACK_MS;
}

bool rest_peer_is_misdirected(const struct inf_http_result *result)
{
    return result->answered && result->status == inf_err_status(INF_ERR_MISDIRECTED);
}

bool rest_peer_has_gone(const struct inf_app *app, const char *node_id, bool *is_drained)
{
    const struct inf_member *member = inf_membership_find(app->membership, node_id);

    if (member != NULL)
        *is_drained = inf_json_true(inf_json_get(member->record, INF_MEMBER_LEAVING));
    return member == NULL && !*is_drained;
}

char *rest_peer_print(const struct inf_member *member)
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
