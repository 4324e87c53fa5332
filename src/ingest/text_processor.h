/* text_processor.h - what the processors that turn a text into another value have in common: field,
 * target_field, ignore_missing, and that of a list each element is turned.
 *
 * Thread: any (plain data). Owns: the copies of its settings. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_TEXT_PROCESSOR_H
#define INFERD_INGEST_TEXT_PROCESSOR_H

#include "processor.h"

struct inf_text_processor {
    char *field, *target;
    bool ignore_missing;
};

/* As `make` and `destroy` of a row, for the part of the settings that this is. */
int inf_text_processor_make(struct inf_text_processor *text, struct inf_reader *reader,
                            struct inf_error *err);
void inf_text_processor_destroy(struct inf_text_processor *text);

/* A new value for one; NULL with err. */
typedef struct cJSON *(*inf_text_turn)(const void *settings, const struct cJSON *value,
                                       struct inf_error *err);
/* Turns the field's value, or each of its elements where `each` is set, and sets the target. */
int inf_text_processor_run(const struct inf_text_processor *text, const void *settings,
                           inf_text_turn turn, bool each, struct inf_doc *doc,
                           struct inf_error *err);
/* The text of a value; NULL with ILLEGAL_ARGUMENT when it is no string. */
const char *inf_text_processor_text(const struct inf_text_processor *text,
                                    const struct cJSON *value, struct inf_error *err);

#endif
