/* choose_node.c - which node answers a request, by what is free as far as it is known here.
 *
 * Of this node that is the truth. Of the others it is what they said last, and how many requests
 * from here they have not answered; so each node shares its own requests out fairly, whatever the
 * others do. Those that did not answer at all come last. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "choose_node.h"
#include "adaptive.h"
#include "command.h"
#include "inferd/alloc.h"
#include "inferd/store_shared.h"
#include <string.h>

#define LATE_MS UINT64_C(5000)
#define LATE_COUNTS 16 /* requests */

/* Does a, with so much to do and so many allocations, have less to do for each than b? */
static bool is_freer(int64_t a_has, int a_allocations, int64_t b_has, int b_allocations)
{
    return (a_has + 1) * b_allocations < (b_has + 1) * a_allocations;
}

/* What it has to do, or as much as if it had something to do that takes long. */
static int64_t has_to_do(const struct inf_routing_entry *entry, uint64_t now_ms)
{
    return entry->sent + (now_ms < entry->late_until_ms ? LATE_COUNTS : 0);
}

/* Of those that could be reached from here last, or of those that could not. */
static const struct inf_routing_entry *freest(const struct inf_deployment *deployment, bool silent,
                                              const char *not_node)
{
    const struct inf_routing *routing = &deployment->routing;
    const struct inf_routing_entry *best = NULL;
    uint64_t now_ms = uv_now(deployment->manager->loop);

    for (size_t i = 0; i < routing->count; i++) {
        const struct inf_routing_entry *entry = &routing->entries[i];

        if (entry->current == 0 ||
            inf_manager_is_silent(deployment->manager, entry->node_id) != silent ||
            (not_node != NULL && strcmp(entry->node_id, not_node) == 0))
            continue;
        if (best == NULL || is_freer(has_to_do(entry, now_ms), entry->current,
                                     has_to_do(best, now_ms), best->current))
            best = entry;
    }
    return best;
}

static bool answers_here(const struct inf_deployment *deployment)
{
    return deployment->current > 0 && deployment->state == INF_DEPLOYMENT_STARTED;
}

/* With an allocation free here, the way to another node is not worth it. */
static bool is_best_here(const struct inf_deployment *deployment,
                         const struct inf_routing_entry *other)
{
    int64_t has = deployment->demand.documents;

    return answers_here(deployment) &&
           (other == NULL || has < deployment->current ||
            !is_freer(has_to_do(other, uv_now(deployment->manager->loop)), other->current, has,
                      deployment->current));
}

/* It comes back soon, and its queue is open. */
static bool is_expected_here(const struct inf_deployment *deployment)
{
    return deployment->assigned > 0 && deployment->serving;
}

enum inf_way inf_choose_node(struct inf_deployment *deployment, const char *not_node,
                             char **ret_node)
{
    const struct inf_routing_entry *other;

    if (deployment->state == INF_DEPLOYMENT_STOPPING)
        return INF_WAY_HERE;
    other = freest(deployment, false, not_node);
    if (is_best_here(deployment, other))
        return INF_WAY_HERE;
    if (other == NULL)
        other = freest(deployment, true, not_node);
    if (other != NULL) {
        *ret_node = inf_strdup(other->node_id);
        inf_routing_sent(&deployment->routing, other->node_id);
        return INF_WAY_AWAY;
    }
    if (is_expected_here(deployment) || deployment->state == INF_DEPLOYMENT_FAILED)
        return INF_WAY_HERE;
    /* A start that was answered by another node a moment ago may not be known here yet. */
    return deployment->number_of_allocations == 0 || deployment->serving ||
                   inf_routing_targets(&deployment->routing) > 0
               ? INF_WAY_NOWHERE
               : INF_WAY_HERE;
}

enum inf_way inf_choose_again(struct inf_deployment *deployment, const char *failed,
                              char **ret_node)
{
    const struct inf_errands *errands = deployment->manager->errands;
    enum inf_way way = inf_choose_node(deployment, failed, ret_node);

    if (way == INF_WAY_NOWHERE && failed != NULL && errands->has_way(errands->arg, failed))
        way = inf_choose_node(deployment, NULL, ret_node);
    return way;
}

enum inf_way inf_manager_way(struct inf_manager *manager, const char *id, const char *not_node,
                             char **ret_deployment, char **ret_node)
{
    /* Also of a node that has only just come and knows no others yet: what it keeps, stays. */
    struct inf_deployment *deployment =
        inf_store_is_shared(manager->store) ? inf_command_resolve(manager, id) : NULL;
    enum inf_way way =
        deployment != NULL ? inf_choose_node(deployment, not_node, ret_node) : INF_WAY_HERE;

    if (way == INF_WAY_AWAY)
        *ret_deployment = inf_strdup(deployment->id);
    return way;
}

void inf_manager_came_back(struct inf_manager *manager, const char *deployment_id,
                           const char *node_id)
{
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, deployment_id);

    if (deployment != NULL)
        inf_routing_came_back(&deployment->routing, node_id);
}

void inf_manager_was_late(struct inf_manager *manager, const char *deployment_id,
                          const char *node_id)
{
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, deployment_id);
    struct inf_routing_entry *entry =
        deployment != NULL ? inf_routing_find(&deployment->routing, node_id) : NULL;

    if (entry != NULL)
        entry->late_until_ms = uv_now(manager->loop) + LATE_MS;
}

bool inf_manager_has_it_here(const struct inf_manager *manager, const char *id)
{
    const struct inf_deployment *deployment = inf_command_resolve(manager, id);

    return deployment == NULL || deployment->current > 0 || is_expected_here(deployment) ||
           !inf_store_is_shared(manager->store);
}

void inf_manager_await_node(struct inf_manager *manager, const char *id, int64_t timeout_ms,
                            inf_deployment_done done, void *arg)
{
    struct inf_deployment *deployment = inf_command_resolve(manager, id);
    struct inf_error err;

    inf_deployment_no_place_error(id, &err);
    if (deployment == NULL ||
        (deployment->number_of_allocations == 0 &&
         (deployment->scaling == NULL || inf_adaptive_wake(deployment, &err) != 0)))
        done(arg, &err, NULL);
    else
        inf_waiter_add(deployment, INF_WAIT_ALLOCATION, INF_ALLOCATION_STARTED, timeout_ms, done,
                       arg);
}
