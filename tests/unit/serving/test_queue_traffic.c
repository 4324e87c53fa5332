/* Random traffic through the queue, from a seed: the promises hold at each step. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

enum { CLIENTS = 7, STEPS = 200000, HEAVY_EVERY = 3 };

struct traffic {
    struct queue_fixture f;
    uint64_t random;
    size_t waits[CLIENTS]; /* pops since a client that has jobs had its turn */
};

static size_t below(struct traffic *t, size_t bound)
{
    t->random = t->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (size_t)(t->random >> 33) % bound;
}

static size_t jobs_of(const struct traffic *t, size_t of)
{
    size_t count = 0;

    for (size_t i = 0; i < QUEUE_FIXTURE_MOST; i++)
        count += t->f.jobs[i].list != NULL && t->f.jobs[i].index == of;
    return count;
}

static size_t free_place(const struct traffic *t)
{
    size_t i = 0;

    while (i < QUEUE_FIXTURE_MOST && t->f.jobs[i].list != NULL)
        i++;
    return i;
}

/* Of a client that asks now. */
static size_t share_of(const struct traffic *t, size_t of)
{
    size_t clients = 0;

    for (size_t other = 0; other < CLIENTS; other++)
        clients += other == of || jobs_of(t, other) > 0;
    return t->f.queue.capacity / clients;
}

/* Who gives way has more than its share. */
static void evict(struct traffic *t, const struct inf_ticket *ticket, size_t share)
{
    assert_true(ticket->lane->waiting > share);
    for (size_t i = 0; i < QUEUE_FIXTURE_MOST; i++)
        if (t->f.jobs[i].list != NULL && t->f.jobs[i].ticket == ticket)
            inf_queue_remove(&t->f.queue, &t->f.jobs[i]);
}

/* A client within its share is never refused. */
static void arrive(struct traffic *t)
{
    size_t of = below(t, HEAVY_EVERY) > 0 ? 0 : below(t, CLIENTS), share = share_of(t, of);
    const struct inf_ticket *gives_way = NULL;

    if (!queue_fixture_has_room(&t->f, 1))
        gives_way = queue_fixture_victim(&t->f, of, 1);
    if (gives_way != NULL)
        evict(t, gives_way, share);
    if (!queue_fixture_has_room(&t->f, 1)) {
        assert_true(jobs_of(t, of) >= share);
        return;
    }
    t->f.count = free_place(t);
    queue_fixture_push(&t->f, of)->index = of;
}

/* Whoever waits has its turn before any other has two more. */
static void serve(struct traffic *t)
{
    const struct inf_job *job = inf_queue_pop(&t->f.queue);

    if (job == NULL)
        return;
    for (size_t of = 0; of < CLIENTS; of++) {
        bool waits = of != job->index && jobs_of(t, of) > 0;
        t->waits[of] = waits ? t->waits[of] + 1 : 0;
        assert_true(t->waits[of] < (size_t)2 * CLIENTS);
    }
}

static void leave(struct traffic *t)
{
    size_t i = below(t, QUEUE_FIXTURE_MOST);

    if (t->f.jobs[i].list != NULL)
        inf_queue_remove(&t->f.queue, &t->f.jobs[i]);
}

static void random_traffic_is_fair(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        static struct traffic t;

        memset(&t, 0, sizeof t);
        t.random = seed;
        queue_fixture_start(&t.f, 20 + 10 * (seed % 3));
        for (int step = 0; step < STEPS / 5; step++) {
            size_t what = below(&t, 20);
            if (what < 12)
                arrive(&t);
            else if (what < 19)
                serve(&t);
            else
                leave(&t);
            assert_true(t.f.queue.size <= t.f.queue.capacity);
            assert_true(t.f.queue.lanes.count <= CLIENTS);
        }
        while (inf_queue_pop(&t.f.queue) != NULL)
            ;
        queue_fixture_end(&t.f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_traffic_is_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
