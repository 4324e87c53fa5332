/* The table of tasks, and what is the same for all of them in an answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_fixture.h"

#define FAILED "[1:2] [trained_model_config] failed to parse field [inference_config]"
#define NAMES                                                                                \
    "fill_mask|ner|pass_through|question_answering|text_classification|text_embedding|text_" \
    "expansion|"                                                                             \
    "text_similarity|zero_shot_classification"

static void test_names(void **state)
{
    struct inf_buf out;
    (void)state;
    inf_buf_init(&out, 256);
    inf_task_names(&out);
    assert_string_equal(out.data, NAMES);
    inf_buf_free(&out);
}

static void test_unknown_task(void **state)
{
    (void)state;
    refuses_config("{\"inference_config\":{\"foo\":{}}}", INF_ERR_X_CONTENT_PARSE, FAILED,
                   INF_ERR_NAMED_OBJECT, "[1:22] unknown field [foo]");
    refuses_config("{\"inference_config\":{\"regression\":{}}}", INF_ERR_BAD_REQUEST,
                   "inference_config [regression] is not supported by inferd; supported is "
                   "[" NAMES "]",
                   INF_ERR_NONE, "");
    refuses_config("{\"inference_config\":{}}", INF_ERR_X_CONTENT_PARSE, FAILED,
                   INF_ERR_X_CONTENT_PARSE,
                   "[1:1] [trained_model_config] [inference_config] must hold exactly one name "
                   "and its settings");
    refuses_config("{\"inference_config\":{\"pass_through\":7}}", INF_ERR_X_CONTENT_PARSE, FAILED,
                   INF_ERR_X_CONTENT_PARSE,
                   "[1:22] [trained_model_config] pass_through doesn't support values of type: "
                   "VALUE_NUMBER");
}

static void test_token_counts(void **state)
{
    static const float value[] = {1};
    struct inf_inference_config *config = config_of("{\"inference_config\":{\"pass_through\":{}}}");
    struct inf_document document = {.config = config, .text = {"", 0}, .token_counts = true};
    int lengths[] = {3, 5};
    struct inf_encoding encoding = {.rows = 2, .lengths = lengths, .tokens = 9, .truncated = true};
    struct inf_tensor output = {.dtype = INF_FLOAT32, .rank = 1, .shape = {1}, .data = value};
    struct inf_error err = {0};
    struct inf_buf out;
    (void)state;
    inf_buf_init(&out, 1024);
    assert_int_equal(inf_task_decode(&document, &encoding, &output, &out, &err), 0);
    assert_string_equal(out.data, "{\"predicted_value\":[[1.0]],\"is_truncated\":true,"
                                  "\"token_counts\":{\"tokens\":9,\"truncated\":4,"
                                  "\"sequences\":2,\"longest_sequence\":5}}");
    inf_buf_clear(&out);
    encoding.truncated = false;
    assert_int_equal(inf_task_decode(&document, &encoding, &output, &out, &err), 0);
    assert_string_equal(out.data, "{\"predicted_value\":[[1.0]],\"token_counts\":{\"tokens\":9,"
                                  "\"truncated\":0,\"sequences\":2,\"longest_sequence\":5}}");
    inf_buf_free(&out);
    inf_inference_config_unref(config);
}

/* Without a sample of its own, a task is tried with plain text. */
static void test_sample(void **state)
{
    (void)state;
    samples("{\"inference_config\":{\"pass_through\":{}}}", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_unknown_task),
        cmocka_unit_test(test_token_counts),
        cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
