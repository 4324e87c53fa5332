/* execution.c - NDJSON through a pipeline.
 *
 * The lines under way are a ring; whoever is through waits until all before it are. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "execution.h"

#include "execution_line.h"
#include "inferd/alloc.h"
#include "inferd/spool.h"
#include "line_reader.h"
#include <stdlib.h>

#define RESULT_MAX ((size_t)128 << 20) /* bytes of one line's */
#define UNDER_WAY ((size_t)64 << 20)   /* bytes of lines and results beyond which none is begun */

enum slot_state {
    SLOT_RUNNING, /* through the pipeline */
    SLOT_READY,   /* to be forwarded */
    SLOT_LEFT,    /* being forwarded */
    SLOT_DONE     /* out is the answer */
};

/* A line under way. */
struct slot {
    struct inf_execution *execution;
    struct inf_run *run; /* NULL: through */
    int64_t line;
    enum slot_state state;
    bool wrapped;       /* it has _source, and so has what comes of it */
    size_t bytes;       /* that it counts for */
    struct inf_buf out; /* SLOT_READY: the document's source */
    char *metadata;     /* SLOT_READY */
    int status;         /* SLOT_READY: of one that failed in the pipeline, */
    char *error;        /* and why */
};

struct inf_execution {
    struct inf_execution_options options;
    struct inf_spool *spool;
    struct inf_forwarding *forwarding; /* or NULL */
    uint64_t length;                   /* of the answer so far */
    struct inf_line_reader reader;
    struct slot *slots;
    size_t capacity, first, count;
    size_t running, bytes; /* of the slots */
    size_t offered;        /* so many of the first ones need not be offered to the forwarding */
    bool pumping, full, told, failed, stopped;
    int64_t stop_line;         /* stopped: what comes from here on is not wanted any more */
    struct inf_error err, why; /* of failed; of stopped */
};

static void pump(struct inf_execution *execution);

static void fail(struct inf_execution *execution, const struct inf_error *err)
{
    if (execution->failed)
        return;
    execution->failed = true;
    execution->err = *err;
}

/* ---- the answer ---- */

static int keep(struct inf_execution *execution, const struct inf_buf *line, struct inf_error *err)
{
    if (line->failed)
        return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                             "the result of a line is longer than [%zu] bytes", line->max);
    execution->length += line->length + 1;
    if (execution->length > (uint64_t)execution->options.max_bytes)
        return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                             "the results are longer than ingest.max_result_size [%lld]",
                             (long long)execution->options.max_bytes);
    return inf_spool_append(execution->spool, line->data, line->length, err) != 0
               ? -1
               : inf_spool_append(execution->spool, "\n", 1, err);
}

/* ---- slots ---- */

static struct slot *slot_at(struct inf_execution *execution, size_t i)
{
    return &execution->slots[(execution->first + i) % execution->capacity];
}

static void count_bytes(struct slot *slot, size_t bytes)
{
    slot->execution->bytes += bytes;
    slot->bytes += bytes;
}

/* The pipeline, or whatever was to begin it, is done with the line. */
static void leave(struct slot *slot, enum slot_state state)
{
    if (slot->state == SLOT_RUNNING)
        slot->execution->running--;
    slot->state = state;
    count_bytes(slot, slot->out.length);
}

static void clear(struct slot *slot)
{
    if (slot->run != NULL)
        inf_run_cancel(slot->run);
    inf_buf_free(&slot->out);
    free(slot->metadata);
    free(slot->error);
    slot->execution->bytes -= slot->bytes;
    *slot = (struct slot){.state = SLOT_DONE};
}

/* ---- one line's result ---- */

static void make_ready(struct slot *slot, const struct inf_error *err, const struct inf_doc *doc)
{
    struct inf_buf metadata;
    struct inf_jsonw w;
    size_t length;

    inf_jsonw_init(&w, &slot->out);
    inf_doc_write_source(doc, &w);
    inf_buf_init(&metadata, RESULT_MAX);
    inf_jsonw_init(&w, &metadata);
    inf_jsonw_begin_object(&w);
    inf_doc_write_metadata(doc, &w);
    inf_jsonw_end_object(&w);
    slot->metadata = metadata.failed ? NULL : inf_buf_take(&metadata, &length);
    inf_buf_free(&metadata);
    if (err != NULL) {
        slot->status = inf_err_status(err->code);
        slot->error = inf_line_error_text(err);
    }
}

/* false: it is told like any other failure. */
static bool is_ready(const struct slot *slot, const struct inf_error *err)
{
    return !slot->out.failed && slot->out.length > 0 && slot->metadata != NULL &&
           (err == NULL || slot->error != NULL);
}

static void refuse_line(struct slot *slot, const struct inf_error *err)
{
    inf_buf_free(&slot->out);
    inf_line_problem(err, slot->line, &slot->out);
    leave(slot, SLOT_DONE);
}

/* The document goes on to the receiver; one that failed, with it to the dead letters. */
static void through_to_forward(struct slot *slot, const struct inf_error *err,
                               const struct inf_doc *doc)
{
    struct inf_error too_long;

    make_ready(slot, err, doc);
    if (is_ready(slot, err)) {
        leave(slot, SLOT_READY);
        return;
    }
    inf_error_set(&too_long, slot->out.no_memory ? INF_ERR_MEMORY : INF_ERR_CONTENT_TOO_LONG,
                  "the document has become longer than [%zu] bytes, or than there is memory",
                  RESULT_MAX);
    refuse_line(slot, err != NULL ? err : &too_long);
}

static void through(void *arg, const struct inf_error *err, struct inf_doc *doc, bool dropped)
{
    struct slot *slot = arg;

    slot->run = NULL;
    if (dropped) {
        inf_line_dropped(slot->line, &slot->out);
        leave(slot, SLOT_DONE);
    } else if (slot->execution->forwarding != NULL) {
        through_to_forward(slot, err, doc);
    } else if (err != NULL) {
        refuse_line(slot, err);
    } else {
        inf_line_document(doc, slot->wrapped, &slot->out);
        leave(slot, SLOT_DONE);
    }
    pump(slot->execution);
}

/* What is through at the front of the ring goes to the file. */
static void collect(struct inf_execution *execution)
{
    struct inf_error err;

    while (execution->count > 0 && slot_at(execution, 0)->state == SLOT_DONE &&
           !inf_spool_is_full(execution->spool)) {
        struct slot *slot = slot_at(execution, 0);

        if (execution->stopped && slot->line >= execution->stop_line)
            return;
        if (!execution->failed && keep(execution, &slot->out, &err) != 0)
            fail(execution, &err);
        clear(slot);
        execution->first = (execution->first + 1) % execution->capacity;
        execution->count--;
        execution->offered -= execution->offered > 0;
    }
}

/* ---- forwarding ---- */

/* false: there is no room for it now. */
static bool offer_one(struct slot *slot)
{
    struct inf_outgoing document = {.line = slot->line,
                                    .metadata = slot->metadata,
                                    .source = slot->out,
                                    .status = slot->status,
                                    .error = slot->error};

    if (!inf_forwarding_put(slot->execution->forwarding, &document))
        return false;
    inf_buf_init(&slot->out, RESULT_MAX);
    slot->state = SLOT_LEFT;
    return true;
}

/* In the order of the lines, so that the last of two with the same _id wins. */
static void offer(struct inf_execution *execution)
{
    while (execution->forwarding != NULL && !execution->stopped &&
           execution->offered < execution->count) {
        struct slot *slot = slot_at(execution, execution->offered);

        if (slot->state == SLOT_RUNNING || (slot->state == SLOT_READY && !offer_one(slot)))
            return;
        execution->offered++;
    }
}

static void settled(void *arg, const struct inf_forwarded *document)
{
    struct inf_execution *execution = arg;
    struct slot *slot = slot_at(execution, (size_t)(document->line - slot_at(execution, 0)->line));

    inf_line_forwarded(document, &slot->out);
    leave(slot, SLOT_DONE);
}

static void room(void *arg)
{
    pump(arg);
}

static void stopped(void *arg, int64_t line, const struct inf_error *err)
{
    struct inf_execution *execution = arg;

    execution->stopped = true;
    execution->stop_line = line;
    execution->why = *err;
    pump(execution);
}

/* What came before the stop is told: the rest is given up, and the last line says why. */
static void give_up(struct inf_execution *execution)
{
    struct inf_buf out;
    struct inf_error err;

    if (!execution->stopped || execution->stop_line == 0 ||
        (execution->count > 0 && slot_at(execution, 0)->line < execution->stop_line))
        return;
    for (size_t i = 0; i < execution->count; i++)
        clear(slot_at(execution, i));
    execution->count = execution->running = execution->offered = 0;
    inf_buf_init(&out, RESULT_MAX);
    inf_line_stopped(&execution->why, execution->stop_line, &out);
    if (keep(execution, &out, &err) != 0)
        fail(execution, &err);
    inf_buf_free(&out);
    execution->stop_line = 0;
}

/* ---- lines ---- */

static void run_document(struct slot *slot, struct cJSON *fields)
{
    const struct inf_execution_options *options = &slot->execution->options;
    struct inf_run_request request = {.ingest = options->ingest,
                                      .pipeline = options->pipeline,
                                      .fields = fields,
                                      .counts = true,
                                      .client = options->client,
                                      .loop = options->loop,
                                      .done = through,
                                      .arg = slot};
    struct inf_run *run;

    inf_run_start(&request, &run);
    if (run != NULL)
        slot->run = run;
}

/* The ring's next place, for the present line. */
static struct slot *take_slot(struct inf_execution *execution, size_t length)
{
    struct slot *slot = slot_at(execution, execution->count++);

    *slot = (struct slot){.execution = execution, .line = execution->reader.line};
    inf_buf_init(&slot->out, RESULT_MAX);
    count_bytes(slot, length);
    execution->running++;
    return slot;
}

static void start_line(struct slot *slot, const char *text, size_t length)
{
    struct cJSON *fields;
    struct inf_error err;

    if (inf_line_is_blank(text, length)) {
        inf_buf_puts(&slot->out, ""); /* it is answered by one */
        leave(slot, SLOT_DONE);
    } else if (inf_line_parse(text, length, &fields, &slot->wrapped, &err) != 0) {
        refuse_line(slot, &err);
    } else {
        run_document(slot, fields);
    }
}

static bool next_line(struct inf_execution *execution)
{
    const char *text;
    size_t length;

    if (!inf_line_reader_next(&execution->reader, &text, &length))
        return false;
    if (execution->reader.line >= execution->options.from_line)
        start_line(take_slot(execution, length), text, length);
    return true;
}

static void tell_end(struct inf_execution *execution)
{
    execution->told = true;
    if (execution->failed)
        execution->options.ended(execution->options.arg, &execution->err);
    else
        inf_spool_end(execution->spool);
}

static bool may_begin(const struct inf_execution *execution)
{
    return !execution->stopped && execution->count < execution->capacity &&
           execution->running < INF_EXECUTION_AT_ONCE && execution->bytes < UNDER_WAY &&
           !inf_spool_is_full(execution->spool);
}

/* Lines that are not wanted any more are read away. */
static void make_room(struct inf_execution *execution)
{
    struct inf_error err;

    if (execution->stopped)
        inf_line_reader_clear(&execution->reader);
    else if (!execution->full && inf_line_reader_shrink(&execution->reader, &err) != 0)
        fail(execution, &err);
}

/* Goes on as far as it can. It may free itself at its end, by its owner. */
static void pump(struct inf_execution *execution)
{
    bool was_full = execution->full;

    if (execution->pumping)
        return;
    execution->pumping = true;
    do {
        offer(execution);
        collect(execution);
    } while (!execution->failed && may_begin(execution) && next_line(execution));
    give_up(execution);
    execution->full = !execution->failed && !execution->stopped && !may_begin(execution);
    make_room(execution);
    if (execution->forwarding != NULL && execution->running == 0 &&
        (execution->reader.over || execution->full))
        inf_forwarding_flush(execution->forwarding);
    execution->pumping = false;
    if (execution->reader.over && !execution->told && (execution->count == 0 || execution->failed))
        tell_end(execution);
    else if (was_full && !execution->full && !execution->reader.over)
        execution->options.wanted(execution->options.arg);
}

/* ---- from outside ---- */

static void on_ended(void *arg, const struct inf_error *err)
{
    const struct inf_execution *execution = arg;

    execution->options.ended(execution->options.arg, err);
}

static void start_forwarding(struct inf_execution *execution)
{
    const struct inf_execution_options *options = &execution->options;
    const struct inf_forwarding_options forwarding = {.forward = options->forward,
                                                      .pipeline =
                                                          inf_pipeline_id(options->pipeline),
                                                      .index = options->index,
                                                      .create = options->create,
                                                      .settled = settled,
                                                      .room = room,
                                                      .stopped = stopped,
                                                      .arg = execution};

    /* Two batches are outside of the pipeline: one on its way, one that is filled. */
    execution->capacity += 2 * (size_t)inf_forward_batch_documents(options->forward);
    execution->forwarding = inf_forwarding_new(&forwarding);
}

int inf_execution_new(const struct inf_execution_options *options, struct inf_execution **ret,
                      struct inf_error *err)
{
    struct inf_execution *execution = inf_alloc(1, sizeof *execution);
    const struct inf_spool_options spool = {.loop = options->loop,
                                            .folder = options->folder,
                                            .room = room,
                                            .ended = on_ended,
                                            .arg = execution};

    if (inf_spool_new(&spool, &execution->spool, err) != 0) {
        free(execution);
        return -1;
    }
    execution->options = *options;
    inf_pipeline_ref(options->pipeline);
    execution->capacity = INF_EXECUTION_AT_ONCE;
    if (options->forward != NULL)
        start_forwarding(execution);
    execution->slots = inf_alloc(execution->capacity, sizeof *execution->slots);
    inf_line_reader_init(&execution->reader);
    *ret = execution;
    return 0;
}

void inf_execution_free(struct inf_execution *execution)
{
    if (execution == NULL)
        return;
    for (size_t i = 0; i < execution->count; i++)
        clear(slot_at(execution, i));
    inf_forwarding_free(execution->forwarding);
    inf_spool_free(execution->spool);
    free(execution->slots);
    inf_line_reader_fini(&execution->reader);
    inf_pipeline_unref(execution->options.pipeline);
    free(execution);
}

int inf_execution_push(struct inf_execution *execution, const char *data, size_t length,
                       bool *ret_full, struct inf_error *err)
{
    if (!execution->failed && inf_line_reader_push(&execution->reader, data, length, err) != 0)
        fail(execution, err);
    pump(execution);
    *ret_full = execution->full;
    if (!execution->failed)
        return 0;
    *err = execution->err;
    return -1;
}

void inf_execution_end(struct inf_execution *execution)
{
    execution->reader.over = true;
    pump(execution);
}

int inf_execution_take_file(struct inf_execution *execution, uint64_t *ret_length)
{
    return inf_spool_take_file(execution->spool, ret_length);
}
