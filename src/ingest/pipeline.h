/* pipeline.h - a compiled pipeline. Thread: loop only. Owns: its processors; counted. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_PIPELINE_H
#define INFERD_INGEST_PIPELINE_H

#include "inferd/list.h"
#include "inferd/strmap.h"
#include "processor.h"

struct inf_pipeline {
    int refs;
    char *id, *text; /* text: the definition's JSON */
    int64_t version; /* -1: none */
    struct inf_processors processors, on_failure;
    struct inf_counts counts;
    int64_t bytes_in, bytes_out; /* of documents that it was the first pipeline of */
};

struct inf_ingest {
    struct inf_store *store;
    struct inf_manager *manager;
    struct inf_strmap *pipelines; /* in force */
    struct inf_strmap *queued;    /* on their way into the store; the last of each id */
    struct inf_counts counts;
    struct inf_list waiting; /* proc_inference.c: documents for which a queue had no room */
    int freed;               /* places in a queue that nobody of them has been told of */
    bool waking;
};

/* Keeps the counts of the one before, where the processors are the same by type. */
void inf_pipeline_take_counts(struct inf_pipeline *pipeline, const struct inf_pipeline *before);

/* Inference processors in it, however deep. model_id: those that name it, or NULL: all. */
int inf_pipeline_count_inference(const struct inf_pipeline *pipeline, const char *model_id);
/* proc_inference.c: the model_id of an inference processor; NULL of another one. */
const char *inf_processor_model_id(const struct inf_processor *processor);

#endif
