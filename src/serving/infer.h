/* infer.h - one _infer request: its documents, its deadline, its answer.
 *
 * Thread: loop only, except the tokenizing of long texts, a pool job on the request's own copies.
 * Owns:   its jobs until they run; a job that runs when the request ends is dispatch's to free. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_INFER_H
#define INFERD_SERVING_INFER_H

#include "deployment.h"
#include "runtime.h"

struct inf_infer {
    struct inf_infer *next, *prev; /* of deployment->infers */
    struct inf_manager *manager;
    struct inf_deployment *deployment;  /* NULL once ended */
    struct inf_runtime *runtime;        /* one reference */
    struct inf_inference_config config; /* the effective one */
    size_t count;                       /* documents */
    struct inf_job **jobs;              /* [count]; NULL once done */
    struct inf_buf *results;            /* [count] */
    size_t remaining;
    int64_t timeout_ms;
    uv_timer_t timer;
    inf_infer_done done;
    void *arg;
    uv_work_t work; /* tokenizing on the pool */
    bool tokenizing;
    bool ended;
    char *texts;          /* copies for the pool, one after the other */
    size_t *text_lengths; /* [count] */
    bool failed;          /* of the tokenizing, with err */
    struct inf_error err;
};

/* Admits one request for a deployment whose worker has its runtime. -1 with err: not admitted,
 * `done` will not run. 0: `done` has run (*ret is NULL) or will. docs is a non-empty array of
 * objects. */
int inf_infer_begin(struct inf_deployment *deployment, const char *model_id,
                    const struct cJSON *docs, const struct cJSON *inference_config,
                    int64_t timeout_ms, inf_infer_done done, void *arg, struct inf_infer **ret,
                    struct inf_error *err);

/* ---- between admit.c and infer.c ---- */
/* The text of a document that was checked to have one; borrowed. */
const char *inf_infer_text(const struct inf_runtime *runtime, const struct cJSON *document);
/* Tokenizes the documents that have jobs, `bytes` of text in all, and queues them. */
void inf_infer_tokenize(struct inf_infer *infer, const struct cJSON *docs, size_t bytes);
void inf_infer_succeed(struct inf_infer *infer); /* every result is there */
void inf_infer_deadline(uv_timer_t *timer);      /* the timer's callback */
void inf_infer_free(struct inf_infer *infer);    /* the memory of one that is in no list */

#endif
