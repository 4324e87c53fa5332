/* ner: words out of tokens, entities out of words, the annotated text, offsets in UTF-16 units. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "span_fixture.h"

#include <math.h>

#define LABELS "\"classification_labels\":[\"O\",\"B_PER\",\"I_PER\",\"B-LOC\"]"
#define PLAIN "{\"inference_config\":{\"ner\":{" LABELS "}}}"
#define LOWER                                                                                   \
    "{\"inference_config\":{\"ner\":{" LABELS ",\"tokenization\":{\"bert\":{\"do_lower_case\":" \
    "true}}}}}"
#define FAILED "[1:2] [trained_model_config] failed to parse field [inference_config]"

/* Scores of a token that is sure of its label, and of one that wavers between two. */
#define IS_O 0, -2000, -2000, -2000
#define IS_B 0, 2000, 0, 0
#define IS_I 0, 0, 2000, 0
#define IS_LOC 0, 0, 0, 2000
#define O_OR_B 1000, 1000, 0, 0
#define B_OR_I 0, 1000, 1000, 0

static struct inf_tensor rows_of(const float *values, int64_t rows)
{
    return (struct inf_tensor){INF_FLOAT32, 3, {1, rows, 4}, values};
}

static void test_nothing_found(void **state)
{
    static const float values[] = {IS_B, IS_O, IS_O, IS_B};
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, NULL, "a  b", rows_of(values, 4),
            "{\"predicted_value\":\"a  b\",\"entities\":[]}");
    answers(PLAIN, SMALL_VOCABULARY, NULL, "", rows_of(values, 2),
            "{\"predicted_value\":\"\",\"entities\":[]}");
}

/* Special tokens have rows, which count for nothing. */
static void test_entities(void **state)
{
    static const float values[] = {IS_B, IS_B, IS_I, IS_O, IS_I, IS_LOC, IS_B};
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, NULL, "a b! c Up", rows_of(values, 7),
            "{\"predicted_value\":\"[a b](PER&a+b)! [c](PER&c) [Up](LOC&Up)\",\"entities\":["
            "{\"entity\":\"a b\",\"class_name\":\"PER\",\"class_probability\":1.0,\"start_pos\":0,"
            "\"end_pos\":3},"
            "{\"entity\":\"c\",\"class_name\":\"PER\",\"class_probability\":1.0,\"start_pos\":5,"
            "\"end_pos\":6},"
            "{\"entity\":\"Up\",\"class_name\":\"LOC\",\"class_probability\":1.0,\"start_pos\":7,"
            "\"end_pos\":9}]}");
}

/* A beginning ends the entity before it; another class does too, though it says "inside". */
static void test_where_entities_end(void **state)
{
    static const float values[] = {IS_O, IS_B, IS_B, IS_LOC, IS_I, IS_I, IS_O};
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, NULL, "a b c a b", rows_of(values, 7),
            "{\"predicted_value\":\"[a](PER&a) [b](PER&b) [c](LOC&c) [a b](PER&a+b)\","
            "\"entities\":["
            "{\"entity\":\"a\",\"class_name\":\"PER\",\"class_probability\":1.0,\"start_pos\":0,"
            "\"end_pos\":1},"
            "{\"entity\":\"b\",\"class_name\":\"PER\",\"class_probability\":1.0,\"start_pos\":2,"
            "\"end_pos\":3},"
            "{\"entity\":\"c\",\"class_name\":\"LOC\",\"class_probability\":1.0,\"start_pos\":4,"
            "\"end_pos\":5},"
            "{\"entity\":\"a b\",\"class_name\":\"PER\",\"class_probability\":1.0,\"start_pos\":6,"
            "\"end_pos\":9}]}");
}

/* un ##aff ##able: (0, 1, 0) + (0, 0.5, 0.5) + (0.5, 0.5, 0) is (0.5, 2, 0.5): two thirds. The word
 * b: 1. The entity: five sixths. The first of equal labels counts: of a word that wavers between O
 * and B it is O. */
static void test_scores(void **state)
{
    static const float values[] = {IS_O, IS_B, B_OR_I, O_OR_B, IS_I, O_OR_B, IS_O};
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, NULL, "unaffable b c", rows_of(values, 7),
            "{\"predicted_value\":\"[unaffable b](PER&unaffable+b) c\",\"entities\":["
            "{\"entity\":\"unaffable b\",\"class_name\":\"PER\","
            "\"class_probability\":0.8333333333333333,\"start_pos\":0,\"end_pos\":11}]}");
}

/* An emoji has two units, a Chinese character one; the text may be told apart by nothing else. */
static void test_offsets(void **state)
{
    static const float values[] = {IS_O, IS_O, IS_LOC, IS_B, IS_I, IS_O};
    (void)state;
    answers(PLAIN, SMALL_VOCABULARY, NULL,
            "\xf0\x9f\x98\x80 \xe4\xb8\xad \xf0\x9f\x98\x80\xc3\xa9  b", rows_of(values, 6),
            "{\"predicted_value\":\"\xf0\x9f\x98\x80 [\xe4\xb8\xad](LOC&\xe4\xb8\xad) "
            "[\xf0\x9f\x98\x80\xc3\xa9  b](PER&\xf0\x9f\x98\x80\xc3\xa9++b)\",\"entities\":["
            "{\"entity\":\"\xe4\xb8\xad\",\"class_name\":\"LOC\",\"class_probability\":1.0,"
            "\"start_pos\":3,\"end_pos\":4},"
            "{\"entity\":\"\xf0\x9f\x98\x80\xc3\xa9  b\",\"class_name\":\"PER\","
            "\"class_probability\":1.0,\"start_pos\":5,\"end_pos\":11}]}");
}

/* The entity is as the tokenizer saw it, the annotated text as the client sent it. */
static void test_lower_case(void **state)
{
    static const float values[] = {IS_O, IS_B, IS_I, IS_O};
    (void)state;
    answers(LOWER, SMALL_VOCABULARY, NULL, "UP \xc3\x84 ", rows_of(values, 4),
            "{\"predicted_value\":\"[UP \xc3\x84](PER&UP+\xc3\x84) \",\"entities\":[{\"entity\":"
            "\"up \xc3\xa4\",\"class_name\":\"PER\",\"class_probability\":1.0,\"start_pos\":0,"
            "\"end_pos\":4}]}");
}

/* Labels of a model that was exported without names. */
static void test_placeholders(void **state)
{
    static const float values[] = {0, 99, 0, 99, 0, 99, 0, 99};
    (void)state;
    answers(
        "{\"inference_config\":{\"ner\":{\"classification_labels\":[\"LABEL_0\",\"LABEL_1\"]}}}",
        SMALL_VOCABULARY, NULL, "a b", (struct inf_tensor){INF_FLOAT32, 3, {1, 4, 2}, values},
        "{\"predicted_value\":\"[a b](LABEL_1&a+b)\",\"entities\":[{\"entity\":\"a b\","
        "\"class_name\":\"LABEL_1\",\"class_probability\":1.0,\"start_pos\":0,\"end_pos\":3}]}");
}

/* Only the first window is looked at: b and c are in the second. */
static void test_windows_and_updates(void **state)
{
    static const float values[] = {IS_O, IS_B, IS_I, IS_O, /* */ IS_O, IS_B, IS_B, IS_O};
    (void)state;
    answers("{\"inference_config\":{\"ner\":{" LABELS ",\"tokenization\":{\"bert\":{"
            "\"max_sequence_length\":4}}}}}",
            SMALL_VOCABULARY,
            "{\"ner\":{\"results_field\":\"found\",\"tokenization\":{\"bert\":{\"truncate\":"
            "\"none\",\"span\":0}}}}",
            "a a b c", (struct inf_tensor){INF_FLOAT32, 3, {2, 4, 4}, values},
            "{\"found\":\"[a a](PER&a+a) b c\",\"entities\":[{\"entity\":\"a a\",\"class_name\":"
            "\"PER\",\"class_probability\":1.0,\"start_pos\":0,\"end_pos\":3}]}");
    answers("{\"inference_config\":{\"ner\":{" LABELS ",\"tokenization\":{\"bert\":{"
            "\"max_sequence_length\":4}}}}}",
            SMALL_VOCABULARY, NULL, "a a b c", rows_of(values, 4),
            "{\"predicted_value\":\"[a a](PER&a+a) b c\",\"entities\":[{\"entity\":\"a a\","
            "\"class_name\":\"PER\",\"class_probability\":1.0,\"start_pos\":0,\"end_pos\":3}],"
            "\"is_truncated\":true}");
    refuses_span_update(PLAIN, "{\"ner\":{\"classification_labels\":[\"O\"]}}",
                        INF_ERR_X_CONTENT_PARSE,
                        "[ner_update] unknown field [classification_labels]");
}

/* Tokens whose offsets overlap, as a tokenizer makes them that takes one character apart: each
 * entity is told, and the text is annotated once. */
static void test_overlapping_entities(void **state)
{
    static const float values[] = {IS_O, IS_B, IS_LOC, IS_B, IS_O};
    struct span span = span_of(PLAIN, SMALL_VOCABULARY, NULL, "a b c");
    struct inf_tensor output = rows_of(values, 5);
    struct inf_error err = {0};
    struct inf_buf out;
    (void)state;
    inf_buf_init(&out, 4096);
    span_encode(&span);
    span.encoding.ends[1] = 3; /* "a b", then "b" */
    assert_int_equal(inf_task_decode(&span.document, &span.encoding, &output, &out, &err), 0);
    assert_string_equal(
        out.data,
        "{\"predicted_value\":\"[a b](PER&a+b) [c](PER&c)\",\"entities\":["
        "{\"entity\":\"a b\",\"class_name\":\"PER\",\"class_probability\":1.0,\"start_pos\":0,"
        "\"end_pos\":3},"
        "{\"entity\":\"b\",\"class_name\":\"LOC\",\"class_probability\":1.0,\"start_pos\":2,"
        "\"end_pos\":3},"
        "{\"entity\":\"c\",\"class_name\":\"PER\",\"class_probability\":1.0,\"start_pos\":4,"
        "\"end_pos\":5}]}");
    inf_buf_free(&out);
    span_free(&span);
}

static void test_outputs_of_no_sense(void **state)
{
    static const float values[] = {IS_O, IS_B, IS_O, IS_O};
    static const float bad[] = {IS_O, IS_B, 0, NAN, 0, 0, NAN, 0, 0, 0};
    (void)state;
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "a",
                  (struct inf_tensor){INF_FLOAT32, 3, {1, 5, 3}, values}, 4096, INF_ERR_CONFLICT,
                  "Expected exactly [4] values in ner result; got [3]");
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "a b", rows_of(values, 3), 4096, INF_ERR_INTERNAL,
                  "Expected a row of the ner result for each of [4] tokens; got [3]");
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "a", rows_of(bad, 3), 4096, INF_ERR_INTERNAL,
                  "The model's output holds [NaN] at row [2], column [1], which is no JSON number");
    cannot_answer(PLAIN, SMALL_VOCABULARY, NULL, "a", rows_of(values, 3), 40, INF_ERR_INTERNAL,
                  "The result does not fit into [40] bytes");
    answers(PLAIN, SMALL_VOCABULARY, NULL, "", rows_of(bad, 4),
            "{\"predicted_value\":\"\",\"entities\":[]}"); /* of what is not read all is fine */
}

static void test_labels(void **state)
{
    (void)state;
    echoes("{\"inference_config\":{\"ner\":{}}}", NULL,
           "\"classification_labels\":[\"O\",\"B_MISC\",\"I_MISC\",\"B_PER\",\"I_PER\",\"B_ORG\","
           "\"I_ORG\",\"B_LOC\",\"I_LOC\"]}}");
    echoes("{\"inference_config\":{\"ner\":{\"classification_labels\":[]}}}", NULL,
           "\"classification_labels\":[\"O\",\"B_MISC\",\"I_MISC\",\"B_PER\",\"I_PER\",\"B_ORG\","
           "\"I_ORG\",\"B_LOC\",\"I_LOC\"]}}");
    echoes(PLAIN, NULL, "\"classification_labels\":[\"O\",\"B_PER\",\"I_PER\",\"B-LOC\"]}}");
    refuses_config("{\"inference_config\":{\"ner\":{\"classification_labels\":[\"O\",\"PER\"]}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_STATE_VALIDATION,
                   "classification label [PER] is not an entity I-O-B tag.");
    refuses_config("{\"inference_config\":{\"ner\":{\"classification_labels\":[\"O\",\"O\"]}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_STATE_VALIDATION,
                   "the classification label [O] is duplicated in the list [O, O]");
    refuses_config("{\"inference_config\":{\"ner\":{\"classification_labels\":[7]}}}",
                   INF_ERR_X_CONTENT_PARSE, FAILED, INF_ERR_ILLEGAL_ARGUMENT,
                   "[classification_labels] must hold strings only; it has a VALUE_NUMBER");
    has_a_sample(PLAIN, SMALL_VOCABULARY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_found),
        cmocka_unit_test(test_entities),
        cmocka_unit_test(test_where_entities_end),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_lower_case),
        cmocka_unit_test(test_placeholders),
        cmocka_unit_test(test_windows_and_updates),
        cmocka_unit_test(test_overlapping_entities),
        cmocka_unit_test(test_outputs_of_no_sense),
        cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
