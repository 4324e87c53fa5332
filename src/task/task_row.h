/* task_row.h - a row of the table of tasks, for the files that fill one.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_ROW_H
#define INFERD_TASK_ROW_H

#include "inferd/fields.h"
#include "inferd/task.h"

struct inf_task {
    const char *name;
    const char *const *members;        /* of its configuration, ended by NULL */
    const char *const *update_members; /* of a request's, likewise */
    bool reads_text;                   /* decode needs the document's text */
    /* Values that are not 0 by default. NULL: there are none. */
    void (*defaults)(struct inf_inference_config *config);
    /* Reads one of the members above that is not shared by all tasks. NULL: there is none. */
    int (*parse)(const struct inf_fields *fields, const struct cJSON *member,
                 struct inf_inference_config *ret, struct inf_error *err);
    /* Checks a configuration as a whole, updated or not. NULL: nothing to check. */
    int (*check)(const struct inf_inference_config *config, struct inf_error *err);
    /* Checks what only a configuration of a model must have, and no update. NULL: nothing. */
    int (*check_model)(const struct inf_inference_config *config, struct inf_error *err);
    /* Writes the task's own members. NULL: has none. */
    void (*write)(const struct inf_inference_config *config, struct inf_jsonw *w);
    int (*encode)(const struct inf_document *document, struct inf_encoding *ret,
                  struct inf_error *err);
    /* Writes the members of the result, all but is_truncated and the token counts. */
    int (*decode)(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err);
    /* Makes up what the task wants besides a text, and begins the text. NULL: nothing. */
    void (*sample)(const struct inf_tokenizer *tokenizer, struct inf_sample *sample);
};

/* The encode of tasks whose input is one text. */
int inf_task_encode_text(const struct inf_document *document, struct inf_encoding *ret,
                         struct inf_error *err);
/* Writes the key of the predicted value: results_field, or its default. */
void inf_task_results_key(const struct inf_inference_config *config, struct inf_jsonw *w);

/* The rows, one a file. */
extern const struct inf_task inf_task_fill_mask;
extern const struct inf_task inf_task_ner;
extern const struct inf_task inf_task_pass_through;
extern const struct inf_task inf_task_question_answering;
extern const struct inf_task inf_task_text_classification;
extern const struct inf_task inf_task_text_embedding;
extern const struct inf_task inf_task_text_expansion;
extern const struct inf_task inf_task_text_similarity;
extern const struct inf_task inf_task_zero_shot_classification;

#endif
