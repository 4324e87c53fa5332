/* task_question_answering.c - a question about a text, answered with a stretch of that text.
 *
 * The model gives each token a score as the beginning of the answer and one as its end. The text
 * may be several windows; each is made probabilities of by itself, and the best stretches of all
 * are taken. The first position of a window is the model's way to say that the answer is not in it:
 * it takes its part of the probabilities and is never an answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "answers.h"
#include "matrix.h"
#include "pair_text.h"
#include "probability.h"
#include "task_row.h"
#include "text_slice.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_ANSWER_LENGTH 15
#define NOT_THE_TEXT (-10000.0)

/* ---- configuration ---- */

static void defaults(struct inf_inference_config *config)
{
    config->max_answer_length = DEFAULT_ANSWER_LENGTH;
}

static int parse(const struct inf_fields *fields, const struct cJSON *member,
                 struct inf_inference_config *ret, struct inf_error *err)
{
    const char *key = inf_json_key(member);
    if (strcmp(key, "question") == 0) {
        return inf_pair_text_parse(fields, member, ret, err);
    }
    return inf_fields_int(
        fields, member,
        strcmp(key, "num_top_classes") == 0 ? &ret->num_top_classes : &ret->max_answer_length, err);
}

static int check(const struct inf_inference_config *config, struct inf_error *err)
{
    if (config->num_top_classes < 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "[num_top_classes] must be greater than or equal to [0]; provided "
                             "[%d]",
                             config->num_top_classes);
    }
    if (config->max_answer_length <= 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "[max_answer_length] must be greater than [0]; provided [%d]",
                             config->max_answer_length);
    }
    return 0;
}

static void write_members(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    inf_jsonw_kv_int(w, "num_top_classes", config->num_top_classes);
    inf_jsonw_kv_int(w, "max_answer_length", config->max_answer_length);
    if (config->text) {
        inf_jsonw_kv_string(w, "question", config->text);
    }
}

/* ---- encode ---- */

static int encode(const struct inf_document *document, struct inf_encoding *ret,
                  struct inf_error *err)
{
    return inf_pair_text_encode(document, "question", ret, err);
}

/* The question is short in any vocabulary, and the text is what gives way to it. */
static void sample(const struct inf_tokenizer *tokenizer, struct inf_sample *sample)
{
    inf_pair_text_sample(tokenizer, sample);
    sample->config.tokenization.truncate = INF_TRUNCATE_SECOND;
    sample->config.tokenization.span = -1;
}

/* ---- decode ---- */

/* Two rows a window: scores of beginnings, scores of ends. */
static int read_output(const struct inf_encoding *encoding, const struct inf_tensor *output,
                       struct inf_matrix *ret, struct inf_error *err)
{
    size_t rows = 2 * (size_t)encoding->rows;
    if (inf_matrix_of(output, ret, err) != 0) {
        return -1;
    }
    if (output->rank == 3 && output->shape[1] == 1) {
        ret->rows = (size_t)output->shape[0];
    }
    if (ret->rows != rows || ret->cols != (size_t)encoding->cols) {
        return inf_error_set(err, INF_ERR_INTERNAL,
                             "Expected [%zu] rows of [%d] values in question_answering result; got "
                             "[%zu] of [%zu]",
                             rows, encoding->cols, ret->rows, ret->cols);
    }
    return inf_matrix_check(ret, rows, err);
}

/* Makes probabilities of a row of scores, of which from..to-1 are the text's. The first position
 * keeps its score. */
static void normalize(double *values, int count, int from, int to)
{
    for (int i = 1; i < count; i++) {
        if (i < from || i >= to) {
            values[i] = NOT_THE_TEXT;
        }
    }
    inf_softmax(values, (size_t)count);
}

/* What is asked of the model's output, window by window. */
struct scores {
    const struct inf_encoding *encoding;
    struct inf_matrix matrix;
};

static void read_window(const void *arg, int window, struct inf_answer_window *ret)
{
    const struct scores *scores = arg;
    const struct inf_encoding *encoding = scores->encoding;
    ret->from = encoding->seconds[window];
    ret->to = encoding->lengths[window] - 1; /* a separator is the last */
    inf_matrix_read_row(&scores->matrix, 2 * (size_t)window, ret->begins);
    inf_matrix_read_row(&scores->matrix, 2 * (size_t)window + 1, ret->ends);
    normalize(ret->begins, encoding->cols, ret->from, ret->to);
    normalize(ret->ends, encoding->cols, ret->from, ret->to);
}

/* ---- answer ---- */

static struct inf_text_slice extent_of(const struct inf_encoding *encoding,
                                       const struct inf_answer *answer)
{
    size_t row = (size_t)answer->window * (size_t)encoding->cols;
    return (struct inf_text_slice){.start = encoding->starts[row + (size_t)answer->first],
                                   .end = encoding->ends[row + (size_t)answer->last]};
}

static void write_extent(const char *key, const struct inf_text_slice *slice, struct inf_jsonw *w)
{
    if (key) {
        inf_jsonw_key(w, key);
    }
    inf_jsonw_string_n(w, slice->text.data, slice->text.length);
    inf_jsonw_kv_int(w, "start_offset", slice->start);
    inf_jsonw_kv_int(w, "end_offset", slice->end);
}

static void write_answers(const struct inf_document *document, const struct inf_answers *answers,
                          const struct inf_text_slice *slices, struct inf_jsonw *w)
{
    inf_task_results_key(document->config, w);
    write_extent(NULL, &slices[0], w);
    if (document->config->num_top_classes > 0) {
        inf_jsonw_key(w, "top_classes");
        inf_jsonw_begin_array(w);
        for (size_t i = 0; i < answers->count; i++) {
            inf_jsonw_begin_object(w);
            write_extent("answer", &slices[i], w);
            inf_jsonw_kv_double(w, "score", answers->items[i].score);
            inf_jsonw_end_object(w);
        }
        inf_jsonw_end_array(w);
    }
    inf_jsonw_kv_double(w, "prediction_probability",
                        answers->count > 0 ? answers->items[0].score : 0);
}

/* Where there is no answer at all, the empty text at 0 is it. */
static int write_found(const struct inf_document *document, const struct inf_encoding *encoding,
                       const struct inf_answers *answers, struct inf_jsonw *w,
                       struct inf_error *err)
{
    struct inf_text_slice *slices = calloc(answers->count + 1, sizeof *slices);
    int rc = 0;
    if (!slices) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] answers",
                             answers->count);
    }
    slices[0].text.data = "";
    for (size_t i = 0; i < answers->count; i++) {
        slices[i] = extent_of(encoding, &answers->items[i]);
    }
    rc = inf_text_slices(document->text, slices, answers->count, err);
    if (rc == 0) {
        write_answers(document, answers, slices, w);
    }
    free(slices);
    return rc;
}

static int decode(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err)
{
    const struct inf_inference_config *config = document->config;
    int wanted = config->num_top_classes > 0 ? config->num_top_classes : 1;
    struct scores scores = {.encoding = encoding};
    struct inf_answer_source source = {
        .windows = encoding->rows, .columns = encoding->cols, .read = read_window, .arg = &scores};
    struct inf_answers answers = {0};
    int rc = -1;
    if (read_output(encoding, output, &scores.matrix, err) == 0 &&
        inf_answers_find(&source, wanted, config->max_answer_length, &answers, err) == 0) {
        rc = write_found(document, encoding, &answers, w, err);
    }
    inf_answers_free(&answers);
    return rc;
}

static const char *const members[] = {"num_top_classes", "max_answer_length", "results_field",
                                      "tokenization", NULL};
static const char *const update_members[] = {
    "question", "num_top_classes", "max_answer_length", "results_field", "tokenization", NULL};

const struct inf_task inf_task_question_answering = {.name = "question_answering",
                                                     .members = members,
                                                     .update_members = update_members,
                                                     .reads_text = true,
                                                     .defaults = defaults,
                                                     .parse = parse,
                                                     .check = check,
                                                     .write = write_members,
                                                     .encode = encode,
                                                     .decode = decode,
                                                     .sample = sample};
