/* world_check.c - what must be true of every plan, computed from the input and the shares alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "world.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Some allocations of a deployment on a node. */
struct entry {
    size_t node, deployment;
    const char *model_id;
    int allocations;
};

struct ledger {
    const struct inf_plan_input *input;
    struct entry *entries; /* by node, then model */
    size_t *first;         /* by node, and one more: where its entries begin */
};

/* What is asked of a node: who is on it, and maybe one allocation more. */
struct load {
    __int128 processors, memory;
};

__attribute__((format(printf, 2, 3))) static bool complain(char complaint[WORLD_COMPLAINT],
                                                           const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(complaint, WORLD_COMPLAINT, format, arguments);
    va_end(arguments);
    return false;
}

static int by_node_and_model(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return strcmp(x->model_id, y->model_id);
}

static void ledger_init(struct ledger *ledger, const struct inf_plan_input *input,
                        const struct inf_plan *plan)
{
    size_t total = 0, count, entry = 0;

    for (size_t i = 0; i < input->deployment_count; i++) {
        inf_plan_shares(plan, i, &count);
        total += count;
    }
    *ledger = (struct ledger){.input = input};
    ledger->entries = inf_alloc(total, sizeof *ledger->entries);
    ledger->first = inf_alloc(input->node_count + 1, sizeof *ledger->first);
    for (size_t i = 0; i < input->deployment_count; i++) {
        const struct inf_plan_share *shares = inf_plan_shares(plan, i, &count);
        for (size_t j = 0; j < count; j++)
            ledger->entries[entry++] = (struct entry){
                shares[j].node, i, input->deployments[i].model_id, shares[j].allocations};
    }
    qsort(ledger->entries, total, sizeof *ledger->entries, by_node_and_model);
    entry = 0;
    for (size_t i = 0; i <= input->node_count; i++) {
        while (entry < total && ledger->entries[entry].node < i)
            entry++;
        ledger->first[i] = entry;
    }
}

static void ledger_fini(struct ledger *ledger)
{
    free(ledger->entries);
    free(ledger->first);
}

/* The load of a node; `extra` is a deployment that gets one allocation more there, or NULL, and a
 * normal one does not see those of low priority. */
static struct load load_of(const struct ledger *ledger, size_t node,
                           const struct inf_plan_deployment *extra)
{
    struct load load = {0, 0};
    const char *model = "";
    bool extra_has_model = false, extra_is_there = false;

    for (size_t i = ledger->first[node]; i < ledger->first[node + 1]; i++) {
        const struct entry *entry = &ledger->entries[i];
        const struct inf_plan_deployment *user = &ledger->input->deployments[entry->deployment];
        if (extra != NULL && user->low_priority && !extra->low_priority)
            continue;
        if (strcmp(model, entry->model_id) != 0)
            load.memory += user->model_bytes;
        model = entry->model_id;
        load.memory +=
            user->deployment_bytes + (__int128)entry->allocations * user->allocation_bytes;
        load.processors += user->low_priority ? 0 : (__int128)entry->allocations * user->threads;
        extra_is_there |= user == extra;
        extra_has_model |= extra != NULL && strcmp(extra->model_id, entry->model_id) == 0;
    }
    if (extra != NULL) {
        load.memory += extra->allocation_bytes + (extra_is_there ? 0 : extra->deployment_bytes) +
                       (extra_has_model ? 0 : extra->model_bytes);
        load.processors += extra->low_priority ? 0 : extra->threads;
    }
    return load;
}

static bool fits(const struct inf_plan_node *node, struct load load)
{
    return load.processors <= node->processors && load.memory <= node->memory_bytes;
}

static bool check_shares(const struct inf_plan_input *input, const struct inf_plan *plan,
                         size_t deployment, char complaint[WORLD_COMPLAINT])
{
    const struct inf_plan_deployment *asked = &input->deployments[deployment];
    size_t count;
    const struct inf_plan_share *shares = inf_plan_shares(plan, deployment, &count);
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        if (shares[i].node >= input->node_count || shares[i].allocations < 1)
            return complain(complaint, "%s has a share that is none", asked->id);
        if (i > 0 &&
            strcmp(input->nodes[shares[i - 1].node].id, input->nodes[shares[i].node].id) >= 0)
            return complain(complaint, "%s has shares out of order", asked->id);
        if (input->nodes[shares[i].node].processors < asked->threads)
            return complain(complaint, "%s is on %s, which is too small", asked->id,
                            input->nodes[shares[i].node].id);
        sum += shares[i].allocations;
    }
    if (sum > asked->allocations || (sum > 0 && asked->refusal != NULL))
        return complain(complaint, "%s has %lld allocations of %d", asked->id, (long long)sum,
                        asked->allocations);
    if (sum != inf_plan_allocations(plan, deployment))
        return complain(complaint, "%s: its shares are not its allocations", asked->id);
    return true;
}

static bool check_nobody_lost(const struct inf_plan_input *input, const struct inf_plan *plan,
                              char complaint[WORLD_COMPLAINT])
{
    for (size_t i = 0; i < input->deployment_count; i++) {
        const struct inf_plan_deployment *asked = &input->deployments[i];
        int64_t owed = 0;
        for (size_t j = 0; j < asked->current_count; j++)
            owed += asked->current[j].allocations;
        if (owed > asked->allocations)
            owed = asked->allocations;
        if (!asked->low_priority && inf_plan_allocations(plan, i) < owed)
            return complain(complaint, "%s had %lld allocations and has %d", asked->id,
                            (long long)owed, inf_plan_allocations(plan, i));
    }
    return true;
}

static bool check_nothing_fits(const struct ledger *ledger, const struct inf_plan *plan,
                               size_t deployment, char complaint[WORLD_COMPLAINT])
{
    const struct inf_plan_deployment *asked = &ledger->input->deployments[deployment];

    if (inf_plan_allocations(plan, deployment) >= asked->allocations || asked->refusal != NULL)
        return true;
    for (size_t i = 0; i < ledger->input->node_count; i++) {
        const struct inf_plan_node *node = &ledger->input->nodes[i];
        if (node->processors >= asked->threads && fits(node, load_of(ledger, i, asked)))
            return complain(complaint, "%s has %d of %d allocations, and %s has room for one more",
                            asked->id, inf_plan_allocations(plan, deployment), asked->allocations,
                            node->id);
    }
    return true;
}

bool world_check_plan(const struct world *world, const struct world_input *input,
                      const struct inf_plan *plan, char complaint[WORLD_COMPLAINT])
{
    struct ledger ledger;
    bool good = true;

    ledger_init(&ledger, &input->input, plan);
    for (size_t i = 0; good && i < input->input.deployment_count; i++)
        good = check_shares(&input->input, plan, i, complaint);
    for (size_t i = 0; good && i < input->input.node_count; i++)
        if (!fits(&input->nodes[i], load_of(&ledger, i, NULL)))
            good = complain(complaint, "%s is over-subscribed", input->nodes[i].id);
    if (good && !world->shrunk)
        good = check_nobody_lost(&input->input, plan, complaint);
    for (size_t i = 0; good && i < input->input.deployment_count; i++)
        good = check_nothing_fits(&ledger, plan, i, complaint);
    ledger_fini(&ledger);
    return good;
}

/* ---- two plans ---- */

/* The plan's shares of a deployment as text: node ids and numbers. */
static bool same_shares(const struct world_input *a, const struct inf_plan *plan_a, size_t at_a,
                        const struct world_input *b, const struct inf_plan *plan_b, size_t at_b)
{
    size_t count_a, count_b;
    const struct inf_plan_share *shares_a = inf_plan_shares(plan_a, at_a, &count_a);
    const struct inf_plan_share *shares_b = inf_plan_shares(plan_b, at_b, &count_b);

    if (count_a != count_b)
        return false;
    for (size_t i = 0; i < count_a; i++)
        if (a->node_at[shares_a[i].node] != b->node_at[shares_b[i].node] ||
            shares_a[i].allocations != shares_b[i].allocations)
            return false;
    return true;
}

bool world_check_order(struct world *world, const struct world_input *input,
                       const struct inf_plan *plan, char complaint[WORLD_COMPLAINT])
{
    struct world_input shuffled;
    size_t *place = inf_alloc(world->deployment_count, sizeof *place);
    struct inf_plan *other;
    bool good = true;

    world_input_init(&shuffled, world, true, false);
    other = inf_plan_make(&shuffled.input);
    for (size_t i = 0; i < shuffled.input.deployment_count; i++)
        place[shuffled.deployment_at[i]] = i;
    for (size_t i = 0; good && i < input->input.deployment_count; i++)
        if (!same_shares(input, plan, i, &shuffled, other, place[input->deployment_at[i]]))
            good = complain(complaint, "%s: another order of the input gives another plan",
                            input->deployments[i].id);
    inf_plan_free(other);
    world_input_fini(&shuffled);
    free(place);
    return good;
}

struct fare {
    int64_t served, placed;
};

static struct fare fare_of(const struct world_input *input, const struct inf_plan *plan)
{
    struct fare fare = {0, 0};

    for (size_t i = 0; i < input->input.deployment_count; i++) {
        int placed = inf_plan_allocations(plan, i);
        if (input->deployments[i].low_priority)
            continue;
        fare.served += placed > 0;
        fare.placed += placed;
    }
    return fare;
}

bool world_check_low(struct world *world, const struct world_input *input,
                     const struct inf_plan *plan, char complaint[WORLD_COMPLAINT])
{
    struct fare with = fare_of(input, plan), without;
    struct world_input normal;
    struct inf_plan *other;

    world_input_init(&normal, world, false, true);
    other = inf_plan_make(&normal.input);
    without = fare_of(&normal, other);
    inf_plan_free(other);
    world_input_fini(&normal);
    /* After a loss, who survives comes before how many are served. */
    if (world->shrunk || with.served > without.served ||
        (with.served == without.served && with.placed >= without.placed))
        return true;
    return complain(complaint,
                    "normal deployments: %lld served with %lld allocations, without low priority "
                    "%lld with %lld",
                    (long long)with.served, (long long)with.placed, (long long)without.served,
                    (long long)without.placed);
}

bool world_check_again(struct world *world, char complaint[WORLD_COMPLAINT])
{
    struct world_input input;
    struct inf_plan *plan;
    bool good = true;

    world_input_init(&input, world, false, false);
    plan = inf_plan_make(&input.input);
    for (size_t i = 0; good && i < input.input.deployment_count; i++) {
        const struct inf_plan_deployment *deployment = &input.deployments[i];
        size_t count;
        const struct inf_plan_share *shares = inf_plan_shares(plan, i, &count);
        good = count == deployment->current_count &&
               (count == 0 || memcmp(shares, deployment->current, count * sizeof *shares) == 0);
        if (!good)
            complain(complaint, "%s: a plan of the plan is another one", deployment->id);
    }
    inf_plan_free(plan);
    world_input_fini(&input);
    return good;
}
