/* text_slice.h - a document's text by the UTF-16 offsets that its tokens have.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_TEXT_SLICE_H
#define INFERD_TASK_TEXT_SLICE_H

#include "inferd/tokenize.h"

/* A stretch of a text. One that begins or ends outside the text is cut to it, one that ends before
 * it begins is empty, and an offset inside a surrogate pair is that of the whole character. */
struct inf_text_slice {
    int start, end;       /* UTF-16 units */
    struct inf_text text; /* borrowed of the whole */
};

/* Fills in the text of `count` slices, in whatever order they are. O(text + count log count): a
 * text of 100 MB is walked once. */
int inf_text_slices(struct inf_text text, struct inf_text_slice *slices, size_t count,
                    struct inf_error *err);

/* Writes a text that was put together as a string. One that did not fit into its buffer makes the
 * whole answer not fit. */
void inf_text_write(const struct inf_buf *text, struct inf_jsonw *w);

#endif
