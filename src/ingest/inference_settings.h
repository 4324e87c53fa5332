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
};

/* As `make` and `destroy` of a row. */
int inf_inference_settings_make(void *settings, struct inf_reader *reader, struct inf_error *err);
void inf_inference_settings_destroy(void *settings);
/* Puts the answers, joined objects, into the document. */
int inf_inference_write(const struct inf_inference_settings *settings, struct inf_buf *results,
                        struct inf_doc *doc, struct inf_error *err);

#endif
