/* proc_inference.c - inference: a model's answer about the document becomes part of it.
 *
 * In the older style the document as a whole, renamed by field_map, is asked about, and the answer
 * is an object under target_field. In the other, input_output, each input field is a text of its
 * own, and its answer alone becomes the output field. Either way the model gets its text and
 * nothing else of the document. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/inference.h"
#include "inference_settings.h"
#include "run.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Whoever waits is told when another document is through; others fill the queue, too, so it asks
 * now and then in any case. */
enum { RETRY_MS = 250 };

/* One document's question, until its answer. */
struct asking {
    const struct inf_inference_settings *settings;
    struct inf_run *run;
    struct inf_infer *infer;
    struct inf_chunking *chunking; /* while a text is being cut */
    struct inf_chunk *chunks;      /* of the text, where it is asked about in these */
    size_t chunk_count;
    struct cJSON *docs; /* for the model */
    bool started;       /* start has returned INF_STEP_LATER */
    bool answered;
    enum inf_step step; /* when answered before that */
    struct inf_error *err;
    uv_timer_t timer; /* to ask again when the queue was full */
    bool has_timer, waits;
    struct inf_link link; /* of those that wait */
};

/* ---- the question ---- */

/* The document's value for the model's field, or NULL. */
static const struct cJSON *mapped_value(const struct inf_inference_settings *settings,
                                        const char *field, struct inf_doc *doc)
{
    const struct cJSON *value;

    for (size_t i = 0; i < settings->mapping_count; i++) {
        if (strcmp(settings->mappings[i].to, field) != 0)
            continue;
        value = inf_doc_find(doc, settings->mappings[i].from);
        if (value != NULL && !inf_json_is_null(value))
            return value;
    }
    value = inf_doc_find(doc, field);
    return value != NULL ? value : inf_json_get_path(doc->fields, field);
}

static bool is_missing(struct inf_doc *doc, const char *path)
{
    const struct cJSON *value = inf_doc_find(doc, path);

    return value == NULL || inf_json_is_null(value);
}

/* The text in a field; NULL with err. */
static const char *text_at(struct inf_doc *doc, const char *path, struct inf_error *err)
{
    const struct cJSON *value = inf_doc_get(doc, path, err);

    if (value == NULL || inf_json_is_string(value))
        return inf_json_string(value);
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "input field [%s] cannot be processed because it is not a text field", path);
    return NULL;
}

/* A text for each input. 1: there is nothing to ask about. */
static int add_inputs(struct asking *asking, const struct inf_model_input *input,
                      struct inf_error *err)
{
    const struct inf_inference_settings *settings = asking->settings;
    struct inf_doc *doc = &asking->run->doc;
    size_t missing = 0;

    for (size_t i = 0; settings->ignore_missing && i < settings->output_count; i++)
        missing += is_missing(doc, settings->outputs[i].from);
    if (missing == settings->output_count)
        return 1;
    for (size_t i = 0; i < settings->output_count; i++) {
        const char *path = settings->outputs[i].from;
        const char *text =
            settings->ignore_missing && is_missing(doc, path) ? "" : text_at(doc, path, err);

        if (text == NULL)
            return -1;
        if (inf_model_input_add_text(input, asking->docs, text, strlen(text)) != 0)
            return inf_doc_no_memory(err);
    }
    return 0;
}

/* The document as a whole. */
static int add_mapped(struct asking *asking, const struct inf_model_input *input,
                      struct inf_error *err)
{
    const struct cJSON *value =
        mapped_value(asking->settings, input->field.data, &asking->run->doc);

    return inf_model_input_add(input, asking->docs, value) == 0 ? 0 : inf_doc_no_memory(err);
}

/* A document for each chunk of the one text. */
static int add_chunks(struct asking *asking, const struct inf_model_input *input,
                      struct inf_error *err)
{
    const char *text = text_at(&asking->run->doc, asking->settings->outputs[0].from, err);

    if (text == NULL)
        return -1;
    for (size_t i = 0; i < asking->chunk_count; i++)
        if (inf_model_input_add_text(input, asking->docs, text + asking->chunks[i].from,
                                     asking->chunks[i].length) != 0)
            return inf_doc_no_memory(err);
    return 0;
}

static int make_docs(struct asking *asking, struct inf_error *err)
{
    struct inf_model_input input;
    int rc;

    asking->docs = inf_json_new_array();
    if (asking->docs == NULL)
        return inf_doc_no_memory(err);
    /* Of an id that is none the manager says what is wrong. */
    (void)inf_manager_input(asking->run->request.ingest->manager, asking->settings->model_id,
                            INF_PREFIX_INGEST, &input);
    if (input.field.failed)
        rc = inf_doc_no_memory(err);
    else if (asking->chunks != NULL)
        rc = add_chunks(asking, &input, err);
    else if (asking->settings->output_count > 0)
        rc = add_inputs(asking, &input, err);
    else
        rc = add_mapped(asking, &input, err);
    inf_model_input_fini(&input);
    return rc;
}

/* ---- the answer ---- */

static void freed(uv_handle_t *handle)
{
    struct asking *asking = handle->data;

    free(asking);
}

static void stop_waiting(struct asking *asking)
{
    if (!asking->waits)
        return;
    asking->waits = false;
    inf_list_remove(&asking->run->request.ingest->waiting, &asking->link);
    uv_timer_stop(&asking->timer);
}

static void end(struct asking *asking)
{
    inf_json_delete(asking->docs);
    asking->docs = NULL;
    free(asking->chunks);
    asking->chunks = NULL;
    stop_waiting(asking);
    if (asking->has_timer)
        uv_close((uv_handle_t *)&asking->timer, freed);
    else
        free(asking);
}

/* start may still run: then it takes the step itself. */
static void answer(struct asking *asking, enum inf_step step, const struct inf_error *err)
{
    struct inf_run *run = asking->run;

    if (!asking->started) {
        asking->answered = true;
        asking->step = step;
        if (err != NULL)
            *asking->err = *err;
        return;
    }
    end(asking);
    inf_run_resume(run, step, err);
}

static void ask(struct asking *asking);

static void ask_again(uv_timer_t *timer)
{
    struct asking *asking = timer->data;

    stop_waiting(asking);
    ask(asking);
}

/* The queue is full, and the document has time. */
static void wait_for_room(struct asking *asking)
{
    if (!asking->has_timer) {
        uv_timer_init(asking->run->request.loop, &asking->timer);
        asking->timer.data = asking;
        asking->has_timer = true;
    }
    asking->waits = true;
    inf_list_append(&asking->run->request.ingest->waiting, &asking->link);
    uv_timer_start(&asking->timer, ask_again, RETRY_MS, 0);
}

/* A document is through, and so another one may have its place. Those that find their answer in a
 * cache are through at once and come here again, hence the loop. */
static void wake(struct inf_ingest *ingest)
{
    ingest->freed++;
    if (ingest->waking)
        return;
    ingest->waking = true;
    while (ingest->freed > 0 && ingest->waiting.first != NULL) {
        ingest->freed--;
        ask_again(&INF_LIST_ITEM(ingest->waiting.first, struct asking, link)->timer);
    }
    ingest->freed = 0;
    ingest->waking = false;
}

static int write_down(struct asking *asking, struct inf_buf *results, struct inf_error *err)
{
    struct inf_doc *doc = &asking->run->doc;
    const char *text = NULL;

    if (asking->chunks == NULL)
        return inf_inference_write(asking->settings, results, doc, err);
    text = text_at(doc, asking->settings->outputs[0].from, err);
    return text == NULL ? -1
                        : inf_inference_write_chunks(asking->settings, results, text,
                                                     asking->chunks, asking->chunk_count, doc, err);
}

static void answered(void *arg, const struct inf_error *failed, struct inf_buf *results)
{
    struct asking *asking = arg;
    struct inf_ingest *ingest = asking->run->request.ingest;
    struct inf_error err;

    asking->infer = NULL;
    if (failed != NULL && failed->code == INF_ERR_QUEUE_FULL && asking->run->request.loop != NULL)
        wait_for_room(asking);
    else if (failed != NULL)
        answer(asking, INF_STEP_FAILED, failed);
    else if (write_down(asking, results, &err) != 0)
        answer(asking, INF_STEP_FAILED, &err);
    else
        answer(asking, INF_STEP_DONE, NULL);
    if (ingest->waiting.first != NULL && !(failed != NULL && failed->code == INF_ERR_QUEUE_FULL))
        wake(ingest);
}

static void ask(struct asking *asking)
{
    const struct inf_run_request *run = &asking->run->request;
    const struct inf_infer_request request = {.docs = asking->docs,
                                              .inference_config = asking->settings->config,
                                              .client = run->client,
                                              .arrival_ns = uv_hrtime(),
                                              .timeout_ms = -1,
                                              .done = answered,
                                              .arg = asking};
    struct inf_infer *infer = NULL;

    inf_manager_infer(run->ingest->manager, asking->settings->model_id, &request, &infer);
    /* When it was answered already, asking may be gone. */
    if (infer != NULL)
        asking->infer = infer;
}

static void cancel(void *arg)
{
    struct asking *asking = arg;

    if (asking->infer != NULL)
        inf_infer_cancel(asking->infer);
    if (asking->chunking != NULL)
        inf_chunking_cancel(asking->chunking);
    end(asking);
}

/* ---- in chunks ---- */

static void on_chunks(void *arg, const struct inf_error *failed, const struct inf_chunk *chunks,
                      size_t count)
{
    struct asking *asking = arg;
    struct inf_error err;

    asking->chunking = NULL;
    if (failed != NULL) {
        answer(asking, INF_STEP_FAILED, failed);
        return;
    }
    asking->chunks = inf_alloc(count, sizeof *chunks);
    memcpy(asking->chunks, chunks, count * sizeof *chunks);
    asking->chunk_count = count;
    if (make_docs(asking, &err) != 0)
        answer(asking, INF_STEP_FAILED, &err);
    else
        ask(asking);
}

/* As make_docs; the text is cut first, and asked about later. */
static int begin_chunks(struct asking *asking, struct inf_error *err)
{
    const struct inf_inference_settings *settings = asking->settings;
    const char *text = NULL;

    if (settings->ignore_missing && is_missing(&asking->run->doc, settings->outputs[0].from))
        return 1;
    text = text_at(&asking->run->doc, settings->outputs[0].from, err);
    if (text == NULL)
        return -1;
    asking->chunking =
        inf_manager_chunk(asking->run->request.ingest->manager, settings->model_id,
                          &(const struct inf_chunk_request){.text = text,
                                                            .length = strlen(text),
                                                            .max_tokens = settings->chunk_tokens,
                                                            .overlap = settings->chunk_overlap,
                                                            .done = on_chunks,
                                                            .arg = asking},
                          err);
    return asking->chunking != NULL ? 0 : -1;
}

static enum inf_step start(const void *settings, struct inf_run *run, struct inf_error *err)
{
    struct asking *asking = inf_alloc(1, sizeof *asking);
    enum inf_step step;
    int rc;

    asking->settings = settings;
    asking->run = run;
    asking->err = err;
    rc = asking->settings->in_chunks ? begin_chunks(asking, err) : make_docs(asking, err);
    if (rc == 0 && !asking->settings->in_chunks)
        ask(asking);
    if (rc == 0 && !asking->answered) {
        asking->started = true;
        inf_run_wait(run, cancel, asking);
        return INF_STEP_LATER;
    }
    step = rc < 0 ? INF_STEP_FAILED : rc > 0 ? INF_STEP_DONE : asking->step;
    end(asking);
    return step;
}

const char *inf_processor_model_id(const struct inf_processor *processor)
{
    const struct inf_inference_settings *settings = processor->settings;

    return processor->row == &inf_processor_inference ? settings->model_id : NULL;
}

const struct inf_processor_row inf_processor_inference = {.name = "inference",
                                                          .size =
                                                              sizeof(struct inf_inference_settings),
                                                          .make = inf_inference_settings_make,
                                                          .destroy = inf_inference_settings_destroy,
                                                          .start = start};
