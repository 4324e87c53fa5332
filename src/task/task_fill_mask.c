/* task_fill_mask.c - which token stands where the mask is: the model's row of scores at the mask's
 * position, a number for each token of the vocabulary. The worker sends that row only.
 *
 * A model may have more columns than its vocabulary has tokens (a size that its matrices like);
 * they take part in the softmax, as in the model's training, and are never an answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "one_row.h"
#include "probability.h"
#include "task_row.h"
#include "text_slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TOP_CLASSES 5

static const char *mask_of(const struct inf_inference_config *config)
{
    return config->tokenization.special[INF_SPECIAL_MASK];
}

/* ---- configuration ---- */

static void defaults(struct inf_inference_config *config)
{
    config->num_top_classes = DEFAULT_TOP_CLASSES;
}

static int parse(const struct inf_fields *fields, const struct cJSON *member,
                 struct inf_inference_config *ret, struct inf_error *err)
{
    const char *mask = NULL;
    if (strcmp(inf_json_key(member), "num_top_classes") == 0) {
        return inf_fields_int(fields, member, &ret->num_top_classes, err);
    }
    if (inf_fields_string(fields, member, &mask, err) != 0) {
        return -1;
    }
    free(ret->text);
    ret->text = inf_strdup(mask);
    return 0;
}

/* The mask token is the tokenizer's; a client that names one is told when it is mistaken. */
static int check_model(const struct inf_inference_config *config, struct inf_error *err)
{
    if (!config->text || strcmp(config->text, mask_of(config)) == 0) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "Mask token requested was [%s] but must be [%s] for this model",
                         config->text, mask_of(config));
}

static void write_members(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    inf_jsonw_kv_int(w, "num_top_classes", config->num_top_classes);
    inf_jsonw_kv_string(w, "mask_token", mask_of(config));
}

/* ---- encode ---- */

/* Where the mask stands in a text, or NULL. */
static const char *find_mask(const char *mask, const char *text, const char *end)
{
    return memmem(text, (size_t)(end - text), mask, strlen(mask));
}

static int check_text(const char *mask, struct inf_text text, struct inf_error *err)
{
    const char *end = text.data + text.length;
    const char *first = find_mask(mask, text.data, end);
    if (!first) {
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "no %s token could be found in the input", mask);
    }
    if (find_mask(mask, first + strlen(mask), end)) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "only one %s token should exist in the input", mask);
    }
    return 0;
}

/* Of the first row: there is one, or else the answer is about the first window. */
static int find_position(int32_t mask, struct inf_encoding *encoding, struct inf_error *err)
{
    for (int col = 0; col < *encoding->lengths; col++) {
        if (encoding->data[col] == mask && encoding->words[col] >= 0) {
            encoding->reduce = INF_REDUCE_POSITION;
            encoding->position = col;
            return 0;
        }
    }
    return inf_error_set(err, INF_ERR_ILLEGAL_STATE,
                         "mask token id [%d] not found in the tokenization", (int)mask);
}

static int encode(const struct inf_document *document, struct inf_encoding *ret,
                  struct inf_error *err)
{
    const char *mask = mask_of(document->config);
    int32_t id = inf_tokenizer_special(document->tokenizer, INF_SPECIAL_MASK);
    if (check_text(mask, document->text, err) != 0) {
        return -1;
    }
    if (id < 0) {
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "The token id for the mask token %s is not known in the tokenizer. "
                             "Check the vocabulary contains the mask token",
                             mask);
    }
    if (inf_task_encode_text(document, ret, err) != 0) {
        return -1;
    }
    if (find_position(id, ret, err) != 0) {
        inf_encoding_free(ret);
        return -1;
    }
    return 0;
}

/* ---- decode ---- */

/* The best tokens, the best first. */
struct guesses {
    double *probabilities; /* of every column */
    size_t *best;
    size_t count;
};

static void write_sequence(const struct inf_document *document, const struct inf_buf *token,
                           struct inf_jsonw *w)
{
    const char *field = document->config->results_field;
    const char *mask = mask_of(document->config);
    const char *start = document->text.data;
    const char *end = start + document->text.length;
    const char *at = find_mask(mask, start, end);
    char key[INF_RESULTS_FIELD_MAX + sizeof "_sequence"];
    struct inf_buf text;
    snprintf(key, sizeof key, "%s_sequence", *field ? field : "predicted_value");
    inf_buf_init(&text, w->out->max);
    if (at) {
        inf_buf_append(&text, start, (size_t)(at - start));
        inf_buf_append(&text, token->data, token->length);
        start = at + strlen(mask);
    }
    inf_buf_append(&text, start, (size_t)(end - start));
    inf_jsonw_key(w, key);
    inf_text_write(&text, w);
    inf_buf_free(&text);
}

static void write_top_classes(const struct inf_document *document, const struct guesses *guesses,
                              struct inf_buf *token, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "top_classes");
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < guesses->count && !w->out->failed; i++) {
        inf_buf_clear(token);
        inf_tokenizer_spell(document->tokenizer, (int32_t)guesses->best[i], token);
        w->out->failed |= token->failed;
        inf_top_class_write(token->data ? token->data : "", token->length,
                            guesses->probabilities[guesses->best[i]], w);
    }
    inf_jsonw_end_array(w);
}

static void write_answer(const struct inf_document *document, const struct guesses *guesses,
                         struct inf_jsonw *w)
{
    struct inf_buf token;
    struct inf_buf other;
    inf_buf_init(&token, w->out->max);
    inf_buf_init(&other, w->out->max);
    inf_tokenizer_spell(document->tokenizer, (int32_t)*guesses->best, &token);
    inf_task_results_key(document->config, w);
    inf_text_write(&token, w);
    if (document->config->num_top_classes != 0) {
        write_top_classes(document, guesses, &other, w);
    }
    write_sequence(document, &token, w);
    inf_jsonw_kv_double(w, "prediction_probability", guesses->probabilities[*guesses->best]);
    inf_buf_free(&token);
    inf_buf_free(&other);
}

static int guess(const struct inf_document *document, double *values, size_t columns,
                 struct guesses *ret, struct inf_error *err)
{
    int wanted = document->config->num_top_classes;
    size_t tokens = inf_tokenizer_size(document->tokenizer);
    size_t count = inf_top_count(wanted == 0 ? 1 : wanted, tokens);
    if (columns < count) {
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Expected exactly [%zu] values in fill_mask result; got [%zu]", tokens,
                             columns);
    }
    ret->best = calloc(count, sizeof *ret->best);
    if (!ret->best) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] tokens", count);
    }
    inf_softmax(values, columns);
    inf_top(values, columns < tokens ? columns : tokens, count, ret->best);
    ret->probabilities = values;
    ret->count = count;
    return 0;
}

static int decode(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err)
{
    struct guesses guesses = {0};
    double *values = NULL;
    size_t columns = 0;
    int rc = -1;
    (void)encoding;
    if (inf_one_row(output, &values, &columns, err) != 0) {
        return -1;
    }
    if (guess(document, values, columns, &guesses, err) == 0) {
        write_answer(document, &guesses, w);
        rc = 0;
    }
    free(guesses.best);
    free(values);
    return rc;
}

static void sample(const struct inf_tokenizer *tokenizer, struct inf_sample *sample)
{
    (void)tokenizer;
    inf_buf_puts(&sample->text, mask_of(&sample->config));
    inf_buf_puts(&sample->text, " ");
}

static const char *const members[] = {"num_top_classes", "mask_token", "results_field",
                                      "tokenization", NULL};
static const char *const update_members[] = {"num_top_classes", "results_field", "tokenization",
                                             NULL};

const struct inf_task inf_task_fill_mask = {.name = "fill_mask",
                                            .members = members,
                                            .update_members = update_members,
                                            .reads_text = true,
                                            .defaults = defaults,
                                            .parse = parse,
                                            .check_model = check_model,
                                            .write = write_members,
                                            .encode = encode,
                                            .decode = decode,
                                            .sample = sample};
