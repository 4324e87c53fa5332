/* inference_config for all tasks: parsed, refused, loaded again, updated, written, counted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_fixture.h"

#include <stdio.h>

#define FAILED "[1:2] [trained_model_config] failed to parse field [inference_config]"
#define PLAIN "{\"inference_config\":{\"pass_through\":{}}}"

static void writes(const struct inf_inference_config *config, struct inf_buf *out)
{
    struct inf_jsonw w;
    inf_buf_init(out, 4096);
    inf_jsonw_init(&w, out);
    inf_inference_config_write(config, &w);
}

/* As eland sends it; what is written can be loaded again, and is the same then. */
static void test_echo(void **state)
{
    struct inf_inference_config *config =
        config_of("{\"inference_config\":{\"text_embedding\":{\"tokenization\":{\"bert\":{"
                  "\"max_sequence_length\":512,\"do_lower_case\":true}},\"embedding_size\":384}}}");
    struct inf_inference_config *loaded = NULL;
    struct inf_error err = {0};
    struct inf_buf first;
    struct inf_buf second;
    (void)state;
    writes(config, &first);
    assert_string_equal(
        first.data,
        "{\"text_embedding\":{\"vocabulary\":{\"index\":\".ml-inference-native-000002\"},"
        "\"tokenization\":{\"bert\":{\"do_lower_case\":true,\"with_special_tokens\":true,"
        "\"max_sequence_length\":512,\"truncate\":\"first\",\"span\":-1}},"
        "\"embedding_size\":384}}");
    struct inf_json json = json_of(first.data);
    assert_int_equal(inf_inference_config_load(json.root, &loaded, &err), 0);
    writes(loaded, &second);
    assert_string_equal(first.data, second.data);
    inf_inference_config_unref(loaded);
    inf_inference_config_unref(config);
    inf_json_free(&json);
    inf_buf_free(&first);
    inf_buf_free(&second);
}

static void test_echo_of_defaults(void **state)
{
    struct inf_inference_config *config = config_of(
        "{\"inference_config\":{\"pass_through\":{\"results_field\":\"my \\\"field\\\"\"}}}");
    struct inf_buf out;
    (void)state;
    writes(config, &out);
    inf_inference_config_unref(config);
    assert_string_equal(
        out.data,
        "{\"pass_through\":{\"vocabulary\":{\"index\":\".ml-inference-native-000002\"},"
        "\"tokenization\":{\"bert\":{\"do_lower_case\":false,\"with_special_tokens\":true,"
        "\"max_sequence_length\":512,\"truncate\":\"first\",\"span\":-1}},"
        "\"results_field\":\"my \\\"field\\\"\"}}");
    inf_buf_free(&out);
}

static void test_tokenization_in_it(void **state)
{
    (void)state;
    refuses_config("{\"inference_config\":{\"pass_through\":{\"tokenization\":{\"foo\":{}}}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_NAMED_OBJECT,
                   "[1:54] unknown field [foo]");
    refuses_config(
        "{\"inference_config\":{\"pass_through\":{\"tokenization\":{\"bert\":{\"spann\":1}}}}}",
        INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_X_CONTENT_PARSE,
        "[1:62] [bert_tokenization] unknown field [spann] did you mean [span]?");
    refuses_config("{\"inference_config\":{\"pass_through\":{\"tokenization\":{\"bert\":{"
                   "\"max_sequence_length\":0}}}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_ILLEGAL_ARGUMENT,
                   "[max_sequence_length] must be positive");
    refuses_config("{\"inference_config\":{\"pass_through\":{\"tokenization\":null}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_X_CONTENT_PARSE,
                   "[1:38] [pass_through] tokenization doesn't support values of type: VALUE_NULL");
}

static void test_members(void **state)
{
    (void)state;
    refuses_config("{\"inference_config\":{\"pass_through\":{\"embedding_size\":3}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_X_CONTENT_PARSE,
                   "[1:38] [pass_through] unknown field [embedding_size]");
    refuses_config("{\"inference_config\":{\"text_embedding\":{\"embeding_size\":3}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_X_CONTENT_PARSE,
                   "[1:40] [text_embedding] unknown field [embeding_size] did you mean "
                   "[embedding_size]?");
    refuses_config("{\"inference_config\":{\"pass_through\":{\"vocabulary\":{\"index\":\"x\"}}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_BAD_REQUEST,
                   "illegal setting [vocabulary] on inference model creation");
}

static void test_results_field(void **state)
{
    char body[512];
    char name[257];
    static const float value[] = {1};
    struct inf_inference_config *config =
        config_of("{\"inference_config\":{\"pass_through\":{\"results_field\":\"answer\"}}}");
    (void)state;
    decodes(config, true,
            (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 1, .shape = {1}, .data = value},
            "{\"answer\":[[1.0]],\"is_truncated\":true}");
    inf_inference_config_unref(config);
    refuses_config("{\"inference_config\":{\"pass_through\":{\"results_field\":\"\"}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_ILLEGAL_ARGUMENT,
                   "[results_field] must be 1 to 255 bytes long; it has [0]");
    refuses_config("{\"inference_config\":{\"pass_through\":{\"results_field\":\"is_truncated\"}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_ILLEGAL_ARGUMENT,
                   "[results_field] must not be [is_truncated], which is another field of an "
                   "answer");
    memset(name, 'x', sizeof name - 1);
    name[256] = '\0';
    snprintf(body, sizeof body,
             "{\"inference_config\":{\"pass_through\":{\"results_field\":\"%s\"}}}", name);
    refuses_config(body, INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_ILLEGAL_ARGUMENT,
                   "[results_field] must be 1 to 255 bytes long; it has [256]");
}

static int update(const char *base, const char *text, struct inf_inference_config **ret,
                  struct inf_error *err)
{
    struct inf_inference_config *from = config_of(base);
    struct inf_json json = json_of(text);
    int rc = inf_inference_config_update(from, "my-model", json.root, ret, err);
    inf_json_free(&json);
    inf_inference_config_unref(from);
    return rc;
}

static void test_update(void **state)
{
    struct inf_inference_config *config = NULL;
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(update(PLAIN,
                            "{\"pass_through\":{\"results_field\":\"r\",\"tokenization\":{\"bert\":"
                            "{\"truncate\":\"none\",\"span\":4}}}}",
                            &config, &err),
                     0);
    assert_string_equal(config->results_field, "r");
    assert_int_equal(config->tokenization.span, 4);
    assert_int_equal(config->tokenization.truncate, INF_TRUNCATE_NONE);
    assert_int_equal(config->tokenization.max_sequence_length, 512);
    inf_inference_config_unref(config);
}

/* A request without settings of its own costs no copy. */
static void test_no_update(void **state)
{
    struct inf_inference_config *base = config_of(PLAIN);
    struct inf_inference_config *same = NULL;
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_inference_config_update(base, "m", NULL, &same, &err), 0);
    assert_ptr_equal(same, base);
    assert_int_equal(base->refs, 2);
    inf_inference_config_unref(base);
    inf_inference_config_unref(same);
}

/* What decides whether a request is tokenized on the loop. */
static void test_extra_bytes(void **state)
{
    struct inf_inference_config *base =
        config_of("{\"inference_config\":{\"zero_shot_classification\":{\"classification_labels\":["
                  "\"entailment\",\"neutral\",\"contradiction\"]}}}");
    struct inf_inference_config *asking =
        updated(base, "{\"zero_shot_classification\":{\"labels\":[\"abc\",\"d\"],"
                      "\"hypothesis_template\":\"is {}\"}}");
    (void)state;
    assert_int_equal(inf_task_extra_bytes(base), 0);
    assert_int_equal(inf_task_extra_bytes(asking), 2 * 5 + 3 + 1);
    inf_inference_config_unref(asking);
    inf_inference_config_unref(base);
}

static void refuses_update(const char *text, enum inf_err_code code, const char *reason)
{
    struct inf_inference_config *config = NULL;
    struct inf_error err = {0};
    assert_int_equal(update(PLAIN, text, &config, &err), -1);
    assert_null(config);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    assert_int_equal(inf_err_status(err.code), 400);
}

static void test_update_refused(void **state)
{
    (void)state;
    refuses_update("{\"text_embedding\":{}}", INF_ERR_BAD_REQUEST,
                   "Trained model [my-model] is configured for task [pass_through] but called with "
                   "task [text_embedding]");
    refuses_update("{\"regression\":{}}", INF_ERR_BAD_REQUEST,
                   "Trained model [my-model] is configured for task [pass_through] but called with "
                   "task [regression]");
    refuses_update("{\"foo\":{}}", INF_ERR_NAMED_OBJECT, "unknown field [foo]");
    refuses_update(
        "{}", INF_ERR_X_CONTENT_PARSE,
        "[cluster:internal/xpack/ml/inference/infer] [inference_config] must hold exactly "
        "one name and its settings");
    refuses_update("{\"pass_through\":{\"vocabulary\":{}}}", INF_ERR_X_CONTENT_PARSE,
                   "[pass_through_update] unknown field [vocabulary]");
    refuses_update("{\"pass_through\":{\"tokenization\":{\"mpnet\":{}}}}", INF_ERR_BAD_REQUEST,
                   "Tokenization update of type [mpnet_update] can not be applied to "
                   "tokenization of type [bert]");
    refuses_update("{\"pass_through\":{\"tokenization\":[]}}", INF_ERR_X_CONTENT_PARSE,
                   "[pass_through_update] tokenization doesn't support values of type: "
                   "START_ARRAY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_echo_of_defaults),
        cmocka_unit_test(test_tokenization_in_it),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_results_field),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_no_update),
        cmocka_unit_test(test_extra_bytes),
        cmocka_unit_test(test_update_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
