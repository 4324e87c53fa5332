/* task.h - what a model is for: inference_config, text to model inputs, model outputs to the
 * answer.
 *
 * A row of the table in src/task/task.c is a task's name in the API and its functions. A new task
 * is one file and one row. The table's rows are pure: no I/O, no clock, no globals.
 *
 * Thread: any, but for the counting of a configuration's references, which is its owner's thread's.
 * Owns: see each function. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_H
#define INFERD_TASK_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include "inferd/tokenize.h"
#include <stddef.h>
#include <stdint.h>

struct inf_task;   /* private row */
struct inf_labels; /* private list of names */

#define INF_RESULTS_FIELD_MAX 256

enum inf_combination { INF_COMBINE_MAX, INF_COMBINE_MEAN };

/* A parsed inference_config, defaults materialised: immutable once made, and counted. What a task
 * does not have stays 0 or NULL. */
struct inf_inference_config {
    int refs;
    const struct inf_task *task;
    struct inf_tokenization tokenization;
    char results_field[INF_RESULTS_FIELD_MAX]; /* "" means the default, predicted_value */
    int embedding_size;                        /* 0 when not given */
    int num_top_classes;                       /* below 0: all of them */
    int max_answer_length;                     /* tokens */
    enum inf_combination combination;          /* of the scores of several windows */
    bool multi_label;
    struct inf_labels *classification_labels; /* what the model's outputs mean, in their order */
    struct inf_labels *labels;                /* what a zero-shot request asks about */
    char *hypothesis_template;
    char *text; /* of an update: the question, or the text to compare with; of fill_mask: the mask
                   token that a client named; NULL: none */
};

/* Parses a client's {"text_embedding":{...}}, the value of "inference_config" in doc, the whole
 * body. Errors of compatibility 2.1, 10.1 and the task's own, as x_content_parse_exception "[l:c]
 * [trained_model_config] failed to parse field [inference_config]" with the real one as cause (an
 * unknown task is NAMED_OBJECT). A task that Elasticsearch knows and inferd does not serve is a
 * plain BAD_REQUEST that names what is served. The key "vocabulary" is refused: it is the server's.
 * One reference of *ret is the caller's. */
int inf_inference_config_parse(const struct cJSON *object, const struct inf_json *doc,
                               struct inf_inference_config **ret, struct inf_error *err);
/* The same for what inf_inference_config_write wrote earlier (a stored model): "vocabulary" is
 * expected and skipped. */
int inf_inference_config_load(const struct cJSON *object, struct inf_inference_config **ret,
                              struct inf_error *err);
/* Applies the inference_config of an _infer request ({"<task>":{...}}; NULL: no change, *ret is
 * base once more). BAD_REQUEST "Trained model [id] is configured for task [a] but called with task
 * [b]". One reference of *ret is the caller's. */
int inf_inference_config_update(struct inf_inference_config *base, const char *model_id,
                                const struct cJSON *update, struct inf_inference_config **ret,
                                struct inf_error *err);
struct inf_inference_config *inf_inference_config_ref(struct inf_inference_config *config);
void inf_inference_config_unref(struct inf_inference_config *config); /* NULL is fine */
/* Writes {"text_embedding":{"vocabulary":{"index":".ml-inference-native-000002"},
 * "tokenization":{...},...}} as GET echoes it; of an update all that can make a result differ. */
void inf_inference_config_write(const struct inf_inference_config *config, struct inf_jsonw *w);
const char *inf_task_name(const struct inf_task *task);
/* "|"-joined names of the tasks that are served, for texts and docs. */
void inf_task_names(struct inf_buf *out);

/* A document's text and what is to be done with it; all borrowed. */
struct inf_document {
    const struct inf_inference_config *config; /* the effective one */
    const struct inf_tokenizer *tokenizer;
    struct inf_text text;
    bool token_counts; /* the answer tells them */
};

/* Bytes of text that are encoded beside each document's own: the request's question or labels. */
size_t inf_task_extra_bytes(const struct inf_inference_config *config);

/* Does decoding read document->text? Else it need not outlive the encoding. */
bool inf_task_reads_text(const struct inf_task *task);

/* Model inputs for one document. Caller frees with inf_encoding_free. BAD_REQUEST also for what
 * the request lacks: a question, labels, a mask token in its text. */
int inf_task_encode(const struct inf_document *document, struct inf_encoding *ret,
                    struct inf_error *err);

enum inf_dtype { INF_FLOAT32 = 1, INF_FLOAT64 = 2 };

/* A model's answer to one document: the rows' outputs concatenated on dimension 0, reduced as its
 * encoding asked. Borrowed data. */
struct inf_tensor {
    enum inf_dtype dtype;
    int rank; /* 1, 2 or 3 */
    int64_t shape[3];
    const void *data;
};

/* Appends the document's result object ({"predicted_value":[...],"is_truncated":true}) to out, or
 * leaves out as it was. INTERNAL for a shape the task cannot read, and for NaN or an infinity,
 * which JSON cannot hold: a null inside an embedding would be found out much later. CONFLICT for
 * another number of values than the task's labels ask for. */
int inf_task_decode(const struct inf_document *document, const struct inf_encoding *encoding,
                    const struct inf_tensor *output, struct inf_buf *out, struct inf_error *err);

/* A piece of a text that is too long for a model. */
struct inf_text_chunk {
    int start, end;       /* UTF-16 units of the whole */
    struct inf_text text; /* borrowed of the whole */
};
/* Cuts a text between words into pieces of at most max_tokens tokens, special ones included; each
 * begins `overlap` tokens before the end of the one before it, or a little earlier. A text without
 * tokens is one piece. *ret is the caller's to free. ILLEGAL_ARGUMENT when a word is too long for
 * that, BAD_REQUEST when the text is too long. Any thread; time is linear in length. */
int inf_text_chunks(const struct inf_tokenizer *tokenizer, const struct inf_tokenization *settings,
                    struct inf_text text, int max_tokens, int overlap, struct inf_text_chunk **ret,
                    size_t *ret_count, struct inf_error *err);

/* Makes *sample a document that any model of the configuration can answer, for trying one out: the
 * text is `words` times the same few words, and what the task wants besides (a question, a label, a
 * mask token) is made up. scratch holds config and text and must live as long as the sample; the
 * caller frees it with inf_sample_free. */
struct inf_sample {
    struct inf_inference_config config; /* a borrowed copy, changed */
    struct inf_buf text;
    enum inf_truncate cut; /* how a text that is too long for the model can be cut */
};
void inf_task_sample(const struct inf_inference_config *config,
                     const struct inf_tokenizer *tokenizer, int words, struct inf_sample *scratch,
                     struct inf_document *sample);
/* Lets a text of it, however long, become one row of at most so many tokens, or as many as the
 * model takes. */
void inf_sample_cut(struct inf_sample *scratch, int tokens_most);
void inf_sample_free(struct inf_sample *scratch);

#endif
