/* One list of statistics from those of several nodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json_edit.h"
#include "stats_merge.h"
#include <stdio.h>
#include <string.h>

enum { LISTS_MAX = 8 };

/* Texts have ' for ". */
static void parse(const char *text, struct inf_json *ret)
{
    char copy[8192];
    struct inf_error err;

    assert_true((size_t)snprintf(copy, sizeof copy, "%s", text) < sizeof copy);
    for (char *c = copy; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    if (inf_json_parse(copy, strlen(copy), NULL, ret, &err) != 0)
        fail_msg("%s: %s", err.reason, copy);
}

/* lists: an array of what the nodes say. */
static void check(const char *lists, const char *expected)
{
    const struct cJSON *items[LISTS_MAX];
    struct inf_json json, wanted, got;
    struct inf_error err;
    struct inf_jsonw w;
    struct inf_buf out;
    size_t count = 0;

    parse(lists, &json);
    parse(expected, &wanted);
    for (const struct cJSON *item = inf_json_first(json.root); item != NULL;
         item = inf_json_next(item))
        items[count++] = item;
    inf_buf_init(&out, 65536);
    inf_jsonw_init(&w, &out);
    inf_stats_merge(items, count, &w);
    assert_int_equal(inf_json_parse(out.data, out.length, NULL, &got, &err), 0);
    if (!inf_json_equal(got.root, wanted.root))
        fail_msg("%s\nis not\n%s", out.data, expected);
    inf_json_free(&got);
    inf_json_free(&json);
    inf_json_free(&wanted);
    inf_buf_free(&out);
}

#define NODE(id, number) "{'node':{'" id "':{'name':'" id "'}},'number_of_allocations':" number "}"
#define STATUS(count, target, state)                                                      \
    "'allocation_status':{'allocation_count':" count ",'target_allocation_count':" target \
    ",'state':'" state "'}"

static void test_models(void **state)
{
    (void)state;
    check("[]", "[]");
    check("[[],[{'model_id':'m','pipeline_count':0}]]", "[{'model_id':'m','pipeline_count':0}]");
    /* Without deployment on one node, deployed on two others. */
    check(
        "[[{'model_id':'a','pipeline_count':1},{'model_id':'m'}],"
        "[{'model_id':'a','pipeline_count':1},"
        "{'model_id':'m','deployment_stats':{'deployment_id':'d2','state':'started','nodes':[" NODE(
            "y", "1") "]}}],"
                      "[{'model_id':'m','deployment_stats':{'deployment_id':'d1','state':'failed','"
                      "nodes':[" NODE("z", "1") "]}}]]",
        "[{'model_id':'a','pipeline_count':1},"
        "{'model_id':'m','deployment_stats':{'deployment_id':'d1','state':'failed','nodes':[" NODE(
            "z", "1") "]}},"
                      "{'model_id':'m','deployment_stats':{'deployment_id':'d2','state':'started','"
                      "nodes':[" NODE("y", "1") "]}}]");
}

static void test_counts(void **state)
{
    (void)state;
    check("[[{'model_id':'m','deployment_stats':{'deployment_id':'d','model_id':'m',"
          "'number_of_allocations':3,'state':'started'," STATUS(
              "1", "3",
              "started") ","
                         "'error_count':2,'inference_count':5,'peak_throughput_per_minute':4,"
                         "'queue_stats':{'waiting_documents':1,'estimated_wait_ms':7},"
                         "'batch_stats':{'state':'on','largest_difference':0.5,'batch_count':1},"
                         "'nodes':[" NODE(
                             "b",
                             "1") "]},"
                                  "'inference_stats':{'failure_count':2,'inference_count':5,'"
                                  "timestamp':10}}],"
                                  "[{'model_id':'m','deployment_stats':{'deployment_id':'d','model_"
                                  "id':'m',"
                                  "'number_of_allocations':3,'state':'started'," STATUS(
                                      "2", "3",
                                      "started") ","
                                                 "'timeout_count':1,'inference_count':6,'peak_"
                                                 "throughput_per_minute':1,"
                                                 "'queue_stats':{'waiting_documents':2,'estimated_"
                                                 "wait_ms':3},"
                                                 "'batch_stats':{'state':'off','reason':'x','"
                                                 "largest_difference':0.75,'batch_count':2},"
                                                 "'nodes':[" NODE(
                                                     "a",
                                                     "2") "]},"
                                                          "'inference_stats':{'failure_count':1,'"
                                                          "inference_count':6,'timestamp':9}}]]",
          "[{'model_id':'m',"
          "'inference_stats':{'failure_count':3,'inference_count':11,'timestamp':10},"
          "'deployment_stats':{'deployment_id':'d','model_id':'m','number_of_allocations':3,"
          "'state':'started'," STATUS(
              "3", "3",
              "fully_allocated") ","
                                 "'error_count':2,'timeout_count':1,'inference_count':11,'peak_"
                                 "throughput_per_minute':5,"
                                 "'queue_stats':{'waiting_documents':3,'estimated_wait_ms':7},"
                                 "'batch_stats':{'state':'on','largest_difference':0.75,'batch_"
                                 "count':3},"
                                 "'nodes':[" NODE("a", "2") "," NODE("b", "1") "]}}]");
}

/* A node tells of the model once for each of its deployments. */
static void test_ingest(void **state)
{
    (void)state;
    check("[[{'model_id':'m','ingest':{'total':{'count':1}},"
          "'deployment_stats':{'deployment_id':'d','state':'started','nodes':[]}},"
          "{'model_id':'m','ingest':{'total':{'count':1}},"
          "'deployment_stats':{'deployment_id':'e','state':'started','nodes':[]}}],"
          "[{'model_id':'m','ingest':{'total':{'count':20}}}]]",
          "[{'model_id':'m','ingest':{'total':{'count':21}},"
          "'deployment_stats':{'deployment_id':'d','state':'started','nodes':[]}},"
          "{'model_id':'m','ingest':{'total':{'count':21}},"
          "'deployment_stats':{'deployment_id':'e','state':'started','nodes':[]}}]");
}

/* Who has a part of it says how it is; a route to a silent node says nothing. */
static void test_states(void **state)
{
    static const struct {
        const char *lists, *expected;
    } cases[] = {
        {"{'state':'started','nodes':[]},{'state':'starting','reason':'r','nodes':[1]}",
         "{'state':'starting','reason':'r','nodes':[1]}"},
        {"{'state':'failed','reason':'r','nodes':[1]},{'state':'started','nodes':[2]}",
         "{'state':'started','nodes':[1,2]}"},
        {"{'state':'started','nodes':[1]},{'state':'stopping','reason':'r','nodes':[2]}",
         "{'state':'stopping','reason':'r','nodes':[1,2]}"},
        {"{'state':'failed','nodes':[1]},{'state':'starting','nodes':[2],"
         "'start_progress':{'fraction':0.5}}",
         "{'state':'starting','start_progress':{'fraction':0.5},'nodes':[1,2]}"},
        {"{'state':'starting','nodes':[1],'start_progress':{'fraction':0.5}},"
         "{'state':'starting','nodes':[2],'start_progress':{'fraction':0.25}}",
         "{'state':'starting','start_progress':{'fraction':0.25},'nodes':[1,2]}"},
        {"{'nodes':[3]},{'state':'started','nodes':[]}", "{'state':'started','nodes':[3]}"},
        {"{'nodes':[3]}", "{'state':'failed','nodes':[3]}"},
        {"{'state':'x','nodes':[3]}", "{'state':'failed','nodes':[3]}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct inf_json json;
        struct inf_buf lists, expected;
        struct inf_jsonw w;
        char text[1024];

        snprintf(text, sizeof text, "[%s,%s]", cases[i].lists, cases[i].expected);
        parse(text, &json);
        inf_buf_init(&lists, 8192);
        inf_buf_init(&expected, 8192);
        for (const struct cJSON *one = inf_json_first(json.root); one != NULL;
             one = inf_json_next(one)) {
            struct inf_buf *out = inf_json_next(one) != NULL ? &lists : &expected;

            inf_jsonw_init(&w, out);
            inf_buf_puts(out, lists.length == 0 || out == &expected ? "[" : ",[");
            inf_buf_puts(out, "{\"model_id\":\"m\",\"deployment_stats\":{\"deployment_id\":\"d\",");
            inf_jsonw_members(&w, one);
            inf_buf_puts(out, "}}]");
        }
        inf_json_free(&json);
        snprintf(text, sizeof text, "[%s]", lists.data);
        check(text, expected.data);
        inf_buf_free(&lists);
        inf_buf_free(&expected);
    }
}

/* What comes from elsewhere may be anything. */
static void test_nonsense(void **state)
{
    (void)state;
    check("[1,null,{},'x',[1,null,[],{},{'model_id':1}]]", "[]");
    check("[[{'model_id':'m','deployment_stats':7}],"
          "[{'model_id':'m','deployment_stats':{'deployment_id':7,'nodes':7}}]]",
          "[{'model_id':'m','deployment_stats':{'deployment_id':7,'state':'failed','nodes':[]}}]");
    check("[[{'model_id':'m','deployment_stats':{'deployment_id':'d','state':'started',"
          "'allocation_status':7,'start_progress':[7],'queue_stats':7,'error_count':'x',"
          "'nodes':{'a':1}}}]]",
          "[{'model_id':'m','deployment_stats':{'deployment_id':'d','state':'started',"
          "'error_count':'x','queue_stats':{},'nodes':[1]}}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_models),   cmocka_unit_test(test_counts),
        cmocka_unit_test(test_ingest),   cmocka_unit_test(test_states),
        cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
