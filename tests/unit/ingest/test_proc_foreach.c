/* A list for each element, and other pipelines. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static const struct ingest_case done[] = {
    {"[{'foreach':{'field':'a','processor':{'uppercase':{'field':'_ingest._value'}}}}]",
     "{'a':['x','y']}", "{'a':['X','Y']}"},
    {"[{'foreach':{'field':'a','processor':{'remove':{'field':'_ingest._value.b'}}}}]",
     "{'a':[{'b':1},{'b':2,'c':3}]}", "{'a':[{},{'c':3}]}"},
    {"[{'foreach':{'field':'a','processor':{'set':{'field':'n','value':'{{_ingest._key}}'}}}}]",
     "{'a':{'k':1,'l':2}}", "{'a':{'k':1,'l':2},'n':'l'}"},
    {"[{'foreach':{'field':'a','processor':{'fail':{'message':'at {{_ingest._value}}'}}}}]",
     "{'a':[1,2]}", "! at 1"},
    {"[{'foreach':{'field':'a','processor':{'drop':{}}}}]", "{'a':[1,2]}", "dropped"},
    {"[{'foreach':{'field':'a','processor':{'drop':{}}}}]", "{'a':[]}", "{'a':[]}"},
    {"[{'foreach':{'field':'b','processor':{'drop':{}},'ignore_missing':true}}]", "{'a':1}",
     "{'a':1}"},
    {"[{'foreach':{'field':'a','processor':{'drop':{}}}}]", "{'a':1}",
     "! field [a] of type [java.lang.Integer] cannot be cast to a list or a map"},
    {"[{'pipeline':{'name':'none'}}]", "{}",
     "! Pipeline processor configured for non-existent pipeline [none]"},
    {"[{'pipeline':{'name':'none','ignore_missing_pipeline':true}}]", "{'a':1}", "{'a':1}"},
};

static const struct ingest_refusal refused[] = {
    {"[{'foreach':{'field':'a'}}]", "[processor] required property is missing"},
    {"[{'foreach':{'field':'a','processor':{'set':{},'drop':{}}}}]",
     "Must specify exactly one processor type"},
    {"[{'foreach':{'field':'a','processor':{'foo':{}}}}]",
     "No processor type exists with name [foo]"},
    {"[{'pipeline':{}}]", "[name] required property is missing"},
};

/* Into another one and back; what is called by itself is found out. */
static void test_pipelines_in_pipelines(void **state)
{
    struct inf_ingest *ingest = ingest_of();

    (void)state;
    ingest_add(ingest, "inner", "[{'set':{'field':'b','value':'{{_ingest.pipeline}}'}}]");
    ingest_add(ingest, "again", "[{'pipeline':{'name':'again'}}]");
    ingest_check(ingest, &(struct ingest_case){
                             "[{'pipeline':{'name':'in{{a}}'}},{'set':{'field':'c','value':'"
                             "{{_ingest.pipeline}}'}}]",
                             "{'a':'ner'}", "{'a':'ner','b':'inner','c':'p'}"});
    ingest_check(ingest, &(struct ingest_case){"[{'pipeline':{'name':'again'}}]", "{}",
                                               "! Cycle detected for pipeline: again"});
    assert_int_equal(inf_ingest_find(ingest, "inner")->counts.count, 1);
    assert_int_equal(inf_ingest_find(ingest, "again")->counts.failed, 1);
    assert_int_equal(inf_ingest_find(ingest, "again")->counts.current, 0);
    ingest_free(ingest);
}

int main(void)
{
    return ingest_main(&INGEST_TABLES(done, refused), test_pipelines_in_pipelines);
}
