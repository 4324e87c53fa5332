/* rest_simulate.c - _simulate: documents through a pipeline, and what becomes of them.
 *
 * A few documents are under way at a time, so that a model is kept busy and the order of the answer
 * costs little; each has a buffer of its own for what is to be told about it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/ingest.h"
#include "inferd/json_edit.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 32, ERROR_TEXT = 8192 };

struct simulation;

/* One document. */
struct sample {
    struct simulation *simulation;
    const struct cJSON *given;
    struct inf_run *run; /* NULL: it has not begun, or has ended */
    struct inf_buf out;
    struct inf_jsonw w;
};

struct simulation {
    struct inf_call *call;
    struct inf_pipeline *pipeline; /* one reference */
    bool verbose;
    struct sample *samples;
    size_t count, next, running;
    bool starting;
};

static void end_simulation(void *state)
{
    struct simulation *simulation = state;

    for (size_t i = 0; i < simulation->count; i++)
        inf_buf_free(&simulation->samples[i].out);
    free(simulation->samples);
    inf_pipeline_unref(simulation->pipeline);
    free(simulation);
}

/* ---- one document's answer ---- */

static void write_doc(struct inf_jsonw *w, const struct inf_doc *doc)
{
    inf_jsonw_key(w, "doc");
    inf_jsonw_begin_object(w);
    inf_doc_write_metadata(doc, w);
    inf_jsonw_key(w, "_source");
    inf_doc_write_source(doc, w);
    inf_jsonw_key(w, "_ingest");
    inf_doc_write_ingest(doc, w);
    inf_jsonw_end_object(w);
}

static void write_error(struct inf_jsonw *w, const struct inf_error *err)
{
    inf_jsonw_key(w, "error");
    inf_response_error_object(w, err, NULL);
}

static void write_condition(struct inf_jsonw *w, const struct inf_processor *processor, bool held)
{
    const char *text = inf_processor_condition(processor);

    if (text == NULL)
        return;
    inf_jsonw_key(w, "if");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "condition", text);
    inf_jsonw_kv_bool(w, "result", held);
    inf_jsonw_end_object(w);
}

/* A step of a verbose simulation. */
static void watch(void *arg, const struct inf_processor *processor, enum inf_seen seen,
                  const struct inf_error *err, const struct inf_doc *doc)
{
    static const char *const statuses[] = {[INF_SEEN_SUCCESS] = "success",
                                           [INF_SEEN_ERROR] = "error",
                                           [INF_SEEN_ERROR_IGNORED] = "error_ignored",
                                           [INF_SEEN_SKIPPED] = "skipped",
                                           [INF_SEEN_DROPPED] = "dropped"};
    struct sample *sample = arg;
    struct inf_jsonw *w = &sample->w;

    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "processor_type", inf_processor_type(processor));
    inf_jsonw_kv_string(w, "status", statuses[seen]);
    if (inf_processor_description(processor) != NULL)
        inf_jsonw_kv_string(w, "description", inf_processor_description(processor));
    if (inf_processor_tag(processor) != NULL)
        inf_jsonw_kv_string(w, "tag", inf_processor_tag(processor));
    write_condition(w, processor, seen != INF_SEEN_SKIPPED);
    if (seen == INF_SEEN_ERROR) {
        write_error(w, err);
    } else if (seen == INF_SEEN_ERROR_IGNORED) {
        inf_jsonw_key(w, "ignored_error");
        inf_jsonw_begin_object(w);
        write_error(w, err);
        inf_jsonw_end_object(w);
    }
    if (seen == INF_SEEN_SUCCESS || seen == INF_SEEN_ERROR_IGNORED)
        write_doc(w, doc);
    inf_jsonw_end_object(w);
}

static void advance(struct simulation *simulation);

static void end_sample(void *arg, const struct inf_error *err, struct inf_doc *doc, bool dropped)
{
    struct sample *sample = arg;
    struct simulation *simulation = sample->simulation;
    struct inf_jsonw *w = &sample->w;

    sample->run = NULL;
    if (simulation->verbose) {
        inf_jsonw_end_array(w);
        inf_jsonw_end_object(w);
    } else if (dropped) {
        inf_jsonw_null(w);
    } else {
        inf_jsonw_begin_object(w);
        if (err != NULL)
            write_error(w, err);
        else
            write_doc(w, doc);
        inf_jsonw_end_object(w);
    }
    simulation->running--;
    advance(simulation);
}

/* ---- the documents ---- */

/* Metadata with Elasticsearch's defaults, and the source. NULL without memory. */
static struct cJSON *make_fields(const struct cJSON *given)
{
    struct cJSON *fields = inf_json_new_object();
    const struct cJSON *index = inf_json_get(given, "_index"), *id = inf_json_get(given, "_id");
    int rc = 0;

    if (fields == NULL)
        return NULL;
    rc |= inf_json_set(fields, "_index",
                       index != NULL ? inf_json_copy(index) : inf_json_new_string("_index"));
    rc |= inf_json_set(fields, "_id", id != NULL ? inf_json_copy(id) : inf_json_new_string("_id"));
    rc |= inf_json_set(fields, "_version", inf_json_new_int(-3));
    for (const struct cJSON *member = inf_json_first(given); member != NULL;
         member = inf_json_next(member))
        if (inf_doc_is_metadata(inf_json_key(member)))
            rc |= inf_json_set(fields, inf_json_key(member), inf_json_copy(member));
    for (const struct cJSON *member = inf_json_first(inf_json_get(given, "_source"));
         member != NULL; member = inf_json_next(member))
        rc |= inf_json_set(fields, inf_json_key(member), inf_json_copy(member));
    if (rc == 0)
        return fields;
    inf_json_delete(fields);
    return NULL;
}

static void start_sample(struct sample *sample)
{
    const struct simulation *simulation = sample->simulation;
    const struct inf_run_request request = {.ingest = rest_app(simulation->call)->ingest,
                                            .pipeline = simulation->pipeline,
                                            .fields = make_fields(sample->given),
                                            .client = inf_call_client(simulation->call),
                                            .watcher = simulation->verbose ? watch : NULL,
                                            .done = end_sample,
                                            .arg = sample};
    struct inf_run *run;

    inf_buf_init(&sample->out, INF_RESPONSE_MAX);
    inf_jsonw_init(&sample->w, &sample->out);
    if (simulation->verbose) {
        inf_jsonw_begin_object(&sample->w);
        inf_jsonw_key(&sample->w, "processor_results");
        inf_jsonw_begin_array(&sample->w);
    }
    inf_run_start(&request, &run);
    if (run != NULL)
        sample->run = run;
}

static void reply(struct simulation *simulation)
{
    struct inf_buf body;
    struct inf_jsonw w;

    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "docs");
    inf_jsonw_begin_array(&w);
    for (size_t i = 0; i < simulation->count; i++) {
        const struct inf_buf *out = &simulation->samples[i].out;

        inf_jsonw_raw(&w, out->length > 0 ? out->data : "null", out->length > 0 ? out->length : 4);
        body.failed = body.failed || out->failed;
    }
    inf_jsonw_end_array(&w);
    inf_jsonw_end_object(&w);
    inf_call_reply(simulation->call, 200, &body);
}

/* Starts what may be started, and answers when all is done. */
static void advance(struct simulation *simulation)
{
    if (simulation->starting)
        return;
    simulation->starting = true;
    while (simulation->next < simulation->count && simulation->running < AT_ONCE) {
        simulation->running++;
        start_sample(&simulation->samples[simulation->next++]);
    }
    simulation->starting = false;
    if (simulation->running == 0)
        reply(simulation);
}

static void gone(struct inf_call *call)
{
    struct simulation *simulation = inf_call_state(call);

    for (size_t i = 0; i < simulation->count; i++)
        if (simulation->samples[i].run != NULL)
            inf_run_cancel(simulation->samples[i].run);
}

/* ---- the request ---- */

static int missing(const char *property, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_PARSE, "[%s] required property is missing", property);
    return inf_error_metadata(err, "property_name", property);
}

static int check_docs(const struct cJSON *docs, struct inf_error *err)
{
    if (docs == NULL)
        return missing("docs", err);
    if (!inf_json_is_array(docs)) {
        inf_error_set(err, INF_ERR_PARSE, "[docs] property isn't a list, but of type [%s]",
                      inf_json_token(docs));
        return inf_error_metadata(err, "property_name", "docs");
    }
    if (inf_json_first(docs) == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "must specify at least one document in [docs]");
    for (const struct cJSON *one = inf_json_first(docs); one != NULL; one = inf_json_next(one)) {
        if (!inf_json_is_object(one))
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "malformed [docs] section, should include an inner object");
        if (!inf_json_is_object(inf_json_get(one, "_source")))
            return missing("_source", err);
    }
    return 0;
}

static int find_pipeline(struct inf_call *call, const char *id, struct inf_pipeline **ret,
                         struct inf_error *err)
{
    struct inf_ingest *ingest = rest_app(call)->ingest;
    const struct cJSON *inline_one = inf_call_json(call, "pipeline");

    if (id == NULL && inline_one == NULL)
        return missing("pipeline", err);
    if (id == NULL)
        return inf_pipeline_compile(ingest, "_simulate_pipeline", inline_one, ret, err);
    *ret = inf_ingest_find(ingest, id);
    if (*ret == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "pipeline [%s] does not exist", id);
    *ret = inf_pipeline_ref(*ret);
    return 0;
}

static enum inf_outcome simulate(struct inf_call *call, const char *id, struct inf_error *err)
{
    const struct cJSON *docs = inf_call_json(call, "docs"), *given = inf_json_first(docs);
    struct inf_pipeline *pipeline;
    struct simulation *simulation;

    if (find_pipeline(call, id, &pipeline, err) != 0)
        return INF_FAILED;
    if (check_docs(docs, err) != 0) {
        inf_pipeline_unref(pipeline);
        return INF_FAILED;
    }
    simulation = inf_alloc(1, sizeof *simulation);
    simulation->call = call;
    simulation->pipeline = pipeline;
    simulation->verbose = inf_call_bool(call, "verbose");
    simulation->count = inf_json_size(docs);
    simulation->samples = inf_alloc(simulation->count, sizeof *simulation->samples);
    for (size_t i = 0; i < simulation->count; i++, given = inf_json_next(given)) {
        simulation->samples[i].simulation = simulation;
        simulation->samples[i].given = given;
    }
    inf_call_set_state(call, simulation, end_simulation);
    simulation->running = 1; /* so that it does not answer before all were told */
    advance(simulation);
    if (--simulation->running == 0 && simulation->next == simulation->count) {
        reply(simulation);
        return INF_REPLIED;
    }
    inf_call_on_gone(call, gone);
    return INF_LATER;
}

enum inf_outcome rest_simulate(struct inf_call *call, struct inf_error *err)
{
    return simulate(call, NULL, err);
}

enum inf_outcome rest_simulate_stored(struct inf_call *call, struct inf_error *err)
{
    return simulate(call, inf_call_str(call, "id"), err);
}
