/* proc_foreach.c - foreach and pipeline: a document, or its elements, through other processors. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"
#include "template.h"
#include <stdlib.h>
#include <string.h>

/* ---- foreach ---- */

struct foreach {
    char *field;
    struct inf_processors list; /* one */
    bool ignore_missing;
};

static int make_foreach(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct foreach *foreach = settings;
    const struct cJSON *processor = inf_reader_any(reader, "processor");
    struct cJSON *list;
    int rc;

    if (inf_reader_copy(reader, "field", true, &foreach->field, err) != 0 ||
        inf_reader_bool(reader, "ignore_missing", &foreach->ignore_missing, err) != 0)
        return -1;
    if (processor == NULL)
        return inf_reader_fail(reader, "processor", err, "required property is missing");
    if (!inf_json_is_object(processor) || inf_json_size(processor) != 1)
        return inf_reader_fail(reader, "processor", err, "Must specify exactly one processor type");
    list = inf_json_new_array();
    if (list == NULL || inf_json_push(list, inf_json_copy(processor)) != 0) {
        inf_json_delete(list);
        return inf_doc_no_memory(err);
    }
    rc = inf_processors_make(reader->compiling, list, &foreach->list, err);
    inf_json_delete(list);
    return rc;
}

static void destroy_foreach(void *settings)
{
    struct foreach *foreach = settings;

    free(foreach->field);
    inf_processors_free(&foreach->list);
}

static enum inf_step start_foreach(const void *settings, struct inf_run *run, struct inf_error *err)
{
    const struct foreach *foreach = settings;
    const struct cJSON *value = inf_doc_find(&run->doc, foreach->field);

    if (foreach->ignore_missing && (value == NULL || inf_json_is_null(value)))
        return INF_STEP_DONE;
    return inf_run_enter_each(run, foreach->field, &foreach->list, err);
}

static const struct inf_processors *inside_foreach(const void *settings)
{
    const struct foreach *foreach = settings;

    return &foreach->list;
}

const struct inf_processor_row inf_processor_foreach = {.name = "foreach",
                                                        .size = sizeof(struct foreach),
                                                        .make = make_foreach,
                                                        .destroy = destroy_foreach,
                                                        .start = start_foreach,
                                                        .inside = inside_foreach};

/* ---- pipeline ---- */

struct other {
    char *name;
    bool ignore_missing;
};

static int make_pipeline(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct other *other = settings;

    if (inf_reader_copy(reader, "name", true, &other->name, err) != 0)
        return -1;
    return inf_reader_bool(reader, "ignore_missing_pipeline", &other->ignore_missing, err);
}

static void destroy_pipeline(void *settings)
{
    struct other *other = settings;

    free(other->name);
}

static enum inf_step enter(const struct other *other, const char *name, struct inf_run *run,
                           struct inf_error *err)
{
    struct inf_pipeline *pipeline = inf_ingest_find(run->request.ingest, name);

    if (pipeline != NULL)
        return inf_run_enter_pipeline(run, pipeline, err);
    if (other->ignore_missing)
        return INF_STEP_DONE;
    inf_error_set(err, INF_ERR_ILLEGAL_STATE,
                  "Pipeline processor configured for non-existent pipeline [%s]", name);
    return INF_STEP_FAILED;
}

static enum inf_step start_pipeline(const void *settings, struct inf_run *run,
                                    struct inf_error *err)
{
    const struct other *other = settings;
    enum inf_step step = INF_STEP_FAILED;
    struct inf_buf scratch;
    const char *name;

    inf_buf_init(&scratch, INF_TEMPLATE_MAX);
    name = inf_template_path(other->name, &run->doc, &scratch, err);
    if (name != NULL)
        step = enter(other, name, run, err);
    inf_buf_free(&scratch);
    return step;
}

const struct inf_processor_row inf_processor_pipeline = {.name = "pipeline",
                                                         .size = sizeof(struct other),
                                                         .make = make_pipeline,
                                                         .destroy = destroy_pipeline,
                                                         .start = start_pipeline};
