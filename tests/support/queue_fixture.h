/* queue_fixture.h - a queue, and requests of one document for it unless a test says otherwise.
 *
 * `of` is the number of a client. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TESTS_QUEUE_FIXTURE_H
#define INFERD_TESTS_QUEUE_FIXTURE_H

#include "queue.h"
#include <string.h>

enum { QUEUE_FIXTURE_MOST = 64 };

struct queue_fixture {
    struct inf_queue queue;
    struct inf_ticket tickets[QUEUE_FIXTURE_MOST];
    struct inf_job jobs[QUEUE_FIXTURE_MOST];
    size_t count;
};

static inline struct inf_client queue_fixture_client(uint64_t id)
{
    return (struct inf_client){.id = id, .kind = 1};
}

static inline bool queue_fixture_has_room(const struct queue_fixture *f, size_t n)
{
    return inf_queue_has_room(&f->queue, n);
}

static inline struct inf_ticket *queue_fixture_reserve(struct queue_fixture *f, uint64_t of,
                                                       size_t n)
{
    struct inf_client who = queue_fixture_client(of);
    struct inf_ticket *ticket = &f->tickets[f->count];

    assert_true(f->count < QUEUE_FIXTURE_MOST);
    memset(ticket, 0, sizeof *ticket);
    inf_queue_reserve(&f->queue, &who, ticket, n);
    return ticket;
}

static inline struct inf_job *queue_fixture_push_for(struct queue_fixture *f,
                                                     struct inf_ticket *ticket)
{
    struct inf_job *job = &f->jobs[f->count++];

    memset(job, 0, sizeof *job);
    inf_queue_push(&f->queue, ticket, job);
    return job;
}

static inline struct inf_job *queue_fixture_push(struct queue_fixture *f, uint64_t of)
{
    return queue_fixture_push_for(f, queue_fixture_reserve(f, of, 1));
}

static inline struct inf_ticket *queue_fixture_victim(const struct queue_fixture *f, uint64_t of,
                                                      size_t n)
{
    struct inf_client who = queue_fixture_client(of);

    return inf_queue_victim(&f->queue, &who, n);
}

static inline void queue_fixture_start(struct queue_fixture *f, size_t capacity)
{
    memset(f, 0, sizeof *f);
    inf_queue_init(&f->queue, capacity);
}

/* Everything is out, and nothing of any client is left. */
static inline void queue_fixture_end(struct queue_fixture *f)
{
    assert_int_equal(f->queue.size, 0);
    assert_int_equal(f->queue.reserved, 0);
    assert_int_equal(f->queue.lanes.count, 0);
    assert_int_equal(f->queue.lanes.clients, 0);
    inf_queue_fini(&f->queue);
}

#endif
