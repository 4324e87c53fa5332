/* batching.h - texts that wait are computed together, where that is cheaper and changes no answer.
 *
 * No text waits for others: an allocation that is free takes the one whose turn it is, and with it
 * those that wait already, as far as they are cheaper together (cost.h) and leave enough for the
 * other free allocations. What counts is tokens, padding included: texts of much the same length
 * gain, others lose.
 *
 * Whether a model's answer to a text depends on its neighbours is tried by the first allocation
 * that is warm (trial.h): quantised models choose their scales by all of a batch, traced ones may
 * have a batch of one built in.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_BATCHING_H
#define INFERD_SERVING_BATCHING_H

#include "cost.h"
#include "inferd/frame.h"
#include "job.h"
#include <stdint.h>

struct inf_deployment;

#define INF_BATCH_WINDOW 64  /* waiting jobs that are looked at for company */
#define INF_BATCHING_FIRST 4 /* texts of one forward, the first time: in the trial */
#define INF_BATCHING_REASON (INF_FRAME_REASON + 1)

enum inf_batching_state {
    INF_BATCHING_UNTRIED,
    INF_BATCHING_TRYING, /* an allocation is at it */
    INF_BATCHING_ON,
    INF_BATCHING_OFF /* for the reason given */
};

struct inf_batching {
    enum inf_batching_state state;
    double difference; /* the largest of an answer in company to the one alone, once it was tried */
    struct inf_cost cost;
    bool is_kept; /* the curve began as what was kept of an earlier deployment */
    int64_t learnt,
        keep_at;       /* forwards that went into it, and how many there are when it is kept */
    size_t most;       /* texts that were one forward */
    int64_t forwards;  /* of several texts, or several rows of one */
    int64_t documents; /* in these */
    char why[INF_BATCHING_REASON];
};

/* As _stats says it: "on". */
const char *inf_batching_state_name(enum inf_batching_state state);

/* Which jobs an allocation computes now: the one whose turn it is, and those of the queue that go
 * with it. ret has room for INF_FRAME_TOGETHER; they stay in the queue. Returns how many. */
size_t inf_batch_choose(const struct inf_deployment *deployment, struct inf_job *head,
                        struct inf_job **ret);

/* How many rows of a job that has several (labels, windows) are one forward; at least 1. */
size_t inf_batch_rows(const struct inf_deployment *deployment, const struct inf_job *job);

/* The tokens that a forward of these computes: padding, too, unless weights are packed. */
size_t inf_batch_tokens(const struct inf_deployment *deployment, struct inf_job *const *jobs,
                        size_t count);

#endif
