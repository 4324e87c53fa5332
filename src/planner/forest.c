/* forest.c - treaps in arrays: a node's number is its place, and a fixed hash of that number its
 * priority. So the trees have the same shape on every run, and no figure of the input can make them
 * deep. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "forest.h"
#include "inferd/alloc.h"
#include "problem.h"
#include <stdlib.h>

#define NONE INF_PROBLEM_NONE

struct knot {
    uint32_t left, right;
    uint32_t priority;
    int64_t processors;
    int64_t memory;
    int64_t most_memory; /* in this knot and below */
};

struct inf_forest {
    struct knot *knots; /* by node */
    uint32_t *roots;    /* by tree */
};

static uint32_t scatter(uint32_t number)
{
    number = (number ^ (number >> 16)) * 0x7feb352dU;
    number = (number ^ (number >> 15)) * 0x846ca68bU;
    return number ^ (number >> 16);
}

struct inf_forest *inf_forest_new(uint32_t node_count, uint32_t tree_count)
{
    struct inf_forest *forest = inf_alloc(1, sizeof *forest);

    forest->knots = inf_alloc(node_count, sizeof *forest->knots);
    forest->roots = inf_alloc(tree_count, sizeof *forest->roots);
    for (uint32_t i = 0; i < node_count; i++)
        forest->knots[i].priority = scatter(i + 1);
    for (uint32_t i = 0; i < tree_count; i++)
        forest->roots[i] = NONE;
    return forest;
}

void inf_forest_free(struct inf_forest *forest)
{
    if (forest == NULL)
        return;
    free(forest->knots);
    free(forest->roots);
    free(forest);
}

static int64_t most_memory(const struct knot *knots, uint32_t tree)
{
    return tree == NONE ? -1 : knots[tree].most_memory;
}

static void refresh(struct knot *knots, uint32_t tree)
{
    int64_t left = most_memory(knots, knots[tree].left);
    int64_t right = most_memory(knots, knots[tree].right);
    int64_t below = left > right ? left : right;

    knots[tree].most_memory = knots[tree].memory > below ? knots[tree].memory : below;
}

static bool before(const struct knot *knots, uint32_t a, uint32_t b)
{
    if (knots[a].processors != knots[b].processors)
        return knots[a].processors < knots[b].processors;
    if (knots[a].memory != knots[b].memory)
        return knots[a].memory < knots[b].memory;
    return a < b;
}

/* Splits into what comes before the node and what comes after it. */
static void split(struct knot *knots, uint32_t tree, uint32_t node, uint32_t *ret_before,
                  uint32_t *ret_after)
{
    if (tree == NONE) {
        *ret_before = *ret_after = NONE;
        return;
    }
    if (before(knots, tree, node)) {
        split(knots, knots[tree].right, node, &knots[tree].right, ret_after);
        *ret_before = tree;
    } else {
        split(knots, knots[tree].left, node, ret_before, &knots[tree].left);
        *ret_after = tree;
    }
    refresh(knots, tree);
}

/* Everything in `left` comes before everything in `right`. */
static uint32_t join(struct knot *knots, uint32_t left, uint32_t right)
{
    if (left == NONE || right == NONE)
        return left == NONE ? right : left;
    if (knots[left].priority > knots[right].priority) {
        knots[left].right = join(knots, knots[left].right, right);
        refresh(knots, left);
        return left;
    }
    knots[right].left = join(knots, left, knots[right].left);
    refresh(knots, right);
    return right;
}

static uint32_t insert(struct knot *knots, uint32_t tree, uint32_t node)
{
    if (tree == NONE || knots[node].priority > knots[tree].priority) {
        split(knots, tree, node, &knots[node].left, &knots[node].right);
        tree = node;
    } else if (before(knots, node, tree)) {
        knots[tree].left = insert(knots, knots[tree].left, node);
    } else {
        knots[tree].right = insert(knots, knots[tree].right, node);
    }
    refresh(knots, tree);
    return tree;
}

static uint32_t cut(struct knot *knots, uint32_t tree, uint32_t node)
{
    if (tree == node)
        return join(knots, knots[node].left, knots[node].right);
    if (before(knots, node, tree))
        knots[tree].left = cut(knots, knots[tree].left, node);
    else
        knots[tree].right = cut(knots, knots[tree].right, node);
    refresh(knots, tree);
    return tree;
}

void inf_forest_insert(struct inf_forest *forest, uint32_t tree, uint32_t node, int64_t processors,
                       int64_t memory_bytes)
{
    struct knot *knot = &forest->knots[node];

    knot->left = knot->right = NONE;
    knot->processors = processors;
    knot->memory = knot->most_memory = memory_bytes;
    forest->roots[tree] = insert(forest->knots, forest->roots[tree], node);
}

void inf_forest_remove(struct inf_forest *forest, uint32_t tree, uint32_t node)
{
    forest->roots[tree] = cut(forest->knots, forest->roots[tree], node);
}

static uint32_t tightest(const struct knot *knots, uint32_t tree, int64_t processors,
                         int64_t memory, uint32_t except)
{
    uint32_t found;

    if (most_memory(knots, tree) < memory)
        return NONE;
    if (knots[tree].processors < processors)
        return tightest(knots, knots[tree].right, processors, memory, except);
    found = tightest(knots, knots[tree].left, processors, memory, except);
    if (found != NONE)
        return found;
    if (knots[tree].memory >= memory && tree != except)
        return tree;
    return tightest(knots, knots[tree].right, processors, memory, except);
}

uint32_t inf_forest_tightest(const struct inf_forest *forest, uint32_t tree, int64_t processors,
                             int64_t memory_bytes, uint32_t except)
{
    if (forest->roots[tree] == NONE)
        return NONE;
    return tightest(forest->knots, forest->roots[tree], processors, memory_bytes, except);
}

int64_t inf_forest_most_processors(const struct inf_forest *forest, uint32_t tree)
{
    uint32_t knot = forest->roots[tree];

    while (knot != NONE && forest->knots[knot].right != NONE)
        knot = forest->knots[knot].right;
    return knot == NONE ? -1 : forest->knots[knot].processors;
}

int64_t inf_forest_most_memory(const struct inf_forest *forest, uint32_t tree)
{
    return most_memory(forest->knots, forest->roots[tree]);
}
