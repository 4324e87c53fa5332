/* An inference may keep the threads of its allocation busy, and one more: TorchScript has a thread
 * for what a model forks. Loading and probing are not counted, since both have their time limits.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_cpu.h"
#include "deployment.h"
#include <stdio.h>

#define THREADS_BESIDES 1
#define NS_PER_MS 1000000

void inf_worker_cpu_begin(struct inf_worker *worker)
{
    worker->cpu.granted = 0;
    inf_cpu_watch_reset(&worker->cpu.watch);
}

static int64_t grant_of(int64_t ns, int threads)
{
    return ns * (threads + THREADS_BESIDES);
}

void inf_worker_cpu_grant(struct inf_worker *worker, int64_t ns, int threads)
{
    worker->cpu.granted += grant_of(ns, threads);
}

/* What those may have used that are inside right now. */
static int64_t granted_inside(const struct inf_worker *worker, int64_t now)
{
    const struct inf_manager *manager = worker->manager;
    int64_t granted = 0;

    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *deployment = inf_strmap_at(manager->deployments, i, NULL);
        const struct inf_allocation *each = NULL;

        if (deployment->worker != worker)
            continue;
        for (each = deployment->allocations; each != NULL; each = each->next)
            if (each->phase != INF_ALLOCATION_IDLE)
                granted +=
                    grant_of(now - (int64_t)each->sent_ns, deployment->threads_per_allocation);
    }
    return granted;
}

void inf_worker_cpu_seen(struct inf_worker *worker, const struct inf_frame_measured *seen)
{
    const int64_t now = (int64_t)uv_hrtime();
    struct inf_cpu_figures figures = {.now = now, .used = seen->cpu_ns};
    char reason[INF_DEATH_HOW];
    int64_t excess = 0, window = 0;

    if (worker->state != INF_WORKER_READY || worker->probe != NULL || seen->cpu_ns <= 0) {
        inf_cpu_watch_reset(&worker->cpu.watch);
        return;
    }
    figures.granted = worker->cpu.granted + granted_inside(worker, now);
    excess = inf_cpu_watch_seen(&worker->cpu.watch, &figures, &window);
    if (excess == 0)
        return;
    snprintf(reason, sizeof reason,
             "it computes although nobody asked it to: [%lld ms] of processor time in [%lld ms], "
             "beyond its inferences",
             (long long)(excess / NS_PER_MS), (long long)(window / NS_PER_MS));
    inf_worker_condemn(worker, reason);
}
