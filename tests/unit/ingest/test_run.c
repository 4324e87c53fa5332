/* A document's way: what fails, what rescues, what waits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"
#include "run.h"

#define FAIL(tag) "{'fail':{'message':'no','tag':'" tag "'}}"
#define ADD(text) "{'append':{'field':'w','value':'" text "'}}"
#define INTO(list) "'on_failure':[" list "]"

static const struct ingest_case ways[] = {
    {"[]", "{'a':1}", "{'a':1}"},
    {"[" ADD("1") "," ADD("2") "]", "{}", "{'w':['1','2']}"},
    /* behind a processor's own rescue it goes on */
    {"[{'fail':{'message':'no'," INTO(ADD("r")) "}}," ADD("2") "]", "{}", "{'w':['r','2']}"},
    /* one that fails, too, fails the list */
    {"[{'fail':{'message':'no'," INTO(FAIL("r")) "}}," ADD("2") "]", "{}", "! no"},
    {"[{'fail':{'message':'no'," INTO("{'fail':{'message':'in','ignore_failure':true}}") "}}]",
     "{}", "{}"},
    /* behind a pipeline's it does not */
    {"{'processors':[" FAIL("x") "," ADD("2") "]," INTO(ADD("r")) "}", "{}", "{'w':['r']}"},
    {"{'processors':[" FAIL("x") "]," INTO(FAIL("y")) "}", "{}", "! no"},
    /* what is known of a failure, while it is dealt with and afterwards */
    {"{'processors':[" FAIL("x") "]," INTO(
         ADD("{{_ingest.on_failure_message}} {{_ingest.on_failure_processor_type}} "
             "{{_ingest.on_failure_processor_tag}} {{_ingest.on_failure_pipeline}}")) "}",
     "{}", "{'w':['no fail x p']}"},
    {"[{'fail':{'message':'no'," INTO(ADD("r")) "}}," ADD("{{_ingest.on_failure_message}}") "]",
     "{}", "{'w':['r','']}"},
    {"[{'drop':{'if':'ctx.x.y == 1','ignore_failure':true}}]", "{}", "{}"},
    {"[{'foreach':{'field':'a','processor':" FAIL("x") "," INTO(ADD("r")) "}}]", "{'a':[1]}",
     "{'a':[1],'w':['r']}"},
};

static void test_ways(void **state)
{
    (void)state;
    ingest_check_all(ways, INGEST_COUNT(ways));
}

/* What a watcher sees, as letters. */
static struct inf_buf seen;

static void watch(void *arg, const struct inf_processor *processor, enum inf_seen what,
                  const struct inf_error *err, const struct inf_doc *doc)
{
    static const char letters[] = {[INF_SEEN_SUCCESS] = 's',
                                   [INF_SEEN_ERROR] = 'e',
                                   [INF_SEEN_ERROR_IGNORED] = 'i',
                                   [INF_SEEN_SKIPPED] = '-',
                                   [INF_SEEN_DROPPED] = 'd'};

    (void)arg;
    assert_non_null(doc);
    assert_true((err != NULL) == (what == INF_SEEN_ERROR || what == INF_SEEN_ERROR_IGNORED));
    inf_buf_printf(&seen, "%s:%c ", inf_processor_type(processor), letters[what]);
}

static void test_what_is_seen(void **state)
{
    struct inf_ingest *ingest = ingest_of();
    struct inf_pipeline *pipeline = ingest_pipeline(
        ingest, "p",
        "[" ADD("1") ",{'trim':{'field':'x','ignore_failure':true}},{'trim':{'field':'x'," INTO(
            ADD("r")) "}},{'lowercase':{'field':'w','if':'false'}},{'drop':{}}," ADD("2") "]");
    struct ingest_end end;
    struct inf_run_request request = ingest_request(ingest, pipeline, "{}", &end);
    struct inf_run *run;

    (void)state;
    inf_buf_init(&seen, INGEST_TEXT);
    request.watcher = watch;
    inf_run_start(&request, &run);
    ingest_expect(&end, "dropped", "all of it");
    assert_string_equal(seen.data, "append:s trim:i trim:e append:s lowercase:- drop:d ");
    assert_int_equal(pipeline->processors.items[0]->counts.count, 1);
    assert_int_equal(pipeline->processors.items[2]->counts.failed, 1);
    assert_int_equal(pipeline->processors.items[3]->counts.count, 0);
    assert_int_equal(pipeline->processors.items[5]->counts.count, 0);
    inf_buf_free(&seen);
    inf_pipeline_unref(pipeline);
    ingest_free(ingest);
}

/* ---- a processor that waits ---- */

static struct inf_run *waiting;
static int cancelled;

static void on_cancel(void *arg)
{
    assert_ptr_equal(arg, &cancelled);
    cancelled++;
}

static enum inf_step start_waiting(const void *settings, struct inf_run *run, struct inf_error *err)
{
    (void)settings;
    (void)err;
    waiting = run;
    inf_run_wait(run, on_cancel, &cancelled);
    return INF_STEP_LATER;
}

static const struct inf_processor_row waiting_row = {.name = "wait", .start = start_waiting};

/* drop, the second of three, becomes the one that waits. */
static struct inf_pipeline *waiting_pipeline(struct inf_ingest *ingest)
{
    struct inf_pipeline *pipeline =
        ingest_pipeline(ingest, "p", "[" ADD("1") ",{'drop':{" INTO(ADD("r")) "}}," ADD("2") "]");

    pipeline->processors.items[1]->row = &waiting_row;
    return pipeline;
}

static void test_waiting(void **state)
{
    static const struct {
        enum inf_step step;
        const char *result;
    } ends[] = {{INF_STEP_DONE, "{'w':['1','2']}"},
                {INF_STEP_FAILED, "{'w':['1','r','2']}"},
                {INF_STEP_DROP, "dropped"}};
    struct inf_ingest *ingest = ingest_of();
    struct inf_pipeline *pipeline = waiting_pipeline(ingest);

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct ingest_end end;
        struct inf_run_request request = ingest_request(ingest, pipeline, "{}", &end);
        struct inf_run *run;
        struct inf_error err;

        inf_error_set(&err, INF_ERR_ILLEGAL_ARGUMENT, "late");
        inf_run_start(&request, &run);
        assert_ptr_equal(run, waiting);
        assert_true(end.times == 0 && pipeline->counts.current == 1);
        assert_int_equal(pipeline->processors.items[1]->counts.current, 1);
        inf_run_resume(run, ends[i].step, ends[i].step == INF_STEP_FAILED ? &err : NULL);
        ingest_expect(&end, ends[i].result, "behind the wait");
        assert_int_equal(pipeline->counts.current, 0);
    }
    inf_pipeline_unref(pipeline);
    ingest_free(ingest);
}

/* Nobody is told of one that is given up, and nothing of it is left in the counts. */
static void test_giving_up(void **state)
{
    struct inf_ingest *ingest = ingest_of();
    struct inf_pipeline *pipeline = waiting_pipeline(ingest);
    struct ingest_end end;
    struct inf_run_request request = ingest_request(ingest, pipeline, "{}", &end);
    struct inf_run *run;

    (void)state;
    cancelled = 0;
    inf_run_start(&request, &run);
    assert_int_equal(ingest->counts.current, 1);
    inf_pipeline_unref(pipeline); /* it is replaced: the run holds the one that it began with */
    inf_run_cancel(run);
    assert_true(cancelled == 1 && end.times == 0);
    assert_true(ingest->counts.current == 0 && ingest->counts.failed == 1);
    inf_buf_free(&end.text);
    ingest_free(ingest);
}

/* Pipelines that call each other in a chain have an end. */
static void test_depth(void **state)
{
    struct inf_ingest *ingest = ingest_of();
    char id[16], definition[64];

    (void)state;
    for (int i = 0; i < INF_RUN_DEPTH + 1; i++) {
        snprintf(id, sizeof id, "p%d", i);
        snprintf(definition, sizeof definition, "[{'pipeline':{'name':'p%d'}}]", i + 1);
        ingest_add(ingest, id, definition);
    }
    ingest_check(ingest, &(struct ingest_case){
                             "[{'pipeline':{'name':'p0'}}]", "{}",
                             "! the document is in more than [64] pipelines and lists at once"});
    for (size_t i = 0; i < inf_ingest_count(ingest); i++)
        assert_int_equal(inf_ingest_at(ingest, i)->counts.current, 0);
    ingest_free(ingest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),    cmocka_unit_test(test_what_is_seen),
        cmocka_unit_test(test_waiting), cmocka_unit_test(test_giving_up),
        cmocka_unit_test(test_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
