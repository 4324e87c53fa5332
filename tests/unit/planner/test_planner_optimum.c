/* How far the planner's heuristic is from the best plan there is, on instances so small that all
 * plans can be tried. The bounds asserted are the ones measured, with little to spare. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/planner.h"
#include <stdbool.h>
#include <stdlib.h>

#define NODES 3
#define DEPLOYMENTS 4
#define INSTANCES 4000

static const char *const node_ids[NODES] = {"a", "b", "c"};
static const char *const deployment_ids[DEPLOYMENTS] = {"p", "q", "r", "s"};
static const char *const model_ids[] = {"m", "n", "o"};

struct instance {
    struct inf_plan_node nodes[NODES];
    struct inf_plan_deployment deployments[DEPLOYMENTS];
    struct inf_plan_input input;
};

/* Served deployments first, then allocations. */
struct value {
    int served, placed;
};

struct search {
    const struct instance *instance;
    int processors[NODES], memory[NODES];
    unsigned models[NODES]; /* a bit for each of model_ids */
    struct value now, best;
    int most_placed;
};

static int between(int least, int most)
{
    return least + rand() % (most - least + 1);
}

static void make_instance(struct instance *instance)
{
    static const int threads[] = {1, 1, 2, 2, 3, 4};
    int model_bytes[] = {between(1, 6), between(1, 6), between(1, 6)};

    for (int i = 0; i < NODES; i++)
        instance->nodes[i] = (struct inf_plan_node){
            .id = node_ids[i], .processors = between(1, 6), .memory_bytes = between(4, 24)};
    for (int i = 0; i < DEPLOYMENTS; i++) {
        int model = between(0, 2);
        instance->deployments[i] = (struct inf_plan_deployment){.id = deployment_ids[i],
                                                                .model_id = model_ids[model],
                                                                .allocations = between(1, 4),
                                                                .threads = threads[between(0, 5)],
                                                                .model_bytes = model_bytes[model],
                                                                .deployment_bytes = between(0, 2),
                                                                .allocation_bytes = between(0, 3)};
    }
    instance->input = (struct inf_plan_input){.nodes = instance->nodes,
                                              .node_count = NODES,
                                              .deployments = instance->deployments,
                                              .deployment_count = DEPLOYMENTS};
}

static void search_all(struct search *search, int deployment, int node, int placed);

/* Puts so many of the deployment on the node, if they fit, and goes on. */
static void search_with(struct search *search, int deployment, int node, int placed, int more)
{
    const struct inf_plan_deployment *wanted = &search->instance->deployments[deployment];
    unsigned model = 1U << (wanted->model_id[0] - 'm'), models = search->models[node];
    int processors = more * wanted->threads;
    int memory = (int)(wanted->deployment_bytes + more * wanted->allocation_bytes +
                       (models & model ? 0 : wanted->model_bytes));

    if (more == 0)
        processors = memory = 0;
    if (processors > search->processors[node] || memory > search->memory[node])
        return;
    search->processors[node] -= processors;
    search->memory[node] -= memory;
    search->models[node] |= more > 0 ? model : 0;
    search_all(search, deployment, node + 1, placed + more);
    search->models[node] = models;
    search->processors[node] += processors;
    search->memory[node] += memory;
}

static void search_all(struct search *search, int deployment, int node, int placed)
{
    struct value before = search->now;

    if (deployment == DEPLOYMENTS) {
        if (before.served > search->best.served ||
            (before.served == search->best.served && before.placed > search->best.placed))
            search->best = before;
        if (before.placed > search->most_placed)
            search->most_placed = before.placed;
    } else if (node == NODES) {
        search->now.served += placed > 0;
        search->now.placed += placed;
        search_all(search, deployment + 1, 0, 0);
        search->now = before;
    } else {
        for (int more = search->instance->deployments[deployment].allocations - placed; more >= 0;
             more--)
            search_with(search, deployment, node, placed, more);
    }
}

static void find_best(const struct instance *instance, struct value *ret_best, int *ret_most)
{
    struct search search = {.instance = instance};

    for (int i = 0; i < NODES; i++) {
        search.processors[i] = instance->nodes[i].processors;
        search.memory[i] = (int)instance->nodes[i].memory_bytes;
    }
    search_all(&search, 0, 0, 0);
    *ret_best = search.best;
    *ret_most = search.most_placed;
}

static struct value value_of(const struct instance *instance)
{
    struct inf_plan *plan = inf_plan_make(&instance->input);
    struct value value = {0, 0};

    for (size_t i = 0; i < DEPLOYMENTS; i++) {
        value.served += inf_plan_allocations(plan, i) > 0;
        value.placed += inf_plan_allocations(plan, i);
    }
    inf_plan_free(plan);
    return value;
}

/* Sums over all instances. */
struct totals {
    struct value ours, best;
    int most_placed; /* if nobody had to be served */
    int optimal;     /* instances */
};

static void compare(const struct instance *instance, struct totals *totals)
{
    struct value best, ours = value_of(instance);
    int most;

    find_best(instance, &best, &most);
    totals->ours.served += ours.served;
    totals->ours.placed += ours.placed;
    totals->best.served += best.served;
    totals->best.placed += best.placed;
    totals->most_placed += most;
    totals->optimal += ours.served == best.served && ours.placed == best.placed;
    assert_true(ours.served >= best.served - 1);
    assert_true(ours.served > 0 || best.served == 0);
    assert_true(2 * ours.placed >= best.placed);
}

static void comes_near_the_optimum(void **state)
{
    struct totals totals = {0};

    (void)state;
    srand(11);
    for (int i = 0; i < INSTANCES; i++) {
        struct instance instance;
        make_instance(&instance);
        compare(&instance, &totals);
    }
    print_message("served %d of %d, allocations %d of %d (%d if nobody had to be served), the best "
                  "plan in %d of %d\n",
                  totals.ours.served, totals.best.served, totals.ours.placed, totals.best.placed,
                  totals.most_placed, totals.optimal, INSTANCES);
    assert_true(1000 * totals.ours.served >= 999 * totals.best.served);
    assert_true(100 * totals.ours.placed >= 99 * totals.best.placed);
    assert_true(100 * totals.optimal >= 98 * INSTANCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_near_the_optimum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
