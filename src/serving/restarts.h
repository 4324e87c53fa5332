/* restarts.h - when a process that dies is made again, and when no more.
 *
 * Two things are wrong with a worker: it dies again and again without an answer, which shows soon,
 * or it answers in between and dies too often all the same, which shows within a window of time.
 *
 * Thread: any; pure, the time comes as an argument. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_RESTARTS_H
#define INFERD_SERVING_RESTARTS_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INF_RESTARTS_MAX 1000 /* deaths that are remembered: the greatest engine.max_crashes */

/* All zero at first. */
struct inf_restarts {
    int in_a_row; /* deaths since the last answer */
    size_t count; /* of all deaths, at_ms[n % INF_RESTARTS_MAX] is that of the nth */
    uint64_t at_ms[INF_RESTARTS_MAX];
};

/* More deaths than these are the end. */
struct inf_restart_limits {
    int in_a_row, within;
    int64_t window_ms; /* of `within` */
};

/* One more death, at a time of a clock that never goes back. */
void inf_restarts_died(struct inf_restarts *restarts, uint64_t now_ms);
void inf_restarts_answered(struct inf_restarts *restarts);
/* Deaths in the last window_ms, INF_RESTARTS_MAX at most. */
int inf_restarts_within(const struct inf_restarts *restarts, uint64_t now_ms, uint64_t window_ms);
/* Was the latest death one too many? Then the reason says of what it died (how), and how often. */
bool inf_restarts_over(const struct inf_restarts *restarts, const struct inf_restart_limits *limits,
                       const char *how, char reason[INF_REASON_MAX]);
/* How long to wait before the next process, in ms: not at all after the first death, then 100, 200,
 * ... up to 30000. */
uint64_t inf_restarts_pause_ms(const struct inf_restarts *restarts);

#endif
