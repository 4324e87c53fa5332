/* infer.h - one _infer request: its documents, its deadline, its answer.
 *
 * Thread: loop only, except the tokenizing of long texts, a pool job on the request's own copies.
 * Owns:   its jobs until they run; a job that runs when the request ends is dispatch's to free. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_INFER_H
#define INFERD_SERVING_INFER_H

#include "deployment.h"
#include "inferd/inference.h"
#include "phases.h"
#include "runtime.h"

struct inf_infer {
    struct inf_infer *next, *prev; /* of deployment->infers */
    struct inf_manager *manager;
    struct inf_deployment *deployment; /* NULL once ended */
    struct inf_infer_request request;
    bool held;                           /* for an allocation; not admitted yet */
    struct inf_away *away;               /* another node has it (away.c); or NULL */
    struct inf_runtime *runtime;         /* one reference; from here on: of one that was admitted */
    struct inf_inference_config *config; /* the effective one; one reference */
    size_t count;                        /* documents */
    struct inf_job **jobs;               /* [count]; NULL once done */
    struct inf_buf *results;             /* [count] */
    size_t remaining;                    /* documents without a result, of a held one all */
    size_t computing;                    /* of these, in a worker */
    size_t decoding;                     /* of these, with an answer that the pool has */
    struct inf_ticket ticket;            /* what it has in the queue */
    struct inf_phases phases;
    int64_t deadline_ms; /* of the loop's clock; below 0: none to speak of */
    uv_timer_t timer;
    uv_work_t work; /* tokenizing on the pool */
    bool tokenizing;
    bool ended;
    char *texts; /* copies for the pool, one after the other */
    bool failed; /* of the tokenizing, with err */
    struct inf_error err;
};

/* Admits one request for a deployment whose worker has its runtime. -1 with err: not admitted,
 * `done` will not run. 0: `done` has run (*ret is NULL) or will. */
int inf_infer_begin(struct inf_deployment *deployment, const struct inf_infer_request *request,
                    struct inf_infer **ret, struct inf_error *err);

/* ---- held.c: requests that wait for an allocation before they are admitted ---- */
#define INF_HELD_MAX 100 /* requests a deployment */
/* Holds a request until an allocation answers or its time is over. -1 with err: too many wait. */
int inf_held_add(struct inf_deployment *deployment, const struct inf_infer_request *request,
                 struct inf_infer **ret, struct inf_error *err);
/* An allocation answers: admits what is held, in the order in which it came. */
void inf_held_admit(struct inf_deployment *deployment);
void inf_held_fail(struct inf_deployment *deployment, const struct inf_error *err);
/* What ends a held request: its time, and what has become of its deployment (err: as for the
 * admitted ones). false: the deployment is still to come, so that it goes on waiting. */
void inf_held_timeout_error(const struct inf_infer *infer, struct inf_error *ret);
bool inf_held_error(const struct inf_infer *infer, const struct inf_error *err,
                    struct inf_error *ret);

/* May it run, by what is known against its input? It becomes a suspect where something is. -1 with
 * err: it is refused, and still the caller's. */
int inf_job_check(const struct inf_deployment *deployment, struct inf_job *job,
                  struct inf_error *err);

/* ---- between admit.c, held.c and infer.c ---- */
/* One without documents, in no list and without a timer yet. */
struct inf_infer *inf_infer_new(struct inf_deployment *deployment,
                                const struct inf_infer_request *request);
void inf_infer_link(struct inf_infer *infer); /* its deadline runs, its deployment knows it */
/* What is left of a request's time; -1: it has no end. */
int64_t inf_infer_left_ms(const struct inf_infer_request *request);
bool inf_infer_is_late(const struct inf_infer *infer); /* its time is over */
/* Admits a held one, as inf_infer_begin does. */
int inf_infer_admit(struct inf_infer *infer, struct inf_error *err);
/* One of its documents, as the task sees it; borrowed. */
struct inf_document inf_infer_document(const struct inf_infer *infer, struct inf_text text);
/* The text of a document that was checked to have one; borrowed. */
const char *inf_infer_text(const struct inf_runtime *runtime, const struct cJSON *document);
/* infer_tokenize.c: tokenizes the documents that have jobs, `bytes` of text in all, and queues
 * them. */
void inf_infer_tokenize(struct inf_infer *infer, size_t bytes);
void inf_infer_succeed(struct inf_infer *infer); /* every result is there */
void inf_infer_fail(struct inf_infer *infer, const struct inf_error *err);
void inf_infer_time_out(struct inf_infer *infer); /* fails it with where its time went */
/* Fails one that no worker has begun, so that another may have its room. Nothing else happens to
 * the deployment, in the middle of an admission. */
void inf_infer_give_way(struct inf_infer *infer, const struct inf_error *err);
/* For one that is in no list: every result is there; frees it. The memory alone. */
void inf_infer_answer(struct inf_infer *infer);
void inf_infer_free(struct inf_infer *infer);
/* Frees one that has ended once neither the pool nor the loop has anything of it. */
void inf_infer_free_ended(struct inf_infer *infer);

#endif
