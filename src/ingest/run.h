/* run.h - a document on its way through processors, as those see it that need more than the
 * document: to wait, or to send it through other processors.
 *
 * A run is a stack of lists of processors: a pipeline's, those of on_failure, the one of a foreach.
 * It goes on in a loop, never by recursion, until it has to wait or the stack is empty.
 *
 * Thread: loop only. Bound: INF_RUN_DEPTH lists. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_RUN_H
#define INFERD_INGEST_RUN_H

#include "pipeline.h"

enum inf_frame_kind {
    INF_FRAME_PIPELINE,
    INF_FRAME_PIPELINE_RESCUE, /* a pipeline's on_failure */
    INF_FRAME_RESCUE,          /* a processor's on_failure */
    INF_FRAME_EACH             /* the processor of a foreach, for one element */
};

struct inf_each; /* run_each.c */

struct inf_frame {
    struct inf_frame *below;
    enum inf_frame_kind kind;
    const struct inf_processors *list;
    size_t next;                   /* the processor that comes, or that is busy */
    bool busy;                     /* it was begun and is counted as current */
    uint64_t began_ns;             /* of the busy processor */
    struct inf_pipeline *pipeline; /* of these processors */
    uint64_t pipeline_began_ns;    /* INF_FRAME_PIPELINE */
    struct inf_each *each;         /* INF_FRAME_EACH */
};

struct inf_run {
    struct inf_run_request request;
    struct inf_doc doc;
    struct inf_frame *top;
    int depth;
    bool going, waiting, starting, failed, dropped;
    void (*cancel)(void *arg); /* of the processor that is waited for */
    void *cancel_arg;
    /* Where the failure began that is being told to the lists, from the inside out. */
    const struct inf_processor *culprit;
    const struct inf_pipeline *culprit_pipeline;
    struct inf_error err; /* when failed */
};

/* For `start` of a processor: sends the document through a pipeline first. */
enum inf_step inf_run_enter_pipeline(struct inf_run *run, struct inf_pipeline *pipeline,
                                     struct inf_error *err);
/* For `start` of foreach: takes the elements of field, sends each through list as _ingest._value,
 * and puts what comes of them into the field. */
enum inf_step inf_run_enter_each(struct inf_run *run, const char *field,
                                 const struct inf_processors *list, struct inf_error *err);
/* For `start` of a processor that returns INF_STEP_LATER: cancel(arg) runs when nobody waits any
 * more. */
void inf_run_wait(struct inf_run *run, void (*cancel)(void *arg), void *arg);
/* It has what it waited for: INF_STEP_DONE, or INF_STEP_FAILED with err. */
void inf_run_resume(struct inf_run *run, enum inf_step step, const struct inf_error *err);

/* ---- between run.c and run_each.c ---- */
/* NULL with err when there are too many. */
struct inf_frame *inf_run_push(struct inf_run *run, enum inf_frame_kind kind,
                               const struct inf_processors *list, struct inf_pipeline *pipeline,
                               struct inf_error *err);
/* The element's processors are through. 1: the next element is there, 0: all are done and the field
 * is set, -1 with err. */
int inf_each_next(struct inf_run *run, struct inf_each *each, struct inf_error *err);
/* Frees it, and gives _ingest._value back what it was. */
void inf_each_end(struct inf_run *run, struct inf_each *each);

#endif
