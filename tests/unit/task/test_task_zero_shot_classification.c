/* zero_shot_classification: a pair a label, one answer or several, the rules of its labels. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_fixture.h"

#define FAILED "[1:2] [trained_model_config] failed to parse field [inference_config]"
#define BODY(members) "{\"inference_config\":{\"zero_shot_classification\":{" members "}}}"
#define NLI "\"classification_labels\":[\"contradiction\",\"neutral\",\"ENTAILMENT\"]"
#define UPDATE(members) "{\"zero_shot_classification\":{" members "}}"

/* Labels as words of the small vocabulary. */
static struct inf_inference_config *asking(const char *body)
{
    struct inf_inference_config *base = config_of(body);
    struct inf_inference_config *config = updated(base, UPDATE("\"labels\":[\"a\",\"b\"]"));
    inf_inference_config_unref(base);
    return config;
}

static void test_one_of_the_labels(void **state)
{
    /* Of the rows' entailment scores, the last column, and of nothing else. */
    static const float even[] = {9, 8, 7, -9, -8, 7};
    static const float sure[] = {0, 0, -1000, 0, 0, 1000};
    struct inf_inference_config *config = asking(BODY(NLI));
    (void)state;
    decodes(config, false, floats_of(even, 2, 3),
            "{\"predicted_value\":\"a\",\"top_classes\":["
            "{\"class_name\":\"a\",\"class_probability\":0.5,\"class_score\":0.5},"
            "{\"class_name\":\"b\",\"class_probability\":0.5,\"class_score\":0.5}],"
            "\"prediction_probability\":0.5}");
    decodes(config, false, floats_of(sure, 2, 3),
            "{\"predicted_value\":\"b\",\"top_classes\":["
            "{\"class_name\":\"b\",\"class_probability\":1.0,\"class_score\":1.0},"
            "{\"class_name\":\"a\",\"class_probability\":0.0,\"class_score\":0.0}],"
            "\"prediction_probability\":1.0}");
    inf_inference_config_unref(config);
}

/* Each label by itself: entailment against contradiction; neutral does not count. */
static void test_several_labels(void **state)
{
    static const float rows[] = {-1000, 5000, 1000, 4, 5000, 4};
    struct inf_inference_config *config = asking(BODY(NLI ",\"multi_label\":true"));
    (void)state;
    decodes(config, false, floats_of(rows, 2, 3),
            "{\"predicted_value\":\"a\",\"top_classes\":["
            "{\"class_name\":\"a\",\"class_probability\":1.0,\"class_score\":1.0},"
            "{\"class_name\":\"b\",\"class_probability\":0.5,\"class_score\":0.5}],"
            "\"prediction_probability\":1.0}");
    inf_inference_config_unref(config);
}

static void test_other_outputs(void **state)
{
    static const float values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct inf_inference_config *config = asking(BODY(NLI));
    (void)state;
    cannot_decode_as(config, floats_of(values, 3, 3), 4096, INF_ERR_CONFLICT,
                     "Expected exactly [2] values in zero shot classification result; got [3]");
    cannot_decode_as(
        config, floats_of(values, 2, 2), 4096, INF_ERR_CONFLICT,
        "Expected exactly [3] values in inner zero shot classification result; got [2]");
    inf_inference_config_unref(config);
}

static void test_encode(void **state)
{
    struct inf_inference_config *config = asking(BODY(NLI ",\"hypothesis_template\":\"{} ! {}\""));
    struct inf_tokenizer *tokenizer = tokenizer_of(&config->tokenization, SMALL_VOCABULARY);
    struct inf_document document = {.config = config, .tokenizer = tokenizer, .text = {"c", 1}};
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    const int expected[] = {CLS, C, SEP, A, BANG, A, SEP, CLS, C, SEP, B, BANG, B, SEP};
    (void)state;
    assert_int_equal(inf_task_encode(&document, &e, &err), 0);
    assert_int_equal(e.rows, 2);
    assert_int_equal(e.cols, 7);
    for (int i = 0; i < 14; i++) {
        assert_int_equal(e.data[i], expected[i]);
    }
    inf_encoding_free(&e);
    inf_tokenizer_free(tokenizer);
    inf_inference_config_unref(config);
}

static void test_no_labels(void **state)
{
    struct inf_inference_config *config = config_of(BODY(NLI));
    struct inf_inference_config *still = updated(config, UPDATE("\"labels\":null"));
    struct inf_document document = {.config = still, .text = {"c", 1}};
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_task_encode(&document, &e, &err), -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    assert_string_equal(err.reason, "zero_shot_classification requires non-empty [labels]");
    refuses_update_of(config, UPDATE("\"labels\":[]"), INF_ERR_BAD_REQUEST,
                      "[labels] must not be empty");
    inf_inference_config_unref(still);
    inf_inference_config_unref(config);
}

/* Ten thousand labels and a template of ten thousand bytes do not become a hundred megabytes. */
static void test_too_much_to_ask(void **state)
{
    struct inf_inference_config *base = config_of(BODY(NLI));
    struct inf_inference_config *config = NULL;
    struct inf_document document = {.text = {"c", 1}};
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    struct inf_buf update;
    (void)state;
    inf_buf_init(&update, 1 << 20);
    inf_buf_puts(&update, "{\"zero_shot_classification\":{\"hypothesis_template\":\"");
    for (int i = 0; i < 10000; i++) {
        inf_buf_puts(&update, "x");
    }
    inf_buf_puts(&update, "\",\"labels\":[\"a\"");
    for (int i = 0; i < 9999; i++) {
        inf_buf_puts(&update, ",\"a\"");
    }
    inf_buf_puts(&update, "]}}");
    config = updated(base, update.data);
    document.config = config;
    assert_int_equal(inf_task_encode(&document, &e, &err), -1);
    assert_string_equal(err.reason, "[labels] and [hypothesis_template] make hypotheses of more "
                                    "than [4194304] bytes in all");
    inf_buf_free(&update);
    inf_inference_config_unref(config);
    inf_inference_config_unref(base);
}

static void test_settings(void **state)
{
    struct inf_inference_config *config = asking(BODY(NLI));
    (void)state;
    echoes_config(
        config, ECHO_OF("zero_shot_classification") ",\"classification_labels\":[\"contradiction\","
                                                    "\"neutral\",\"ENTAILMENT\"],"
                                                    "\"multi_label\":false,\"hypothesis_template\":"
                                                    "\"This example is {}.\","
                                                    "\"labels\":[\"a\",\"b\"]}}");
    refuses_config(BODY(""), INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_BAD_REQUEST,
                   "[classification_labels] must contain exactly the three values "
                   "[contradiction, entailment, neutral]");
    refuses_config(BODY("\"classification_labels\":[\"entailment\",\"maybe\",\"no\"]"),
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_BAD_REQUEST,
                   "[classification_labels] must contain exactly the three values [contradiction, "
                   "entailment, neutral]. Invalid labels [maybe, no]");
    refuses_config(BODY("\"classification_labels\":[\"neutral\",\"neutral\",\"entailment\"]"),
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_BAD_REQUEST,
                   "[classification_labels] must contain exactly the three values "
                   "[contradiction, entailment, neutral]");
    refuses_update_of(
        config, UPDATE("\"tokenization\":{\"bert\":{\"truncate\":\"none\",\"span\":4}}"),
        INF_ERR_BAD_REQUEST, "Unable to span zero-shot classification on long text input");
    inf_inference_config_unref(config);
}

static void test_sample(void **state)
{
    (void)state;
    samples(BODY(NLI), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_of_the_labels), cmocka_unit_test(test_several_labels),
        cmocka_unit_test(test_other_outputs),     cmocka_unit_test(test_encode),
        cmocka_unit_test(test_no_labels),         cmocka_unit_test(test_too_much_to_ask),
        cmocka_unit_test(test_settings),          cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
