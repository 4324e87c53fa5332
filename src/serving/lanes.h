/* lanes.h - the clients that have documents in a queue: a lane for each, found by client, and the
 * one with the most of them.
 *
 * Finding is one step of a hash table; counting moves the lane in a heap, which takes as many steps
 * as the number of lanes has binary digits, and none while there is one lane. Nothing is known here
 * of turns and jobs but their members. Thread: loop only. Owns: the lanes. Bound: the caller's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_LANES_H
#define INFERD_SERVING_LANES_H

#include "inferd/client.h"
#include "job.h"
#include <stddef.h>
#include <stdint.h>

struct inf_ticket;

struct inf_lane {
    struct inf_client client;
    struct inf_lane *chain;    /* the next one of the same bucket */
    size_t place;              /* in the heap */
    size_t waiting;            /* documents: room reserved, and jobs queued */
    struct inf_list jobs;      /* first in, first out */
    struct inf_ticket *newest; /* of its requests that no worker has begun */
    struct inf_list *round;    /* in which its next turn is; NULL: it waits for none */
    struct inf_link turn;      /* of that round */
};

struct inf_lanes {
    struct inf_lane **heap;    /* [count], by `waiting`, the most first */
    struct inf_lane **buckets; /* [room], a power of two; NULL while there never was a lane */
    size_t count, room;
    size_t clients; /* lanes of which something waits */
    uint64_t seed;
};

void inf_lanes_init(struct inf_lanes *lanes);
void inf_lanes_fini(struct inf_lanes *lanes); /* jobs are not touched */
struct inf_lane *inf_lanes_find(const struct inf_lanes *lanes, const struct inf_client *client);
/* The client's lane, made when it has none. Borrowed until inf_lanes_remove. */
struct inf_lane *inf_lanes_get(struct inf_lanes *lanes, const struct inf_client *client);
/* Frees a lane without jobs, of which nothing waits. */
void inf_lanes_remove(struct inf_lanes *lanes, struct inf_lane *lane);
/* So many documents more, or fewer, wait in the lane. */
void inf_lanes_add(struct inf_lanes *lanes, struct inf_lane *lane, size_t documents);
void inf_lanes_subtract(struct inf_lanes *lanes, struct inf_lane *lane, size_t documents);
/* One with the most waiting documents, or NULL. */
struct inf_lane *inf_lanes_fullest(const struct inf_lanes *lanes);

#endif
