/* ingest.h - ingest pipelines: kept in the store, compiled once, run on documents.
 *
 * A pipeline is compiled when it is put and when the daemon starts; a run holds the one that it
 * began with. A run takes a document through the processors and may wait for an inference in
 * between, so its end is told by a callback.
 *
 * Thread: loop only. Owns: the compiled pipelines. Bound: INF_PIPELINE_PROCESSORS a pipeline,
 * INF_RUN_DEPTH nested lists of processors a run. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_H
#define INFERD_INGEST_H

#include "inferd/client.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include "inferd/store.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct inf_manager;
struct inf_ingest;    /* all pipelines */
struct inf_pipeline;  /* one, compiled; counted */
struct inf_processor; /* of a pipeline */
struct inf_doc;       /* a document on its way */
struct inf_run;       /* a document in a pipeline */

#define INF_PIPELINES 10000 /* stored ones */
#define INF_PIPELINE_PROCESSORS 1000
#define INF_PIPELINE_DEPTH 10 /* of lists of processors inside a pipeline's definition */
#define INF_RUN_DEPTH 64

/* Compiles what the store has; one that no longer compiles is logged and fails its documents.
 * Borrows both. */
struct inf_ingest *inf_ingest_new(struct inf_store *store, struct inf_manager *manager);
void inf_ingest_free(struct inf_ingest *ingest); /* after the runs and the store's end */

/* ---- pipelines ---- */

/* Makes a pipeline of its definition, an object, without keeping it. PARSE with property_name,
 * processor_type and processor_tag. One reference of *ret is the caller's. */
int inf_pipeline_compile(struct inf_ingest *ingest, const char *id, const struct cJSON *definition,
                         struct inf_pipeline **ret, struct inf_error *err);
struct inf_pipeline *inf_pipeline_ref(struct inf_pipeline *pipeline); /* one more */
void inf_pipeline_unref(struct inf_pipeline *pipeline);               /* NULL is fine */
size_t inf_ingest_count(const struct inf_ingest *ingest);
struct inf_pipeline *inf_ingest_at(const struct inf_ingest *ingest, size_t i);         /* by id */
struct inf_pipeline *inf_ingest_find(const struct inf_ingest *ingest, const char *id); /* or NULL */
const char *inf_pipeline_id(const struct inf_pipeline *pipeline);
const char *inf_pipeline_text(const struct inf_pipeline *pipeline); /* the definition's JSON */

/* Compiles and stores a pipeline. if_version: the version that it must have now, or below 0 for
 * any. `done` runs when it is durable and in force, or never when this returns -1. */
int inf_ingest_put(struct inf_ingest *ingest, const char *id, const struct cJSON *definition,
                   int64_t if_version, inf_store_done done, void *arg, struct inf_error *err);
/* Another node has put or deleted the pipeline: what the store has of it is in force now. */
void inf_ingest_hear(struct inf_ingest *ingest, const char *id);
void inf_ingest_delete(struct inf_ingest *ingest, const char *id, inf_store_done done, void *arg);

/* ---- who uses a model ---- */

/* Does an inference processor of the pipeline, however deep, name that model, alias, deployment or
 * endpoint? */
bool inf_pipeline_uses(const struct inf_pipeline *pipeline, const char *id);
/* Does any? */
bool inf_ingest_uses(const struct inf_ingest *ingest, const char *id);
/* How many use one of the ids, a list that ends with NULL. */
int inf_ingest_users(const struct inf_ingest *ingest, const char *const *ids);

/* ---- counts ---- */

/* Writes {"total":{"count","time_in_millis","current","failed"},"pipelines":{"<id>":{...}}} of the
 * pipelines that use one of the ids, a list that ends with NULL; of all where ids is NULL. */
void inf_ingest_write_counts(const struct inf_ingest *ingest, const char *const *ids,
                             struct inf_jsonw *w);

struct inf_ingest_counts {
    int64_t pipelines, count, time_ms, current, failed;
};
/* Of the pipelines that use one of the ids, together. */
struct inf_ingest_counts inf_ingest_counts_of(const struct inf_ingest *ingest,
                                              const char *const *ids);

/* ---- runs ---- */

enum inf_seen {
    INF_SEEN_SUCCESS,
    INF_SEEN_ERROR,
    INF_SEEN_ERROR_IGNORED,
    INF_SEEN_SKIPPED,
    INF_SEEN_DROPPED
};

/* dropped: a drop processor ended the run, and the document is not wanted. The document is borrowed
 * for the time of the call; it is there with err, too, as far as it came. */
typedef void (*inf_run_done)(void *arg, const struct inf_error *err, struct inf_doc *doc,
                             bool dropped);
/* After each processor; err only of INF_SEEN_ERROR and _IGNORED. */
typedef void (*inf_run_watcher)(void *arg, const struct inf_processor *processor,
                                enum inf_seen seen, const struct inf_error *err,
                                const struct inf_doc *doc);

struct inf_run_request {
    struct inf_ingest *ingest;
    struct inf_pipeline *pipeline; /* the run takes a reference of its own */
    struct cJSON *fields;          /* source and metadata, one object; taken */
    bool counts;                   /* in the statistics: no simulation */
    struct inf_client client;      /* whose share of the queues it takes */
    struct uv_loop_s *loop;  /* the loop when it waits while a queue is full, or NULL: then the
                                document fails with QUEUE_FULL */
    inf_run_watcher watcher; /* or NULL */
    inf_run_done done;       /* once, on the loop, maybe before inf_run_start returns */
    void *arg;
};

/* *ret is NULL when done has run. */
void inf_run_start(const struct inf_run_request *request, struct inf_run **ret);
/* Nobody waits any more: done will not run. Not from within the watcher or done. */
void inf_run_cancel(struct inf_run *run);

/* The document's source, an object. */
void inf_doc_write_source(const struct inf_doc *doc, struct inf_jsonw *w);
/* Members _index, _id, _version, ... , each as a string, without braces. */
void inf_doc_write_metadata(const struct inf_doc *doc, struct inf_jsonw *w);
void inf_doc_write_ingest(const struct inf_doc *doc,
                          struct inf_jsonw *w); /* "_ingest", an object */
bool inf_doc_is_metadata(const char *key);      /* _index, _id, ... */

/* The names of all processors that there are, ascending; NULL behind the last. */
const char *inf_processor_name_at(size_t i);
const char *inf_processor_type(const struct inf_processor *processor);
const char *inf_processor_tag(const struct inf_processor *processor);         /* or NULL */
const char *inf_processor_description(const struct inf_processor *processor); /* or NULL */
/* The text of its condition, or NULL. */
const char *inf_processor_condition(const struct inf_processor *processor);

#endif
