/* task_zero_shot_classification.c - which of the labels that a request names a text has, asked of a
 * model that says whether one sentence follows from another: a pair a label, the text and "This
 * example is <label>." (compatibility 10.14). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "classes.h"
#include "matrix.h"
#include "probability.h"
#include "task_row.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_TEMPLATE "This example is {}."
#define PLACE "{}"
/* A hypothesis a label is made, so that both bound what one document becomes. */
#define TEMPLATE_MAX 10000

enum outcome { ENTAILMENT, NEUTRAL, CONTRADICTION, OUTCOMES };
static const char *const outcome_names[OUTCOMES] = {"entailment", "neutral", "contradiction"};

/* ---- settings ---- */

static void defaults(struct inf_inference_config *config)
{
    config->hypothesis_template = inf_strdup(DEFAULT_TEMPLATE);
}

static int parse_template(const struct inf_fields *fields, const struct cJSON *member,
                          struct inf_inference_config *ret, struct inf_error *err)
{
    const char *text = NULL;
    if (inf_fields_string(fields, member, &text, err) != 0) {
        return -1;
    }
    if (strlen(text) > TEMPLATE_MAX) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "[hypothesis_template] must be at most [%d] bytes long; it has [%zu]",
                      TEMPLATE_MAX, strlen(text));
        return inf_fields_failed(fields, inf_json_key(member), err);
    }
    free(ret->hypothesis_template);
    ret->hypothesis_template = inf_strdup(text);
    return 0;
}

static int parse(const struct inf_fields *fields, const struct cJSON *member,
                 struct inf_inference_config *ret, struct inf_error *err)
{
    const char *key = inf_json_key(member);
    if (strcmp(key, "classification_labels") == 0) {
        return inf_labels_parse(fields, member, &ret->classification_labels, err);
    }
    if (strcmp(key, "hypothesis_template") == 0) {
        return parse_template(fields, member, ret, err);
    }
    if (strcmp(key, "multi_label") == 0) {
        return inf_fields_bool(fields, member, &ret->multi_label, err);
    }
    if (inf_json_is_null(member)) {
        return 0; /* the model's own labels, if it has any */
    }
    return inf_labels_parse(fields, member, &ret->labels, err);
}

/* Which of the three the model's i-th score is of; OUTCOMES when it is none. */
static enum outcome outcome_of(const struct inf_labels *labels, size_t i)
{
    int outcome = 0;
    while (outcome < OUTCOMES && strcasecmp(labels->names[i], outcome_names[outcome]) != 0) {
        outcome++;
    }
    return (enum outcome)outcome;
}

/* Where the three stand among the model's scores. -1 unless each is there once and nothing else. */
static int find_outcomes(const struct inf_labels *labels, size_t ret[OUTCOMES])
{
    int found = 0;
    for (size_t i = 0; i < inf_labels_count(labels); i++) {
        enum outcome outcome = outcome_of(labels, i);
        if (outcome == OUTCOMES || (found & 1 << outcome) != 0) {
            return -1;
        }
        found |= 1 << outcome;
        ret[outcome] = i;
    }
    return found == (1 << OUTCOMES) - 1 ? 0 : -1;
}

/* The labels that are none of the three: ". Invalid labels [a, b]", or nothing. */
static void print_invalid(const struct inf_labels *labels, struct inf_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < inf_labels_count(labels); i++) {
        if (outcome_of(labels, i) == OUTCOMES) {
            inf_buf_printf(out, "%s%s", any ? ", " : ". Invalid labels [", labels->names[i]);
            any = true;
        }
    }
    inf_buf_puts(out, any ? "]" : "");
}

static int check_model(const struct inf_inference_config *config, struct inf_error *err)
{
    size_t places[OUTCOMES];
    struct inf_buf invalid;
    if (find_outcomes(config->classification_labels, places) == 0) {
        return 0;
    }
    inf_buf_init(&invalid, INF_REASON_MAX);
    print_invalid(config->classification_labels, &invalid);
    inf_error_set(err, INF_ERR_BAD_REQUEST,
                  "[classification_labels] must contain exactly the three values [contradiction, "
                  "entailment, neutral]%s",
                  invalid.data);
    inf_buf_free(&invalid);
    return -1;
}

static int check(const struct inf_inference_config *config, struct inf_error *err)
{
    if (config->labels && config->labels->count == 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST, "[labels] must not be empty");
    }
    if (config->tokenization.span != -1) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Unable to span zero-shot classification on long text input");
    }
    return 0;
}

static void write_members(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    inf_labels_write(config->classification_labels, "classification_labels", w);
    inf_jsonw_kv_bool(w, "multi_label", config->multi_label);
    inf_jsonw_kv_string(w, "hypothesis_template", config->hypothesis_template);
    inf_labels_write(config->labels, "labels", w);
}

/* ---- encode ---- */

/* The template with every {} replaced. */
static void append_hypothesis(const char *template, const char *label, struct inf_buf *out)
{
    const char *place = strstr(template, PLACE);
    for (; place; place = strstr(template, PLACE)) {
        inf_buf_append(out, template, (size_t)(place - template));
        inf_buf_puts(out, label);
        template = place + sizeof PLACE - 1;
    }
    inf_buf_puts(out, template);
}

static int too_long(struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "[labels] and [hypothesis_template] make hypotheses of more than [%d] "
                         "bytes in all",
                         INF_ENCODING_POSITIONS_MAX);
}

/* Makes all hypotheses, one after the other in one buffer. ret: [labels->count], borrowed from it.
 */
static int make_hypotheses(const struct inf_inference_config *config, struct inf_buf *texts,
                           struct inf_text *ret, struct inf_error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < config->labels->count; i++) {
        append_hypothesis(config->hypothesis_template, config->labels->names[i], texts);
        ret[i].length = texts->length - at;
        at = texts->length;
    }
    if (texts->failed) {
        return too_long(err);
    }
    at = 0;
    for (size_t i = 0; i < config->labels->count; i++) {
        ret[i].data = texts->data ? texts->data + at : "";
        at += ret[i].length;
    }
    return 0;
}

static int encode(const struct inf_document *document, struct inf_encoding *ret,
                  struct inf_error *err)
{
    const struct inf_inference_config *config = document->config;
    size_t count = inf_labels_count(config->labels);
    struct inf_text *hypotheses = NULL;
    struct inf_buf texts;
    int rc = -1;
    if (count == 0) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "zero_shot_classification requires non-empty [labels]");
    }
    hypotheses = inf_alloc(count, sizeof *hypotheses);
    inf_buf_init(&texts, INF_ENCODING_POSITIONS_MAX);
    if (make_hypotheses(config, &texts, hypotheses, err) == 0) {
        rc = inf_tokenizer_encode_pairs(document->tokenizer, &config->tokenization, document->text,
                                        hypotheses, count, ret, err);
    }
    inf_buf_free(&texts);
    free(hypotheses);
    return rc;
}

/* ---- decode ---- */

/* How likely it is that the hypothesis follows and not the contrary, whatever else holds. */
static double follows(const double scores[OUTCOMES], const size_t places[OUTCOMES])
{
    double two[] = {scores[places[ENTAILMENT]], scores[places[CONTRADICTION]]};
    inf_softmax(two, 2);
    return two[0];
}

static void read_probabilities(const struct inf_inference_config *config,
                               const struct inf_matrix *matrix, double *ret)
{
    size_t places[OUTCOMES] = {0, 1, 2};
    (void)find_outcomes(config->classification_labels, places); /* checked when it was stored */
    for (size_t row = 0; row < matrix->rows; row++) {
        double scores[OUTCOMES];
        inf_matrix_read_row(matrix, row, scores);
        ret[row] = config->multi_label ? follows(scores, places) : scores[places[ENTAILMENT]];
    }
    if (!config->multi_label) {
        inf_softmax(ret, matrix->rows);
    }
}

static int decode(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err)
{
    const struct inf_inference_config *config = document->config;
    size_t count = inf_labels_count(config->labels);
    struct inf_matrix matrix;
    (void)encoding;
    if (inf_matrix_of_numbers(output, &matrix, err) != 0) {
        return -1;
    }
    if (matrix.rows != count) {
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Expected exactly [%zu] values in zero shot classification result; "
                             "got [%zu]",
                             count, matrix.rows);
    }
    if (matrix.cols != OUTCOMES) {
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Expected exactly [%d] values in inner zero shot classification "
                             "result; got [%zu]",
                             OUTCOMES, matrix.cols);
    }
    double *probabilities = inf_alloc(count, sizeof *probabilities);
    read_probabilities(config, &matrix, probabilities);
    inf_classes_write(config, config->labels, probabilities, -1, w);
    free(probabilities);
    return 0;
}

static char sample_label[] = "ready";
static struct inf_labels sample_labels = {.refs = 1, .count = 1, .names = {sample_label}};

static void make_sample(const struct inf_tokenizer *tokenizer, struct inf_sample *sample)
{
    (void)tokenizer;
    sample->config.labels = &sample_labels;
}

static const char *const members[] = {
    "tokenization", "results_field",       "multi_label", "classification_labels",
    "labels",       "hypothesis_template", NULL};
static const char *const update_members[] = {"tokenization", "results_field",       "multi_label",
                                             "labels",       "hypothesis_template", NULL};

const struct inf_task inf_task_zero_shot_classification = {.name = "zero_shot_classification",
                                                           .members = members,
                                                           .update_members = update_members,
                                                           .defaults = defaults,
                                                           .parse = parse,
                                                           .check = check,
                                                           .check_model = check_model,
                                                           .write = write_members,
                                                           .encode = encode,
                                                           .decode = decode,
                                                           .sample = make_sample};
