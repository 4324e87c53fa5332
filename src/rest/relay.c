/* relay.c - a call, sent on.
 *
 * The other node knows the same users, so it asks the same questions of the same credentials: no
 * node has to trust another one for who somebody is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"

#include "hedge.h"
#include "inferd/alloc.h"
#include "inferd/rest.h"
#include "inferd/serving_cluster.h"
#include "peer_request.h"
#include "reply.h"
#include "silence.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX ((size_t)2 << 30)
#define WAITS_MOST 8 /* a node may be asleep again by the time that the request gets there */

/* A node that was asked. */
struct attempt {
    struct relay *relay;
    struct inf_http_request *request; /* NULL: it is not asked now */
    char *deployment_id, *node_id;    /* where it is; NULL: nowhere now */
    char *asked_id;                   /* the same node, or one by way of which it is asked */
    char *target;                     /* for people: "node [n1] at [10.0.0.1:9200]" */
    bool is_drained; /* the node is leaving, and answers what it has before it goes */
};

struct relay {
    struct inf_link link; /* of app->relays */
    struct inf_call *call;
    struct rest_relayed relayed;
    struct attempt first, second; /* second: beside the first, which is late */
    struct inf_alarm *alarm;      /* until then; NULL: none */
    bool is_again;                /* another node has failed before */
};

/* ---- the other node ---- */

static void come_back(struct attempt *attempt)
{
    if (attempt->deployment_id != NULL)
        inf_manager_came_back(rest_app(attempt->relay->call)->manager, attempt->deployment_id,
                              attempt->node_id);
    free(attempt->deployment_id);
    free(attempt->node_id);
    free(attempt->asked_id);
    attempt->deployment_id = attempt->node_id = attempt->asked_id = NULL;
}

static void give_up(struct attempt *attempt)
{
    if (attempt->request != NULL)
        inf_http_client_cancel(attempt->request);
    attempt->request = NULL;
    come_back(attempt);
}

static void end_alarm(struct relay *relay)
{
    inf_alarm_end(relay->alarm);
    relay->alarm = NULL;
}

static void free_relay(void *state)
{
    struct relay *relay = state;

    inf_list_remove(&rest_app(relay->call)->relays, &relay->link);
    end_alarm(relay);
    give_up(&relay->first);
    give_up(&relay->second);
    free(relay->first.target);
    free(relay->second.target);
    free((char *)relay->relayed.id);
    free(relay);
}

static enum inf_outcome find_way(struct inf_call *call, const struct rest_relayed *relayed,
                                 struct attempt *before, struct inf_error *err);

/* Another node is asked, or this one; the call is answered in any case, now or later. may_wait:
 * what has ceased to run there runs elsewhere soon. */
static void try_again(struct attempt *attempt, bool may_wait, const char *problem)
{
    struct relay *relay = attempt->relay;
    struct inf_call *call = relay->call;
    struct rest_relayed relayed = relay->relayed;
    bool was_again = relay->is_again;
    struct inf_error err;

    relay->is_again = true;
    if (!may_wait)
        relayed.waits = WAITS_MOST;
    inf_error_set(&err, INF_ERR_UNAVAILABLE, "%s, which runs it, cannot be reached: %s",
                  attempt->target, problem);
    err.retry_after_s = 1;
    if (was_again || find_way(call, &relayed, attempt, &err) == INF_FAILED)
        inf_call_fail(call, &err);
}

static struct attempt *other_of(struct attempt *attempt)
{
    struct relay *relay = attempt->relay;

    return attempt == &relay->first ? &relay->second : &relay->first;
}

/* Would the other node say the same? Not that it is too busy, or has failed. */
static bool is_final(const struct inf_http_result *result)
{
    return result->answered && result->status < 500 && result->status != 408 &&
           result->status != 429 && !rest_peer_is_misdirected(result);
}

static void answer(struct attempt *attempt, const struct inf_http_result *result)
{
    struct inf_call *call = attempt->relay->call;
    const struct attempt *late = &attempt->relay->first;
    struct inf_buf body;
    char seconds[24];

    if (attempt == &attempt->relay->second) {
        rest_app(call)->hedges.first++;
        if (late->request != NULL)
            inf_manager_was_late(rest_app(call)->manager, late->deployment_id, late->node_id);
    }
    give_up(other_of(attempt)); /* which may come before the call has ended */
    if (result->retry_after_ms > 0) {
        snprintf(seconds, sizeof seconds, "%lld", (long long)(result->retry_after_ms / 1000));
        inf_call_header(call, "Retry-After", seconds);
    }
    body = *result->answer;
    inf_buf_init(result->answer, ANSWER_MAX);
    inf_call_reply(call, result->status, &body);
}

static void on_answer(void *arg, const struct inf_http_result *result)
{
    struct attempt *attempt = arg;
    struct attempt *other = other_of(attempt);

    attempt->request = NULL;
    if (!result->answered)
        rest_silence_note(rest_app(attempt->relay->call), attempt->asked_id, result->problem);
    if (other->request != NULL && !is_final(result))
        come_back(attempt); /* the other one's answer counts */
    else if (!result->answered || rest_peer_is_misdirected(result))
        try_again(attempt, result->answered,
                  result->answered ? "it does not run it any more" : result->problem);
    else
        answer(attempt, result);
}

/* The member, or a third node that may see it. */
static const struct inf_member *way_to(const struct inf_call *call, const struct inf_member *member)
{
    return inf_call_came_by_way(call) ? member : rest_silence_way(rest_app(call), member);
}

static void ask(struct attempt *attempt, const struct inf_member *member)
{
    struct inf_call *call = attempt->relay->call;
    const struct inf_json *parsed = inf_call_body(call);
    const struct inf_member *asked = way_to(call, member);
    struct inf_buf body;

    attempt->asked_id = inf_strdup(asked->node_id);
    free(attempt->target);
    attempt->target = rest_peer_print(member);
    attempt->is_drained = false;
    inf_buf_init(&body, ANSWER_MAX);
    if (parsed != NULL)
        inf_buf_append(&body, parsed->text, parsed->length);
    attempt->request =
        rest_peer_send(call, asked, inf_call_uri(call), asked != member,
                       &(struct inf_http_question){
                           .method = inf_call_method(call),
                           .body = &body,
                           .answer_max = ANSWER_MAX,
                           .timeout_ms = rest_peer_patience(attempt->relay->relayed.timeout_ms),
                           .done = on_answer,
                           .arg = attempt});
}

/* Its node has left the cluster. false: the relay is gone, or begun anew. */
static bool lose(struct attempt *attempt)
{
    inf_http_client_cancel(attempt->request);
    attempt->request = NULL;
    if (other_of(attempt)->request != NULL) {
        come_back(attempt);
        return true;
    }
    try_again(attempt, true, "it has left the cluster");
    return false;
}

static bool has_gone(struct inf_app *app, struct attempt *attempt)
{
    return attempt->request != NULL &&
           rest_peer_has_gone(app, attempt->asked_id, &attempt->is_drained);
}

void inf_rest_relays_look(struct inf_app *app)
{
    struct inf_link *next;

    for (struct inf_link *link = app->relays.first; link != NULL; link = next) {
        struct relay *relay = INF_LIST_ITEM(link, struct relay, link);

        next = link->next;
        if ((!has_gone(app, &relay->first) || lose(&relay->first)) && has_gone(app, &relay->second))
            (void)lose(&relay->second);
    }
}

/* ---- a second one ---- */

/* Which node, or this one, by a request to itself; false: there is none. */
static bool find_second(struct relay *relay, struct attempt *second)
{
    struct inf_app *app = rest_app(relay->call);
    enum inf_way way = inf_manager_way(app->manager, relay->relayed.id, relay->first.node_id,
                                       &second->deployment_id, &second->node_id);

    if (way == INF_WAY_HERE && inf_manager_has_it_here(app->manager, relay->relayed.id))
        second->node_id = inf_strdup(inf_store_node_id(app->store));
    return second->node_id != NULL;
}

static void on_late(void *arg)
{
    struct relay *relay = arg;
    struct inf_app *app = rest_app(relay->call);
    struct attempt *second = &relay->second;
    const struct inf_member *member;

    end_alarm(relay);
    if (relay->first.request == NULL || !find_second(relay, second))
        return;
    member = inf_membership_find(app->membership, second->node_id);
    if (member == NULL || app->stopping || !inf_hedges_spend(&app->hedges))
        come_back(second);
    else
        ask(second, member);
}

static void expect_soon(struct relay *relay)
{
    struct inf_app *app = rest_app(relay->call);
    int64_t after_ms = inf_config_ms(app->config, "cluster.hedge_after");

    inf_hedges_earn(&app->hedges);
    if (after_ms > 0)
        relay->alarm = inf_alarm_set(relay->call, after_ms, on_late, relay);
}

/* ---- which node ---- */

/* Where `before` has failed, it is taken over. -1 with err: the node has left just now. */
static int send_away(struct inf_call *call, const struct rest_relayed *relayed, char *deployment_id,
                     char *node_id, struct attempt *before, struct inf_error *err)
{
    struct inf_app *app = rest_app(call);
    const struct inf_member *member = inf_membership_find(app->membership, node_id);
    struct relay *relay = before != NULL ? before->relay : NULL;

    if (relay == NULL) {
        relay = inf_alloc(1, sizeof *relay);
        relay->call = call;
        relay->relayed = *relayed;
        relay->relayed.id = inf_strdup(relayed->id); /* which may go before the answer comes */
        relay->first.relay = relay->second.relay = relay;
        inf_list_append(&app->relays, &relay->link);
        inf_call_set_state(call, relay, free_relay);
        if (relayed->may_be_hedged)
            expect_soon(relay);
    }
    come_back(&relay->first);
    come_back(&relay->second);
    relay->first.deployment_id = deployment_id;
    relay->first.node_id = node_id;
    if (member == NULL)
        return inf_error_set(err, INF_ERR_UNAVAILABLE,
                             "node [%s], which runs it, has left the cluster", node_id);
    ask(&relay->first, member);
    return 0;
}

static void on_awaited(void *arg, const struct inf_error *failed,
                       const struct inf_deployment *deployment)
{
    struct rest_pending *pending = arg;
    struct inf_call *call = rest_pending_call(pending);
    const struct rest_relayed *waited = rest_pending_data(pending);
    struct rest_relayed relayed = *waited;
    struct inf_error err;

    (void)deployment;
    if (call != NULL && failed != NULL) {
        inf_call_fail(call, failed);
    } else if (call != NULL) {
        inf_error_set(&err, INF_ERR_UNAVAILABLE, "no node answers for [%s] any more", relayed.id);
        err.retry_after_s = 1;
        if (find_way(call, &relayed, NULL, &err) == INF_FAILED)
            inf_call_fail(call, &err);
    }
    rest_pending_end(pending);
}

static void free_waiting(void *data)
{
    struct rest_relayed *waiting = data;

    free((char *)waiting->id);
    free(waiting);
}

/* Of what the request itself may take; -1: any time. */
static int64_t left_ms(const struct inf_call *call, const struct rest_relayed *relayed)
{
    int64_t passed_ms = inf_call_passed_ms(call);

    if (relayed->timeout_ms < 0)
        return -1;
    return relayed->timeout_ms > passed_ms ? relayed->timeout_ms - passed_ms : 0;
}

static enum inf_outcome await_node(struct inf_call *call, const struct rest_relayed *relayed)
{
    struct rest_relayed *waiting = inf_alloc(1, sizeof *waiting);
    struct rest_pending *pending;

    *waiting = *relayed;
    waiting->id = inf_strdup(relayed->id); /* before what is relayed goes with the call's state */
    waiting->waits++;
    pending = rest_pending_new(call, waiting, free_waiting);
    rest_pending_begin(pending);
    inf_manager_await_node(rest_app(call)->manager, waiting->id, left_ms(call, waiting), on_awaited,
                           pending);
    return rest_pending_outcome(pending);
}

/* Not the node that has failed; but if no other has it, that one by way of a third. */
static enum inf_way choose(struct inf_call *call, const struct rest_relayed *relayed,
                           const struct attempt *before, char **ret_deployment, char **ret_node)
{
    const struct inf_app *app = rest_app(call);
    const char *failed = before != NULL ? before->node_id : NULL;
    const struct inf_member *member =
        failed != NULL ? inf_membership_find(app->membership, failed) : NULL;
    enum inf_way way = inf_manager_way(app->manager, relayed->id, failed, ret_deployment, ret_node);

    if (way == INF_WAY_NOWHERE && member != NULL && way_to(call, member) != member)
        way = inf_manager_way(app->manager, relayed->id, NULL, ret_deployment, ret_node);
    return way;
}

/* err: said already, for when there is no way any more. */
static enum inf_outcome find_way(struct inf_call *call, const struct rest_relayed *relayed,
                                 struct attempt *before, struct inf_error *err)
{
    char *deployment_id = NULL, *node_id = NULL;
    enum inf_outcome outcome = INF_FAILED;

    switch (choose(call, relayed, before, &deployment_id, &node_id)) {
    case INF_WAY_HERE:
        inf_call_set_state(call, NULL, NULL);
        outcome = relayed->here(call, err);
        break;
    case INF_WAY_AWAY:
        outcome = send_away(call, relayed, deployment_id, node_id, before, err) == 0 ? INF_LATER
                                                                                     : INF_FAILED;
        break;
    case INF_WAY_NOWHERE:
        if (relayed->waits < WAITS_MOST)
            outcome = await_node(call, relayed);
        break;
    }
    return outcome;
}

/* What was sent here by another node's copy of the plan, or by that of before. */
static int check_it_is_here(const struct inf_app *app, const char *id, struct inf_error *err)
{
    if (!app->stopping && inf_manager_has_it_here(app->manager, id))
        return 0;
    return inf_error_set(err, INF_ERR_MISDIRECTED, "[%s] does not run on node [%s] any more", id,
                         inf_store_node_id(app->store));
}

enum inf_outcome rest_relay(struct inf_call *call, const struct rest_relayed *relayed,
                            struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);

    if (inf_call_is_relayed(call)) {
        return check_it_is_here(app, relayed->id, err) == 0 ? relayed->here(call, err) : INF_FAILED;
    }
    if (app->peers == NULL)
        return relayed->here(call, err);
    err->code = INF_ERR_NONE;
    return find_way(call, relayed, NULL, err);
}
