/* task.h - what a model is for: inference_config, text to model inputs, model outputs to the
 * answer.
 *
 * A row of the table in src/task/task.c is a task's name in the API and its functions. A new task
 * is one file and one row. The table's rows are pure: no I/O, no clock, no globals.
 *
 * Thread: any. Owns: plain data; see each function. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_H
#define INFERD_TASK_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include "inferd/tokenize.h"
#include <stddef.h>
#include <stdint.h>

struct inf_task; /* private row */

#define INF_RESULTS_FIELD_MAX 256

/* A parsed inference_config, defaults materialised. Plain data, freely copied. */
struct inf_inference_config {
    const struct inf_task *task;
    struct inf_tokenization tokenization;
    char results_field[INF_RESULTS_FIELD_MAX]; /* "" means the default, predicted_value */
    int embedding_size;                        /* text_embedding; 0 when not given */
};

/* Parses a client's {"text_embedding":{...}}, the value of "inference_config" in doc, the whole
 * body. Errors of compatibility 2.1, 10.1 and the task's own, as x_content_parse_exception "[l:c]
 * [trained_model_config] failed to parse field [inference_config]" with the real one as cause (an
 * unknown task is NAMED_OBJECT). A task or tokenizer that Elasticsearch knows and inferd does not
 * serve is a plain BAD_REQUEST that names what is served. The key "vocabulary" is refused: it is
 * the server's. */
int inf_inference_config_parse(const struct cJSON *object, const struct inf_json *doc,
                               struct inf_inference_config *ret, struct inf_error *err);
/* The same for what inf_inference_config_write wrote earlier (a stored model): "vocabulary" is
 * expected and skipped. */
int inf_inference_config_load(const struct cJSON *object, struct inf_inference_config *ret,
                              struct inf_error *err);
/* Writes {"text_embedding":{"vocabulary":{"index":".ml-inference-native-000002"},
 * "tokenization":{...},...}} as GET echoes it. */
void inf_inference_config_write(const struct inf_inference_config *config, struct inf_jsonw *w);
/* Applies the inference_config of an _infer request ({"<task>":{...}}; NULL: no change).
 * BAD_REQUEST "Trained model [id] is configured for task [a] but called with task [b]". */
int inf_inference_config_update(const struct inf_inference_config *base, const char *model_id,
                                const struct cJSON *update, struct inf_inference_config *ret,
                                struct inf_error *err);
const char *inf_task_name(const struct inf_task *task);
/* "|"-joined names of the tasks that are served, for texts and docs. */
void inf_task_names(struct inf_buf *out);

/* Model inputs for one document's text. Caller frees with inf_encoding_free. */
int inf_task_encode(const struct inf_inference_config *config,
                    const struct inf_tokenizer *tokenizer, const char *text, size_t length,
                    struct inf_encoding *ret, struct inf_error *err);

enum inf_dtype { INF_FLOAT32 = 1, INF_FLOAT64 = 2 };

/* A model's answer to one document: the rows' outputs concatenated on dimension 0. Borrowed data.
 */
struct inf_tensor {
    enum inf_dtype dtype;
    int rank; /* 1, 2 or 3 */
    int64_t shape[3];
    const void *data;
};

/* Appends the document's result object ({"predicted_value":[...],"is_truncated":true}) to out, or
 * leaves out as it was. INTERNAL for a shape the task cannot read, and for NaN or an infinity,
 * which JSON cannot hold: a null inside an embedding would be found out much later. */
int inf_task_decode(const struct inf_inference_config *config, const struct inf_encoding *encoding,
                    const struct inf_tensor *output, struct inf_buf *out, struct inf_error *err);

#endif
