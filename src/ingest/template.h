/* template.h - values with {{fields}} of the document in them.
 *
 * Of Mustache, {{path}} and {{{path}}} alone: a field's text, nothing when there is no such field,
 * never escaped. Sections, partials, comments and other delimiters are refused when the pipeline is
 * made. Thread: any (pure). Bound: INF_TEMPLATE_MAX bytes of what comes out. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_TEMPLATE_H
#define INFERD_INGEST_TEMPLATE_H

#include "document.h"

#define INF_TEMPLATE_MAX ((size_t)16 << 20)

/* ILLEGAL_ARGUMENT when text has in braces what is not served. */
int inf_template_check(const char *text, struct inf_error *err);
/* The same for every string of a value. */
int inf_template_check_value(const struct cJSON *value, struct inf_error *err);
/* The text with the document's values; out was initialised. */
int inf_template_render(const char *text, struct inf_doc *doc, struct inf_buf *out,
                        struct inf_error *err);
/* A new value with the document's values in its strings; NULL without memory. */
struct cJSON *inf_template_value(const struct cJSON *value, struct inf_doc *doc);
/* A path as a template names it: text itself where nothing is to be filled in, else what lies in
 * scratch. NULL with err. */
const char *inf_template_path(const char *text, struct inf_doc *doc, struct inf_buf *scratch,
                              struct inf_error *err);

#endif
