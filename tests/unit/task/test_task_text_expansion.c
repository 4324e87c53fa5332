/* text_expansion: the positive weights under their tokens' names, the heaviest first. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "span_fixture.h"

#include <math.h>

#define PLAIN "{\"inference_config\":{\"text_expansion\":{}}}"

static void test_weights(void **state)
{
    static const float values[16] = {
        [A] = 0.5f, [B] = 1.25f, [C] = -3, [UN] = 0.1f, [ABLE] = 1.25f, [BANG] = 0};
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, NULL, "a",
            (struct inf_tensor){INF_FLOAT32, 2, {1, 16}, values},
            "{\"predicted_value\":{\"b\":1.25,\"##able\":1.25,\"a\":0.5,\"un\":0.1}}");
    answers(PLAIN, SMALL_VOCABULARY,
            "{\"text_expansion\":{\"results_field\":\"tokens\",\"tokenization\":{\"bert\":{"
            "\"truncate\":\"second\"}}}}",
            "a", (struct inf_tensor){INF_FLOAT32, 1, {16}, values},
            "{\"tokens\":{\"b\":1.25,\"##able\":1.25,\"a\":0.5,\"un\":0.1}}");
}

/* Weights are floats, whatever the model computes in: one that is none as a float is not there. */
static void test_doubles(void **state)
{
    static const double values[16] = {[A] = 0.1, [B] = 1e-60, [C] = 1.0 / 3, [UN] = -1e300};
    static const double huge[16] = {[C] = 1e39};
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, NULL, "a",
            (struct inf_tensor){INF_FLOAT64, 2, {1, 16}, values},
            "{\"predicted_value\":{\"c\":0.33333334,\"a\":0.1}}");
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "a",
                  (struct inf_tensor){INF_FLOAT64, 2, {1, 16}, huge}, 4096, INF_ERR_INTERNAL,
                  "The model's output holds a weight at column [7] that is too large for a float");
}

static void test_no_weight(void **state)
{
    static const float values[20] = {[0] = -1, [17] = 5};
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, NULL, "a", (struct inf_tensor){INF_FLOAT32, 2, {1, 2}, values},
            "{\"predicted_value\":{}}");
    answers(PLAIN, SMALL_VOCABULARY, NULL, "a",
            (struct inf_tensor){INF_FLOAT32, 2, {1, 20}, values}, "{\"predicted_value\":{}}");
}

/* No key is there twice: a dot becomes two underscores, which another token may have; and a
 * vocabulary may hold a token twice. */
static void test_names(void **state)
{
    static const char vocabulary[] =
        "{\"vocabulary\":[\"[PAD]\",\"[UNK]\",\"[CLS]\",\"[SEP]\",\".\",\"__\",\"a.b.\",\"a__b__\","
        "\"x\",\"a._b\",\"x\",\"\",\"_\",\"..\",\"____\",\"q\\\"\xe4\xb8\xad\"]}";
    static const float values[16] = {
        [4] = 2,     [5] = 3,     [6] = 9,  [7] = 8,  [8] = 1,      [9] = 7,
        [10] = 1.5f, [11] = 0.5f, [12] = 6, [13] = 5, [14] = 0.25f, [15] = 4};
    (void)state;
    answers(PLAIN, vocabulary, NULL, "a", (struct inf_tensor){INF_FLOAT32, 2, {1, 16}, values},
            "{\"predicted_value\":{\"a__b__\":9.0,\"a___b\":7.0,\"_\":6.0,\"____\":5.0,"
            "\"q\\\"\xe4\xb8\xad\":4.0,\"__\":3.0,\"x\":1.5,\"\":0.5}}");
}

static void test_what_the_worker_is_asked_for(void **state)
{
    struct span span = span_of(PLAIN, SMALL_VOCABULARY, NULL, "a");
    (void)state;
    span_encode(&span);
    assert_int_equal(span.encoding.reduce, INF_REDUCE_MAX);
    assert_false(inf_task_reads_text(span.config->task));
    span_free(&span);
}

static void test_outputs_of_no_sense(void **state)
{
    static const float values[16] = {[2] = NAN, [9] = 1};
    (void)state;
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "a",
                  (struct inf_tensor){INF_FLOAT32, 2, {1, 16}, values}, 4096, INF_ERR_INTERNAL,
                  "The model's output holds [NaN] at row [0], column [2], which is no JSON number");
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "a",
                  (struct inf_tensor){INF_FLOAT32, 2, {8, 2}, values}, 4096, INF_ERR_INTERNAL,
                  "Expected [1] row of the model's output; got [8]");
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "a",
                  (struct inf_tensor){INF_FLOAT32, 1, {6}, values + 9}, 30, INF_ERR_INTERNAL,
                  "The result does not fit into [30] bytes");
}

static void test_settings(void **state)
{
    (void)state;
    echoes("{\"inference_config\":{\"text_expansion\":{\"results_field\":\"x\"}}}", NULL,
           "\"results_field\":\"x\"}}");
    refuses_span_update(PLAIN, "{\"text_expansion\":{\"num_top_classes\":1}}",
                        INF_ERR_X_CONTENT_PARSE,
                        "[text_expansion_update] unknown field [num_top_classes]");
    cannot_encode("{\"inference_config\":{\"text_expansion\":{\"tokenization\":{\"bert\":{"
                  "\"max_sequence_length\":3,\"truncate\":\"none\"}}}}}",
                  SMALL_VOCABULARY, NULL, "a b", INF_ERR_BAD_REQUEST,
                  "Input too large. The tokenized input length [4] exceeds the maximum sequence "
                  "length [3]");
    has_a_sample(PLAIN, SMALL_VOCABULARY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_no_weight),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_what_the_worker_is_asked_for),
        cmocka_unit_test(test_outputs_of_no_sense),
        cmocka_unit_test(test_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
