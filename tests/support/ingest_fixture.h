/* ingest_fixture.h - a document through processors, without a daemon: what the unit tests of
 * processors share. JSON is written with apostrophes for quotation marks. Every helper fails the
 * test when it cannot do its work. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_FIXTURE_H
#define INFERD_INGEST_FIXTURE_H

#include "inferd/alloc.h"
#include "pipeline.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INGEST_TEXT ((size_t)1 << 20)

/* A row of a table of tests: the source that comes out, "dropped", or "! " and the reason. */
struct ingest_case {
    const char *processors, *document, *result;
};

static inline struct cJSON *ingest_json(const char *text)
{
    char *copy = inf_strdup(text);
    struct inf_json json;
    struct inf_error err;

    for (char *at = copy; (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    if (inf_json_parse(copy, strlen(copy), NULL, &json, &err) != 0)
        fail_msg("%s: %s", copy, err.reason);
    free(copy);
    return inf_json_take_root(&json);
}

/* Pipelines in force, without a store; add_pipeline puts more in. */
static inline struct inf_ingest *ingest_of(void)
{
    struct inf_ingest *ingest = inf_alloc(1, sizeof *ingest);

    ingest->pipelines = inf_strmap_new();
    ingest->queued = inf_strmap_new();
    return ingest;
}

/* definition: an object, or the list of its processors. -1 with err when it is refused. */
static inline int ingest_compile(struct inf_ingest *ingest, const char *id, const char *definition,
                                 struct inf_pipeline **ret, struct inf_error *err)
{
    struct cJSON *given = ingest_json(definition), *whole = given;
    int rc;

    if (inf_json_is_array(given)) {
        whole = inf_json_new_object();
        assert_int_equal(inf_json_set(whole, "processors", given), 0);
    }
    rc = inf_pipeline_compile(ingest, id, whole, ret, err);
    inf_json_delete(whole);
    return rc;
}

static inline struct inf_pipeline *ingest_pipeline(struct inf_ingest *ingest, const char *id,
                                                   const char *definition)
{
    struct inf_pipeline *pipeline = NULL;
    struct inf_error err;

    if (ingest_compile(ingest, id, definition, &pipeline, &err) != 0)
        fail_msg("%s: %s", definition, err.reason);
    return pipeline;
}

static inline void ingest_add(struct inf_ingest *ingest, const char *id, const char *definition)
{
    inf_strmap_put(ingest->pipelines, id, ingest_pipeline(ingest, id, definition));
}

/* What came of a run. */
struct ingest_end {
    int times;
    struct inf_buf text; /* as in struct ingest_case, with quotation marks */
};

static inline void ingest_done(void *arg, const struct inf_error *err, struct inf_doc *doc,
                               bool dropped)
{
    struct ingest_end *end = arg;
    struct inf_jsonw w;

    end->times++;
    if (err != NULL)
        inf_buf_printf(&end->text, "! %s", err->reason);
    else if (dropped)
        inf_buf_puts(&end->text, "dropped");
    inf_jsonw_init(&w, &end->text);
    if (err == NULL && !dropped)
        inf_doc_write_source(doc, &w);
}

static inline struct inf_run_request ingest_request(struct inf_ingest *ingest,
                                                    struct inf_pipeline *pipeline,
                                                    const char *document, struct ingest_end *end)
{
    *end = (struct ingest_end){0};
    inf_buf_init(&end->text, INGEST_TEXT);
    return (struct inf_run_request){.ingest = ingest,
                                    .pipeline = pipeline,
                                    .fields = ingest_json(document),
                                    .counts = true,
                                    .done = ingest_done,
                                    .arg = end};
}

static inline void ingest_expect(struct ingest_end *end, const char *result, const char *what)
{
    char *expected = inf_strdup(result);

    for (char *at = expected; expected[0] != '!' && (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    if (end->times != 1 || end->text.data == NULL || strcmp(end->text.data, expected) != 0)
        fail_msg("%s: [%s] instead of [%s], told %d times", what,
                 end->text.data != NULL ? end->text.data : "", expected, end->times);
    free(expected);
    inf_buf_free(&end->text);
}

static inline void ingest_free(struct inf_ingest *ingest)
{
    inf_ingest_free(ingest);
}

/* Runs a document through processors that may call those of `ingest`. */
static inline void ingest_check(struct inf_ingest *ingest, const struct ingest_case *one)
{
    struct inf_pipeline *pipeline = ingest_pipeline(ingest, "p", one->processors);
    struct ingest_end end;
    struct inf_run_request request = ingest_request(ingest, pipeline, one->document, &end);
    struct inf_run *run;

    inf_run_start(&request, &run);
    assert_null(run);
    ingest_expect(&end, one->result, one->processors);
    inf_pipeline_unref(pipeline);
}

static inline void ingest_check_all(const struct ingest_case *cases, size_t count)
{
    struct inf_ingest *ingest = ingest_of();

    for (size_t i = 0; i < count; i++)
        ingest_check(ingest, &cases[i]);
    assert_int_equal(ingest->counts.count, count);
    assert_int_equal(ingest->counts.current, 0);
    ingest_free(ingest);
}

/* A definition, and a part of the reason why it is refused. */
struct ingest_refusal {
    const char *processors, *reason;
};

static inline void ingest_refused_all(const struct ingest_refusal *cases, size_t count)
{
    struct inf_ingest *ingest = ingest_of();

    for (size_t i = 0; i < count; i++) {
        struct inf_pipeline *pipeline;
        struct inf_error err;

        if (ingest_compile(ingest, "p", cases[i].processors, &pipeline, &err) == 0)
            fail_msg("%s is not refused", cases[i].processors);
        if (strstr(err.reason, cases[i].reason) == NULL)
            fail_msg("%s: [%s] instead of [%s]", cases[i].processors, err.reason, cases[i].reason);
    }
    ingest_free(ingest);
}

#define INGEST_COUNT(cases) (sizeof(cases) / sizeof(cases)[0])

/* What a test of one file of processors has: what they do, and what is refused. */
struct ingest_tables {
    const struct ingest_case *done;
    size_t done_count;
    const struct ingest_refusal *refused;
    size_t refused_count;
};
#define INGEST_TABLES(done_, refused_)                                             \
    (struct ingest_tables)                                                         \
    {                                                                              \
        .done = (done_), .done_count = INGEST_COUNT(done_), .refused = (refused_), \
        .refused_count = INGEST_COUNT(refused_)                                    \
    }

static inline void ingest_test_done(void **state)
{
    const struct ingest_tables *tables = *state;

    ingest_check_all(tables->done, tables->done_count);
}

static inline void ingest_test_refused(void **state)
{
    const struct ingest_tables *tables = *state;

    ingest_refused_all(tables->refused, tables->refused_count);
}

static inline void ingest_nothing_more(void **state)
{
    (void)state;
}

/* The main function of such a test; more: one test besides, or NULL. */
static inline int ingest_main(struct ingest_tables *tables, void (*more)(void **state))
{
    const struct CMUnitTest tests[] = {
        {"what they do", ingest_test_done, NULL, NULL, tables},
        {"what is refused", ingest_test_refused, NULL, NULL, tables},
        {"and more", more != NULL ? more : ingest_nothing_more, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
