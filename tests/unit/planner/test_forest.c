/* The search trees against a plain scan of all nodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "forest.h"
#include "planner_fixture.h"
#include "problem.h"
#include <stdlib.h>

#define NODES 200
#define TREES 3

struct node {
    int tree; /* -1: in none */
    int64_t processors, memory;
};

static uint32_t scan(const struct node *nodes, int tree, int64_t processors, int64_t memory,
                     uint32_t except)
{
    uint32_t best = INF_PROBLEM_NONE;

    for (uint32_t i = 0; i < NODES; i++) {
        const struct node *node = &nodes[i],
                          *other = best == INF_PROBLEM_NONE ? NULL : &nodes[best];
        if (node->tree != tree || node->processors < processors || node->memory < memory ||
            i == except)
            continue;
        if (other == NULL || node->processors < other->processors ||
            (node->processors == other->processors && node->memory < other->memory))
            best = i;
    }
    return best;
}

static void change_one(struct inf_forest *forest, struct node *nodes)
{
    uint32_t i = (uint32_t)(rand() % NODES);

    if (nodes[i].tree >= 0)
        inf_forest_remove(forest, (uint32_t)nodes[i].tree, i);
    nodes[i] = (struct node){rand() % (TREES + 1) - 1, rand() % 9, rand() % 50};
    if (nodes[i].tree >= 0)
        inf_forest_insert(forest, (uint32_t)nodes[i].tree, i, nodes[i].processors, nodes[i].memory);
}

static void check_largest(const struct inf_forest *forest, const struct node *nodes, int tree)
{
    int64_t processors = -1, memory = -1;

    for (uint32_t i = 0; i < NODES; i++) {
        if (nodes[i].tree != tree)
            continue;
        processors = nodes[i].processors > processors ? nodes[i].processors : processors;
        memory = nodes[i].memory > memory ? nodes[i].memory : memory;
    }
    assert_int_equal(inf_forest_most_processors(forest, (uint32_t)tree), processors);
    assert_int_equal(inf_forest_most_memory(forest, (uint32_t)tree), memory);
}

static void finds_what_a_scan_finds(void **state)
{
    struct inf_forest *forest = inf_forest_new(NODES, TREES);
    struct node nodes[NODES];

    (void)state;
    srand(5);
    for (int i = 0; i < NODES; i++)
        nodes[i].tree = -1;
    for (int i = 0; i < 20000; i++) {
        int tree = rand() % TREES;
        int64_t processors = rand() % 10, memory = rand() % 55;
        uint32_t except = rand() % 2 ? INF_PROBLEM_NONE : (uint32_t)(rand() % NODES);
        change_one(forest, nodes);
        assert_int_equal(inf_forest_tightest(forest, (uint32_t)tree, processors, memory, except),
                         scan(nodes, tree, processors, memory, except));
        check_largest(forest, nodes, tree);
    }
    inf_forest_free(forest);
}

static void an_empty_tree_has_nothing(void **state)
{
    struct inf_forest *forest = inf_forest_new(0, 1);

    (void)state;
    assert_int_equal(inf_forest_tightest(forest, 0, 0, 0, INF_PROBLEM_NONE), INF_PROBLEM_NONE);
    assert_int_equal(inf_forest_most_processors(forest, 0), -1);
    assert_int_equal(inf_forest_most_memory(forest, 0), -1);
    inf_forest_free(forest);
    inf_forest_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_a_scan_finds),
        cmocka_unit_test(an_empty_tree_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
