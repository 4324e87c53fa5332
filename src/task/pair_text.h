/* pair_text.h - what the tasks share that compare a document with a text of the request: a question
 * and its context, a query and a passage. The request's text is the first of the pair.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_PAIR_TEXT_H
#define INFERD_TASK_PAIR_TEXT_H

#include "inferd/fields.h"
#include "inferd/task.h"

/* Reads the member, a string, as the request's text. */
int inf_pair_text_parse(const struct inf_fields *fields, const struct cJSON *member,
                        struct inf_inference_config *ret, struct inf_error *err);

/* Encodes the pair. BAD_REQUEST when the request has no text, which `member` is the name of. */
int inf_pair_text_encode(const struct inf_document *document, const char *member,
                         struct inf_encoding *ret, struct inf_error *err);

/* The `sample` of these tasks: makes up the request's text; the document is what can be cut. */
void inf_pair_text_sample(const struct inf_tokenizer *tokenizer, struct inf_sample *sample);

#endif
