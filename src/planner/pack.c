/* pack.c - bin packing of one deployment: join what is there, then the best fit. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"
#include "even.h"
#include <assert.h>

#define NONE INF_PROBLEM_NONE
/* Shares of the model that are looked at before other nodes are. */
#define FEW_LOOKS 64

/* Where to look: one tree of a forest. */
struct place {
    const struct inf_forest *forest;
    uint32_t tree;
    bool is_zone; /* the tree has the nodes of the zone with its number, else all */
};

static int64_t put_what_fits(struct inf_book *book, uint32_t node, uint32_t deployment,
                             int64_t count)
{
    int64_t fit = inf_book_fit(book, node, deployment);

    if (fit > count)
        fit = count;
    inf_book_put(book, node, deployment, fit);
    return fit;
}

/* ---- nodes that hold the model already ---- */

/* On the nodes of `holder`, which may be the deployment itself; *looks is how many shares may still
 * be looked at. */
static int64_t join_holder(struct inf_book *book, const struct place *place, uint32_t deployment,
                           uint32_t holder, int64_t count, int64_t *looks)
{
    int64_t put = 0;

    for (uint32_t i = book->first_of_deployment[holder]; i != NONE && put < count && (*looks)-- > 0;
         i = book->shares[i].next_of_deployment) {
        uint32_t node = book->shares[i].node;
        if (book->shares[i].allocations > 0 &&
            (!place->is_zone || book->problem->nodes[node].zone == place->tree))
            put += put_what_fits(book, node, deployment, count - put);
    }
    return put;
}

static int64_t join_holders(struct inf_book *book, const struct place *place, uint32_t deployment,
                            int64_t count, int64_t looks)
{
    const struct inf_problem *problem = book->problem;
    uint32_t holder = problem->first_of_model[problem->deployments[deployment].model];
    int64_t put = join_holder(book, place, deployment, deployment, count, &looks);

    for (; holder != NONE && put < count; holder = problem->deployments[holder].next_of_model)
        if (holder != deployment)
            put += join_holder(book, place, deployment, holder, count - put, &looks);
    return put;
}

/* ---- the other nodes ---- */

/* The tightest node that takes so many where nothing of the model is yet. */
static uint32_t find_room(const struct place *place, const struct inf_problem_deployment *wanted,
                          int64_t count)
{
    return inf_forest_tightest(
        place->forest, place->tree,
        wanted->low_priority ? wanted->threads : count * wanted->threads,
        wanted->model_bytes + wanted->deployment_bytes + count * wanted->allocation_bytes, NONE);
}

/* No node takes more than this, so what is asked of find_room cannot overflow. */
static int64_t upper_bound(const struct place *place, const struct inf_problem_deployment *wanted,
                           int64_t count)
{
    int64_t processors = inf_forest_most_processors(place->forest, place->tree);
    int64_t spare = inf_forest_most_memory(place->forest, place->tree) - wanted->model_bytes -
                    wanted->deployment_bytes;

    if (processors < wanted->threads || spare < wanted->allocation_bytes)
        return 0;
    if (!wanted->low_priority && processors / wanted->threads < count)
        count = processors / wanted->threads;
    if (wanted->allocation_bytes > 0 && spare / wanted->allocation_bytes < count)
        count = spare / wanted->allocation_bytes;
    return count;
}

/* The node that takes most of `count` allocations, or NONE if none takes any. */
static uint32_t find_largest_room(const struct place *place,
                                  const struct inf_problem_deployment *wanted, int64_t count)
{
    int64_t low = 0, high = upper_bound(place, wanted, count);
    uint32_t best = NONE;

    for (int64_t middle = high; low < high; middle = low + (high - low + 1) / 2) {
        uint32_t found = find_room(place, wanted, middle);
        if (found != NONE) {
            best = found;
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return best;
}

/* Has any node enough for one allocation, if only the model were there? If not, there is no need to
 * look at the nodes that hold it, which may be thousands. */
static bool is_hopeless(const struct place *place, const struct inf_problem_deployment *wanted)
{
    return inf_forest_tightest(place->forest, place->tree, wanted->threads,
                               wanted->allocation_bytes, NONE) == NONE;
}

static int64_t pack_place(struct inf_book *book, const struct place *place, uint32_t deployment,
                          int64_t count, bool thorough)
{
    const struct inf_problem_deployment *wanted = &book->problem->deployments[deployment];
    int64_t put;

    if (is_hopeless(place, wanted))
        return 0;
    put = join_holders(book, place, deployment, count, FEW_LOOKS);
    while (put < count) {
        uint32_t node = find_largest_room(place, wanted, count - put);
        int64_t more = node == NONE ? 0 : put_what_fits(book, node, deployment, count - put);
        assert((more > 0) == (node != NONE)); /* the forest knows what the book knows */
        if (more == 0)
            break;
        put += more;
    }
    if (thorough && put < count && !is_hopeless(place, wanted))
        put += join_holders(book, place, deployment, count - put, INT64_MAX);
    return put;
}

/* ---- zones ---- */

/* Zones by free processors, the most first, so that small deployments do not crowd in one. */
static void sort_zones(const struct inf_book *book, uint32_t *order)
{
    for (uint32_t i = 0; i < book->problem->zone_count; i++) {
        uint32_t at = i;
        for (; at > 0 && book->zone_processors[order[at - 1]] < book->zone_processors[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static int64_t pack_zones(struct inf_book *book, uint32_t deployment, int64_t count, bool thorough)
{
    uint32_t order[INF_PROBLEM_MAX_ZONES], zone_count = book->problem->zone_count;
    struct inf_even zones[INF_PROBLEM_MAX_ZONES] = {0};
    int64_t put = 0;
    bool asked = true;

    for (uint32_t i = 0; i < zone_count; i++) {
        zones[i].least = book->placed_in_zone[(size_t)deployment * zone_count + i];
        zones[i].most = zones[i].least + count;
    }
    sort_zones(book, order);
    while (put < count && asked) {
        asked = false;
        inf_even_share(zones, order, zone_count, book->placed[deployment] + count - put);
        for (uint32_t i = 0; i < zone_count; i++) {
            struct inf_even *zone = &zones[order[i]];
            struct place place = {book->by_zone, order[i], true};
            int64_t share = zone->part - zone->least;
            int64_t found = share > 0 ? pack_place(book, &place, deployment, share, thorough) : 0;
            asked |= share > 0;
            zone->least += found;
            if (found < share)
                zone->most = zone->least; /* it is full */
            put += found;
        }
    }
    return put;
}

int64_t inf_pack(struct inf_book *book, uint32_t deployment, int64_t count, bool thorough)
{
    struct place anywhere = {book->everywhere, 0, false};

    if (count <= 0)
        return 0;
    if (book->by_zone != NULL)
        return pack_zones(book, deployment, count, thorough);
    return pack_place(book, &anywhere, deployment, count, thorough);
}
