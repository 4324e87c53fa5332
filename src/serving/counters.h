/* counters.h - what a deployment counts on this node (compatibility 7.3).
 *
 * Reporting windows are one minute long and aligned to the deployment's start, not to the wall
 * clock; a window is closed lazily, by the first result or query after its end. Thread: loop only
 * (pure; the time comes as an argument). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_COUNTERS_H
#define INFERD_SERVING_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#define INF_WINDOW_MS 60000

struct inf_window {
    int64_t results;
    int64_t cache_hits;
    double time_ms; /* sum over the results */
};

struct inf_counters {
    int64_t start_ms; /* of window 0 */
    int64_t inference_count;
    int64_t cache_hits;
    int64_t errors;     /* error results of the model process */
    int64_t timeouts;   /* requests whose deadline passed or whose client left, in documents */
    int64_t rejections; /* documents refused by a full queue, for their deadline, or at a stop */
    int64_t hopeless;   /* of the rejections: would have waited beyond their deadline */
    int64_t gave_way;   /* of the rejections: were admitted, and gave way to another client's */
    int64_t departures; /* of the timeouts: the client left */
    int64_t dropped;    /* of the timeouts: were dropped before a worker had them */
    int64_t in_vain;    /* of the timeouts: a worker was at it, and nobody waited for the result */
    double time_ms;     /* sum of the forward times of all successful results */
    double occupied_ms; /* sum of the times that allocations had work, answered or failed */
    int64_t last_access_ms;
    int64_t peak_per_minute; /* largest result count of a closed window */
    int64_t window;          /* number of the open window */
    struct inf_window open;
    struct inf_window last; /* the window right before the open one; zero when it had no result */
};

void inf_counters_init(struct inf_counters *counters, int64_t now_ms);
/* A document was answered; time_ms is what its forward took. */
void inf_counters_success(struct inf_counters *counters, int64_t now_ms, double time_ms);
/* A document was answered from the cache: counted as a result that took no time. */
void inf_counters_hit(struct inf_counters *counters, int64_t now_ms);
/* Results that the model computed: all but the cache's. */
int64_t inf_counters_computed(const struct inf_counters *counters);
/* Closes the windows that ended before now_ms. Call before reading `last` and the peak. */
void inf_counters_roll(struct inf_counters *counters, int64_t now_ms);

#endif
