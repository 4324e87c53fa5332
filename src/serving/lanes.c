/* A chained hash table and a binary heap over the same lanes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "lanes.h"
#include "hash.h"
#include "inferd/alloc.h"
#include <assert.h>
#include <stdlib.h>

#define LEAST_ROOM 8

void inf_lanes_init(struct inf_lanes *lanes)
{
    *lanes = (struct inf_lanes){.seed = inf_hash_seed()};
}

void inf_lanes_fini(struct inf_lanes *lanes)
{
    for (size_t i = 0; i < lanes->count; i++)
        free(lanes->heap[i]);
    free(lanes->heap);
    free(lanes->buckets);
    *lanes = (struct inf_lanes){.count = 0};
}

/* ---- the table ---- */

static struct inf_lane **bucket(const struct inf_lanes *lanes, const struct inf_client *client)
{
    const uint64_t key[] = {client->id, client->kind};

    return &lanes->buckets[inf_hash(lanes->seed, key, sizeof key) & (lanes->room - 1)];
}

struct inf_lane *inf_lanes_find(const struct inf_lanes *lanes, const struct inf_client *client)
{
    struct inf_lane *lane = NULL;

    if (lanes->room == 0)
        return NULL;
    lane = *bucket(lanes, client);
    while (lane != NULL && !inf_client_is(&lane->client, client))
        lane = lane->chain;
    return lane;
}

static void link_in(struct inf_lanes *lanes, struct inf_lane *lane)
{
    struct inf_lane **first = bucket(lanes, &lane->client);

    lane->chain = *first;
    *first = lane;
}

static void make_room(struct inf_lanes *lanes)
{
    if (lanes->count < lanes->room)
        return;
    lanes->room = lanes->room > 0 ? 2 * lanes->room : LEAST_ROOM;
    lanes->heap = inf_realloc(lanes->heap, lanes->room, sizeof(struct inf_lane *));
    free(lanes->buckets);
    lanes->buckets = inf_alloc(lanes->room, sizeof(struct inf_lane *));
    for (size_t i = 0; i < lanes->count; i++)
        link_in(lanes, lanes->heap[i]);
}

/* ---- the heap ---- */

static void put(struct inf_lanes *lanes, struct inf_lane *lane, size_t place)
{
    lanes->heap[place] = lane;
    lane->place = place;
}

static void rise(struct inf_lanes *lanes, struct inf_lane *lane)
{
    size_t place = lane->place;

    for (; place > 0; place = (place - 1) / 2) {
        struct inf_lane *above = lanes->heap[(place - 1) / 2];
        if (above->waiting >= lane->waiting)
            break;
        put(lanes, above, place);
    }
    put(lanes, lane, place);
}

static void sink(struct inf_lanes *lanes, struct inf_lane *lane)
{
    size_t place = lane->place, below = 0;

    for (; (below = 2 * place + 1) < lanes->count; place = below) {
        if (below + 1 < lanes->count &&
            lanes->heap[below + 1]->waiting > lanes->heap[below]->waiting)
            below++;
        if (lanes->heap[below]->waiting <= lane->waiting)
            break;
        put(lanes, lanes->heap[below], place);
    }
    put(lanes, lane, place);
}

void inf_lanes_add(struct inf_lanes *lanes, struct inf_lane *lane, size_t documents)
{
    lanes->clients += lane->waiting == 0 && documents > 0;
    lane->waiting += documents;
    rise(lanes, lane);
}

void inf_lanes_subtract(struct inf_lanes *lanes, struct inf_lane *lane, size_t documents)
{
    assert(documents <= lane->waiting);
    lanes->clients -= lane->waiting == documents && documents > 0;
    lane->waiting -= documents;
    sink(lanes, lane);
}

struct inf_lane *inf_lanes_fullest(const struct inf_lanes *lanes)
{
    return lanes->count > 0 ? lanes->heap[0] : NULL;
}

/* ---- both ---- */

struct inf_lane *inf_lanes_get(struct inf_lanes *lanes, const struct inf_client *client)
{
    struct inf_lane *lane = inf_lanes_find(lanes, client);

    if (lane != NULL)
        return lane;
    make_room(lanes);
    lane = inf_alloc(1, sizeof *lane);
    lane->client = *client;
    link_in(lanes, lane);
    put(lanes, lane, lanes->count++); /* nothing waits yet: the end is its place */
    return lane;
}

void inf_lanes_remove(struct inf_lanes *lanes, struct inf_lane *lane)
{
    struct inf_lane **link = bucket(lanes, &lane->client);
    struct inf_lane *last = lanes->heap[--lanes->count];

    assert(lane->waiting == 0 && lane->jobs.first == NULL);
    while (*link != lane)
        link = &(*link)->chain;
    *link = lane->chain;
    if (last != lane) {
        put(lanes, last, lane->place);
        rise(lanes, last); /* below the place of one with nothing is nothing, so it need not sink */
    }
    free(lane);
}
