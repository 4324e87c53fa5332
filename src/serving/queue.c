/* Lanes that take turns. All lists are intrusive: a job leaves from anywhere in one step when its
 * client goes or its deadline passes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"
#include <assert.h>
#include <stdlib.h>

void inf_queue_init(struct inf_queue *queue, size_t capacity)
{
    *queue = (struct inf_queue){.capacity = capacity};
    queue->round = &queue->rounds[0];
    queue->next_round = &queue->rounds[1];
    inf_lanes_init(&queue->lanes);
}

void inf_queue_fini(struct inf_queue *queue)
{
    inf_lanes_fini(&queue->lanes);
}

/* ---- lists ---- */

static struct inf_job *first_job(const struct inf_list *list)
{
    return INF_LIST_ITEM(list->first, struct inf_job, link);
}

static struct inf_lane *first_lane(const struct inf_list *round)
{
    return INF_LIST_ITEM(round->first, struct inf_lane, turn);
}

static void append(struct inf_list *list, struct inf_job *job)
{
    inf_list_append(list, &job->link);
    job->list = list;
    job->state = INF_JOB_QUEUED;
}

static void join_round(struct inf_list *round, struct inf_lane *lane)
{
    inf_list_append(round, &lane->turn);
    lane->round = round;
}

static void leave_round(struct inf_lane *lane)
{
    if (lane->round == NULL)
        return;
    inf_list_remove(lane->round, &lane->turn);
    lane->round = NULL;
}

/* ---- lanes ---- */

/* An empty lane is of no more use, unless it had its turn in this round: then it is remembered up
 * to the round's end, else a client with one document at a time would be new each time and have
 * more turns than others. */
static void let_go(struct inf_queue *queue, struct inf_lane *lane)
{
    if (lane->waiting > 0 || (lane->round == queue->next_round && queue->size > 0 &&
                              queue->lanes.count <= queue->capacity))
        return;
    leave_round(lane);
    inf_lanes_remove(&queue->lanes, lane);
}

/* Without a job there is nobody to be fair to. */
static void end_rounds(struct inf_queue *queue)
{
    struct inf_lane *lane = NULL;

    for (size_t i = 0; i < 2; i++)
        while ((lane = first_lane(&queue->rounds[i])) != NULL) {
            leave_round(lane);
            let_go(queue, lane);
        }
}

/* ---- tickets ---- */

static void forget_as_victim(struct inf_ticket *ticket)
{
    if (ticket->newer != NULL)
        ticket->newer->older = ticket->older;
    else if (ticket->lane->newest == ticket)
        ticket->lane->newest = ticket->older;
    if (ticket->older != NULL)
        ticket->older->newer = ticket->newer;
    ticket->older = ticket->newer = NULL;
}

/* n documents of it wait no longer. */
static void subtract(struct inf_queue *queue, struct inf_ticket *ticket, size_t n)
{
    struct inf_lane *lane = ticket->lane;

    if (n == 0)
        return;
    assert(n <= ticket->waiting);
    ticket->waiting -= n;
    inf_lanes_subtract(&queue->lanes, lane, n);
    if (ticket->waiting == 0) {
        forget_as_victim(ticket);
        ticket->lane = NULL;
    }
    let_go(queue, lane);
}

/* ---- admission ---- */

bool inf_queue_has_room(const struct inf_queue *queue, size_t n)
{
    size_t used = queue->size + queue->reserved;

    return n == 0 || (used <= queue->capacity && n <= queue->capacity - used);
}

static size_t waiting_of(const struct inf_queue *queue, const struct inf_client *client)
{
    const struct inf_lane *lane = inf_lanes_find(&queue->lanes, client);

    return lane != NULL ? lane->waiting : 0;
}

size_t inf_queue_ahead(const struct inf_queue *queue, const struct inf_client *client, size_t n)
{
    size_t own = waiting_of(queue, client), used = queue->size + queue->reserved;
    size_t others = queue->lanes.clients - (own > 0);

    /* Each other client has a turn for each of this one's documents. */
    if (others > 0 && own + n > (used - own) / others)
        return used;
    return own + others * (own + n);
}

struct inf_ticket *inf_queue_victim(const struct inf_queue *queue, const struct inf_client *client,
                                    size_t n)
{
    size_t own = waiting_of(queue, client);
    size_t share = queue->capacity / (queue->lanes.clients + (own == 0));
    const struct inf_lane *fullest = inf_lanes_fullest(&queue->lanes);

    if (share == 0)
        share = 1;
    if (n > share || own > share - n || fullest == NULL || fullest->waiting <= share)
        return NULL;
    return fullest->newest;
}

void inf_queue_reserve(struct inf_queue *queue, const struct inf_client *client,
                       struct inf_ticket *ticket, size_t n)
{
    struct inf_lane *lane = NULL;

    if (n == 0)
        return;
    assert(inf_queue_has_room(queue, n) && ticket->waiting == 0);
    lane = inf_lanes_get(&queue->lanes, client);
    inf_lanes_add(&queue->lanes, lane, n);
    queue->reserved += n;
    ticket->lane = lane;
    ticket->waiting = n;
    ticket->older = lane->newest;
    if (ticket->older != NULL)
        ticket->older->newer = ticket;
    lane->newest = ticket;
}

void inf_queue_release(struct inf_queue *queue, struct inf_ticket *ticket, size_t n)
{
    assert(n <= queue->reserved);
    queue->reserved -= n;
    subtract(queue, ticket, n);
}

/* ---- jobs ---- */

void inf_queue_push(struct inf_queue *queue, struct inf_ticket *ticket, struct inf_job *job)
{
    assert(queue->reserved > 0 && ticket->lane != NULL);
    queue->reserved--;
    queue->size++;
    job->ticket = ticket;
    append(&ticket->lane->jobs, job);
    if (ticket->lane->round == NULL)
        join_round(queue->round, ticket->lane);
}

/* Suspects go before the others: these wait until there are none. */
void inf_queue_return(struct inf_queue *queue, struct inf_job *job)
{
    queue->size++;
    append(job->deaths > 0 ? &queue->suspects : &queue->returned, job);
}

static bool came_back(const struct inf_queue *queue, const struct inf_job *job)
{
    return job->list == &queue->suspects || job->list == &queue->returned;
}

/* The lane whose turn it is. Those that are empty were remembered for the last round only. */
static struct inf_lane *lane_at_turn(struct inf_queue *queue)
{
    struct inf_list *over = queue->round;

    for (;;) {
        struct inf_lane *lane = first_lane(queue->round);
        if (lane == NULL && queue->next_round->first == NULL)
            return NULL;
        if (lane == NULL) {
            over = queue->round;
            queue->round = queue->next_round;
            queue->next_round = over;
            continue;
        }
        if (lane->jobs.first != NULL)
            return lane;
        leave_round(lane); /* when its next tokens are ready, it joins again */
        let_go(queue, lane);
    }
}

struct inf_job *inf_queue_next(struct inf_queue *queue)
{
    struct inf_lane *lane = NULL;

    if (queue->suspects.first != NULL)
        return first_job(&queue->suspects);
    if (queue->returned.first != NULL)
        return first_job(&queue->returned);
    lane = lane_at_turn(queue);
    return lane != NULL ? first_job(&lane->jobs) : NULL;
}

/* Adds a lane's jobs, up to `most` of them. */
static size_t peek_lane(const struct inf_lane *lane, size_t most, struct inf_job **ret)
{
    size_t count = 0;

    for (struct inf_link *link = lane->jobs.first; link != NULL && count < most; link = link->next)
        ret[count++] = INF_LIST_ITEM(link, struct inf_job, link);
    return count;
}

size_t inf_queue_peek(const struct inf_queue *queue, size_t most, struct inf_job **ret)
{
    const struct inf_list *rounds[] = {queue->round, queue->next_round};
    size_t each = most / (queue->lanes.clients > 0 ? queue->lanes.clients : 1) + 1, count = 0;

    for (size_t i = 0; i < 2; i++)
        for (struct inf_link *link = rounds[i]->first; link != NULL && count < most;
             link = link->next)
            count += peek_lane(INF_LIST_ITEM(link, struct inf_lane, turn),
                               each < most - count ? each : most - count, ret + count);
    return count;
}

struct inf_job *inf_queue_pop(struct inf_queue *queue)
{
    struct inf_job *job = inf_queue_next(queue);

    if (job != NULL)
        inf_queue_take(queue, job);
    return job;
}

void inf_queue_take(struct inf_queue *queue, struct inf_job *job)
{
    struct inf_ticket *ticket = NULL;

    if (!came_back(queue, job)) {
        ticket = job->ticket;
        if (!ticket->begun)
            forget_as_victim(ticket);
        ticket->begun = true;
        leave_round(ticket->lane);
        join_round(queue->next_round, ticket->lane);
    }
    inf_queue_remove(queue, job);
}

void inf_queue_remove(struct inf_queue *queue, struct inf_job *job)
{
    bool counted = !came_back(queue, job);

    assert(job->state == INF_JOB_QUEUED && queue->size > 0);
    inf_list_remove(job->list, &job->link);
    job->list = NULL;
    queue->size--;
    if (counted)
        subtract(queue, job->ticket, 1);
    if (queue->size == 0)
        end_rounds(queue);
}

void inf_job_free(struct inf_job *job)
{
    if (job == NULL)
        return;
    inf_encoding_free(&job->encoding);
    free(job->key);
    free(job);
}
