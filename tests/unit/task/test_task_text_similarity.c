/* text_similarity: the raw score, the windows' combination, the text that a request must bring. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_fixture.h"

#define FAILED "[1:2] [trained_model_config] failed to parse field [inference_config]"
#define PLAIN "{\"inference_config\":{\"text_similarity\":{}}}"

static void test_decode(void **state)
{
    static const float one[] = {-3.25f};
    static const float three[] = {-4, -1, -2.5f};
    struct inf_inference_config *config = config_of(PLAIN);
    struct inf_inference_config *mean =
        updated(config, "{\"text_similarity\":{\"span_score_combination_function\":\"MEAN\"}}");
    (void)state;
    decodes(config, false, floats_of(one, 1, 1), "{\"predicted_value\":-3.25}");
    decodes(config, true, floats_of(three, 3, 1),
            "{\"predicted_value\":-1.0,\"is_truncated\":true}");
    decodes(mean, false, floats_of(three, 3, 1), "{\"predicted_value\":-2.5}");
    cannot_decode_as(config, floats_of(three, 1, 3), 4096, INF_ERR_CONFLICT,
                     "Expected exactly [1] value in text_similarity result; got [3]");
    inf_inference_config_unref(mean);
    inf_inference_config_unref(config);
}

static void test_encode(void **state)
{
    struct inf_inference_config *base = config_of(PLAIN);
    struct inf_inference_config *config = updated(base, "{\"text_similarity\":{\"text\":\"a b\"}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&base->tokenization, SMALL_VOCABULARY);
    struct inf_document document = {.config = config, .tokenizer = tokenizer, .text = {"c", 1}};
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    const int expected[] = {CLS, A, B, SEP, C, SEP};
    (void)state;
    assert_int_equal(inf_task_encode(&document, &e, &err), 0);
    assert_int_equal(e.cols, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(e.data[i], expected[i]);
    }
    inf_encoding_free(&e);
    document.config = base;
    assert_int_equal(inf_task_encode(&document, &e, &err), -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    assert_string_equal(err.reason, "please provide configuration update for text_similarity task "
                                    "including the desired [text]");
    inf_tokenizer_free(tokenizer);
    inf_inference_config_unref(config);
    inf_inference_config_unref(base);
}

static void test_settings(void **state)
{
    struct inf_inference_config *base = config_of(PLAIN);
    struct inf_inference_config *config = updated(base, "{\"text_similarity\":{\"text\":\"q\"}}");
    (void)state;
    echoes_config(base,
                  ECHO_OF("text_similarity") ",\"span_score_combination_function\":\"max\"}}");
    echoes_config(
        config,
        ECHO_OF("text_similarity") ",\"text\":\"q\",\"span_score_combination_function\":\"max\"}}");
    refuses_config("{\"inference_config\":{\"text_similarity\":{\"text\":\"q\"}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_X_CONTENT_PARSE,
                   "[1:41] [text_similarity] unknown field [text]");
    refuses_config("{\"inference_config\":{\"text_similarity\":{"
                   "\"span_score_combination_function\":\"min\"}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_ILLEGAL_ARGUMENT,
                   "[span_score_combination_function] must be one of [max, mean]; provided [min]");
    refuses_update_of(base, "{\"text_similarity\":{\"text\":7}}", INF_ERR_X_CONTENT_PARSE,
                      "[text_similarity_update] text doesn't support values of type: "
                      "VALUE_NUMBER");
    inf_inference_config_unref(config);
    inf_inference_config_unref(base);
}

/* The sample brings its own text, and is cut where only the document is too long. */
static void test_sample(void **state)
{
    (void)state;
    samples(PLAIN, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
