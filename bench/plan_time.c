/* plan_time.c - how long the planner takes for a cluster of so many nodes and deployments.
 *
 * Nodes have eight processors and stand in three zones, deployments want four allocations of one
 * thread. Planned are: everything from nothing; the same again, with nothing to be done; after a
 * node has left; and with one more deployment. Prints one line of JSON, times in milliseconds of
 * CPU, and the bytes of a deployment's plan as text.
 *
 * Usage: plan_time NODES DEPLOYMENTS */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/planner.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GB (INT64_C(1) << 30)
#define PROCESSORS 8
#define ALLOCATIONS 4
#define NAME 40

struct world {
    struct inf_plan_node *nodes;
    struct inf_plan_deployment *deployments;
    struct inf_plan_share *shares; /* [deployments][ALLOCATIONS] */
    char (*names)[NAME];
};

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static size_t number(const char *text)
{
    long value = strtol(text, NULL, 10);

    if (value < 1 || value > 1000000) {
        fprintf(stderr, "plan_time: [%s] must be a number from 1 to 1000000\n", text);
        exit(2);
    }
    return (size_t)value;
}

static void *take(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        abort();
    return memory;
}

static void make(struct world *world, size_t nodes, size_t deployments)
{
    static const char *const zones[] = {"a", "b", "c"};

    world->nodes = take(nodes, sizeof *world->nodes);
    world->deployments = take(deployments + 1, sizeof *world->deployments);
    world->shares = take((deployments + 1) * ALLOCATIONS, sizeof *world->shares);
    world->names = take(nodes + deployments + 1, NAME);
    for (size_t i = 0; i < nodes; i++) {
        snprintf(world->names[i], NAME, "node-%08zu", i * 7919 % 100000007);
        world->nodes[i] = (struct inf_plan_node){.id = world->names[i],
                                                 .zone = zones[i % 3],
                                                 .processors = PROCESSORS,
                                                 .memory_bytes = 16 * GB};
    }
    for (size_t i = 0; i <= deployments; i++) {
        snprintf(world->names[nodes + i], NAME, "deployment-%zu", i);
        world->deployments[i] =
            (struct inf_plan_deployment){.id = world->names[nodes + i],
                                         .model_id = world->names[nodes + i],
                                         .allocations = ALLOCATIONS,
                                         .threads = 1,
                                         .model_bytes = GB / 4,
                                         .deployment_bytes = GB / 64,
                                         .current = world->shares + i * ALLOCATIONS};
    }
}

/* Plans, and makes the plan what there is. first: of the nodes, those before it have left. */
static double plan(struct world *world, size_t first, size_t nodes, size_t deployments)
{
    double begun = now_ms(), took;
    struct inf_plan *result = inf_plan_make(&(struct inf_plan_input){
        .nodes = world->nodes + first,
        .node_count = nodes - first,
        .deployments = world->deployments,
        .deployment_count = deployments,
    });

    took = now_ms() - begun;
    for (size_t i = 0; i < deployments; i++) {
        size_t count;
        const struct inf_plan_share *shares = inf_plan_shares(result, i, &count);

        for (size_t j = 0; j < count; j++)
            world->shares[i * ALLOCATIONS + j] = shares[j];
        world->deployments[i].current_count = count;
    }
    inf_plan_free(result);
    return took;
}

/* The first node has gone: nobody has anything there, and all others have another number. */
static void forget_first(struct world *world, size_t deployments)
{
    for (size_t i = 0; i < deployments; i++) {
        struct inf_plan_share *shares = world->shares + i * ALLOCATIONS;
        size_t kept = 0;

        for (size_t j = 0; j < world->deployments[i].current_count; j++)
            if (shares[j].node > 0)
                shares[kept++] = (struct inf_plan_share){shares[j].node - 1, shares[j].allocations};
        world->deployments[i].current_count = kept;
    }
}

int main(int argc, char **argv)
{
    struct world world;
    size_t nodes, deployments;

    if (argc != 3) {
        fprintf(stderr, "usage: plan_time NODES DEPLOYMENTS\n");
        return 2;
    }
    nodes = number(argv[1]);
    deployments = number(argv[2]);
    make(&world, nodes, deployments);
    printf("{\"nodes\": %zu, \"deployments\": %zu, \"from_nothing_ms\": %.1f", nodes, deployments,
           plan(&world, 0, nodes, deployments));
    printf(", \"unchanged_ms\": %.1f", plan(&world, 0, nodes, deployments));
    forget_first(&world, deployments);
    printf(", \"node_left_ms\": %.1f", plan(&world, 1, nodes, deployments));
    printf(", \"one_more_ms\": %.1f}\n", plan(&world, 1, nodes, deployments + 1));
    return 0;
}
