/* What an inference processor may be told; what it asks is in tests/api/test_pipeline_inference.py.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

#define IO "'input_output':{'input_field':'a','output_field':'b'}"
#define CHUNK(members) "[{'inference':{'model_id':'m'," IO ",'chunk':{" members "}}}]"

static const struct ingest_refusal refused[] = {
    {"[{'inference':{}}]", "[model_id] required property is missing"},
    {"[{'inference':{'model_id':'m','foo':1}}]", "configuration parameters [foo]"},
    {"[{'inference':{'model_id':'m'," IO ",'target_field':'t'}}]",
     "option is incompatible with [input_output]"},
    {"[{'inference':{'model_id':'m'," IO ",'field_map':{'a':'b'}}}]",
     "option is incompatible with [input_output]"},
    {"[{'inference':{'model_id':'m','input_output':[]}}]", "property cannot be empty"},
    {"[{'inference':{'model_id':'m','input_output':1}}]", "isn't a map or list of maps"},
    {"[{'inference':{'model_id':'m','input_output':[1]}}]", "isn't a list of maps"},
    {"[{'inference':{'model_id':'m','input_output':[{'input_field':'a','output_field':'b'},"
     "{'input_field':'a','output_field':'c'}]}}]",
     "names must be unique but [a] is repeated"},
    {"[{'inference':{'model_id':'m','field_map':{'a':1}}}]", "[a] isn't a string"},
    {"[{'inference':{'model_id':'m','chunk':{}}}]", "option needs [input_output]"},
    {CHUNK("'max_tokens':0"), "[max_tokens] must be a whole number"},
    {CHUNK("'overlap':'x'"), "[overlap] must be a whole number"},
};

static void test_what_is_refused(void **state)
{
    (void)state;
    ingest_refused_all(refused, INGEST_COUNT(refused));
}

/* However deep the processor lies. */
static void test_which_model(void **state)
{
    struct inf_ingest *ingest = ingest_of();
    struct inf_pipeline *pipeline = ingest_pipeline(
        ingest, "p",
        "[{'drop':{'on_failure':[{'inference':{'model_id':'one'}}]}},"
        "{'foreach':{'field':'a','processor':{'inference':{'model_id':'two'," IO "}}}}]");

    (void)state;
    assert_null(inf_processor_model_id(pipeline->processors.items[0]));
    assert_string_equal(inf_processor_model_id(pipeline->processors.items[0]->on_failure.items[0]),
                        "one");
    assert_true(inf_pipeline_uses(pipeline, "one") && inf_pipeline_uses(pipeline, "two"));
    assert_false(inf_pipeline_uses(pipeline, "three"));
    assert_int_equal(inf_pipeline_count_inference(pipeline, NULL), 2);
    inf_pipeline_unref(pipeline);
    ingest_free(ingest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_which_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
