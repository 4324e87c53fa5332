/* text_slice.c - slices by UTF-16 offsets. Both ends of all slices are sorted, and one walk over
 * the text meets them in turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "text_slice.h"

#include <stdlib.h>

/* An end of a slice, and where its byte offset goes. */
struct mark {
    int unit;
    size_t *byte;
};

static int compare(const void *a, const void *b)
{
    int left = ((const struct mark *)a)->unit;
    int right = ((const struct mark *)b)->unit;
    return (left > right) - (left < right);
}

static size_t bytes_of(unsigned char lead)
{
    return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

static void walk(struct inf_text text, const struct mark *marks, size_t count)
{
    size_t byte = 0;
    int unit = 0;
    for (size_t i = 0; i < count; i++) {
        while (byte < text.length) {
            size_t bytes = bytes_of((unsigned char)text.data[byte]);
            int after = unit + (bytes == 4 ? 2 : 1);
            if (after > marks[i].unit) {
                break;
            }
            byte += bytes;
            unit = after;
        }
        *marks[i].byte = byte < text.length ? byte : text.length;
    }
}

int inf_text_slices(struct inf_text text, struct inf_text_slice *slices, size_t count,
                    struct inf_error *err)
{
    size_t *ends = NULL;
    struct mark *marks = NULL;
    if (count == 0) {
        return 0;
    }
    marks = calloc(2 * count, sizeof *marks);
    ends = calloc(2 * count, sizeof *ends);
    if (!marks || !ends) {
        free(marks);
        free(ends);
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] slices", count);
    }
    for (size_t i = 0; i < count; i++) {
        marks[2 * i] = (struct mark){slices[i].start, &ends[2 * i]};
        marks[2 * i + 1] = (struct mark){slices[i].end, &ends[2 * i + 1]};
    }
    qsort(marks, 2 * count, sizeof *marks, compare);
    walk(text, marks, 2 * count);
    for (size_t i = 0; i < count; i++) {
        size_t start = ends[2 * i];
        size_t end = ends[2 * i + 1];
        slices[i].text = (struct inf_text){text.data + start, end > start ? end - start : 0};
    }
    free(marks);
    free(ends);
    return 0;
}

void inf_text_write(const struct inf_buf *text, struct inf_jsonw *w)
{
    if (text->failed) {
        w->out->failed = true;
    }
    inf_jsonw_string_n(w, text->data ? text->data : "", text->length);
}
