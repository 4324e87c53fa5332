/* problem.c - from the input to numbers: whatever order it came in and however odd its figures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "problem.h"
#include "inferd/alloc.h"
#include "keep.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static int64_t clamp_bytes(int64_t bytes)
{
    return clamp(bytes, 0, INF_PROBLEM_MAX_BYTES);
}

/* Any two elements differ, at least by where they stand in the input, so qsort's order is one. */
static int by_text(const char *a, const char *b, const void *place_a, const void *place_b)
{
    int order = strcmp(a, b);

    if (order != 0)
        return order;
    return place_a < place_b ? -1 : place_a > place_b;
}

/* ---- nodes ---- */

static int by_node_id(const void *a, const void *b)
{
    const struct inf_problem_node *x = a, *y = b;
    return by_text(x->given->id, y->given->id, x->given, y->given);
}

static int by_zone(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* Sorts the names and keeps one of each. */
static uint32_t distinct(const char **names, uint32_t count)
{
    uint32_t kept = 0;

    qsort(names, count, sizeof *names, by_zone);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
            names[kept++] = names[i];
    return kept;
}

/* Nodes without a zone are one zone together. Where nearly every node has a zone of its own, the
 * attribute says nothing of availability, and to spread over all of them would only cost memory. */
static void number_zones(struct inf_problem *problem)
{
    const char **names = inf_alloc(problem->node_count, sizeof *names);

    for (uint32_t i = 0; i < problem->node_count; i++)
        names[i] = problem->nodes[i].given->zone ? problem->nodes[i].given->zone : "";
    problem->zone_count = distinct(names, problem->node_count);
    if (problem->zone_count == 0 || problem->zone_count > INF_PROBLEM_MAX_ZONES)
        problem->zone_count = 1;
    for (uint32_t i = 0; i < problem->node_count && problem->zone_count > 1; i++) {
        const char *zone = problem->nodes[i].given->zone ? problem->nodes[i].given->zone : "";
        const char **found = bsearch(&zone, names, problem->zone_count, sizeof *names, by_zone);
        problem->nodes[i].zone = (uint32_t)(found - names);
    }
    free(names);
}

static void read_nodes(struct inf_problem *problem)
{
    const struct inf_plan_input *input = problem->input;

    problem->node_count = (uint32_t)input->node_count;
    problem->nodes = inf_alloc(input->node_count, sizeof *problem->nodes);
    for (size_t i = 0; i < input->node_count; i++)
        problem->nodes[i] = (struct inf_problem_node){
            .given = &input->nodes[i],
            .processors = clamp(input->nodes[i].processors, 0, INT_MAX),
            .memory_bytes = clamp_bytes(input->nodes[i].memory_bytes),
        };
    qsort(problem->nodes, problem->node_count, sizeof *problem->nodes, by_node_id);
    number_zones(problem);
}

/* ---- what runs ---- */

static int by_node(const void *a, const void *b)
{
    const struct inf_running *x = a, *y = b;
    return x->node < y->node ? -1 : x->node > y->node;
}

/* One entry a node, as the input may name a node twice. */
static size_t merge(struct inf_running *running, size_t count)
{
    size_t kept = 0;

    qsort(running, count, sizeof *running, by_node);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && running[kept - 1].node == running[i].node)
            running[kept - 1].allocations =
                clamp(running[kept - 1].allocations + running[i].allocations, 0, INT_MAX);
        else
            running[kept++] = running[i];
    }
    return kept;
}

/* node_rank: by place in the input, the node's number. Shares on nodes that are no more are left
 * out: what ran there is lost. */
static void read_running(struct inf_problem *problem, struct inf_problem_deployment *deployment,
                         const uint32_t *node_rank)
{
    const struct inf_plan_deployment *given = deployment->given;
    size_t count = 0;

    deployment->running = inf_alloc(given->current_count, sizeof *deployment->running);
    for (size_t i = 0; i < given->current_count; i++) {
        const struct inf_plan_share *share = &given->current[i];
        if (share->node < problem->node_count && share->allocations > 0)
            deployment->running[count++] = (struct inf_running){.node = node_rank[share->node],
                                                                .allocations = share->allocations};
    }
    deployment->running_count = merge(deployment->running, count);
    for (size_t i = 0; i < deployment->running_count; i++)
        deployment->running_allocations += deployment->running[i].allocations;
    inf_keep_choose(problem, deployment);
}

static void read_all_running(struct inf_problem *problem)
{
    uint32_t *node_rank = inf_alloc(problem->node_count, sizeof *node_rank);

    for (uint32_t i = 0; i < problem->node_count; i++)
        node_rank[problem->nodes[i].given - problem->input->nodes] = i;
    for (uint32_t i = 0; i < problem->deployment_count; i++)
        read_running(problem, &problem->deployments[i], node_rank);
    free(node_rank);
}

/* ---- deployments ---- */

static int by_deployment_id(const void *a, const void *b)
{
    const struct inf_problem_deployment *x = a, *y = b;
    return by_text(x->given->id, y->given->id, x->given, y->given);
}

static int by_model(const void *a, const void *b)
{
    const struct inf_problem_deployment *const *x = a, *const *y = b;
    return by_text((*x)->given->model_id, (*y)->given->model_id, *x, *y);
}

/* Numbers the models, chains the deployments of each, and lets the largest figure stand for the
 * memory of a model whose deployments do not agree. */
static void number_models(struct inf_problem *problem)
{
    uint32_t count = problem->deployment_count, model_count = 0;
    struct inf_problem_deployment **sorted = inf_alloc(count, sizeof(*sorted));

    problem->first_of_model = inf_alloc(count, sizeof *problem->first_of_model);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = &problem->deployments[i];
    qsort(sorted, count, sizeof(*sorted), by_model);
    for (uint32_t i = count; i-- > 0;) {
        struct inf_problem_deployment *next = i + 1 < count ? sorted[i + 1] : NULL;
        sorted[i]->next_of_model = INF_PROBLEM_NONE;
        if (next != NULL && strcmp(sorted[i]->given->model_id, next->given->model_id) == 0) {
            sorted[i]->next_of_model = (uint32_t)(next - problem->deployments);
            if (sorted[i]->model_bytes < next->model_bytes)
                sorted[i]->model_bytes = next->model_bytes;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || sorted[i - 1]->next_of_model == INF_PROBLEM_NONE) {
            problem->first_of_model[model_count++] = (uint32_t)(sorted[i] - problem->deployments);
        } else {
            sorted[i]->model_bytes = sorted[i - 1]->model_bytes;
        }
        sorted[i]->model = model_count - 1;
    }
    free(sorted);
}

static void read_deployments(struct inf_problem *problem)
{
    const struct inf_plan_input *input = problem->input;
    uint32_t count = (uint32_t)input->deployment_count;

    problem->deployment_count = count;
    problem->deployments = inf_alloc(count, sizeof *problem->deployments);
    problem->rank = inf_alloc(count, sizeof *problem->rank);
    for (uint32_t i = 0; i < count; i++) {
        const struct inf_plan_deployment *given = &input->deployments[i];
        problem->deployments[i] = (struct inf_problem_deployment){
            .given = given,
            .low_priority = given->low_priority,
            .wanted = given->refusal != NULL ? 0 : clamp(given->allocations, 0, INT_MAX),
            .threads = clamp(given->threads, 1, INT_MAX),
            .model_bytes = clamp_bytes(given->model_bytes),
            .deployment_bytes = clamp_bytes(given->deployment_bytes),
            .allocation_bytes = clamp_bytes(given->allocation_bytes),
        };
    }
    qsort(problem->deployments, count, sizeof *problem->deployments, by_deployment_id);
    for (uint32_t i = 0; i < count; i++)
        problem->rank[problem->deployments[i].given - input->deployments] = i;
    for (uint32_t i = 0; i < count; i++)
        problem->normal_count += !problem->deployments[i].low_priority;
    number_models(problem);
}

void inf_problem_init(struct inf_problem *problem, const struct inf_plan_input *input)
{
    *problem = (struct inf_problem){.input = input};
    read_nodes(problem);
    read_deployments(problem);
    read_all_running(problem);
}

void inf_problem_fini(struct inf_problem *problem)
{
    for (uint32_t i = 0; i < problem->deployment_count; i++)
        free(problem->deployments[i].running);
    free(problem->deployments);
    free(problem->nodes);
    free(problem->first_of_model);
    free(problem->rank);
}
