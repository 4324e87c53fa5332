/* text_embedding: one vector whatever the output's rank; no windows; embedding_size is checked. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_fixture.h"

#include <math.h>

#define PLAIN "{\"inference_config\":{\"text_embedding\":{}}}"
#define FAILED "[1:2] [trained_model_config] failed to parse field [inference_config]"

static void test_decode(void **state)
{
    static const float values[] = {0.25f, -0.5f, 9, 9, 9, 9, 9, 9};
    static const double wide[] = {0.1, 0.2};
    struct inf_inference_config *config = config_of(PLAIN);
    (void)state;
    decodes(config, false,
            (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 2, .shape = {1, 2}, .data = values},
            "{\"predicted_value\":[0.25,-0.5]}");
    decodes(
        config, false,
        (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 3, .shape = {1, 4, 2}, .data = values},
        "{\"predicted_value\":[0.25,-0.5]}");
    decodes(config, true,
            (struct inf_tensor){.dtype = INF_FLOAT64, .rank = 1, .shape = {2}, .data = wide},
            "{\"predicted_value\":[0.1,0.2],\"is_truncated\":true}");
    inf_inference_config_unref(config);
}

/* What the model gives is the answer, even if it is not what embedding_size announced. */
static void test_another_size_is_served(void **state)
{
    static const float values[] = {1, 2};
    struct inf_inference_config *config =
        config_of("{\"inference_config\":{\"text_embedding\":{\"embedding_size\":384}}}");
    (void)state;
    decodes(config, false,
            (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 2, .shape = {1, 2}, .data = values},
            "{\"predicted_value\":[1.0,2.0]}");
    inf_inference_config_unref(config);
}

/* Only the vector counts: what lies behind it is not looked at. */
static void test_not_a_number(void **state)
{
    static const float good[] = {1, 2, NAN, 4};
    static const float bad[] = {1, INFINITY, 3, 4};
    struct inf_inference_config *config = config_of(PLAIN);
    (void)state;
    decodes(config, false,
            (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 2, .shape = {2, 2}, .data = good},
            "{\"predicted_value\":[1.0,2.0]}");
    cannot_decode(
        config, (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 2, .shape = {2, 2}, .data = bad},
        4096,
        "The model's output holds [Infinity] at row [0], column [1], which is no JSON number");
    inf_inference_config_unref(config);
}

static void test_too_long_an_answer(void **state)
{
    static const float values[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct inf_inference_config *config = config_of(PLAIN);
    (void)state;
    cannot_decode(
        config,
        (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 2, .shape = {1, 8}, .data = values}, 32,
        "The result does not fit into [32] bytes");
    inf_inference_config_unref(config);
}

static void test_span_is_refused(void **state)
{
    struct inf_inference_config *config = config_of(PLAIN);
    struct inf_inference_config *updated = NULL;
    struct inf_json update = json_of(
        "{\"text_embedding\":{\"tokenization\":{\"bert\":{\"truncate\":\"none\",\"span\":8}}}}");
    struct inf_error err = {0};
    (void)state;
    refuses_config("{\"inference_config\":{\"text_embedding\":{\"tokenization\":{\"bert\":{"
                   "\"truncate\":\"none\",\"span\":128}}}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_BAD_REQUEST,
                   "[text_embedding] does not support windowing long text sequences; configured "
                   "span [128]");
    assert_int_equal(inf_inference_config_update(config, "m", update.root, &updated, &err), -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    assert_string_equal(err.reason, "[text_embedding] does not support windowing long text "
                                    "sequences; configured span [8]");
    assert_int_equal(config->tokenization.span, -1);
    inf_json_free(&update);
    inf_inference_config_unref(config);
}

static void test_embedding_size(void **state)
{
    struct inf_inference_config *config =
        config_of("{\"inference_config\":{\"text_embedding\":{\"embedding_size\":384}}}");
    (void)state;
    assert_int_equal(config->embedding_size, 384);
    refuses_config("{\"inference_config\":{\"text_embedding\":{\"embedding_size\":0}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_BAD_REQUEST,
                   "[embedding_size] must be a number greater than 0; configured size [0]");
    refuses_config("{\"inference_config\":{\"text_embedding\":{\"embedding_size\":\"x\"}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_NUMBER_FORMAT,
                   "For input string: \"x\"");
    inf_inference_config_unref(config);
}

static void test_encode(void **state)
{
    struct inf_inference_config *config =
        config_of("{\"inference_config\":{\"text_embedding\":{\"tokenization\":{\"bert\":{"
                  "\"do_lower_case\":true,\"max_sequence_length\":4}}}}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&config->tokenization, SMALL_VOCABULARY);
    struct inf_document document = {
        .config = config, .tokenizer = tokenizer, .text = {"Unaffable", 9}};
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    const int expected[] = {CLS, UN, AFF, SEP};
    (void)state;
    assert_int_equal(inf_task_encode(&document, &e, &err), 0);
    assert_true(e.truncated);
    assert_int_equal(e.cols, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(e.data[i], expected[i]);
    }
    inf_encoding_free(&e);
    inf_tokenizer_free(tokenizer);
    inf_inference_config_unref(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),          cmocka_unit_test(test_another_size_is_served),
        cmocka_unit_test(test_not_a_number),    cmocka_unit_test(test_too_long_an_answer),
        cmocka_unit_test(test_span_is_refused), cmocka_unit_test(test_embedding_size),
        cmocka_unit_test(test_encode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
