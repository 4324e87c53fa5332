/* task.c - THE table of tasks, and what all of them share around their own functions.
 *
 * A new task is one file with a row and one line here. The tasks of Elasticsearch that inferd does
 * not serve are refused by name, never guessed at. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_config.h"
#include "task_row.h"

#include <string.h>

static const struct inf_task *const tasks[] = {
    &inf_task_fill_mask,
    &inf_task_ner,
    &inf_task_pass_through,
    &inf_task_question_answering,
    &inf_task_text_classification,
    &inf_task_text_embedding,
    &inf_task_text_expansion,
    &inf_task_text_similarity,
    &inf_task_zero_shot_classification,
};
#define TASKS (sizeof tasks / sizeof *tasks)

/* Those of decision trees. */
static const char *const not_served[] = {"classification", "learning_to_rank", "regression"};

#define DEFAULT_RESULTS_FIELD "predicted_value"

static const struct inf_task *find(const char *name)
{
    for (size_t i = 0; i < TASKS; i++) {
        if (strcmp(tasks[i]->name, name) == 0) {
            return tasks[i];
        }
    }
    return NULL;
}

bool inf_task_is_known(const char *name)
{
    for (size_t i = 0; i < sizeof not_served / sizeof *not_served; i++) {
        if (strcmp(not_served[i], name) == 0) {
            return true;
        }
    }
    return find(name) != NULL;
}

int inf_task_find(const struct inf_fields *fields, const char *name, const struct inf_task **ret,
                  struct inf_error *err)
{
    struct inf_buf names;
    *ret = find(name);
    if (*ret) {
        return 0;
    }
    if (!inf_task_is_known(name)) {
        return inf_fields_unknown_name(fields, name, err);
    }
    inf_buf_init(&names, INF_REASON_MAX);
    inf_task_names(&names);
    inf_error_set(err, INF_ERR_BAD_REQUEST,
                  "inference_config [%s] is not supported by inferd; supported is [%s]", name,
                  names.data);
    inf_buf_free(&names);
    return -1;
}

const char *inf_task_name(const struct inf_task *task)
{
    return task->name;
}

void inf_task_names(struct inf_buf *out)
{
    const char *separator = "";
    for (size_t i = 0; i < TASKS; i++) {
        inf_buf_printf(out, "%s%s", separator, tasks[i]->name);
        separator = "|";
    }
}

bool inf_task_reads_text(const struct inf_task *task)
{
    return task->reads_text;
}

/* ---- text to inputs, output to answer ---- */

int inf_task_encode_text(const struct inf_document *document, struct inf_encoding *ret,
                         struct inf_error *err)
{
    return inf_tokenizer_encode(document->tokenizer, &document->config->tokenization,
                                document->text, ret, err);
}

int inf_task_encode(const struct inf_document *document, struct inf_encoding *ret,
                    struct inf_error *err)
{
    return document->config->task->encode(document, ret, err);
}

void inf_task_results_key(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    inf_jsonw_key(w, *config->results_field ? config->results_field : DEFAULT_RESULTS_FIELD);
}

static int longest(const struct inf_encoding *encoding)
{
    int most = 0;
    for (int row = 0; row < encoding->rows; row++) {
        most = encoding->lengths[row] > most ? encoding->lengths[row] : most;
    }
    return most;
}

/* What was seen of the text, for whoever wonders whether the answer is about all of it. */
static void write_token_counts(const struct inf_encoding *encoding, struct inf_jsonw *w)
{
    int truncated = encoding->truncated ? encoding->tokens - longest(encoding) : 0;
    inf_jsonw_key(w, "token_counts");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "tokens", encoding->tokens);
    inf_jsonw_kv_int(w, "truncated", truncated);
    inf_jsonw_kv_int(w, "sequences", encoding->rows);
    inf_jsonw_kv_int(w, "longest_sequence", longest(encoding));
    inf_jsonw_end_object(w);
}

static void cut_back(struct inf_buf *out, size_t length, bool failed)
{
    out->length = length;
    out->failed = failed;
    if (out->data) {
        out->data[length] = '\0';
    }
}

int inf_task_decode(const struct inf_document *document, const struct inf_encoding *encoding,
                    const struct inf_tensor *output, struct inf_buf *out, struct inf_error *err)
{
    struct inf_jsonw w;
    size_t start = out->length;
    bool failed = out->failed;
    int rc = 0;
    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    rc = document->config->task->decode(document, encoding, output, &w, err);
    if (rc == 0 && encoding->truncated) {
        inf_jsonw_kv_bool(&w, "is_truncated", true);
    }
    if (rc == 0 && document->token_counts) {
        write_token_counts(encoding, &w);
    }
    inf_jsonw_end_object(&w);
    if (rc == 0 && out->failed) {
        rc = inf_error_set(err, INF_ERR_INTERNAL, "The result does not fit into [%zu] bytes",
                           out->max);
    }
    if (rc != 0) {
        cut_back(out, start, failed);
    }
    return rc;
}

/* ---- a document to try a model with ---- */

#define SAMPLE "Is this model ready to answer? "
#define SAMPLE_WORDS 6
#define SAMPLE_MAX (INF_ENCODING_POSITIONS_MAX * sizeof SAMPLE)

void inf_task_sample(const struct inf_inference_config *config,
                     const struct inf_tokenizer *tokenizer, int words, struct inf_sample *scratch,
                     struct inf_document *sample)
{
    scratch->config = *config;
    scratch->cut = INF_TRUNCATE_FIRST;
    inf_buf_init(&scratch->text, SAMPLE_MAX);
    if (config->task->sample) {
        config->task->sample(tokenizer, scratch);
    }
    for (int i = 0; i < words; i += SAMPLE_WORDS) {
        inf_buf_puts(&scratch->text, SAMPLE);
    }
    *sample = (struct inf_document){.config = &scratch->config,
                                    .tokenizer = tokenizer,
                                    .text = {scratch->text.data, scratch->text.length}};
}

void inf_sample_cut(struct inf_sample *scratch, int tokens_most)
{
    struct inf_tokenization *settings = &scratch->config.tokenization;

    settings->truncate = scratch->cut;
    settings->span = -1;
    if (settings->max_sequence_length > tokens_most)
        settings->max_sequence_length = tokens_most;
}

void inf_sample_free(struct inf_sample *scratch)
{
    inf_buf_free(&scratch->text);
}
