/* run.c - the loop that takes a document through processors.
 *
 * A failure is told from the inside out: the processor's own ignore_failure and on_failure, then
 * the on_failure of the pipeline, then the processor that sent the document into that pipeline, and
 * so on. What on_failure rescued goes on behind the processor; behind a pipeline's on_failure the
 * pipeline is over. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static const char *const failure_fields[] = {"on_failure_message", "on_failure_processor_type",
                                             "on_failure_processor_tag", "on_failure_pipeline"};

/* ---- counts ---- */

static void count_begin(const struct inf_run *run, struct inf_counts *counts)
{
    if (run->request.counts)
        counts->current++;
}

static void count_end(const struct inf_run *run, struct inf_counts *counts, uint64_t began_ns,
                      bool failed)
{
    if (!run->request.counts)
        return;
    counts->current--;
    counts->count++;
    counts->failed += failed;
    counts->time_ns += uv_hrtime() - began_ns;
}

/* ---- the stack ---- */

/* The pipeline that the document is in, as _ingest.pipeline; a failure is a lack of memory. */
static int show_pipeline(struct inf_run *run, const struct inf_pipeline *pipeline)
{
    return inf_json_set(run->doc.ingest, "pipeline", inf_json_new_string(pipeline->id));
}

struct inf_frame *inf_run_push(struct inf_run *run, enum inf_frame_kind kind,
                               const struct inf_processors *list, struct inf_pipeline *pipeline,
                               struct inf_error *err)
{
    struct inf_frame *frame;

    if (run->depth >= INF_RUN_DEPTH) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "the document is in more than [%d] pipelines and lists at once",
                      INF_RUN_DEPTH);
        return NULL;
    }
    frame = inf_alloc(1, sizeof *frame);
    *frame = (struct inf_frame){
        .below = run->top, .kind = kind, .list = list, .pipeline = inf_pipeline_ref(pipeline)};
    run->top = frame;
    run->depth++;
    return frame;
}

static void pop(struct inf_run *run)
{
    struct inf_frame *frame = run->top;

    run->top = frame->below;
    run->depth--;
    inf_each_end(run, frame->each);
    inf_pipeline_unref(frame->pipeline);
    free(frame);
}

enum inf_step inf_run_enter_pipeline(struct inf_run *run, struct inf_pipeline *pipeline,
                                     struct inf_error *err)
{
    struct inf_frame *frame;

    for (const struct inf_frame *below = run->top; below != NULL; below = below->below)
        if (below->kind != INF_FRAME_EACH && below->pipeline == pipeline) {
            inf_error_set(err, INF_ERR_ILLEGAL_STATE, "Cycle detected for pipeline: %s",
                          pipeline->id);
            return INF_STEP_FAILED;
        }
    if (show_pipeline(run, pipeline) != 0) {
        inf_doc_no_memory(err);
        return INF_STEP_FAILED;
    }
    frame = inf_run_push(run, INF_FRAME_PIPELINE, &pipeline->processors, pipeline, err);
    if (frame == NULL)
        return INF_STEP_FAILED;
    frame->pipeline_began_ns = uv_hrtime();
    count_begin(run, &pipeline->counts);
    return INF_STEP_ENTER;
}

/* A pipeline's frame is over, rescued or not. */
static void leave_pipeline(struct inf_run *run, bool failed)
{
    struct inf_pipeline *pipeline = run->top->pipeline;
    const struct inf_frame *below = run->top->below;

    count_end(run, &pipeline->counts, run->top->pipeline_began_ns, failed);
    if (below != NULL)
        show_pipeline(run, below->pipeline);
    else
        inf_json_delete(
            inf_json_detach(run->doc.ingest, inf_json_find(run->doc.ingest, "pipeline")));
    pop(run);
}

/* ---- what became of a processor ---- */

static struct inf_processor *current(const struct inf_run *run)
{
    return run->top->list->items[run->top->next];
}

static void tell(struct inf_run *run, enum inf_seen seen, const struct inf_error *err)
{
    if (run->request.watcher != NULL)
        run->request.watcher(run->request.arg, current(run), seen, err, &run->doc);
}

static void end_processor(struct inf_run *run, bool failed)
{
    struct inf_frame *frame = run->top;

    if (frame->busy)
        count_end(run, &current(run)->counts, frame->began_ns, failed);
    frame->busy = false;
}

static void succeed(struct inf_run *run)
{
    end_processor(run, false);
    tell(run, INF_SEEN_SUCCESS, NULL);
    run->top->next++;
}

/* ---- failures ---- */

static void forget_failure(struct inf_run *run)
{
    for (size_t i = 0; i < sizeof failure_fields / sizeof failure_fields[0]; i++) {
        struct cJSON *field = inf_json_find(run->doc.ingest, failure_fields[i]);

        if (field != NULL)
            inf_json_delete(inf_json_detach(run->doc.ingest, field));
    }
}

static int show_failure(struct inf_run *run, const struct inf_error *err)
{
    struct cJSON *ingest = run->doc.ingest;
    const char *tag = run->culprit->tag;

    return inf_json_set(ingest, failure_fields[0],
                        inf_json_new_string(err->cause_code != INF_ERR_NONE ? err->cause
                                                                            : err->reason)) != 0 ||
                   inf_json_set(ingest, failure_fields[1],
                                inf_json_new_string(run->culprit->row->name)) != 0 ||
                   inf_json_set(ingest, failure_fields[2],
                                tag != NULL ? inf_json_new_string(tag) : inf_json_new_null()) !=
                       0 ||
                   inf_json_set(ingest, failure_fields[3],
                                inf_json_new_string(run->culprit_pipeline->id)) != 0
               ? -1
               : 0;
}

/* Enters a list that may rescue the document. false: it cannot, for a reason that is now err. */
static bool enter_rescue(struct inf_run *run, enum inf_frame_kind kind,
                         const struct inf_processors *list, struct inf_error *err)
{
    struct inf_error instead;

    if (list->count == 0)
        return false;
    if (show_failure(run, err) != 0)
        inf_doc_no_memory(&instead);
    else if (inf_run_push(run, kind, list, run->top->pipeline, &instead) != NULL)
        return true;
    *err = instead;
    return false;
}

/* The processor on top has failed. true: that is settled. */
static bool settle_failure(struct inf_run *run, struct inf_error *err)
{
    const struct inf_processor *processor = current(run);

    end_processor(run, true);
    tell(run, processor->ignore_failure ? INF_SEEN_ERROR_IGNORED : INF_SEEN_ERROR, err);
    if (processor->ignore_failure) {
        run->top->next++;
        return true;
    }
    return enter_rescue(run, INF_FRAME_RESCUE, &processor->on_failure, err);
}

static void fail_run(struct inf_run *run, const struct inf_error *err)
{
    run->failed = true;
    run->err = *err;
}

/* The list on top has failed as a whole. true: settled, or the run is over; false: so has the
 * processor below it. */
static bool unwind(struct inf_run *run, struct inf_error *err)
{
    switch (run->top->kind) {
    case INF_FRAME_PIPELINE:
        if (enter_rescue(run, INF_FRAME_PIPELINE_RESCUE, &run->top->pipeline->on_failure, err))
            return true;
        leave_pipeline(run, true);
        break;
    case INF_FRAME_PIPELINE_RESCUE:
        forget_failure(run);
        pop(run);
        leave_pipeline(run, true);
        break;
    case INF_FRAME_RESCUE: /* what it was to rescue fails its list, and is asked no more */
        forget_failure(run);
        pop(run);
        return unwind(run, err);
    case INF_FRAME_EACH:
        pop(run);
        break;
    }
    if (run->top != NULL)
        return false;
    fail_run(run, err);
    return true;
}

static void fail(struct inf_run *run, struct inf_error *err)
{
    run->culprit = current(run);
    run->culprit_pipeline = run->top->pipeline;
    while (!settle_failure(run, err))
        if (unwind(run, err))
            return;
}

/* A drop processor: the run is over, and everything that is under way has done its work. */
static void drop(struct inf_run *run)
{
    run->dropped = true;
    end_processor(run, false);
    tell(run, INF_SEEN_DROPPED, NULL);
    while (run->top != NULL) {
        end_processor(run, false);
        if (run->top->kind == INF_FRAME_PIPELINE)
            leave_pipeline(run, false);
        else
            pop(run);
    }
}

static void take_step(struct inf_run *run, enum inf_step step, struct inf_error *err)
{
    switch (step) {
    case INF_STEP_DONE:
        succeed(run);
        break;
    case INF_STEP_FAILED:
        fail(run, err);
        break;
    case INF_STEP_DROP:
        drop(run);
        break;
    case INF_STEP_LATER:
        run->waiting = true;
        break;
    case INF_STEP_ENTER:
        break;
    }
}

/* ---- the loop ---- */

/* The list on top is through. */
static void leave(struct inf_run *run, struct inf_error *err)
{
    int rc;

    switch (run->top->kind) {
    case INF_FRAME_PIPELINE_RESCUE:
        forget_failure(run);
        pop(run);
        leave_pipeline(run, true);
        break;
    case INF_FRAME_PIPELINE:
        leave_pipeline(run, false);
        break;
    case INF_FRAME_RESCUE:
        forget_failure(run);
        pop(run);
        run->top->next++;
        return;
    case INF_FRAME_EACH:
        rc = inf_each_next(run, run->top->each, err);
        run->top->next = 0;
        if (rc > 0)
            return;
        pop(run);
        if (rc < 0) {
            fail(run, err);
            return;
        }
        break;
    }
    if (run->top != NULL)
        succeed(run);
}

static bool is_wanted(struct inf_run *run, const struct inf_processor *processor,
                      enum inf_step *step, struct inf_error *err)
{
    bool holds = true;

    if (processor->condition != NULL &&
        inf_condition_holds(processor->condition, &run->doc, &holds, err) != 0)
        *step = INF_STEP_FAILED;
    return holds || *step == INF_STEP_FAILED;
}

static void begin_processor(struct inf_run *run, struct inf_error *err)
{
    struct inf_processor *processor = current(run);
    struct inf_frame *frame = run->top;
    enum inf_step step = INF_STEP_DONE;

    if (!is_wanted(run, processor, &step, err)) {
        tell(run, INF_SEEN_SKIPPED, NULL);
        frame->next++;
        return;
    }
    frame->busy = true;
    frame->began_ns = uv_hrtime();
    count_begin(run, &processor->counts);
    if (step == INF_STEP_DONE && processor->row->start != NULL)
        step = processor->row->start(processor->settings, run, err);
    else if (step == INF_STEP_DONE && processor->row->run(processor->settings, &run->doc, err) != 0)
        step = INF_STEP_FAILED;
    take_step(run, step, err);
}

static void free_run(struct inf_run *run)
{
    while (run->top != NULL)
        pop(run);
    inf_doc_fini(&run->doc);
    inf_pipeline_unref(run->request.pipeline);
    free(run);
}

static void finish(struct inf_run *run)
{
    struct inf_counts *all = &run->request.ingest->counts;

    if (run->request.counts) {
        all->current--;
        all->count++;
        all->failed += run->failed;
    }
    run->request.done(run->request.arg, run->failed ? &run->err : NULL, &run->doc, run->dropped);
    free_run(run);
}

/* false: the run has ended and is gone. */
static bool go_on(struct inf_run *run)
{
    struct inf_error err;

    while (run->top != NULL && !run->waiting) {
        if (run->top->next == run->top->list->count)
            leave(run, &err);
        else
            begin_processor(run, &err);
    }
    if (run->waiting)
        return true;
    finish(run);
    return false;
}

void inf_run_start(const struct inf_run_request *request, struct inf_run **ret)
{
    struct inf_run *run = inf_alloc(1, sizeof *run);
    struct inf_error err;

    *ret = NULL;
    run->request = *request;
    inf_pipeline_ref(request->pipeline);
    if (request->counts)
        request->ingest->counts.current++;
    if (inf_doc_init(&run->doc, request->fields, &err) != 0 ||
        inf_run_enter_pipeline(run, request->pipeline, &err) != INF_STEP_ENTER) {
        fail_run(run, &err);
        finish(run);
        return;
    }
    if (go_on(run))
        *ret = run;
}

void inf_run_wait(struct inf_run *run, void (*cancel)(void *arg), void *arg)
{
    run->cancel = cancel;
    run->cancel_arg = arg;
}

void inf_run_resume(struct inf_run *run, enum inf_step step, const struct inf_error *err)
{
    struct inf_error copy;

    run->waiting = false;
    run->cancel = NULL;
    if (err != NULL)
        copy = *err;
    take_step(run, step, &copy);
    go_on(run);
}

void inf_run_cancel(struct inf_run *run)
{
    if (run->cancel != NULL)
        run->cancel(run->cancel_arg);
    while (run->top != NULL) {
        end_processor(run, true);
        if (run->top->kind == INF_FRAME_PIPELINE)
            leave_pipeline(run, true);
        else
            pop(run);
    }
    if (run->request.counts) {
        run->request.ingest->counts.current--;
        run->request.ingest->counts.count++;
        run->request.ingest->counts.failed++;
    }
    free_run(run);
}
