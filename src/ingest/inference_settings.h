/* inference_settings.h - what an inference processor was told, and how it writes an answer down.
 *
 * Thread: any (plain data). Owns: what it has. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_INFERENCE_SETTINGS_H
#define INFERD_INGEST_INFERENCE_SETTINGS_H

#include "processor.h"

#define INF_INFERENCE_FIELDS 100 /* of field_map, and of input_output */

struct inf_field_pair {
    char *from, *to;
};

struct inf_inference_settings {
    char *model_id;
    char *target;                    /* the older style: where the answer goes */
    struct inf_field_pair *mappings; /* the older style: document's field to model's */
    size_t mapping_count;
    struct inf_field_pair *outputs; /* input_output; none in the older style */
    size_t output_count;
    struct cJSON *config; /* {"task":{...}}, or NULL */
    char *results_field;  /* of the answer */
    bool ignore_missing;
    bool in_chunks;    /* input_output: the text is cut, and the output is a list */
    int chunk_tokens;  /* of a chunk; 0: as many as the model takes */
    int chunk_overlap; /* tokens that it shares with the one before */
};

struct inf_chunk;

/* As `make` and `destroy` of a row. */
int inf_inference_settings_make(void *settings, struct inf_reader *reader, struct inf_error *err);
void inf_inference_settings_destroy(void *settings);
/* Puts the answers, joined objects, into the document. */
int inf_inference_write(const struct inf_inference_settings *settings, struct inf_buf *results,
                        struct inf_doc *doc, struct inf_error *err);
/* The model's id beside the output field. */
int inf_inference_write_model(const struct inf_inference_settings *settings, struct inf_doc *doc,
                              struct inf_error *err);
/* The same of the chunks of a text: a list of objects with start, end, text and answer. */
int inf_inference_write_chunks(const struct inf_inference_settings *settings,
                               struct inf_buf *results, const char *text,
                               const struct inf_chunk *chunks, size_t count, struct inf_doc *doc,
                               struct inf_error *err);

#endif
