/* gather.c - a request to every other node, and the answers when all are there or late. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "gather.h"

#include "inferd/alloc.h"
#include "inferd/json_edit.h"
#include "node_view.h"
#include "peer_request.h"
#include "reply.h"
#include <stdlib.h>
#include <string.h>

#define TARGET_MAX ((size_t)64 * 1024)
#define PROBLEM_MAX ((size_t)128 * 1024)
#define PATIENCE_MAX_MS INT64_C(60000)

struct gather;

struct question {
    struct gather *gather;
    struct inf_http_request *request; /* NULL: it has come to its end */
    struct inf_gathered_node *node;
    char *target; /* for people */
};

struct gather {
    struct inf_call *call;
    struct inf_gathering what;
    struct inf_gathered gathered;
    struct question *questions; /* one a node */
    size_t waiting;
};

static void free_gather(void *state)
{
    struct gather *gather = state;

    for (size_t i = 0; i < gather->gathered.count; i++) {
        struct inf_gathered_node *node = &gather->gathered.nodes[i];

        if (gather->questions[i].request != NULL)
            inf_http_client_cancel(gather->questions[i].request);
        free(gather->questions[i].target);
        free(node->node_id);
        inf_json_delete(node->record);
        inf_json_delete(node->body);
        free(node->problem);
    }
    free(gather->questions);
    free(gather->gathered.nodes);
    free(gather);
}

/* ---- the answers ---- */

static void read_body(const struct question *question, const struct inf_http_result *result,
                      struct inf_buf *problem)
{
    struct inf_json json;
    struct inf_error err;
    const char *reason;

    if (!result->answered) {
        inf_buf_printf(problem, "%s cannot be reached: %s", question->target, result->problem);
        return;
    }
    if (inf_json_parse(result->body, result->length, NULL, &json, &err) != 0) {
        inf_buf_printf(problem, "%s answered [%d] with what is not JSON: %s", question->target,
                       result->status, err.reason);
        return;
    }
    if (result->status == 200) {
        question->node->body = inf_json_take_root(&json);
        return;
    }
    reason = inf_json_string(inf_json_get_path(json.root, "error.reason"));
    inf_buf_printf(problem, "%s answered [%d]: %.1000s", question->target, result->status,
                   reason != NULL ? reason : "without a reason");
    inf_json_free(&json);
}

static void end(struct gather *gather)
{
    struct inf_call *call = gather->call;
    struct inf_error err;

    if (gather->what.answer(call, &gather->gathered, &err) == INF_FAILED)
        inf_call_fail(call, &err);
}

static void on_answer(void *arg, const struct inf_http_result *result)
{
    struct question *question = arg;
    struct inf_buf problem;

    question->request = NULL;
    question->node->status = result->answered ? result->status : 0;
    inf_buf_init(&problem, PROBLEM_MAX);
    read_body(question, result, &problem);
    if (question->node->body == NULL)
        question->node->problem = inf_buf_take(&problem, NULL);
    if (--question->gather->waiting == 0)
        end(question->gather);
}

/* ---- the questions ---- */

static int64_t patience(const struct gather *gather)
{
    int64_t timeout_ms = gather->what.timeout_ms;

    if (timeout_ms < 0 || timeout_ms > PATIENCE_MAX_MS)
        return PATIENCE_MAX_MS;
    return timeout_ms > 0 ? timeout_ms : 1;
}

static void ask(struct gather *gather, const struct inf_member *member, const char *target)
{
    struct question *question = &gather->questions[gather->gathered.count];
    struct inf_gathered_node *node = &gather->gathered.nodes[gather->gathered.count++];
    const char *method = gather->what.method != NULL ? gather->what.method : "GET";

    node->node_id = inf_strdup(member->node_id);
    node->record = inf_json_copy(member->record);
    *question =
        (struct question){.gather = gather, .node = node, .target = rest_peer_print(member)};
    question->request =
        rest_peer_send(gather->call, member, target, false,
                       &(struct inf_http_question){
                           .method = method,
                           .answer_max = INF_GATHERED_MAX / inf_nodes_count(rest_app(gather->call)),
                           .timeout_ms = patience(gather),
                           .done = on_answer,
                           .arg = question});
    gather->waiting++;
}

static void ask_all(struct gather *gather)
{
    const struct inf_app *app = rest_app(gather->call);
    char host[INF_NODE_HOST_SIZE];
    struct inf_node_seen seen;
    struct inf_buf target;

    inf_buf_init(&target, TARGET_MAX);
    gather->what.print_target(gather->call, &target);
    for (size_t i = 0; i < inf_nodes_count(app); i++) {
        inf_node_see(app, i, host, &seen);
        if (seen.record != NULL && inf_node_seen_is_meant(app, &seen, gather->what.node_filter))
            ask(gather, inf_membership_at(app->membership, i), target.data);
    }
    inf_buf_free(&target);
}

enum inf_outcome rest_gather(struct inf_call *call, const struct inf_gathering *gathering,
                             struct inf_error *err)
{
    static const struct inf_gathered none = {0};
    const struct inf_app *app = rest_app(call);
    struct gather *gather;

    if (app->peers == NULL || inf_call_is_relayed(call) || inf_nodes_count(app) < 2)
        return gathering->answer(call, &none, err);
    gather = inf_alloc(1, sizeof *gather);
    gather->call = call;
    gather->what = *gathering;
    gather->gathered.nodes = inf_alloc(inf_nodes_count(app), sizeof *gather->gathered.nodes);
    gather->questions = inf_alloc(inf_nodes_count(app), sizeof *gather->questions);
    inf_call_set_state(call, gather, free_gather);
    ask_all(gather);
    return gather->waiting > 0 ? INF_LATER : gathering->answer(call, &gather->gathered, err);
}

/* ---- reading ---- */

const struct cJSON *rest_gathered_get(const struct inf_gathered_node *node, const char *dotted)
{
    return node->body != NULL ? inf_json_get_path(node->body, dotted) : NULL;
}

const struct inf_gathered_node *rest_gathered_find(const struct inf_gathered *others,
                                                   const char *node_id)
{
    for (size_t i = 0; i < others->count; i++)
        if (strcmp(others->nodes[i].node_id, node_id) == 0)
            return &others->nodes[i];
    return NULL;
}
