/* Company for the job whose turn it is: of what waits, the nearest in length first, as long as it
 * pays. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"
#include "inferd/wall_clock.h"

#include <stdlib.h>

#define TIMEOUT_SHARE 4.0 /* a forward is to take no more than such a part of its time-out */

const char *inf_batching_state_name(enum inf_batching_state state)
{
    static const char *const names[] = {"untried", "trying", "on", "off"};

    return names[state];
}

/* The allocations that what waits is for: the idle ones, or all where none is. */
static size_t count_takers(const struct inf_deployment *deployment)
{
    size_t idle = 0, all = 0;

    for (const struct inf_allocation *each = deployment->allocations; each != NULL;
         each = each->next) {
        idle += each->phase == INF_ALLOCATION_IDLE;
        all++;
    }
    return idle > 0 ? idle : all;
}

/* It grows with what was seen to go well, since a model may take its time by texts and not by
 * tokens. */
static size_t most_texts(const struct inf_batching *batching)
{
    size_t seen = batching->most > INF_BATCHING_FIRST ? batching->most : INF_BATCHING_FIRST;

    return 2 * seen < INF_FRAME_TOGETHER ? 2 * seen : INF_FRAME_TOGETHER;
}

/* So many of those that wait leave the other allocations that take of them as many. */
static size_t fair_share(const struct inf_deployment *deployment)
{
    size_t takers = count_takers(deployment), waiting = deployment->queue.size;
    size_t share = takers > 0 ? (waiting + takers - 1) / takers : 1;
    size_t most = most_texts(&deployment->batching);

    return share < most ? share : most;
}

static int distance(const struct inf_job *a, const struct inf_job *b)
{
    return abs(a->encoding.cols - b->encoding.cols);
}

/* Suspects run alone, and so does what becomes several rows. */
static bool is_company(const struct inf_deployment *deployment, const struct inf_job *head,
                       const struct inf_job *job, int64_t now_ms)
{
    return job != head && job->deaths == 0 && job->encoding.rows == 1 &&
           job->encoding.tensors == head->encoding.tensors &&
           inf_quarantine_find(&deployment->worker->quarantine, &job->encoding, now_ms) == NULL;
}

static bool is_packed(const struct inf_deployment *deployment)
{
    return deployment->worker->encoder.packed;
}

/* By distance to the head, and else in the order in which they stand; which is the order for packed
 * weights, where lengths may differ at no cost. */
static size_t find_company(const struct inf_deployment *deployment, const struct inf_job *head,
                           struct inf_job **ret)
{
    struct inf_job *window[INF_BATCH_WINDOW];
    size_t seen = inf_queue_peek(&deployment->queue, INF_BATCH_WINDOW, window), count = 0;
    int64_t now_ms = inf_wall_ms();

    for (size_t i = 0; i < seen; i++) {
        size_t at = count;
        if (!is_company(deployment, head, window[i], now_ms))
            continue;
        for (; !is_packed(deployment) && at > 0 &&
               distance(ret[at - 1], head) > distance(window[i], head);
             at--)
            ret[at] = ret[at - 1];
        ret[at] = window[i];
        count++;
    }
    return count;
}

/* What several texts may be together. */
struct bounds {
    size_t tokens;
    double ms;
};

static struct bounds bounds_of(const struct inf_deployment *deployment)
{
    const struct inf_config *config = deployment->manager->config;

    return (struct bounds){(size_t)inf_config_int(config, "engine.batch_tokens"),
                           (double)inf_config_ms(config, "engine.forward_timeout") / TIMEOUT_SHARE};
}

/* May so many tokens, padding included, be one forward? */
static bool is_within(const struct bounds *bounds, const struct inf_cost *cost, size_t tokens)
{
    return tokens <= bounds->tokens && inf_cost_ms(cost, tokens) <= bounds->ms;
}

/* So many rows that no further one would pay: all are as long. */
size_t inf_batch_rows(const struct inf_deployment *deployment, const struct inf_job *job)
{
    const struct inf_batching *batching = &deployment->batching;
    size_t most = most_texts(batching), cols = (size_t)job->encoding.cols, rows = 1;
    struct bounds bounds;

    if (job->encoding.rows == 1 || job->deaths > 0 || batching->state != INF_BATCHING_ON)
        return 1;
    bounds = bounds_of(deployment);
    most = most < (size_t)job->encoding.rows ? most : (size_t)job->encoding.rows;
    while (rows < most && is_within(&bounds, &batching->cost, (rows + 1) * cols) &&
           inf_cost_pays(&batching->cost, rows * cols, (rows + 1) * cols, cols))
        rows++;
    return rows;
}

/* Texts that are put together one by one. */
struct pile {
    size_t count, longest, sum;
};

static void add(struct pile *pile, const struct inf_job *job)
{
    size_t cols = (size_t)job->encoding.cols;

    pile->count++;
    pile->sum += cols;
    pile->longest = cols > pile->longest ? cols : pile->longest;
}

static size_t tokens_of(const struct inf_deployment *deployment, const struct pile *pile)
{
    return is_packed(deployment) ? pile->sum : pile->count * pile->longest;
}

size_t inf_batch_tokens(const struct inf_deployment *deployment, struct inf_job *const *jobs,
                        size_t count)
{
    struct pile pile = {0};

    for (size_t i = 0; i < count; i++)
        add(&pile, jobs[i]);
    return tokens_of(deployment, &pile);
}

size_t inf_batch_choose(const struct inf_deployment *deployment, struct inf_job *head,
                        struct inf_job **ret)
{
    const struct inf_batching *batching = &deployment->batching;
    struct inf_job *company[INF_BATCH_WINDOW];
    size_t share = fair_share(deployment), found = 0;
    struct pile pile = {0};
    struct bounds bounds;

    ret[0] = head;
    if (share < 2 || batching->state != INF_BATCHING_ON || head->deaths > 0 ||
        head->encoding.rows != 1)
        return 1;
    bounds = bounds_of(deployment);
    found = find_company(deployment, head, company);
    add(&pile, head);
    for (size_t i = 0; i < found && pile.count < share; i++) {
        struct pile more = pile;
        size_t tokens = 0;
        add(&more, company[i]);
        tokens = tokens_of(deployment, &more);
        if (!is_within(&bounds, &batching->cost, tokens) ||
            !inf_cost_pays(&batching->cost, tokens_of(deployment, &pile), tokens,
                           (size_t)company[i]->encoding.cols))
            continue;
        ret[pile.count] = company[i];
        pile = more;
    }
    return pile.count;
}
