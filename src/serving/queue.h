/* queue.h - bounded queue of inference jobs, fair between clients; each deployment has one.
 *
 * A request reserves room for all its documents at once (admission is all or nothing), then pushes
 * each job against the reservation as its tokens are ready. Each client has a lane, first in, first
 * out. The lanes take turns: in a round each gives one document, and a client that comes while a
 * round goes on takes part in it, unless it had its turn already. So a client that asks now and
 * then waits for no other client's backlog, whoever is served waits for one document of each
 * other client at most, and a client that is alone has everything. (A turn is worth one document;
 * where documents of very different lengths meet, it could be worth so many tokens.)
 *
 * A full queue makes room for a client that has less than its share of it at the cost of the one
 * that has most: inf_queue_victim names who gives way.
 *
 * A job that comes back from a dead worker goes first and is never refused: it was admitted before.
 *
 * Thread: loop only (pure). Owns: lanes; jobs and tickets are linked, not copied. Bound: capacity
 * documents, twice as many lanes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_QUEUE_H
#define INFERD_SERVING_QUEUE_H

#include "lanes.h"
#include <stdbool.h>

/* What a request has in the queue; part of the request. */
struct inf_ticket {
    struct inf_infer *infer;
    struct inf_lane *lane;            /* NULL when nothing of it waits */
    size_t waiting;                   /* documents: room reserved, and jobs in the lane */
    struct inf_ticket *older, *newer; /* of the same client, begun by no worker */
    bool begun;                       /* a worker was given a document of it */
};

struct inf_queue {
    struct inf_lanes lanes;
    struct inf_list rounds[2];           /* of lanes */
    struct inf_list *round, *next_round; /* the present one; who had a turn in it */
    struct inf_list suspects, returned;  /* jobs from dead workers: which may be why, and others */
    size_t size;                         /* jobs linked */
    size_t reserved;                     /* documents admitted whose tokens are not ready yet */
    size_t capacity;
};

void inf_queue_init(struct inf_queue *queue, size_t capacity);
void inf_queue_fini(struct inf_queue *queue); /* no job is in it */
/* Room for n more documents? */
bool inf_queue_has_room(const struct inf_queue *queue, size_t n);
/* The documents that n of this client, were they admitted, would have before them. */
size_t inf_queue_ahead(const struct inf_queue *queue, const struct inf_client *client, size_t n);
/* There is no room for n documents of this client: who has to give way? The newest request that no
 * worker has begun of the client that has most, if that is more than its share of the capacity and
 * the newcomer stays within his. NULL: nobody. The caller ends it, and asks for room again. */
struct inf_ticket *inf_queue_victim(const struct inf_queue *queue, const struct inf_client *client,
                                    size_t n);
/* Takes room, which there is, for n documents. `infer` of the ticket is set, all else is zero. */
void inf_queue_reserve(struct inf_queue *queue, const struct inf_client *client,
                       struct inf_ticket *ticket, size_t n);
/* Gives a part of a ticket's reservation back. */
void inf_queue_release(struct inf_queue *queue, struct inf_ticket *ticket, size_t n);
/* Uses one of the ticket's reservations. */
void inf_queue_push(struct inf_queue *queue, struct inf_ticket *ticket, struct inf_job *job);
void inf_queue_return(struct inf_queue *queue, struct inf_job *job); /* from a dead worker */
struct inf_job *inf_queue_next(struct inf_queue *queue);             /* whose turn it is, or NULL */
struct inf_job *inf_queue_pop(struct inf_queue *queue);              /* takes it out; or NULL */
/* Up to `most` of the jobs whose turn comes soon, of each client as many as of the others; those
 * that came back from a dead worker are not among them. Borrowed. */
size_t inf_queue_peek(const struct inf_queue *queue, size_t most, struct inf_job **ret);
/* Takes out one that goes with the job whose turn it is: it is its client's turn, too. */
void inf_queue_take(struct inf_queue *queue, struct inf_job *job);
void inf_queue_remove(struct inf_queue *queue, struct inf_job *job);

#endif
