/* world.h - nodes and deployments that change at random, planned after each change.
 *
 * For the planner's simulation and its property tests. One seed makes one history. The invariants
 * are checked by code of its own (world_check.c), which shares nothing with the planner.
 * Thread: none. Owns: everything in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_WORLD_H
#define INFERD_WORLD_H

#include "inferd/planner.h"

#define WORLD_ID 24
#define WORLD_COMPLAINT 512

struct world_node {
    char id[WORLD_ID];
    char zone[WORLD_ID];
    int processors;
    int64_t memory_bytes;
};

struct world_deployment {
    char id[WORLD_ID];
    char model_id[WORLD_ID];
    int allocations, threads;
    bool low_priority;
    int64_t model_bytes, deployment_bytes, allocation_bytes;
    struct inf_plan_share *shares; /* what runs: node is the place in world.nodes */
    size_t share_count;
};

struct world {
    uint64_t random;
    struct world_node *nodes;
    size_t node_count;
    struct world_deployment *deployments;
    size_t deployment_count;
    uint32_t next_id; /* ids are never used twice */
    uint32_t zones;   /* 0: no node has one */
    uint32_t models;  /* that deployments choose from */
    int memory;       /* of nodes, in percent of the usual */
    int greedy;       /* percent of the deployments that want all there is */
    bool shrunk;      /* capacity went, or needs grew, since the last plan was applied */
    char event[128];  /* the last one, in words */
};

struct world_size {
    size_t nodes, deployments;
    uint32_t zones, models;
    int memory, greedy; /* percent */
};

/* The input made of a world, in the world's order or shuffled. */
struct world_input {
    struct inf_plan_input input;
    struct inf_plan_node *nodes;
    struct inf_plan_deployment *deployments;
    size_t *node_at, *deployment_at; /* place in the input -> place in the world */
    struct inf_plan_share *shares;
};

void world_init(struct world *world, uint64_t seed, const struct world_size *size);
void world_fini(struct world *world);
uint64_t world_random(struct world *world);
int world_between(struct world *world, int least, int most); /* both included */

/* Changes. A new deployment stands last. */
void world_add_node(struct world *world);
void world_add_deployment(struct world *world);
void world_remove_deployment(struct world *world, size_t at);
/* One random change: deploy, undeploy, scale, a node that joins, leaves, shrinks or changes its
 * zone, a model that turns out to need more memory. Returns true when it was a new deployment. */
bool world_change(struct world *world);

/* shuffled: nodes, deployments and shares in a random order. without_low: only normal ones. */
void world_input_init(struct world_input *input, struct world *world, bool shuffled,
                      bool without_low);
void world_input_fini(struct world_input *input);
/* From now on what runs is what the plan says. Returns how many allocations moved. */
int64_t world_apply(struct world *world, const struct world_input *input,
                    const struct inf_plan *plan);

/* ---- checks: true, or false with a complaint ---- */

/* Processors, memory, requested numbers, order of the shares; nobody lost what ran unless the
 * world shrank; nothing that is missing would still fit. */
bool world_check_plan(const struct world *world, const struct world_input *input,
                      const struct inf_plan *plan, char complaint[WORLD_COMPLAINT]);
/* The same plan for the input in another order. */
bool world_check_order(struct world *world, const struct world_input *input,
                       const struct inf_plan *plan, char complaint[WORLD_COMPLAINT]);
/* Normal deployments fare no worse than without those of low priority. */
bool world_check_low(struct world *world, const struct world_input *input,
                     const struct inf_plan *plan, char complaint[WORLD_COMPLAINT]);
/* To be asked after world_apply: planning again changes nothing. */
bool world_check_again(struct world *world, char complaint[WORLD_COMPLAINT]);

#endif
