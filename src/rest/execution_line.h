/* execution_line.h - one line that _execute takes, and what it answers about it.
 *
 * Thread: any (pure). Bound: of out, to which one JSON value is appended, the caller's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_EXECUTION_LINE_H
#define INFERD_REST_EXECUTION_LINE_H

#include "inferd/forward.h"
#include "inferd/ingest.h"

/* Is there nothing in the line? */
bool inf_line_is_blank(const char *text, size_t length);
/* The source and metadata of the document, one object, for inf_run_request: the caller's; NULL
 * without memory, which the run tells. *ret_wrapped: the line had them apart, as _source and the
 * like. -1 with err when the line is no JSON object. */
int inf_line_parse(const char *text, size_t length, struct cJSON **ret_fields, bool *ret_wrapped,
                   struct inf_error *err);

/* {"error":{...},"status":n,"line":n} */
void inf_line_problem(const struct inf_error *err, int64_t line, struct inf_buf *out);
void inf_line_dropped(int64_t line, struct inf_buf *out); /* {"dropped":true,"line":n} */
/* The document, or {"_id":...,"_source":{...}} where it is wrapped. */
void inf_line_document(const struct inf_doc *doc, bool wrapped, struct inf_buf *out);
/* {"_index","_id","result","status","line"}, or {"error":{...},"status","_index","_id",
 * "dead_letter","line"}. */
void inf_line_forwarded(const struct inf_forwarded *document, struct inf_buf *out);
/* The last line of a stream that stopped: as inf_line_problem, and "stopped":true. */
void inf_line_stopped(const struct inf_error *err, int64_t line, struct inf_buf *out);

/* The value of "error" alone, as text: the caller's. NULL without memory. */
char *inf_line_error_text(const struct inf_error *err);

#endif
