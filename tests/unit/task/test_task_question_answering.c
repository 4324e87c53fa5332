/* question_answering: scores of beginnings and ends become stretches of the text, over windows,
 * with UTF-16 offsets. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "span_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PLAIN "{\"inference_config\":{\"question_answering\":{}}}"
/* Windows of 7 positions: [CLS] question [SEP], three tokens of the text, [SEP]. */
#define WINDOWS                                                                   \
    "{\"inference_config\":{\"question_answering\":{\"tokenization\":{\"bert\":{" \
    "\"max_sequence_length\":7,\"truncate\":\"none\",\"span\":1}}}}}"
#define ASK "{\"question_answering\":{\"question\":\"a\"}}"
#define ASK_TOP(n) "{\"question_answering\":{\"question\":\"a\",\"num_top_classes\":" #n "}}"
#define FAILED "[1:2] [trained_model_config] failed to parse field [inference_config]"
#define LN3 1.0986122886681098
/* A score of no chance, and one at a place that is not the text's. */
#define NO (-5000)
#define TRAP 90000

static struct inf_tensor rows_of(const double *values, int64_t rows, int64_t columns)
{
    return (struct inf_tensor){INF_FLOAT64, 3, {rows, 1, columns}, values};
}

/* [CLS] a [SEP] b c un ##aff ##able [SEP]. Beginnings: c 0.75, "not here" 0.25. Ends: c 0.5,
 * ##able 0.5. The best: c alone, 0.375; as good: all the rest, met later. */
static const double nine[] = {0,  TRAP, TRAP, NO, LN3, NO, NO, NO, TRAP,
                              NO, TRAP, TRAP, NO, 0,   NO, NO, 0,  TRAP};

static void test_answer(void **state)
{
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, ASK, "b c unaffable", rows_of(nine, 2, 9),
            "{\"predicted_value\":\"c\",\"start_offset\":2,\"end_offset\":3,"
            "\"prediction_probability\":0.375}");
    answers(PLAIN, SMALL_VOCABULARY, ASK_TOP(5), "b c unaffable", rows_of(nine, 2, 9),
            "{\"predicted_value\":\"c\",\"start_offset\":2,\"end_offset\":3,\"top_classes\":["
            "{\"answer\":\"c\",\"start_offset\":2,\"end_offset\":3,\"score\":0.375},"
            "{\"answer\":\"c unaffable\",\"start_offset\":2,\"end_offset\":13,\"score\":0.375}],"
            "\"prediction_probability\":0.375}");
    answers(PLAIN, SMALL_VOCABULARY, ASK_TOP(1), "b c unaffable", rows_of(nine, 2, 9),
            "{\"predicted_value\":\"c\",\"start_offset\":2,\"end_offset\":3,\"top_classes\":["
            "{\"answer\":\"c\",\"start_offset\":2,\"end_offset\":3,\"score\":0.375}],"
            "\"prediction_probability\":0.375}");
}

/* Two dimensions say the same where there is one batch. */
static void test_two_dimensions(void **state)
{
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, ASK, "b c unaffable",
            (struct inf_tensor){INF_FLOAT64, 2, {2, 9}, nine},
            "{\"predicted_value\":\"c\",\"start_offset\":2,\"end_offset\":3,"
            "\"prediction_probability\":0.375}");
}

/* c ... ##able has four tokens. */
static void test_longest_answer(void **state)
{
    static const double values[] = {NO, 0, 0, NO, 0, NO, NO, NO, 0, NO, 0, 0, NO, NO, NO, NO, 0, 0};
    static const char answer[] = "{\"predicted_value\":\"c unaffable\",\"start_offset\":2,"
                                 "\"end_offset\":13,\"prediction_probability\":1.0}";
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY,
            "{\"question_answering\":{\"question\":\"a\",\"max_answer_length\":4}}",
            "b c unaffable", rows_of(values, 2, 9), answer);
    answers(PLAIN, SMALL_VOCABULARY,
            "{\"question_answering\":{\"question\":\"a\",\"max_answer_length\":2147483647,"
            "\"results_field\":\"predicted_value\"}}",
            "b c unaffable", rows_of(values, 2, 9), answer);
    answers(PLAIN, SMALL_VOCABULARY,
            "{\"question_answering\":{\"question\":\"a\",\"max_answer_length\":3}}",
            "b c unaffable", rows_of(values, 2, 9),
            "{\"predicted_value\":\"\",\"start_offset\":0,\"end_offset\":0,"
            "\"prediction_probability\":0.0}");
}

/* Units of UTF-16: the emoji are two each, in the question they count for nothing. */
static void test_offsets(void **state)
{
    static const double values[] = {NO, 0, 0, NO, 0, NO, 0, NO, 0, 0, NO, NO, 0, 0};
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY,
            "{\"question_answering\":{\"question\":\"\xf0\x9f\x98\x80\",\"results_field\":\"r\"}}",
            "\xf0\x9f\x98\x80 \xe4\xb8\xad\t \xf0\x9f\x98\x80", rows_of(values, 2, 7),
            "{\"r\":\"\xe4\xb8\xad\\t \xf0\x9f\x98\x80\",\"start_offset\":3,\"end_offset\":8,"
            "\"prediction_probability\":1.0}");
}

/* a b c | c Up: the second window has a separator and padding where the first has text. Each window
 * is made probabilities of by itself. */
static void test_windows(void **state)
{
    static const double values[] = {0,   TRAP, TRAP, NO, NO, LN3,  TRAP,  /* c begins: 0.75 */
                                    0,   TRAP, TRAP, NO, NO, LN3,  TRAP,  /* c ends: 0.75 */
                                    NO,  TRAP, TRAP, NO, 0,  TRAP, TRAP,  /* Up begins: 1 */
                                    LN3, TRAP, TRAP, NO, 0,  TRAP, TRAP}; /* Up ends: 0.25 */
    (void)state;
    answers(WINDOWS, SMALL_VOCABULARY, ASK_TOP(9), "a b c Up", rows_of(values, 4, 7),
            "{\"predicted_value\":\"c\",\"start_offset\":4,\"end_offset\":5,\"top_classes\":["
            "{\"answer\":\"c\",\"start_offset\":4,\"end_offset\":5,\"score\":0.5625},"
            "{\"answer\":\"Up\",\"start_offset\":6,\"end_offset\":8,\"score\":0.25}],"
            "\"prediction_probability\":0.5625}");
}

/* Scores below that of the places outside: those take part in the softmax too. */
static void test_places_outside_take_part(void **state)
{
    static const double values[] = {-10000, 0, 0, -10000, 0, -10000, 0, 0, -10000, 0};
    (void)state;
    /* Of five equal columns one is the text's: a fifth of a fifth. */
    answers(PLAIN, SMALL_VOCABULARY, ASK, "b", rows_of(values, 2, 5),
            "{\"predicted_value\":\"b\",\"start_offset\":0,\"end_offset\":1,"
            "\"prediction_probability\":0.04000000000000001}");
}

static void test_no_answer(void **state)
{
    static const double none[] = {9, 9, 9, 9, 9, 9, 9, 9};
    static const double not_here[] = {5000, 0, 0, 0, 0, 5000, 0, 0, 0, 0};
    static const char nothing[] = "{\"predicted_value\":\"\",\"start_offset\":0,\"end_offset\":0,"
                                  "\"prediction_probability\":0.0}";
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, ASK, "", rows_of(none, 2, 4), nothing);
    answers(PLAIN, SMALL_VOCABULARY, ASK, " \t", rows_of(none, 2, 4), nothing);
    answers(PLAIN, SMALL_VOCABULARY, ASK, "b", rows_of(not_here, 2, 5), nothing);
    answers(PLAIN, SMALL_VOCABULARY, ASK_TOP(2147483647), "", rows_of(none, 2, 4),
            "{\"predicted_value\":\"\",\"start_offset\":0,\"end_offset\":0,\"top_classes\":[],"
            "\"prediction_probability\":0.0}");
    answers(PLAIN, SMALL_VOCABULARY, "{\"question_answering\":{\"question\":\"\"}}", "",
            rows_of(none, 2, 3), nothing);
}

static void test_question(void **state)
{
    (void)state;
    cannot_encode(PLAIN, SMALL_VOCABULARY, NULL, "b", INF_ERR_BAD_REQUEST,
                  "please provide configuration update for question_answering task including the "
                  "desired [question]");
    cannot_encode(PLAIN, SMALL_VOCABULARY, "{\"question_answering\":{\"num_top_classes\":1}}", "b",
                  INF_ERR_BAD_REQUEST,
                  "please provide configuration update for question_answering task including the "
                  "desired [question]");
    refuses_config("{\"inference_config\":{\"question_answering\":{\"question\":\"a\"}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_X_CONTENT_PARSE,
                   "[1:44] [question_answering] unknown field [question]");
    refuses_span_update(PLAIN, "{\"question_answering\":{\"question\":7}}", INF_ERR_X_CONTENT_PARSE,
                        "[question_answering_update] question doesn't support values of type: "
                        "VALUE_NUMBER");
    cannot_encode("{\"inference_config\":{\"question_answering\":{\"tokenization\":{\"bert\":{"
                  "\"with_special_tokens\":false}}}}}",
                  SMALL_VOCABULARY, ASK, "b", INF_ERR_BAD_REQUEST,
                  "Unable to do sequence pair tokenization without special tokens");
}

/* All that can make an answer differ is in an update's text: it is what a cache goes by. */
static void test_settings(void **state)
{
    (void)state;
    echoes(PLAIN, NULL, "\"num_top_classes\":0,\"max_answer_length\":15}}");
    echoes("{\"inference_config\":{\"question_answering\":{\"num_top_classes\":2,"
           "\"max_answer_length\":30}}}",
           "{\"question_answering\":{\"question\":\"who \\\"?\",\"max_answer_length\":3}}",
           "\"num_top_classes\":2,\"max_answer_length\":3,\"question\":\"who \\\"?\"}}");
    refuses_config("{\"inference_config\":{\"question_answering\":{\"num_top_classes\":-1}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_BAD_REQUEST,
                   "[num_top_classes] must be greater than or equal to [0]; provided [-1]");
    refuses_config("{\"inference_config\":{\"question_answering\":{\"max_answer_length\":0}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_BAD_REQUEST,
                   "[max_answer_length] must be greater than [0]; provided [0]");
    refuses_span_update(PLAIN, "{\"question_answering\":{\"num_top_classes\":-7}}",
                        INF_ERR_BAD_REQUEST,
                        "[num_top_classes] must be greater than or equal to [0]; provided [-7]");
    refuses_span_update(PLAIN, "{\"question_answering\":{\"max_answer_length\":-1}}",
                        INF_ERR_BAD_REQUEST,
                        "[max_answer_length] must be greater than [0]; provided [-1]");
    has_a_sample(PLAIN, SMALL_VOCABULARY);
    has_a_sample(WINDOWS, SMALL_VOCABULARY);
    has_a_sample("{\"inference_config\":{\"question_answering\":{\"tokenization\":{\"bert\":{"
                 "\"max_sequence_length\":5}}}}}",
                 SMALL_VOCABULARY);
}

static void test_outputs_of_no_sense(void **state)
{
    static const double values[] = {0, 0, 0, 0, 0, 0, 0, 0, NAN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const char *const reasons[] = {
        "Expected [2] rows of [5] values in question_answering result; got [1] of [10]",
        "Expected [2] rows of [5] values in question_answering result; got [4] of [5]",
        "Expected [2] rows of [5] values in question_answering result; got [2] of [4]",
        "Expected [2] rows of [5] values in question_answering result; got [1] of [5]",
        "The model's output holds [NaN] at row [1], column [3], which is no JSON number"};
    const struct inf_tensor outputs[] = {{INF_FLOAT64, 1, {10}, values},
                                         rows_of(values, 4, 5),
                                         rows_of(values, 2, 4),
                                         {INF_FLOAT64, 2, {1, 5}, values},
                                         rows_of(values, 2, 5)};
    static const double good[] = {NO, 0, 0, 0, 0, NO, 0, 0, 0, 0};
    (void)state;
    for (int i = 0; i < 5; i++) {
        cannot_answer(PLAIN, SMALL_VOCABULARY, ASK, "b", outputs[i], 4096, INF_ERR_INTERNAL,
                      reasons[i]);
    }
    cannot_answer(PLAIN, SMALL_VOCABULARY, ASK, "b", rows_of(good, 2, 5), 50, INF_ERR_INTERNAL,
                  "The result does not fit into [50] bytes");
}

/* As many answers as are shown at most, of a text with more. */
static void test_many_answers(void **state)
{
    enum { WORDS = 300, COLUMNS = WORDS + 4 };
    struct inf_tensor output = rows_of(calloc(2 * COLUMNS, sizeof(double)), 2, COLUMNS);
    struct inf_buf text;
    struct inf_buf out;
    struct inf_error err = {0};
    (void)state;
    inf_buf_init(&text, 4096);
    inf_buf_init(&out, 1 << 20);
    for (int i = 0; i < WORDS; i++) {
        inf_buf_puts(&text, "b ");
    }
    struct span span = span_of(PLAIN, SMALL_VOCABULARY, ASK_TOP(2147483647), text.data);
    span_encode(&span);
    assert_int_equal(inf_task_decode(&span.document, &span.encoding, &output, &out, &err), 0);
    struct inf_json json = json_of(out.data);
    const struct cJSON *top = inf_json_get(json.root, "top_classes");
    assert_int_equal(inf_json_size(top), 1000);
    for (const struct cJSON *one = inf_json_first(top); one; one = inf_json_next(one)) {
        double start = inf_json_double(inf_json_get(one, "start_offset"));
        double end = inf_json_double(inf_json_get(one, "end_offset"));
        const char *answer = inf_json_string(inf_json_get(one, "answer"));
        assert_true((double)strlen(answer) == end - start);
        assert_true(end - start <= 29); /* 15 words */
        assert_true(*answer == 'b');
    }
    inf_json_free(&json);
    span_free(&span);
    inf_buf_free(&text);
    inf_buf_free(&out);
    free((void *)output.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),         cmocka_unit_test(test_two_dimensions),
        cmocka_unit_test(test_longest_answer), cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_windows),        cmocka_unit_test(test_places_outside_take_part),
        cmocka_unit_test(test_no_answer),      cmocka_unit_test(test_question),
        cmocka_unit_test(test_settings),       cmocka_unit_test(test_outputs_of_no_sense),
        cmocka_unit_test(test_many_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
