/* fill_mask: the mask is found, its row of scores becomes tokens, one of them the sentence. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "span_fixture.h"

#include <math.h>

#define PLAIN "{\"inference_config\":{\"fill_mask\":{}}}"
#define TWO "{\"inference_config\":{\"fill_mask\":{\"num_top_classes\":2}}}"
#define SHORT                                                                                      \
    "{\"inference_config\":{\"fill_mask\":{\"tokenization\":{\"bert\":{\"max_sequence_length\":4}" \
    "}}}}"
#define FAILED "[1:2] [trained_model_config] failed to parse field [inference_config]"
#define LN3 1.0986122886681098
#define TOKENS 16 /* of the small vocabulary */

/* A model that gives b three times the chance of c, and the rest none. */
static struct inf_tensor b_or_c(int64_t columns)
{
    static double values[TOKENS + 2];
    for (int i = 0; i < TOKENS + 2; i++) {
        values[i] = -1000;
    }
    values[B] = LN3;
    values[C] = 0;
    return (struct inf_tensor){INF_FLOAT64, 2, {1, columns}, values};
}

static void test_answer(void **state)
{
    (void)state;
    answers(TWO, SMALL_VOCABULARY, NULL, "a [MASK]!", b_or_c(TOKENS),
            "{\"predicted_value\":\"b\",\"top_classes\":["
            "{\"class_name\":\"b\",\"class_probability\":0.75,\"class_score\":0.75},"
            "{\"class_name\":\"c\",\"class_probability\":0.25,\"class_score\":0.25}],"
            "\"predicted_value_sequence\":\"a b!\",\"prediction_probability\":0.75}");
    answers("{\"inference_config\":{\"fill_mask\":{\"num_top_classes\":0}}}", SMALL_VOCABULARY,
            NULL, "[MASK]", b_or_c(TOKENS),
            "{\"predicted_value\":\"b\",\"predicted_value_sequence\":\"b\","
            "\"prediction_probability\":0.75}");
}

/* Five by default; -1 and too many are all. Of equals the lower id comes first. */
static void test_how_many(void **state)
{
    static const char *const updates[] = {NULL, "{\"fill_mask\":{\"num_top_classes\":-1}}",
                                          "{\"fill_mask\":{\"num_top_classes\":2147483647}}"};
    static const int counts[] = {5, TOKENS, TOKENS};
    struct inf_error err = {0};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct span span = span_of(PLAIN, SMALL_VOCABULARY, updates[i], "[MASK]");
        struct inf_tensor output = b_or_c(TOKENS + 2);
        struct inf_buf out;
        inf_buf_init(&out, 1 << 16);
        span_encode(&span);
        assert_int_equal(inf_task_decode(&span.document, &span.encoding, &output, &out, &err), 0);
        struct inf_json json = json_of(out.data);
        const struct cJSON *top = inf_json_get(json.root, "top_classes");
        assert_int_equal(inf_json_size(top), counts[i]);
        const struct cJSON *third = inf_json_next(inf_json_next(inf_json_first(top)));
        assert_string_equal(inf_json_string(inf_json_get(third, "class_name")), "[PAD]");
        inf_json_free(&json);
        inf_buf_free(&out);
        span_free(&span);
    }
}

/* A padded matrix: what is beyond the vocabulary takes part in the softmax and is no answer. */
static void test_more_columns_than_tokens(void **state)
{
    struct inf_tensor output = b_or_c(TOKENS + 2);
    double values[TOKENS + 2];
    (void)state;
    memcpy(values, output.data, sizeof values);
    output.data = values;
    values[B] = 0;
    values[C] = -1000;
    values[TOKENS] = LN3; /* three times as likely as b */
    answers("{\"inference_config\":{\"fill_mask\":{\"num_top_classes\":1}}}", SMALL_VOCABULARY,
            NULL, "[MASK]", output,
            "{\"predicted_value\":\"b\",\"top_classes\":[{\"class_name\":\"b\","
            "\"class_probability\":0.25,\"class_score\":0.25}],"
            "\"predicted_value_sequence\":\"b\",\"prediction_probability\":0.25}");
}

static void test_fewer_columns_than_tokens(void **state)
{
    (void)state;
    answers(TWO, SMALL_VOCABULARY, "{\"fill_mask\":{\"num_top_classes\":1}}", "[MASK]",
            b_or_c(TOKENS - 2),
            "{\"predicted_value\":\"b\",\"top_classes\":[{\"class_name\":\"b\","
            "\"class_probability\":0.75,\"class_score\":0.75}],\"predicted_value_sequence\":\"b\","
            "\"prediction_probability\":0.75}");
    cannot_answer(PLAIN, SMALL_VOCABULARY, "{\"fill_mask\":{\"num_top_classes\":-1}}", "[MASK]",
                  b_or_c(TOKENS - 1), 4096, INF_ERR_CONFLICT,
                  "Expected exactly [16] values in fill_mask result; got [15]");
}

/* Lower case, and everything around the mask, stays as the client wrote it. */
static void test_sequence(void **state)
{
    (void)state;
    answers("{\"inference_config\":{\"fill_mask\":{\"num_top_classes\":0,\"results_field\":"
            "\"word\",\"tokenization\":{\"bert\":{\"do_lower_case\":true}}}}}",
            SMALL_VOCABULARY, NULL, "\xf0\x9f\x98\x80 A\t[MASK]\"\xe4\xb8\xad [mask] ",
            b_or_c(TOKENS),
            "{\"word\":\"b\",\"word_sequence\":\"\xf0\x9f\x98\x80 A\\tb\\\"\xe4\xb8\xad [mask] \","
            "\"prediction_probability\":0.75}");
}

static void test_what_the_worker_is_asked_for(void **state)
{
    struct span span = span_of(PLAIN, SMALL_VOCABULARY, NULL, "unaffable [MASK] a");
    (void)state;
    span_encode(&span);
    assert_int_equal(span.encoding.reduce, INF_REDUCE_POSITION);
    assert_int_equal(span.encoding.position, 4); /* [CLS] un ##aff ##able */
    assert_int_equal(span.encoding.data[4], MASK);
    span_free(&span);
}

/* Another mask token, of a tokenizer that spells it so. */
static void test_mask_of_another_tokenizer(void **state)
{
    static const char body[] =
        "{\"inference_config\":{\"fill_mask\":{\"num_top_classes\":0,\"tokenization\":{\"mpnet\":{}"
        "},\"mask_token\":\"<mask>\"}}}";
    static const char vocabulary[] =
        "{\"vocabulary\":[\"<s>\",\"<pad>\",\"</s>\",\"[UNK]\",\"<mask>\",\"x\"]}";
    static const float values[] = {0, 0, 0, 0, 0, 2000};
    (void)state;
    answers(body, vocabulary, NULL, "y <mask>", (struct inf_tensor){INF_FLOAT32, 2, {1, 6}, values},
            "{\"predicted_value\":\"x\",\"predicted_value_sequence\":\"y x\","
            "\"prediction_probability\":1.0}");
    cannot_encode(body, vocabulary, NULL, "y [MASK]", INF_ERR_STATE_VALIDATION,
                  "Validation Failed: 1: no <mask> token could be found in the input;");
}

static void test_masks_that_are_not_one(void **state)
{
    (void)state;
    cannot_encode(PLAIN, SMALL_VOCABULARY, NULL, "a b", INF_ERR_STATE_VALIDATION,
                  "Validation Failed: 1: no [MASK] token could be found in the input;");
    cannot_encode(PLAIN, SMALL_VOCABULARY, NULL, "", INF_ERR_STATE_VALIDATION,
                  "Validation Failed: 1: no [MASK] token could be found in the input;");
    cannot_encode(PLAIN, SMALL_VOCABULARY, NULL, "[MASK][MASK]", INF_ERR_BAD_REQUEST,
                  "only one [MASK] token should exist in the input");
    cannot_encode(SHORT, SMALL_VOCABULARY, NULL, "a b [MASK]", INF_ERR_ILLEGAL_STATE,
                  "mask token id [4] not found in the tokenization");
    cannot_encode(PLAIN, "{\"vocabulary\":[\"[UNK]\",\"[PAD]\",\"[CLS]\",\"[SEP]\"]}", NULL,
                  "[MASK]", INF_ERR_CONFLICT,
                  "The token id for the mask token [MASK] is not known in the tokenizer. Check the "
                  "vocabulary contains the mask token");
}

static void test_outputs_of_no_sense(void **state)
{
    struct inf_tensor rows = b_or_c(TOKENS / 2);
    static const float bad[TOKENS] = {[7] = INFINITY};
    (void)state;
    rows.shape[0] = 2;
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "[MASK]", rows, 4096, INF_ERR_INTERNAL,
                  "Expected [1] row of the model's output; got [2]");
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "[MASK]",
                  (struct inf_tensor){INF_FLOAT32, 1, {TOKENS}, bad}, 4096, INF_ERR_INTERNAL,
                  "The model's output holds [Infinity] at row [0], column [7], which is no JSON "
                  "number");
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "[MASK]", b_or_c(TOKENS), 64, INF_ERR_INTERNAL,
                  "The result does not fit into [64] bytes");
}

static void test_settings(void **state)
{
    (void)state;
    echoes(PLAIN, NULL, "\"num_top_classes\":5,\"mask_token\":\"[MASK]\"}}");
    echoes("{\"inference_config\":{\"fill_mask\":{\"mask_token\":\"[MASK]\",\"num_top_classes\":"
           "\"7\"}}}",
           "{\"fill_mask\":{\"num_top_classes\":3,\"results_field\":\"x\"}}",
           "\"results_field\":\"x\",\"num_top_classes\":3,\"mask_token\":\"[MASK]\"}}");
    refuses_config("{\"inference_config\":{\"fill_mask\":{\"mask_token\":\"<mask>\"}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_ILLEGAL_ARGUMENT,
                   "Mask token requested was [<mask>] but must be [[MASK]] for this model");
    refuses_config("{\"inference_config\":{\"fill_mask\":{\"mask_token\":7}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_X_CONTENT_PARSE,
                   "[1:35] [fill_mask] mask_token doesn't support values of type: VALUE_NUMBER");
    refuses_span_update(PLAIN, "{\"fill_mask\":{\"mask_token\":\"[MASK]\"}}",
                        INF_ERR_X_CONTENT_PARSE, "[fill_mask_update] unknown field [mask_token]");
    has_a_sample(PLAIN, SMALL_VOCABULARY);
    has_a_sample(PLAIN, "{\"vocabulary\":[\"[MASK]\",\"[UNK]\",\"[PAD]\",\"[CLS]\",\"[SEP]\"]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_more_columns_than_tokens),
        cmocka_unit_test(test_fewer_columns_than_tokens),
        cmocka_unit_test(test_sequence),
        cmocka_unit_test(test_what_the_worker_is_asked_for),
        cmocka_unit_test(test_mask_of_another_tokenizer),
        cmocka_unit_test(test_masks_that_are_not_one),
        cmocka_unit_test(test_outputs_of_no_sense),
        cmocka_unit_test(test_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
