/* pass_through: the model's output as a two-dimensional array; windows are allowed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_fixture.h"

#include <math.h>

#define PLAIN "{\"inference_config\":{\"pass_through\":{}}}"

static void test_decode(void **state)
{
    static const double twos[] = {1, 1, 1, 1, 1, 1, 1, 1};
    static const float steps[] = {0, 0.5f, 1, 1.5f, 2, 2.5f, 3, 3.5f};
    struct inf_inference_config *config = config_of(PLAIN);
    (void)state;
    decodes(config, false,
            (struct inf_tensor){.dtype = INF_FLOAT64, .rank = 2, .shape = {1, 2}, .data = twos},
            "{\"predicted_value\":[[1.0,1.0]]}");
    decodes(config, true,
            (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 2, .shape = {2, 2}, .data = steps},
            "{\"predicted_value\":[[0.0,0.5],[1.0,1.5]],\"is_truncated\":true}");
    decodes(config, false,
            (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 3, .shape = {2, 2, 2}, .data = steps},
            "{\"predicted_value\":[[0.0,0.5],[1.0,1.5]]}");
    decodes(config, false,
            (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 1, .shape = {3}, .data = steps},
            "{\"predicted_value\":[[0.0,0.5,1.0]]}");
    inf_inference_config_unref(config);
}

static void test_not_a_number(void **state)
{
    static const float values[] = {1, 2, 3, NAN};
    struct inf_inference_config *config = config_of(PLAIN);
    (void)state;
    cannot_decode(
        config,
        (struct inf_tensor){.dtype = INF_FLOAT32, .rank = 2, .shape = {2, 2}, .data = values}, 4096,
        "The model's output holds [NaN] at row [1], column [1], which is no JSON number");
    inf_inference_config_unref(config);
}

static void test_windows(void **state)
{
    struct inf_inference_config *config =
        config_of("{\"inference_config\":{\"pass_through\":{\"tokenization\":{\"bert\":{"
                  "\"truncate\":\"none\",\"span\":1,\"max_sequence_length\":5}}}}}");
    struct inf_tokenizer *tokenizer = tokenizer_of(&config->tokenization, SMALL_VOCABULARY);
    struct inf_document document = {
        .config = config, .tokenizer = tokenizer, .text = {"a b c un", 8}};
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    const int expected[] = {CLS, A, B, C, SEP, CLS, C, UN, SEP, PAD};
    (void)state;
    assert_int_equal(inf_task_encode(&document, &e, &err), 0);
    assert_int_equal(e.rows, 2);
    assert_int_equal(e.cols, 5);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(e.data[i], expected[i]);
    }
    inf_encoding_free(&e);
    inf_tokenizer_free(tokenizer);
    inf_inference_config_unref(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_not_a_number),
        cmocka_unit_test(test_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
