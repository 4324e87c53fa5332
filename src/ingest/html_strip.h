/* html_strip.h - the text of HTML. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_HTML_STRIP_H
#define INFERD_INGEST_HTML_STRIP_H

#include "inferd/buf.h"

/* Appends html without tags, comments, scripts and styles; an element that makes a line of its own
 * becomes a line break. The five entities of XML, nbsp and numbers become what they stand for. */
void inf_html_strip(const char *html, struct inf_buf *out);

#endif
