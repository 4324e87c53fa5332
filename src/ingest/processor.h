/* processor.h - what a processor is, and the rows of the table of all of them.
 *
 * A new processor is a file with a row, named here and in the table in processor.c; `if`, `tag`,
 * `description`, `ignore_failure` and `on_failure` follow, and so do its counts and its place in
 * the documentation.
 *
 * Thread: loop. Owns: a processor has its settings and the processors inside it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_PROCESSOR_H
#define INFERD_INGEST_PROCESSOR_H

#include "condition.h"
#include "document.h"
#include "reader.h"

/* What became of a processor that was begun. */
enum inf_step {
    INF_STEP_DONE,
    INF_STEP_FAILED, /* err is set */
    INF_STEP_LATER,  /* it will call inf_run_resume */
    INF_STEP_ENTER,  /* a list of processors was entered, and is its work */
    INF_STEP_DROP    /* the document is not wanted */
};

struct inf_processors {
    struct inf_processor **items;
    size_t count;
};

struct inf_counts {
    int64_t count, failed, current;
    uint64_t time_ns;
};

/* A row. Either run or start is there. */
struct inf_processor_row {
    const char *name;
    size_t size; /* of its settings, which are zeroed before make */
    int (*make)(void *settings, struct inf_reader *reader, struct inf_error *err);
    void (*destroy)(void *settings); /* also after a make that failed */
    int (*run)(const void *settings, struct inf_doc *doc, struct inf_error *err);
    enum inf_step (*start)(const void *settings, struct inf_run *run, struct inf_error *err);
    /* Of those that others are inside of: the list. */
    const struct inf_processors *(*inside)(const void *settings);
};

struct inf_processor {
    const struct inf_processor_row *row;
    char *tag, *description;         /* or NULL */
    struct inf_condition *condition; /* or NULL */
    bool ignore_failure;
    struct inf_processors on_failure;
    void *settings;
    struct inf_counts counts;
};

/* The pipeline that is being made. */
struct inf_compiling {
    struct inf_ingest *ingest;
    int processors, depth;
};

extern const struct inf_processor_row inf_processor_append, inf_processor_convert,
    inf_processor_date, inf_processor_drop, inf_processor_fail, inf_processor_foreach,
    inf_processor_gsub, inf_processor_html_strip, inf_processor_inference, inf_processor_join,
    inf_processor_json, inf_processor_lowercase, inf_processor_pipeline, inf_processor_remove,
    inf_processor_rename, inf_processor_script, inf_processor_set, inf_processor_split,
    inf_processor_trim, inf_processor_uppercase;

/* The processors of a list [{"set":{...}},...]; property names the list in errors. On failure *ret
 * is empty. */
int inf_processors_make(struct inf_compiling *compiling, const struct cJSON *list,
                        struct inf_processors *ret, struct inf_error *err);
void inf_processors_free(struct inf_processors *processors);

#endif
