/* What becomes of a job whose process died, or is taken from it: it goes back into its queue, first
 * in it, to run alone, unless it is what the process died of. And what that means for others like
 * it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "infer.h"
#include "inferd/wall_clock.h"

/* However the deaths came about, each costs everybody a new process. */
#define MAX_DEATHS 8

/* Is it enough? */
static bool is_blamed(const struct inf_deployment *deployment, struct inf_job *job,
                      const struct inf_death *death)
{
    struct inf_quarantine *quarantine = &deployment->worker->quarantine;
    int64_t now_ms = inf_wall_ms();

    job->deaths++;
    if (!job->overdue)
        return inf_quarantine_died(quarantine, &job->encoding, death, now_ms) ||
               job->deaths >= MAX_DEATHS;
    inf_quarantine_refuse(quarantine, &job->encoding, death->how, now_ms);
    return true;
}

void inf_job_lost(struct inf_deployment *deployment, struct inf_job *job,
                  const struct inf_death *death)
{
    bool blamed = death != NULL && is_blamed(deployment, job, death);
    struct inf_error err;

    inf_infer_job_stops(job);
    if (job->infer == NULL) {
        inf_job_free(job);
    } else if (deployment->state == INF_DEPLOYMENT_STOPPING && !deployment->finish_pending_work) {
        inf_deployment_cancel_error(&err);
        inf_infer_job_done(job, NULL, &err);
    } else if (!blamed) {
        inf_job_put_back(deployment, job);
    } else {
        deployment->counters.errors++;
        inf_error_set(&err, INF_ERR_INTERNAL,
                      "Error in inference process: [inference native process died unexpectedly "
                      "with failure [%s]]",
                      death->how);
        inf_infer_job_done(job, NULL, &err);
    }
}

void inf_job_put_back(struct inf_deployment *deployment, struct inf_job *job)
{
    inf_queue_return(&deployment->queue, job);
    if (job->deaths > 0)
        deployment->worker->suspects++;
}

int inf_job_check(const struct inf_deployment *deployment, struct inf_job *job,
                  struct inf_error *err)
{
    int64_t now_ms = inf_wall_ms(), left_s = 0;
    const struct inf_quarantined *known =
        inf_quarantine_find(&deployment->worker->quarantine, &job->encoding, now_ms);

    if (known == NULL)
        return 0;
    if (!known->refused) {
        job->deaths += job->deaths == 0;
        return 0;
    }
    left_s = (known->until_ms - now_ms + 999) / 1000;
    inf_error_set(
        err, INF_ERR_UNAVAILABLE,
        "Error in inference process: [document [%zu] of the request is refused for [%lld] "
        "seconds, because it has ended the inference process [%d] times, at last with "
        "failure [%s]]",
        job->index, (long long)left_s, known->explained + known->unexplained, known->how);
    err->retry_after_s = (int)left_s;
    return -1;
}
