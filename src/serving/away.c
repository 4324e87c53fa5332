/* away.c - an errand to another node, as a request of the deployment here: it has its deadline, is
 * cancelled and drained like all others, and is counted where it is computed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "away.h"
#include "choose_node.h"
#include "command.h"
#include "inferd/alloc.h"
#include <stdlib.h>

struct inf_away {
    struct inf_errand *errand; /* NULL: it is over */
    char *node_id;
    bool is_again;
};

static void on_done(void *arg, bool reached, const struct inf_error *err, struct inf_buf *results);

static void ask(struct inf_infer *infer, char *node_id)
{
    struct inf_away *away = infer->away;
    const struct inf_errands *errands = infer->manager->errands;

    away->node_id = node_id;
    away->errand = errands->send(errands->arg, node_id, infer->deployment->id, &infer->request,
                                 inf_infer_left_ms(&infer->request), on_done, infer);
}

static void come_back(struct inf_infer *infer)
{
    struct inf_away *away = infer->away;

    inf_routing_came_back(&infer->deployment->routing, away->node_id);
    free(away->node_id);
    away->node_id = NULL;
    away->errand = NULL;
}

void inf_away_end(struct inf_infer *infer)
{
    struct inf_away *away = infer->away;

    if (away == NULL)
        return;
    if (away->errand != NULL) {
        infer->manager->errands->cancel(away->errand);
        come_back(infer);
    }
    free(away);
    infer->away = NULL;
}

/* As if it had just come, and no node could answer. */
static bool hold(struct inf_infer *infer)
{
    struct inf_deployment *deployment = infer->deployment;

    if (deployment->held >= INF_HELD_MAX)
        return false;
    inf_away_end(infer);
    infer->held = true;
    infer->remaining = inf_json_size(infer->request.docs);
    deployment->held++;
    deployment->demand.documents += (int64_t)infer->remaining;
    return true;
}

/* The next best node, or this one, where its worker is ready; else it waits. false: there is no
 * room to. */
static bool try_again(struct inf_infer *infer, const char *not_node)
{
    struct inf_deployment *deployment = infer->deployment;
    char *node_id = NULL;
    struct inf_error err;

    infer->away->is_again = true;
    if (inf_choose_again(deployment, not_node, &node_id) == INF_WAY_AWAY) {
        ask(infer, node_id);
        return true;
    }
    if (deployment->worker == NULL || deployment->worker->runtime == NULL)
        return hold(infer);
    inf_away_end(infer);
    if (inf_infer_admit(infer, &err) != 0)
        inf_infer_fail(infer, &err);
    return true;
}

static void succeed(struct inf_infer *infer, struct inf_buf *results)
{
    infer->count = 1;
    infer->jobs = inf_alloc(1, sizeof(struct inf_job *));
    infer->results = inf_alloc(1, sizeof *infer->results);
    infer->results[0] = *results;
    inf_buf_init(results, results->max);
    inf_infer_succeed(infer);
}

static void on_done(void *arg, bool reached, const struct inf_error *err, struct inf_buf *results)
{
    struct inf_infer *infer = arg;
    char *node_id = inf_strdup(infer->away->node_id);

    come_back(infer);
    if (!reached && !infer->away->is_again && try_again(infer, node_id))
        ; /* it is on its way again, waits, or has ended */
    else if (err != NULL)
        inf_infer_fail(infer, err);
    else
        succeed(infer, results);
    free(node_id);
}

bool inf_away_begin(struct inf_manager *manager, const char *id,
                    const struct inf_infer_request *request, struct inf_infer **ret)
{
    struct inf_deployment *deployment;
    struct inf_infer *infer;
    char *node_id = NULL;

    if (request->stays || manager->errands == NULL || manager->nodes.count < 2)
        return false;
    deployment = inf_command_resolve(manager, id);
    if (deployment == NULL || inf_choose_node(deployment, NULL, &node_id) != INF_WAY_AWAY)
        return false;
    infer = inf_infer_new(deployment, request);
    infer->away = inf_alloc(1, sizeof *infer->away);
    inf_infer_link(infer);
    ask(infer, node_id);
    *ret = infer;
    return true;
}

void inf_away_held(struct inf_deployment *deployment)
{
    char *node_id = NULL;

    for (struct inf_infer *infer = deployment->infers; infer != NULL; infer = infer->next) {
        if (!infer->held || infer->request.stays)
            continue;
        if (inf_choose_node(deployment, NULL, &node_id) != INF_WAY_AWAY)
            return;
        infer->held = false;
        deployment->held--;
        deployment->demand.documents -= (int64_t)infer->remaining;
        infer->remaining = 0;
        infer->away = inf_alloc(1, sizeof *infer->away);
        ask(infer, node_id);
    }
}

void inf_manager_send_by(struct inf_manager *manager, const struct inf_errands *errands)
{
    manager->errands = errands;
}
