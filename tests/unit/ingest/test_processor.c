/* Definitions of processors, and what all of them have. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static void test_what_all_have(void **state)
{
    struct inf_ingest *ingest = ingest_of();
    struct inf_pipeline *pipeline = ingest_pipeline(
        ingest, "p",
        "[{'set':{'field':'a','value':1,'tag':'t','description':'d','if':'ctx.b == 1',"
        "'ignore_failure':true,'on_failure':[{'drop':{'tag':'u'}}]}}]");
    const struct inf_processor *processor = pipeline->processors.items[0];

    (void)state;
    assert_string_equal(inf_processor_type(processor), "set");
    assert_string_equal(inf_processor_tag(processor), "t");
    assert_string_equal(inf_processor_description(processor), "d");
    assert_string_equal(inf_processor_condition(processor), "ctx.b == 1");
    assert_true(processor->ignore_failure);
    assert_int_equal(processor->on_failure.count, 1);
    assert_string_equal(inf_processor_tag(processor->on_failure.items[0]), "u");
    inf_pipeline_unref(pipeline);
    ingest_free(ingest);
}

static void test_names(void **state)
{
    size_t count = 0;

    (void)state;
    while (inf_processor_name_at(count) != NULL)
        count++;
    assert_true(count > 15);
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(inf_processor_name_at(i - 1), inf_processor_name_at(i)) < 0);
}

static const struct ingest_refusal refused[] = {
    {"{}", "[processors] required property is missing"},
    {"{'processors':{}}", "[processors] property isn't a list"},
    {"{'processors':[],'on_failure':[]}", "cannot have an empty on_failure option defined"},
    {"{'processors':[],'foo':1}", "doesn't support one or more provided configuration parameters"},
    {"[1]", "a processor is an object with one member, its type, not of type [java.lang.Integer]"},
    {"[{}]", "this one has [0] members"},
    {"[{'set':{},'drop':{}}]", "this one has [2] members"},
    {"[{'foo':{}}]", "No processor type exists with name [foo]"},
    {"[{'drop':[]}]", "property isn't a map"},
    {"[{'drop':{'tag':1}}]", "[tag] property isn't a string"},
    {"[{'drop':{'ignore_failure':1}}]", "[ignore_failure] property isn't a boolean"},
    {"[{'drop':{'on_failure':{}}}]", "[on_failure] property isn't a list"},
    {"[{'drop':{'on_failure':[]}}]", "processors list cannot be empty"},
    {"[{'drop':{'on_failure':[{'foo':{}}]}}]", "No processor type exists with name [foo]"},
    {"[{'drop':{'if':1}}]", "[if] must be an expression"},
    {"[{'drop':{'if':{'lang':'x','source':'1'}}}]", "[if] must be an expression"},
    {"[{'drop':{'if':'ctx.'}}]", "[if] "},
};

static void test_what_is_refused(void **state)
{
    (void)state;
    ingest_refused_all(refused, INGEST_COUNT(refused));
}

/* {'drop':{'on_failure':[...]}} in itself, and processors side by side. */
static void refuse_many(const char *begin, const char *end, const char *inner, int count,
                        const char *reason)
{
    struct inf_buf text;

    inf_buf_init(&text, INGEST_TEXT);
    inf_buf_puts(&text, "[");
    for (int i = 0; i < count; i++)
        inf_buf_puts(&text, begin);
    inf_buf_puts(&text, inner);
    for (int i = 0; i < count; i++)
        inf_buf_puts(&text, end);
    inf_buf_puts(&text, "]");
    ingest_refused_all(&(struct ingest_refusal){text.data, reason}, 1);
    inf_buf_free(&text);
}

static void test_bounds(void **state)
{
    (void)state;
    refuse_many("{'drop':{'on_failure':[", "]}}", "{'drop':{}}", INF_PIPELINE_DEPTH,
                "lists of processors lie in each other at most [10] deep");
    refuse_many("{'drop':{}},", "", "{'drop':{}}", INF_PIPELINE_PROCESSORS,
                "a pipeline has at most [1000] processors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_all_have),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
