/* silence.c - a list of nodes, and a question to each again and again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "silence.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/serving_cluster.h"
#include "peer_request.h"
#include "reply.h"
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 5000
#define ANSWER_MAX ((size_t)64 * 1024)

struct silence {
    struct inf_link link; /* of app->silences */
    struct inf_app *app;
    char *node_id;
    struct inf_http_request *request; /* NULL: the next one is sent at the next look */
};

static void end(struct silence *silence)
{
    if (silence->request != NULL)
        inf_http_client_cancel(silence->request);
    inf_list_remove(&silence->app->silences, &silence->link);
    free(silence->node_id);
    free(silence);
}

static void on_answer(void *arg, const struct inf_http_result *result)
{
    struct silence *silence = arg;
    struct inf_app *app = silence->app;

    silence->request = NULL;
    if (!result->answered)
        return;
    inf_log(INF_LOG_INFO, "cluster", "a node answers again",
            (const char *[]){"node_id", silence->node_id, NULL});
    inf_manager_note_silence(app->manager, silence->node_id, false);
    end(silence);
}

/* For what is on no node, so that the answer, of whatever kind, costs nothing. */
static void ask(struct silence *silence, const struct inf_member *member)
{
    silence->request = rest_peer_ask(silence->app, member, "/_inferd/definition/none", false,
                                     &(struct inf_http_question){.method = "GET",
                                                                 .answer_max = ANSWER_MAX,
                                                                 .timeout_ms = PATIENCE_MS,
                                                                 .done = on_answer,
                                                                 .arg = silence});
}

void rest_silence_note(struct inf_app *app, const char *node_id, const char *problem)
{
    struct silence *silence;

    if (app->stopping || app->peer_secret == NULL ||
        inf_membership_find(app->membership, node_id) == NULL)
        return;
    for (struct inf_link *link = app->silences.first; link != NULL; link = link->next)
        if (strcmp(INF_LIST_ITEM(link, struct silence, link)->node_id, node_id) == 0)
            return;
    silence = inf_alloc(1, sizeof *silence);
    *silence = (struct silence){.app = app, .node_id = inf_strdup(node_id)};
    inf_list_append(&app->silences, &silence->link);
    inf_log(INF_LOG_WARN, "cluster", "a node does not answer: others are asked before it",
            (const char *[]){"node_id", node_id, "reason", problem, NULL});
    inf_manager_note_silence(app->manager, node_id, true);
}

static bool may_help(const struct inf_app *app, const struct inf_member *member)
{
    return strcmp(member->node_id, inf_store_node_id(app->store)) != 0 &&
           !inf_json_true(inf_json_get(member->record, INF_MEMBER_LEAVING)) &&
           !inf_manager_is_silent(app->manager, member->node_id);
}

const struct inf_member *rest_silence_way(const struct inf_app *app,
                                          const struct inf_member *member)
{
    if (!inf_manager_is_silent(app->manager, member->node_id))
        return member;
    for (size_t i = 0; i < inf_membership_count(app->membership); i++)
        if (may_help(app, inf_membership_at(app->membership, i)))
            return inf_membership_at(app->membership, i);
    return member;
}

void inf_rest_silence_look(struct inf_app *app)
{
    struct inf_link *next;

    for (struct inf_link *link = app->silences.first; link != NULL; link = next) {
        struct silence *silence = INF_LIST_ITEM(link, struct silence, link);
        const struct inf_member *member = inf_membership_find(app->membership, silence->node_id);

        next = link->next;
        if (member == NULL)
            end(silence);
        else if (silence->request == NULL)
            ask(silence, member);
    }
}

void inf_rest_silence_end(struct inf_app *app)
{
    while (app->silences.first != NULL)
        end(INF_LIST_ITEM(app->silences.first, struct silence, link));
}
