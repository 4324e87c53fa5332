/* Progress out of facts: what the worker waits for, how much of the model is in its memory, how
 * many of the warm-up's forwards were answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"
#include "deployment.h"
#include "inferd/units.h"
#include "warmup.h"
#include <math.h>
#include <stdio.h>

#define DETAIL 128

struct progress {
    enum inf_progress_phase phase;
    double part;
    char detail[DETAIL];
};

double inf_progress_share(enum inf_progress_phase phase, double part)
{
    /* Loading is nearly all of it; warming up costs some forwards. */
    static const double begin[] = {0, 0, 0.02, 0.1, 0.1, 0.8, 1};
    double bounded = part < 0 ? 0 : part > 1 ? 1 : part;

    return begin[phase] + (begin[phase + 1] - begin[phase]) * bounded;
}

static void loading(const struct inf_deployment *deployment, struct progress *progress)
{
    int64_t have = deployment->worker->memory.own, all = deployment->model_bytes;
    char have_text[INF_UNITS_TEXT], all_text[INF_UNITS_TEXT];

    progress->phase = INF_PROGRESS_LOADING;
    progress->part = all > 0 ? (double)have / (double)all : 0;
    snprintf(progress->detail, sizeof progress->detail, "[%s] in memory, the definition has [%s]",
             inf_bytes_print(have, have_text), inf_bytes_print(all, all_text));
}

static int answered(const struct inf_allocation *allocation)
{
    int left = allocation->phase == INF_ALLOCATION_WARMING ? allocation->warmups_left : 0;

    /* The one of the longest text comes before those that are counted. */
    return left < INF_WARMUPS ? INF_WARMUPS - left : 0;
}

static void warming(const struct inf_deployment *deployment, struct progress *progress)
{
    int all = deployment->assigned * INF_WARMUPS, done = 0;

    for (const struct inf_allocation *each = deployment->allocations; each != NULL;
         each = each->next)
        done += each->retiring ? 0 : answered(each);
    progress->phase = INF_PROGRESS_WARMING;
    progress->part = all > 0 ? (double)done / all : 0;
    snprintf(progress->detail, sizeof progress->detail, "[%d] of [%d] inferences", done, all);
}

static void waiting(const struct inf_worker *worker, struct progress *progress)
{
    progress->phase = INF_PROGRESS_ENGINE;
    if (worker->restarts.in_a_row > 0)
        snprintf(progress->detail, sizeof progress->detail,
                 "the inference process died [%d] times and is about to be started again",
                 worker->restarts.in_a_row);
}

static void look(const struct inf_deployment *deployment, struct progress *progress)
{
    const struct inf_worker *worker = deployment->worker;

    if (worker == NULL)
        progress->phase = deployment->begun ? INF_PROGRESS_CAPACITY : INF_PROGRESS_RECORDING;
    else if (worker->state == INF_WORKER_PREPARING)
        progress->phase = INF_PROGRESS_VOCABULARY;
    else if (worker->state == INF_WORKER_LOADING)
        loading(deployment, progress);
    else if (worker->state == INF_WORKER_READY)
        warming(deployment, progress);
    else
        waiting(worker, progress);
}

void inf_progress_write(const struct inf_deployment *deployment, struct inf_jsonw *w)
{
    static const char *const names[] = {"waiting_for_capacity", "recording",
                                        "reading_vocabulary",   "waiting_for_engine",
                                        "loading_model",        "warming_up"};
    struct progress progress = {0};

    if (deployment->state != INF_DEPLOYMENT_STARTING)
        return;
    look(deployment, &progress);
    inf_jsonw_key(w, "start_progress");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "phase", names[progress.phase]);
    inf_jsonw_kv_double(w, "fraction",
                        round(inf_progress_share(progress.phase, progress.part) * 1000) / 1000);
    if (progress.detail[0] != '\0')
        inf_jsonw_kv_string(w, "detail", progress.detail);
    inf_jsonw_end_object(w);
}
