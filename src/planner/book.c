/* book.c - shares in one array, chained by node and by deployment. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "book.h"
#include "inferd/alloc.h"
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define NONE INF_PROBLEM_NONE

/* NONE is all ones. */
static void clear_lists(uint32_t *lists, uint32_t count)
{
    memset(lists, 0xff, count * sizeof *lists);
}

static uint32_t *no_lists(uint32_t count)
{
    uint32_t *lists = inf_alloc(count, sizeof *lists);

    clear_lists(lists, count);
    return lists;
}

void inf_book_init(struct inf_book *book, const struct inf_problem *problem)
{
    *book = (struct inf_book){.problem = problem};
    book->free_processors = inf_alloc(problem->node_count, sizeof *book->free_processors);
    book->free_memory = inf_alloc(problem->node_count, sizeof *book->free_memory);
    book->placed = inf_alloc(problem->deployment_count, sizeof *book->placed);
    book->placed_in_zone = inf_alloc((size_t)problem->deployment_count * problem->zone_count,
                                     sizeof *book->placed_in_zone);
    book->first_on_node = no_lists(problem->node_count);
    book->first_of_deployment = no_lists(problem->deployment_count);
    for (uint32_t i = 0; i < problem->node_count; i++) {
        book->free_processors[i] = problem->nodes[i].processors;
        book->free_memory[i] = problem->nodes[i].memory_bytes;
        book->zone_processors[problem->nodes[i].zone] += problem->nodes[i].processors;
    }
}

static void free_forests(struct inf_book *book)
{
    inf_forest_free(book->everywhere);
    inf_forest_free(book->by_zone);
    book->everywhere = book->by_zone = NULL;
}

void inf_book_fini(struct inf_book *book)
{
    free_forests(book);
    free(book->free_processors);
    free(book->free_memory);
    free(book->placed);
    free(book->placed_in_zone);
    free(book->first_on_node);
    free(book->first_of_deployment);
    free(book->shares);
    free(book->changes);
}

/* ---- forests ---- */

static void enter_forests(struct inf_book *book, uint32_t node)
{
    int64_t processors = book->for_low_priority ? book->problem->nodes[node].processors
                                                : book->free_processors[node];

    if (book->everywhere != NULL)
        inf_forest_insert(book->everywhere, 0, node, processors, book->free_memory[node]);
    if (book->by_zone != NULL)
        inf_forest_insert(book->by_zone, book->problem->nodes[node].zone, node, processors,
                          book->free_memory[node]);
}

static void leave_forests(struct inf_book *book, uint32_t node)
{
    if (book->everywhere != NULL)
        inf_forest_remove(book->everywhere, 0, node);
    if (book->by_zone != NULL)
        inf_forest_remove(book->by_zone, book->problem->nodes[node].zone, node);
}

void inf_book_index(struct inf_book *book, bool for_low_priority)
{
    const struct inf_problem *problem = book->problem;

    free_forests(book);
    book->for_low_priority = for_low_priority;
    book->everywhere = inf_forest_new(problem->node_count, 1);
    if (problem->zone_count > 1)
        book->by_zone = inf_forest_new(problem->node_count, problem->zone_count);
    for (uint32_t i = 0; i < problem->node_count; i++)
        enter_forests(book, i);
}

/* ---- what a node has ---- */

struct presence {
    uint32_t share; /* the deployment's on the node, maybe of 0 allocations, or NONE */
    bool deployment, model;
};

static struct presence look(const struct inf_book *book, uint32_t node, uint32_t deployment)
{
    uint32_t model = book->problem->deployments[deployment].model;
    struct presence found = {.share = NONE};

    for (uint32_t i = book->first_on_node[node]; i != NONE; i = book->shares[i].next_on_node) {
        const struct inf_share *share = &book->shares[i];
        if (share->deployment == deployment)
            found.share = i;
        if (share->allocations == 0)
            continue;
        found.deployment |= share->deployment == deployment;
        found.model |= book->problem->deployments[share->deployment].model == model;
    }
    return found;
}

/* Bytes that the deployment takes on the node before its first allocation, or for being there. */
static int64_t fixed_bytes(const struct inf_problem_deployment *deployment, struct presence found)
{
    return (found.model ? 0 : deployment->model_bytes) +
           (found.deployment ? 0 : deployment->deployment_bytes);
}

int64_t inf_book_bytes_to_begin(const struct inf_book *book, uint32_t node, uint32_t deployment)
{
    const struct inf_problem_deployment *wanted = &book->problem->deployments[deployment];
    return fixed_bytes(wanted, look(book, node, deployment)) + wanted->allocation_bytes;
}

int64_t inf_book_fit(const struct inf_book *book, uint32_t node, uint32_t deployment)
{
    const struct inf_problem_deployment *wanted = &book->problem->deployments[deployment];
    int64_t fit = INT_MAX, spare;

    if (wanted->threads > book->problem->nodes[node].processors)
        return 0;
    if (!wanted->low_priority)
        fit = book->free_processors[node] / wanted->threads;
    if (fit == 0)
        return 0;
    spare = book->free_memory[node] - fixed_bytes(wanted, look(book, node, deployment));
    if (spare < 0)
        return 0;
    if (wanted->allocation_bytes > 0 && spare / wanted->allocation_bytes < fit)
        fit = spare / wanted->allocation_bytes;
    return fit;
}

int64_t inf_book_allocations(const struct inf_book *book, uint32_t node, uint32_t deployment)
{
    uint32_t share = look(book, node, deployment).share;
    return share == NONE ? 0 : book->shares[share].allocations;
}

/* ---- changes ---- */

static void note(struct inf_book *book, uint32_t node, uint32_t deployment, int64_t allocations)
{
    if (book->change_count == book->change_capacity) {
        book->change_capacity = book->change_capacity * 2 + 256;
        book->changes = inf_realloc(book->changes, book->change_capacity, sizeof *book->changes);
    }
    book->changes[book->change_count++] = (struct inf_change){node, deployment, allocations};
}

static uint32_t add_share(struct inf_book *book, uint32_t node, uint32_t deployment)
{
    uint32_t added = (uint32_t)book->share_count;

    if (book->share_count == book->share_capacity) {
        book->share_capacity = book->share_capacity * 2 + 256;
        book->shares = inf_realloc(book->shares, book->share_capacity, sizeof *book->shares);
    }
    book->shares[book->share_count++] = (struct inf_share){
        .node = node,
        .deployment = deployment,
        .next_on_node = book->first_on_node[node],
        .next_of_deployment = book->first_of_deployment[deployment],
    };
    book->first_on_node[node] = book->first_of_deployment[deployment] = added;
    return added;
}

/* The change of free figures; allocations may be negative. */
static void use(struct inf_book *book, uint32_t node, uint32_t deployment, int64_t allocations,
                int64_t fixed)
{
    const struct inf_problem_deployment *user = &book->problem->deployments[deployment];
    uint32_t zone = book->problem->nodes[node].zone;

    leave_forests(book, node);
    book->free_memory[node] -= fixed + allocations * user->allocation_bytes;
    if (!user->low_priority) {
        book->free_processors[node] -= allocations * user->threads;
        book->zone_processors[zone] -= allocations * user->threads;
    }
    enter_forests(book, node);
    book->placed[deployment] += allocations;
    book->placed_in_zone[(size_t)deployment * book->problem->zone_count + zone] += allocations;
}

static void put(struct inf_book *book, uint32_t node, uint32_t deployment, int64_t allocations)
{
    struct presence found = look(book, node, deployment);
    uint32_t share = found.share == NONE ? add_share(book, node, deployment) : found.share;

    book->shares[share].allocations += allocations;
    use(book, node, deployment, allocations,
        fixed_bytes(&book->problem->deployments[deployment], found));
}

static void take(struct inf_book *book, uint32_t node, uint32_t deployment, int64_t allocations)
{
    uint32_t share = look(book, node, deployment).share;

    assert(share != NONE && book->shares[share].allocations >= allocations);
    book->shares[share].allocations -= allocations;
    use(book, node, deployment, -allocations,
        book->shares[share].allocations > 0
            ? 0
            : -fixed_bytes(&book->problem->deployments[deployment], look(book, node, deployment)));
}

void inf_book_put(struct inf_book *book, uint32_t node, uint32_t deployment, int64_t allocations)
{
    if (allocations == 0)
        return;
    put(book, node, deployment, allocations);
    note(book, node, deployment, allocations);
}

void inf_book_take(struct inf_book *book, uint32_t node, uint32_t deployment, int64_t allocations)
{
    if (allocations == 0)
        return;
    take(book, node, deployment, allocations);
    note(book, node, deployment, -allocations);
}

void inf_book_undo(struct inf_book *book, size_t mark)
{
    while (book->change_count > mark) {
        struct inf_change change = book->changes[--book->change_count];
        if (change.allocations > 0)
            take(book, change.node, change.deployment, change.allocations);
        else
            put(book, change.node, change.deployment, -change.allocations);
    }
}

static int by_deployment_and_node(const void *a, const void *b)
{
    const struct inf_share *x = a, *y = b;

    if (x->deployment != y->deployment)
        return x->deployment < y->deployment ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

void inf_book_tidy(struct inf_book *book)
{
    size_t kept = 0;

    for (size_t i = 0; i < book->share_count; i++)
        if (book->shares[i].allocations > 0)
            book->shares[kept++] = book->shares[i];
    book->share_count = kept;
    book->change_count = 0;
    if (kept > 1)
        qsort(book->shares, kept, sizeof *book->shares, by_deployment_and_node);
    clear_lists(book->first_on_node, book->problem->node_count);
    clear_lists(book->first_of_deployment, book->problem->deployment_count);
    while (kept-- > 0) {
        struct inf_share *share = &book->shares[kept];
        share->next_on_node = book->first_on_node[share->node];
        share->next_of_deployment = book->first_of_deployment[share->deployment];
        book->first_on_node[share->node] = book->first_of_deployment[share->deployment] =
            (uint32_t)kept;
    }
}

int64_t inf_book_missing(const struct inf_book *book, uint32_t deployment)
{
    return book->problem->deployments[deployment].wanted - book->placed[deployment];
}
