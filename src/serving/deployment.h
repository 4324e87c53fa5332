/* deployment.h - one deployment: its states, its allocations, its queue, who waits for it.
 *
 * Thread: loop only. Owns: its allocations' channels, the jobs in its queue, its waiters. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_DEPLOYMENT_H
#define INFERD_SERVING_DEPLOYMENT_H

#include "batching.h"
#include "cache.h"
#include "channel.h"
#include "counters.h"
#include "drain.h"
#include "job.h"
#include "manager.h"
#include "queue.h"
#include "routing.h"
#include "worker.h"

enum inf_deployment_state {
    INF_DEPLOYMENT_STARTING,
    INF_DEPLOYMENT_STARTED,
    INF_DEPLOYMENT_STOPPING,
    INF_DEPLOYMENT_FAILED
};

/* A thread of the worker, seen from here: one channel, in it what the thread computes and, where
 * much waits, what it computes next (dispatch.c). */
enum inf_allocation_phase { INF_ALLOCATION_WARMING, INF_ALLOCATION_IDLE, INF_ALLOCATION_BUSY };

/* What an allocation computes. */
struct inf_forward {
    size_t rows;   /* of each forward but the last */
    size_t total;  /* rows in all; more than of one forward only where one job has them all */
    size_t tokens; /* of all, padding included where there is any */
};

/* Jobs that are computed together; the first `answered` are gone. */
struct inf_wave {
    struct inf_job *jobs[INF_FRAME_TOGETHER];
    size_t count, answered;
    struct inf_forward forward;
};

struct inf_allocation {
    struct inf_allocation *next; /* of deployment->allocations */
    struct inf_deployment *deployment;
    enum inf_allocation_phase phase;
    bool retiring; /* takes no new job, and is closed when what it has is answered */
    struct inf_channel *channel;
    struct inf_wave wave;    /* while BUSY: what is computed */
    struct inf_wave ahead;   /* what was sent ahead, to be computed next; of no jobs: nothing */
    int warmups_left;        /* while WARMING */
    struct inf_trial *trial; /* while WARMING: it tries whether texts can go together, or NULL */
    uint64_t sent_ns;        /* when the present frame was sent, or the one before it answered */
    uint64_t took_ns;        /* each text of the wave before; 0: there was none */
    uint64_t spare_ns;       /* of the time that it had, what it did not take */
    uint64_t seen_ns;        /* since when nothing was heard of it */
};

struct inf_infer;
struct inf_scaling;
struct inf_trial;
struct inf_update;
struct inf_waiter;

/* What the requests that are not answered yet ask for. */
struct inf_demand {
    int64_t documents;
    int64_t deadlines;       /* requests that have one */
    int64_t deadline_sum_ms; /* of these, by the loop's clock */
};

struct inf_deployment {
    struct inf_manager *manager;
    char *id, *model_id, *cache_size;
    struct inf_precision precision;
    char *weights;              /* by which its worker is known (precision.h) */
    int number_of_allocations;  /* asked for, by the user or by the scaler */
    int assigned;               /* of them, what the plan gives this node */
    struct inf_routing routing; /* in a cluster: what the plan gives whom, and who answers */
    int max_assigned;           /* the most that `assigned` has been */
    int threads_per_allocation;
    bool low_priority;
    struct inf_adaptive adaptive;
    int64_t model_bytes, per_deployment_bytes, per_allocation_bytes, cache_bytes;
    int64_t start_time_ms;
    enum inf_deployment_state state;
    bool lacking; /* an allocation could not be made; it is tried again */
    bool serving; /* was started once, so requests wait for it when its worker restarts */
    char reason[INF_REASON_MAX];
    struct inf_worker *worker;          /* NULL while nothing is assigned, or not yet begun */
    struct inf_allocation *allocations; /* list of the open ones, those that retire included */
    int current;                        /* allocations that are IDLE or BUSY and do not retire */
    struct inf_queue queue;
    struct inf_drain drain; /* of the queue */
    struct inf_batching batching;
    struct inf_counters counters;
    struct inf_cache *cache;
    struct inf_infer *infers;    /* requests that are not answered yet */
    struct inf_demand demand;    /* of these */
    int held;                    /* of these, that are not admitted before an allocation answers */
    bool waking;                 /* was scaled up from zero, and no allocation has answered yet */
    struct inf_scaling *scaling; /* adaptive.c's; NULL unless enabled */
    int decoding;                /* answers being decoded on the pool */
    struct inf_waiter *waiters;
    bool finish_pending_work;   /* of the stop */
    bool begun;                 /* its first record is durable, so it may have a worker */
    int recording;              /* records on their way into the store */
    int promised;               /* while there are: the most allocations that one of them has */
    uint64_t decided;           /* inf_store_deployments_heard, when the last one was */
    int tries;                  /* of deciding about one that other nodes were faster than */
    struct inf_update *updates; /* list of _updates; the first one's record is on its way */
    bool gone;                  /* out of the map; only answers being decoded keep it */
    bool recordless; /* what the store has under its id is not its own: it stays when this goes */
    bool deleting;   /* the record is on its way out; allocations are closed */
    struct inf_error *start_error; /* set when a failed start ends the deployment */
    uv_timer_t timer;              /* how long a stop waits for what runs */
};

/* A new one in state STARTING, in no map, without a record. model is the store's row. */
struct inf_deployment *inf_deployment_new(struct inf_manager *manager,
                                          const struct inf_deployment_params *params,
                                          const struct inf_model *model);
void inf_deployment_drop(struct inf_deployment *deployment); /* one that was never in the map */
/* The record is durable: a plan may give it allocations from now on. */
void inf_deployment_begin(struct inf_deployment *deployment);

/* What the plan gives it, `explanation` says why not all (or ""). Opens what is missing, retires
 * what is too much; with nothing assigned it answers what was admitted and then leaves its worker.
 */
void inf_deployment_assign(struct inf_deployment *deployment, int allocations,
                           const char *explanation);
/* The scaler's own update: checked against the plan, applied at once, recorded behind. 0 is fine:
 * all allocations retire and the state stays STARTED; from 0 upwards it is STARTING until one
 * answers. -1 with err: it does not fit (TOO_MANY), or an _update or a _stop is under way
 * (CONFLICT). */
int inf_deployment_scale(struct inf_deployment *deployment, int allocations, struct inf_error *err);

/* An allocation answers: STARTING becomes STARTED. */
void inf_deployment_answers(struct inf_deployment *deployment);
/* Other nodes may have begun to answer for it, or ceased to. */
void inf_deployment_look_around(struct inf_deployment *deployment);
/* Allocations that answer, on all nodes; what has lost its place here counts no more. */
int inf_deployment_answering(const struct inf_deployment *deployment);

/* The worker's events. */
void inf_deployment_worker_ready(struct inf_deployment *deployment);
/* Its model computes otherwise from now on: what was answered, and what that took, counts no more.
 */
void inf_deployment_begin_anew(struct inf_deployment *deployment);
/* Makes the allocations that could not be made before, if there are such. */
void inf_deployment_try_again(struct inf_deployment *deployment);
void inf_deployment_worker_lost(struct inf_deployment *deployment, const struct inf_death *death);
void inf_deployment_failed(struct inf_deployment *deployment, const char *reason);
/* Another node cannot run it, and a start of it is waited for here: the start fails. */
void inf_deployment_failed_on(struct inf_deployment *deployment, const char *node_id,
                              const char *reason);

/* STOPPING: lets what must end end, then removes record, allocations and the deployment itself. */
void inf_deployment_stop(struct inf_deployment *deployment, bool finish_pending_work);
/* What a _start gets when its node fails: Elasticsearch's text, with the reason. */
void inf_deployment_start_error(const char *node_id, const char *reason, struct inf_error *err);
/* A job has ended; a stop may go on. */
void inf_deployment_progress(struct inf_deployment *deployment);
/* "Trained model deployment [id] is not allocated to any nodes". */
void inf_deployment_no_place_error(const char *id, struct inf_error *err);
/* What a running request of a deployment that is stopped gets: Elasticsearch's text, but 503, since
 * the server is well and another deployment may answer. */
void inf_deployment_cancel_error(struct inf_error *err);
void inf_deployment_teardown(struct inf_deployment *deployment); /* at the manager's end */

/* How far the allocations are: none, some or all of them answer. */
enum inf_allocation_state inf_deployment_allocation_state(const struct inf_deployment *deployment);
const char *inf_deployment_state_name(enum inf_deployment_state state);
/* Of all nodes together: what has failed here may be started elsewhere. */
enum inf_deployment_state inf_deployment_state(const struct inf_deployment *deployment);
/* Of this node. */
const char *inf_deployment_routing_state(const struct inf_deployment *deployment);

/* ---- describe.c: as JSON ---- */
/* The member "task_parameters" of an assignment. */
void inf_describe_task_parameters(const struct inf_deployment *deployment, struct inf_jsonw *w);

/* ---- waiters.c: who waits for a state ---- */
enum inf_wait {
    INF_WAIT_START,      /* a _start, for its wait_for; without it a failure would stay */
    INF_WAIT_UPDATE,     /* an _update, for all its allocations; a time-out is no error */
    INF_WAIT_ALLOCATION, /* a request, for one allocation */
    INF_WAIT_GONE        /* a _stop, for its end; wait_for says nothing */
};
/* timeout_ms < 0: no limit; a time-out is the 408 of compatibility 8.1. Unless it waits for the
 * end, `done` gets an error when the deployment fails or goes. */
void inf_waiter_add(struct inf_deployment *deployment, enum inf_wait what,
                    enum inf_allocation_state wait_for, int64_t timeout_ms,
                    inf_deployment_done done, void *arg);
/* Answers those whose state is reached. */
void inf_waiters_settle(struct inf_deployment *deployment);
/* Answers all: those of a stop with stop_err (NULL: success), the others with start_err. */
void inf_waiters_end(struct inf_deployment *deployment, const struct inf_error *start_err,
                     const struct inf_error *stop_err);
/* Is there such a one? */
bool inf_waiters_for(const struct inf_deployment *deployment, enum inf_wait what);
/* The 408 of who has waited for a deployment for so long. */
void inf_waiter_timeout_error(const char *deployment_id, int64_t timeout_ms, struct inf_error *ret);

/* ---- allocations.c: channels, warm-up, watch ---- */
/* Brings them to what is assigned: those that retire come back, then channels are opened and the
 * warm-up begun; or the surplus retires, idle ones at once. The worker is READY. */
int inf_allocations_adjust(struct inf_deployment *deployment, struct inf_error *err);
/* Closes all; what becomes of the jobs inside is inf_job_lost's to say. */
void inf_allocations_close(struct inf_deployment *deployment, const struct inf_death *death);
/* A frame of a retiring allocation was answered: closes and frees it. */
void inf_allocation_retire(struct inf_allocation *allocation);
/* Kills the worker of a forward that runs longer than limit_ns. */
void inf_allocations_watch(struct inf_deployment *deployment, uint64_t now_ns, uint64_t limit_ns);
bool inf_allocations_busy(const struct inf_deployment *deployment);
/* `more` follow, to be computed together with it; or so many of its rows are computed at once. */
int inf_allocation_send(struct inf_allocation *allocation, uint64_t id,
                        const struct inf_encoding *encoding, size_t more, size_t at_once);
/* A single one on a channel that is no deployment's. */
int inf_allocation_send_on(struct inf_channel *channel, uint64_t id,
                           const struct inf_encoding *encoding);
/* Why a worker ends whose answer does not hold what its head says. */
#define INF_BAD_ANSWER "it sent an answer whose shape and length do not fit each other"
/* By its header, is a frame of the worker the RESULT or the ERROR of this job? */
bool inf_allocation_may_answer(const struct inf_frame_header *header, uint64_t id);
/* Is it that, and sound in itself? */
bool inf_allocation_is_answer(const struct inf_frame_header *header, const void *payload,
                              uint64_t id);
/* A RESULT payload as a tensor (borrowed). */
struct inf_tensor inf_allocation_tensor(const void *payload);

/* ---- job_lost.c: jobs that come back ---- */
/* Its process died (death is how), or is only taken from it (NULL). The job is queued again or
 * done; it is the caller's no more. */
void inf_job_lost(struct inf_deployment *deployment, struct inf_job *job,
                  const struct inf_death *death);
/* Queues it before all others, as a suspect if it has deaths. */
void inf_job_put_back(struct inf_deployment *deployment, struct inf_job *job);

/* ---- dispatch.c: jobs to allocations and answers back ---- */
#define INF_RESULT_MAX ((size_t)1 << 30) /* bytes of one document's answer */
void inf_dispatch(struct inf_deployment *deployment);
void inf_dispatch_worker(struct inf_worker *worker); /* all deployments of the worker */
/* A BUSY allocation's RESULT (checked) or ERROR. */
void inf_dispatch_answered(struct inf_allocation *allocation, const struct inf_frame_header *header,
                           const void *payload);

/* ---- infer.c: requests ---- */
/* What becomes of one of its documents: a worker has it; a worker has it no longer, for whatever
 * reason (its request may have ended meanwhile); the pool decodes its answer. */
void inf_infer_job_runs(struct inf_job *job);
void inf_infer_job_stops(struct inf_job *job);
void inf_infer_job_decodes(struct inf_job *job);
/* One document is done: takes result's bytes, or fails the whole request. Frees the job. */
void inf_infer_job_done(struct inf_job *job, struct inf_buf *result, const struct inf_error *err);
/* Fails every unanswered request of the deployment, or only those with all documents still waiting.
 */
void inf_infer_fail_all(struct inf_deployment *deployment, const struct inf_error *err,
                        bool only_waiting);

#endif
