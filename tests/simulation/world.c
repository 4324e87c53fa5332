/* world.c - the world of the simulation: random nodes and deployments, and what happens to them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"
#include "inferd/alloc.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MB ((int64_t)1024 * 1024)

uint64_t world_random(struct world *world)
{
    uint64_t value = world->random += 0x9e3779b97f4a7c15ULL;

    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

int world_between(struct world *world, int least, int most)
{
    return least + (int)(world_random(world) % (uint64_t)((int64_t)most - least + 1));
}

static bool chance(struct world *world, int percent)
{
    return world_between(world, 1, 100) <= percent;
}

static size_t any(struct world *world, size_t count)
{
    return (size_t)(world_random(world) % count);
}

/* ---- nodes ---- */

static void choose_zone(struct world *world, struct world_node *node)
{
    node->zone[0] = '\0';
    if (world->zones > 0)
        snprintf(node->zone, sizeof node->zone, "zone-%d",
                 world_between(world, 1, (int)world->zones));
}

/* Ids are scattered, so that age and order by id have nothing to do with each other. */
static void choose_id(struct world *world, char id[WORLD_ID], char kind)
{
    snprintf(id, WORLD_ID, "%c%08x-%u", kind, (unsigned)world_random(world), world->next_id++);
}

void world_add_node(struct world *world)
{
    static const int sizes[] = {1, 2, 4, 8, 8, 16, 16, 32};
    struct world_node *node;

    world->nodes = inf_realloc(world->nodes, world->node_count + 1, sizeof *world->nodes);
    node = &world->nodes[world->node_count++];
    choose_id(world, node->id, 'n');
    choose_zone(world, node);
    node->processors = sizes[any(world, sizeof sizes / sizeof *sizes)];
    node->memory_bytes = node->processors * MB * world_between(world, 4, 30) * world->memory;
}

static void drop_shares_on(struct world_deployment *deployment, size_t node, size_t last)
{
    size_t kept = 0;

    for (size_t i = 0; i < deployment->share_count; i++) {
        struct inf_plan_share share = deployment->shares[i];
        if (share.node == node)
            continue;
        if (share.node == last)
            share.node = node;
        deployment->shares[kept++] = share;
    }
    deployment->share_count = kept;
}

/* The last node takes its place. */
static void remove_node(struct world *world, size_t at)
{
    size_t last = world->node_count - 1;

    for (size_t i = 0; i < world->deployment_count; i++)
        drop_shares_on(&world->deployments[i], at, last);
    world->nodes[at] = world->nodes[last];
    world->node_count--;
    world->shrunk = true;
}

/* ---- deployments ---- */

/* A figure of the model itself: the same for all its deployments. */
static int64_t of_model(const char *model_id, int64_t most)
{
    uint64_t hash = 14695981039346656037ULL;

    for (; *model_id; model_id++)
        hash = (hash ^ (unsigned char)*model_id) * 1099511628211ULL;
    return (int64_t)((hash >> 20) % (uint64_t)most);
}

static void choose_needs(struct world *world, struct world_deployment *deployment)
{
    static const int threads[] = {1, 1, 1, 2, 2, 4, 8, 16};

    deployment->low_priority = chance(world, 20);
    deployment->threads = threads[any(world, sizeof threads / sizeof *threads)];
    if (deployment->low_priority)
        deployment->allocations = world_between(world, 1, 2);
    else if (chance(world, world->greedy))
        deployment->allocations = INT_MAX;
    else
        deployment->allocations =
            chance(world, 5) ? 0 : world_between(world, 1, chance(world, 10) ? 200 : 12);
    deployment->deployment_bytes = chance(world, 50) ? 0 : world_between(world, 0, 200) * MB;
    deployment->allocation_bytes = chance(world, 40) ? 0 : world_between(world, 1, 600) * MB;
}

void world_add_deployment(struct world *world)
{
    struct world_deployment *deployment;

    world->deployments =
        inf_realloc(world->deployments, world->deployment_count + 1, sizeof *world->deployments);
    deployment = &world->deployments[world->deployment_count++];
    *deployment = (struct world_deployment){0};
    choose_id(world, deployment->id, 'd');
    snprintf(deployment->model_id, sizeof deployment->model_id, "model-%d",
             world_between(world, 1, (int)world->models));
    deployment->model_bytes = 100 * MB + of_model(deployment->model_id, 3000 * MB);
    choose_needs(world, deployment);
}

void world_remove_deployment(struct world *world, size_t at)
{
    free(world->deployments[at].shares);
    world->deployments[at] = world->deployments[--world->deployment_count];
}

void world_init(struct world *world, uint64_t seed, const struct world_size *size)
{
    *world = (struct world){.random = seed,
                            .zones = size->zones,
                            .models = size->models,
                            .memory = size->memory,
                            .greedy = size->greedy};
    for (size_t i = 0; i < size->nodes; i++)
        world_add_node(world);
    for (size_t i = 0; i < size->deployments; i++)
        world_add_deployment(world);
    snprintf(world->event, sizeof world->event, "the beginning");
}

void world_fini(struct world *world)
{
    while (world->deployment_count > 0)
        world_remove_deployment(world, world->deployment_count - 1);
    free(world->deployments);
    free(world->nodes);
}

/* ---- what happens ---- */

static void change_node(struct world *world)
{
    size_t at = any(world, world->node_count);
    struct world_node *node = &world->nodes[at];
    int what = world_between(world, 1, 4);

    if (what == 1) {
        world_add_node(world);
        snprintf(world->event, sizeof world->event, "node %s joins",
                 world->nodes[world->node_count - 1].id);
    } else if (what == 2) {
        snprintf(world->event, sizeof world->event, "node %s leaves", node->id);
        remove_node(world, at);
    } else if (what == 3) {
        snprintf(world->event, sizeof world->event, "node %s shrinks", node->id);
        node->processors -= node->processors / 2;
        node->memory_bytes -= node->memory_bytes / world_between(world, 2, 10);
        world->shrunk = true;
    } else {
        choose_zone(world, node);
        snprintf(world->event, sizeof world->event, "node %s is in zone [%s]", node->id,
                 node->zone);
    }
}

static void scale(struct world *world, struct world_deployment *deployment)
{
    int allocations = deployment->allocations;

    if (chance(world, 50))
        deployment->allocations = world_between(world, 0, allocations);
    else
        deployment->allocations += world_between(world, 0, allocations < 1000 ? 10 : 0);
    snprintf(world->event, sizeof world->event, "%s goes from %d to %d allocations", deployment->id,
             allocations, deployment->allocations);
}

static void grow_need(struct world *world, struct world_deployment *deployment)
{
    deployment->allocation_bytes += deployment->allocation_bytes / 10 + MB;
    world->shrunk = true;
    snprintf(world->event, sizeof world->event, "%s needs %lld bytes an allocation", deployment->id,
             (long long)deployment->allocation_bytes);
}

bool world_change(struct world *world)
{
    int what = world_between(world, 1, 100);
    size_t at;

    if (what <= 35 || world->deployment_count == 0) {
        world_add_deployment(world);
        snprintf(world->event, sizeof world->event, "%s is deployed",
                 world->deployments[world->deployment_count - 1].id);
        return true;
    }
    at = any(world, world->deployment_count);
    if (what <= 60) {
        snprintf(world->event, sizeof world->event, "%s is undeployed", world->deployments[at].id);
        world_remove_deployment(world, at);
    } else if (what <= 80) {
        scale(world, &world->deployments[at]);
    } else if (what <= 85) {
        grow_need(world, &world->deployments[at]);
    } else if (world->node_count > 0) {
        change_node(world);
    } else {
        world_add_node(world);
    }
    return false;
}

/* ---- the planner's input ---- */

/* 0 .. count - 1, in this order or shuffled. */
static size_t *order_of(struct world *world, size_t count, bool shuffled)
{
    size_t *order = inf_alloc(count, sizeof *order);

    for (size_t i = 0; i < count; i++) {
        size_t j = shuffled ? any(world, i + 1) : i;
        order[i] = order[j];
        order[j] = i;
    }
    return order;
}

static void add_input_node(struct world_input *input, const struct world_node *node)
{
    input->nodes[input->input.node_count++] =
        (struct inf_plan_node){.id = node->id,
                               .zone = node->zone[0] ? node->zone : NULL,
                               .processors = node->processors,
                               .memory_bytes = node->memory_bytes};
}

/* input_node: place in the world -> place in the input. Shares are written to `shares`, the last
 * first when shuffled. */
static void add_input_deployment(struct world_input *input,
                                 const struct world_deployment *deployment,
                                 const size_t *input_node, struct inf_plan_share *shares,
                                 bool shuffled)
{
    size_t count = deployment->share_count;

    for (size_t i = 0; i < count; i++) {
        const struct inf_plan_share *from = &deployment->shares[shuffled ? count - 1 - i : i];
        shares[i] = (struct inf_plan_share){input_node[from->node], from->allocations};
    }
    input->deployments[input->input.deployment_count++] =
        (struct inf_plan_deployment){.id = deployment->id,
                                     .model_id = deployment->model_id,
                                     .allocations = deployment->allocations,
                                     .threads = deployment->threads,
                                     .low_priority = deployment->low_priority,
                                     .model_bytes = deployment->model_bytes,
                                     .deployment_bytes = deployment->deployment_bytes,
                                     .allocation_bytes = deployment->allocation_bytes,
                                     .current = shares,
                                     .current_count = count};
}

void world_input_init(struct world_input *input, struct world *world, bool shuffled,
                      bool without_low)
{
    size_t *input_node = inf_alloc(world->node_count, sizeof *input_node);
    size_t *order = order_of(world, world->deployment_count, shuffled);
    size_t share_count = 0;

    *input = (struct world_input){0};
    input->node_at = order_of(world, world->node_count, shuffled);
    input->deployment_at = inf_alloc(world->deployment_count, sizeof *input->deployment_at);
    input->nodes = inf_alloc(world->node_count, sizeof *input->nodes);
    input->deployments = inf_alloc(world->deployment_count, sizeof *input->deployments);
    for (size_t i = 0; i < world->node_count; i++) {
        input_node[input->node_at[i]] = i;
        add_input_node(input, &world->nodes[input->node_at[i]]);
    }
    for (size_t i = 0; i < world->deployment_count; i++)
        share_count += world->deployments[i].share_count;
    input->shares = inf_alloc(share_count, sizeof *input->shares);
    share_count = 0;
    for (size_t i = 0; i < world->deployment_count; i++) {
        const struct world_deployment *deployment = &world->deployments[order[i]];
        if (without_low && deployment->low_priority)
            continue;
        input->deployment_at[input->input.deployment_count] = order[i];
        add_input_deployment(input, deployment, input_node, input->shares + share_count, shuffled);
        share_count += deployment->share_count;
    }
    input->input.nodes = input->nodes;
    input->input.deployments = input->deployments;
    free(input_node);
    free(order);
}

void world_input_fini(struct world_input *input)
{
    free(input->nodes);
    free(input->deployments);
    free(input->node_at);
    free(input->deployment_at);
    free(input->shares);
}

/* ---- the plan becomes what runs ---- */

static int64_t sum_of(const struct inf_plan_share *shares, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += shares[i].allocations;
    return sum;
}

/* on: scratch by node, zeros. */
static int64_t moves_of(const struct world_deployment *old, const struct inf_plan_share *shares,
                        size_t count, int64_t *on)
{
    int64_t before = sum_of(old->shares, old->share_count), after = sum_of(shares, count),
            stayed = 0;

    for (size_t i = 0; i < old->share_count; i++)
        on[old->shares[i].node] = old->shares[i].allocations;
    for (size_t i = 0; i < count; i++) {
        int64_t there = on[shares[i].node];
        stayed += there < shares[i].allocations ? there : shares[i].allocations;
    }
    for (size_t i = 0; i < old->share_count; i++)
        on[old->shares[i].node] = 0;
    return (before < after ? before : after) - stayed;
}

int64_t world_apply(struct world *world, const struct world_input *input,
                    const struct inf_plan *plan)
{
    int64_t *on = inf_alloc(world->node_count, sizeof *on), moved = 0;

    for (size_t i = 0; i < input->input.deployment_count; i++) {
        struct world_deployment *deployment = &world->deployments[input->deployment_at[i]];
        size_t count;
        const struct inf_plan_share *planned = inf_plan_shares(plan, i, &count);
        struct inf_plan_share *shares = inf_alloc(count, sizeof *shares);
        for (size_t j = 0; j < count; j++)
            shares[j] =
                (struct inf_plan_share){input->node_at[planned[j].node], planned[j].allocations};
        moved += moves_of(deployment, shares, count, on);
        free(deployment->shares);
        deployment->shares = shares;
        deployment->share_count = count;
    }
    free(on);
    world->shrunk = false;
    return moved;
}
