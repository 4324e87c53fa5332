/* The one-minute windows are kept as two sums, the open one and the one before; older ones live on
 * only in the peak. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"

void inf_counters_init(struct inf_counters *counters, int64_t now_ms)
{
    *counters = (struct inf_counters){.start_ms = now_ms};
}

void inf_counters_roll(struct inf_counters *counters, int64_t now_ms)
{
    /* A clock set back must not close windows of the future; it just holds the open one. */
    int64_t window =
        now_ms > counters->start_ms ? (now_ms - counters->start_ms) / INF_WINDOW_MS : 0;

    if (window <= counters->window)
        return;
    if (counters->open.results > counters->peak_per_minute)
        counters->peak_per_minute = counters->open.results;
    counters->last =
        window == counters->window + 1 ? counters->open : (struct inf_window){.results = 0};
    counters->open = (struct inf_window){.results = 0};
    counters->window = window;
}

void inf_counters_hit(struct inf_counters *counters, int64_t now_ms)
{
    inf_counters_success(counters, now_ms, 0);
    counters->cache_hits++;
    counters->open.cache_hits++;
}

void inf_counters_success(struct inf_counters *counters, int64_t now_ms, double time_ms)
{
    inf_counters_roll(counters, now_ms);
    counters->inference_count++;
    counters->time_ms += time_ms;
    counters->last_access_ms = now_ms;
    counters->open.results++;
    counters->open.time_ms += time_ms;
}

int64_t inf_counters_computed(const struct inf_counters *counters)
{
    return counters->inference_count - counters->cache_hits;
}
