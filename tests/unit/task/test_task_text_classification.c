/* text_classification: softmax and mean over windows, the labels' rules, what an update changes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_fixture.h"

#include <math.h>

#define FAILED "[1:2] [trained_model_config] failed to parse field [inference_config]"
#define BODY(members) "{\"inference_config\":{\"text_classification\":{" members "}}}"
#define TWO BODY("\"classification_labels\":[\"bad\",\"good\"]")

static void test_decode(void **state)
{
    static const float even[] = {3, 3};
    static const float sure[] = {-1000, 1000};
    struct inf_inference_config *config = config_of(TWO);
    (void)state;
    decodes(config, false, floats_of(even, 1, 2),
            "{\"predicted_value\":\"bad\",\"top_classes\":["
            "{\"class_name\":\"bad\",\"class_probability\":0.5,\"class_score\":0.5},"
            "{\"class_name\":\"good\",\"class_probability\":0.5,\"class_score\":0.5}],"
            "\"prediction_probability\":0.5}");
    decodes(config, true, floats_of(sure, 1, 2),
            "{\"predicted_value\":\"good\",\"top_classes\":["
            "{\"class_name\":\"good\",\"class_probability\":1.0,\"class_score\":1.0},"
            "{\"class_name\":\"bad\",\"class_probability\":0.0,\"class_score\":0.0}],"
            "\"prediction_probability\":1.0,\"is_truncated\":true}");
    inf_inference_config_unref(config);
}

/* The mean of the windows' probabilities, not the probability of their mean. */
static void test_windows(void **state)
{
    static const float rows[] = {1000, -1000, 5, 5};
    struct inf_inference_config *config =
        config_of(BODY("\"classification_labels\":[\"a\",\"b\"],\"num_top_classes\":0"));
    (void)state;
    decodes(config, false, floats_of(rows, 2, 2),
            "{\"predicted_value\":\"a\",\"prediction_probability\":0.75}");
    inf_inference_config_unref(config);
}

static void test_how_many_classes(void **state)
{
    static const float scores[] = {1000, -1000, -1000};
    struct inf_inference_config *config =
        config_of(BODY("\"classification_labels\":[\"a\",\"b\",\"c\"],\"num_top_classes\":1"));
    struct inf_inference_config *none = updated(
        config, "{\"text_classification\":{\"num_top_classes\":0,\"results_field\":\"r\"}}");
    (void)state;
    decodes(config, false, floats_of(scores, 1, 3),
            "{\"predicted_value\":\"a\",\"top_classes\":["
            "{\"class_name\":\"a\",\"class_probability\":1.0,\"class_score\":1.0}],"
            "\"prediction_probability\":1.0}");
    decodes(none, false, floats_of(scores, 1, 3), "{\"r\":\"a\",\"prediction_probability\":1.0}");
    inf_inference_config_unref(none);
    inf_inference_config_unref(config);
}

static void test_echo(void **state)
{
    struct inf_inference_config *config = config_of(TWO);
    struct inf_inference_config *other =
        updated(config, "{\"text_classification\":{\"classification_labels\":[\"x\",\"y\"]}}");
    (void)state;
    echoes_config(config, ECHO_OF("text_classification") ",\"classification_labels\":[\"bad\","
                                                         "\"good\"],\"num_top_classes\":-1}}");
    echoes_config(other, ECHO_OF("text_classification") ",\"classification_labels\":[\"x\",\"y\"],"
                                                        "\"num_top_classes\":-1}}");
    inf_inference_config_unref(other);
    inf_inference_config_unref(config);
}

static void test_refused(void **state)
{
    static const float three[] = {1, 2, 3};
    static const float broken[] = {1, NAN};
    struct inf_inference_config *config = config_of(TWO);
    (void)state;
    refuses_config(
        BODY(""), INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_BAD_REQUEST,
        "[text_classification] requires at least 2 [classification_labels]; provided []");
    refuses_config(BODY("\"classification_labels\":[\"one\"]"), INF_ERR_X_CONTENT_PARSE, FAILED,
                   INF_ERR_BAD_REQUEST,
                   "[text_classification] requires at least 2 [classification_labels]; provided "
                   "[one]");
    refuses_config(BODY("\"classification_labels\":[1,2]"), INF_ERR_X_CONTENT_PARSE, FAILED,
                   INF_ERR_ILLEGAL_ARGUMENT,
                   "[classification_labels] must hold strings only; it has a VALUE_NUMBER");
    refuses_update_of(config, "{\"text_classification\":{\"classification_labels\":[\"x\"]}}",
                      INF_ERR_BAD_REQUEST,
                      "The number of [classification_labels] the model is defined with [2] does "
                      "not match the number in the update [1]");
    cannot_decode_as(config, floats_of(three, 1, 3), 4096, INF_ERR_CONFLICT,
                     "Expected exactly [2] values in text classification result; got [3]");
    cannot_decode(config, floats_of(broken, 1, 2), 4096,
                  "The model's output holds [NaN] at row [0], column [1], which is no JSON number");
    inf_inference_config_unref(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),           cmocka_unit_test(test_windows),
        cmocka_unit_test(test_how_many_classes), cmocka_unit_test(test_echo),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
