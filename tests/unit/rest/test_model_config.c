/* Model configurations: what is stored and echoed, each rule, and each malformed field. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1763850000000)
#define BERT                                                                            \
    "\"tokenization\":{\"bert\":{\"do_lower_case\":false,\"with_special_tokens\":true," \
    "\"max_sequence_length\":512,\"truncate\":\"first\",\"span\":-1}}"
#define GENERATED                                                                       \
    "\"created_by\":\"api_user\",\"version\":\"12.0.0\",\"create_time\":1763850000000," \
    "\"model_size_bytes\":0,\"estimated_operations\":0,\"license_level\":\"platinum\","
#define PASS "\"model_type\":\"pytorch\",\"inference_config\":{\"pass_through\":{}}"

static void parse(const char *text, struct inf_json *ret)
{
    struct inf_error err;

    assert_int_equal(inf_json_parse(text, strlen(text), NULL, ret, &err), 0);
}

static int build(const char *body, const char *model_id, struct inf_buf *out, struct inf_error *err)
{
    struct inf_model_config config;
    struct inf_json doc;
    int rc;

    parse(body, &doc);
    inf_buf_init(out, 1 << 20);
    rc = inf_model_config_parse(&doc, model_id, &config, err) == 0 &&
                 inf_model_config_servable(&doc, model_id, err) == 0
             ? inf_model_config_print(&doc, model_id, &config, NOW, out, err)
             : -1;
    inf_model_config_fini(&config);
    inf_json_free(&doc);
    return rc;
}

static void expect_text(const char *body, const char *want)
{
    struct inf_error err;
    struct inf_buf out;

    assert_int_equal(build(body, "m1", &out, &err), 0);
    assert_string_equal(out.data, want);
    inf_buf_free(&out);
}

static void test_echo_of_little(void **state)
{
    (void)state;
    expect_text("{" PASS "}",
                "{\"model_id\":\"m1\",\"model_type\":\"pytorch\"," GENERATED
                "\"tags\":[],\"input\":{\"field_names\":[\"input\"]},\"inference_config\":{"
                "\"pass_through\":{\"vocabulary\":{\"index\":\".ml-inference-native-000002\"}," BERT
                "}},\"location\":{\"index\":{\"name\":\".ml-inference-native-000002\"}}}");
}

static void test_echo_of_everything(void **state)
{
    (void)state;
    expect_text(
        "{\"prefix_strings\":{\"search\":\"q: \"},\"platform_architecture\":\"linux-x86_64\","
        "\"model_size_bytes\":7,\"estimated_operations\":\"8\",\"metadata\":{\"a\":{\"b\":[1,2.5]}}"
        ","
        "\"input\":{\"field_names\":\"text_field\"},\"tags\":\"one\",\"description\":\"d\","
        "\"default_field_map\":{\"x\":\"y\"},\"model_id\":\"m1\",\"model_type\":\"pytorch\","
        "\"inference_config\":{\"text_embedding\":{\"embedding_size\":384}}}",
        "{\"model_id\":\"m1\",\"model_type\":\"pytorch\",\"platform_architecture\":\"linux-x86_"
        "64\","
        "\"created_by\":\"api_user\",\"version\":\"12.0.0\",\"create_time\":1763850000000,"
        "\"model_size_bytes\":7,\"estimated_operations\":8,\"license_level\":\"platinum\","
        "\"description\":\"d\",\"tags\":[\"one\"],\"metadata\":{\"a\":{\"b\":[1,2.5]}},"
        "\"input\":{\"field_names\":[\"text_field\"]},\"default_field_map\":{\"x\":\"y\"},"
        "\"inference_config\":{\"text_embedding\":{\"vocabulary\":{\"index\":"
        "\".ml-inference-native-000002\"}," BERT
        ",\"embedding_size\":384}},\"location\":{\"index\":{"
        "\"name\":\".ml-inference-native-000002\"}},\"prefix_strings\":{\"search\":\"q: \"}}");
}

/* ---- the numbered rules ---- */

struct complaints {
    int last_order;
    struct inf_buf text;
};

static void take(void *arg, int order, const char *text)
{
    struct complaints *complaints = arg;

    assert_true(order >= complaints->last_order);
    complaints->last_order = order;
    inf_buf_printf(&complaints->text, "%s;", text);
}

static void expect_complaints(const char *body, const char *model_id, const char *want)
{
    struct complaints complaints = {0};
    struct inf_json doc;

    parse(body, &doc);
    inf_buf_init(&complaints.text, 1 << 16);
    inf_model_config_check(&doc, model_id, take, &complaints);
    assert_string_equal(complaints.text.data != NULL ? complaints.text.data : "", want);
    inf_buf_free(&complaints.text);
    inf_json_free(&doc);
}

#define BAD_TAGS(list)                                                           \
    "Invalid tags [" list                                                        \
    "]; must only can contain lowercase alphanumeric (a-z and 0-9), hyphens or " \
    "underscores, must start and end with alphanumeric, and must be less than 64 characters.;"
#define BAD_ID(id)                                                                             \
    "Invalid model_id; '" id "' can contain lowercase alphanumeric (a-z and 0-9), hyphens or " \
    "underscores; must start and end with alphanumeric;"
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_rules(void **state)
{
    (void)state;
    expect_complaints("{" PASS "}", "m1", "");
    expect_complaints("{" PASS ",\"tags\":[\"a\",\"b\"],\"input\":{\"field_names\":[\"x\"]}}", "m1",
                      "");
    expect_complaints("{}", "m1",
                      "[model_type] must be set if [definition] is not defined.;"
                      "[inference_config] must not be null.;");
    expect_complaints("{\"inference_config\":null,\"definition\":{}}", "m1",
                      "[inference_config] must not be null.;");
    expect_complaints("{" PASS ",\"definition\":{},\"location\":{}}", "m1",
                      "[definition] and [location] are both defined but only one can be used.;"
                      "illegal to set [location] at inference model creation;");
    expect_complaints("{" PASS "}", "Foo", BAD_ID("Foo"));
    expect_complaints("{}", ".Foo", BAD_ID(".Foo"));
    expect_complaints("{" PASS "}", LONG,
                      "Invalid model_id; '" LONG "' cannot contain more than 64 characters.;");
    expect_complaints("{" PASS ",\"tags\":[\"A\",\"ok\",\"b \"]}", "m1", BAD_TAGS("A, b "));
    expect_complaints("{" PASS ",\"tags\":\"" LONG "\"}", "m1", BAD_TAGS(LONG));
    expect_complaints("{" PASS ",\"tags\":[\"m1\"]}", "m1",
                      "none of the tags must equal the model_id;");
    expect_complaints("{" PASS ",\"input\":{\"field_names\":[]}}", "m1",
                      "[input.field_names] must not be empty;");
    expect_complaints(
        "{" PASS ",\"version\":\"1\",\"created_by\":\"x\",\"create_time\":1,"
        "\"license_level\":\"x\",\"location\":{},\"model_package\":{},"
        "\"metadata\":{\"total_feature_importance\":[],\"model_aliases\":[]}}",
        "m1",
        "illegal to set [version] at inference model creation;"
        "illegal to set [created_by] at inference model creation;"
        "illegal to set [create_time] at inference model creation;"
        "illegal to set [license_level] at inference model creation;"
        "illegal to set [location] at inference model creation;"
        "illegal to set [metadata.total_feature_importance] at inference model creation;"
        "illegal to set [metadata.model_aliases] at inference model creation;"
        "illegal to set [model_package] at inference model creation;");
    expect_complaints("{\"input\":{\"field_names\":[\"x\"]}}", ".elser_model_2_SNAPSHOT", "");
    expect_complaints(
        "{" PASS ",\"description\":\"d\",\"tags\":[\"t\"],\"metadata\":{}}", ".elser_model_2",
        "illegal to set [description] at inference model creation for packaged model;"
        "illegal to set [model_type] at inference model creation for packaged model;"
        "illegal to set [metadata] at inference model creation for packaged model;"
        "illegal to set [inference_config] at inference model creation for packaged model;"
        "illegal to set [tags] at inference model creation for packaged model;");
    expect_complaints("{}", "Foo",
                      "[model_type] must be set if [definition] is not defined.;"
                      "[inference_config] must not be null.;" BAD_ID("Foo"));
}

/* ---- malformed and unservable fields ---- */

static void refuse(const char *body, const char *model_id, enum inf_err_code code,
                   const char *reason, enum inf_err_code cause_code, const char *cause)
{
    struct inf_error err;
    struct inf_buf out;

    assert_int_equal(build(body, model_id, &out, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    assert_int_equal(err.cause_code, cause_code);
    if (cause != NULL)
        assert_string_equal(err.cause, cause);
    inf_buf_free(&out);
}

static void test_unservable(void **state)
{
    (void)state;
    refuse(
        "{\"model_type\":\"tree_ensemble\",\"inference_config\":{\"regression\":{}}}", "m1",
        INF_ERR_BAD_REQUEST,
        "model [m1] of type [tree_ensemble] cannot be stored; inferd serves models of [model_type] "
        "[pytorch] only",
        INF_ERR_NONE, NULL);
    refuse(
        "{\"definition\":{},\"inference_config\":{\"regression\":{}}}", "m1", INF_ERR_BAD_REQUEST,
        "model [m1] of type [tree_ensemble] cannot be stored; inferd serves models of [model_type] "
        "[pytorch] only",
        INF_ERR_NONE, NULL);
    refuse("{\"definition\":{},\"compressed_definition\":\"\"}", "m1", INF_ERR_ILLEGAL_ARGUMENT,
           "both [compressed_definition] and [definition] cannot be set.", INF_ERR_NONE, NULL);
    refuse("{" PASS ",\"definition\":{}}", "m1", INF_ERR_BAD_REQUEST,
           "the definition of model [m1] of type [pytorch] must be uploaded in parts; see PUT "
           "_ml/trained_models/{model_id}/definition/{part}",
           INF_ERR_NONE, NULL);
    refuse("{" PASS "}", ".elser_model_2", INF_ERR_BAD_REQUEST,
           "model [.elser_model_2] is a packaged model that must be downloaded; inferd does not "
           "download models, so import it under a [model_id] without the leading dot",
           INF_ERR_NONE, NULL);
}

static void test_malformed(void **state)
{
    (void)state;
    refuse("{" PASS ",\"input\":{\"field_name\":[]}}", "m1", INF_ERR_X_CONTENT_PARSE,
           "[1:73] [trained_model_config_input] unknown field [field_name] did you mean "
           "[field_names]?",
           INF_ERR_NONE, NULL);
    refuse("{" PASS ",\"input\":{}}", "m1", INF_ERR_X_CONTENT_PARSE,
           "[1:64] [trained_model_config] failed to parse field [input]", INF_ERR_ILLEGAL_ARGUMENT,
           "Required [field_names]");
    refuse("{" PASS ",\"input\":{\"field_names\":3}}", "m1", INF_ERR_X_CONTENT_PARSE,
           "[1:73] [trained_model_config_input] field_names doesn't support values of type: "
           "VALUE_NUMBER",
           INF_ERR_NONE, NULL);
    refuse("{" PASS ",\"input\":{\"field_names\":[\"a\",1]}}", "m1", INF_ERR_X_CONTENT_PARSE,
           "[1:73] [trained_model_config_input] field_names doesn't support values of type: "
           "VALUE_NUMBER",
           INF_ERR_NONE, NULL);
    refuse("{" PASS ",\"prefix_strings\":{}}", "m1", INF_ERR_X_CONTENT_PARSE,
           "[1:64] [trained_model_config] failed to parse field [prefix_strings]",
           INF_ERR_ILLEGAL_ARGUMENT, "one of [search] or [ingest] must be set in [prefix_strings]");
    refuse("{" PASS ",\"prefix_strings\":{\"serch\":\"\"}}", "m1", INF_ERR_X_CONTENT_PARSE,
           "[1:82] [prefix_strings] unknown field [serch] did you mean [search]?", INF_ERR_NONE,
           NULL);
    refuse("{" PASS ",\"default_field_map\":{\"a\":1}}", "m1", INF_ERR_X_CONTENT_PARSE,
           "[1:85] [trained_model_config] a doesn't support values of type: VALUE_NUMBER",
           INF_ERR_NONE, NULL);
    refuse("{" PASS ",\"model_size_bytes\":-1}", "m1", INF_ERR_ILLEGAL_ARGUMENT,
           "[model_size_bytes] must be greater than or equal to 0", INF_ERR_NONE, NULL);
    refuse("{" PASS ",\"estimated_heap_memory_usage_bytes\":-1}", "m1", INF_ERR_ILLEGAL_ARGUMENT,
           "[model_size_bytes] must be greater than or equal to 0", INF_ERR_NONE, NULL);
    refuse("{" PASS ",\"estimated_operations\":-1}", "m1", INF_ERR_ILLEGAL_ARGUMENT,
           "[estimated_operations] must be greater than or equal to 0", INF_ERR_NONE, NULL);
    refuse("{\"model_type\":\"pytorch\",\"inference_config\":{\"foo\":{}}}", "m1",
           INF_ERR_X_CONTENT_PARSE,
           "[1:25] [trained_model_config] failed to parse field [inference_config]",
           INF_ERR_NAMED_OBJECT, "[1:45] unknown field [foo]");
}

/* ---- stored texts ---- */

static const char stored_text[] =
    "{\"model_id\":\"m1\",\"created_by\":\"api_user\",\"version\":\"12.0.0\",\"create_time\":"
    "1763850000000,\"model_size_bytes\":1536,\"estimated_operations\":0,\"license_level\":"
    "\"platinum\",\"tags\":[]}";

static void expect_view_of(const char *stored, const struct inf_model_view *view, const char *want)
{
    struct inf_error err;
    struct inf_jsonw w;
    struct inf_buf out;

    inf_buf_init(&out, 1 << 16);
    inf_jsonw_init(&w, &out);
    assert_int_equal(inf_model_config_write(stored, view, &w, &err), 0);
    assert_string_equal(out.data, want);
    inf_buf_free(&out);
}

static void expect_view(const struct inf_model_view *view, const char *want)
{
    expect_view_of(stored_text, view, want);
}

static void test_aliases_are_metadata(void **state)
{
    static const struct inf_object first = {"a", "m1", "{}"}, second = {"b", "m1", "{}"};
    static const struct inf_object *const aliases[] = {&first, &second};
    const struct inf_model_view view = {
        .exclude_generated = true, .aliases = aliases, .alias_count = 2};
    (void)state;
    expect_view(&view, "{\"model_id\":\"m1\",\"tags\":[],\"metadata\":{\"model_aliases\":[\"a\","
                       "\"b\"]}}");
    expect_view_of("{\"tags\":[\"t\"],\"metadata\":{\"x\":1.5},\"input\":{}}", &view,
                   "{\"tags\":[\"t\"],\"metadata\":{\"x\":1.5,\"model_aliases\":[\"a\",\"b\"]},"
                   "\"input\":{}}");
}

static void test_inputs_that_differ(void **state)
{
    static const struct {
        const char *names, *old_names;
        bool differ;
    } cases[] = {
        {"\"a\"", "\"a\"", false},
        {"\"b\"", "\"a\"", true},
        {"\"a\",\"c\"", "\"b\",\"a\"", false}, /* half of two is left */
        {"\"c\",\"d\"", "\"b\",\"a\"", true},
        {"\"c\",\"a\",\"a\"", "\"a\",\"b\",\"c\"", false},
        {"\"x\",\"y\",\"a\"", "\"a\",\"b\",\"c\"", true},
    };
    struct inf_error err;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char config[128], old_config[128];
        bool differ = !cases[i].differ;

        snprintf(config, sizeof config, "{\"input\":{\"field_names\":[%s]}}", cases[i].names);
        snprintf(old_config, sizeof old_config, "{\"input\":{\"field_names\":[%s]}}",
                 cases[i].old_names);
        assert_int_equal(inf_model_config_inputs_differ(config, old_config, &differ, &err), 0);
        assert_int_equal(differ, cases[i].differ);
    }
    assert_int_equal(inf_model_config_inputs_differ("{}", "{", &(bool){false}, &err), -1);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_STATE);
}

static void test_views(void **state)
{
    (void)state;
    expect_view(&(struct inf_model_view){.exclude_generated = true},
                "{\"model_id\":\"m1\",\"tags\":[]}");
    expect_view(&(struct inf_model_view){.human = true, .definition_status = true},
                "{\"model_id\":\"m1\",\"created_by\":\"api_user\",\"version\":\"12.0.0\","
                "\"create_time_string\":\"2025-11-22T22:20:00.000Z\",\"create_time\":1763850000000,"
                "\"model_size\":\"1.5kb\",\"model_size_bytes\":1536,\"estimated_operations\":0,"
                "\"license_level\":\"platinum\",\"tags\":[],\"fully_defined\":false}");
}

/* What was built can be read back: the task, and through it the tokenizer. */
static void test_inference_of_stored(void **state)
{
    struct inf_inference_config *inference = NULL;
    struct inf_error err;
    struct inf_buf out;
    (void)state;
    assert_int_equal(
        build("{\"model_type\":\"pytorch\",\"inference_config\":{\"text_embedding\":{"
              "\"embedding_size\":3,\"tokenization\":{\"bert\":{\"do_lower_case\":true}}}}}",
              "m1", &out, &err),
        0);
    assert_int_equal(inf_model_config_inference(out.data, &inference, &err), 0);
    assert_string_equal(inf_task_name(inference->task), "text_embedding");
    assert_int_equal(inference->embedding_size, 3);
    assert_true(inference->tokenization.do_lower_case);
    inf_inference_config_unref(inference);
    inf_buf_free(&out);
    assert_int_equal(inf_model_config_inference("{", &inference, &err), -1);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo_of_little),
        cmocka_unit_test(test_echo_of_everything),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_unservable),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_aliases_are_metadata),
        cmocka_unit_test(test_inputs_that_differ),
        cmocka_unit_test(test_inference_of_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
