/* line_reader.c - each byte is looked at once, however small the pieces are. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "line_reader.h"

#include <string.h>

void inf_line_reader_init(struct inf_line_reader *reader)
{
    *reader = (struct inf_line_reader){0};
    inf_buf_init(&reader->in, 4 * INF_LINE_MAX);
}

void inf_line_reader_fini(struct inf_line_reader *reader)
{
    inf_buf_free(&reader->in);
}

int inf_line_reader_push(struct inf_line_reader *reader, const char *data, size_t length,
                         struct inf_error *err)
{
    struct inf_buf *in = &reader->in;

    if (inf_buf_append(in, data, length) == 0)
        return 0;
    if (in->no_memory)
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for line [%lld]",
                             (long long)reader->line);
    return inf_error_set(err, INF_ERR_PAYLOAD_TOO_LARGE,
                         "behind line [%lld], more than [%zu] bytes came at once",
                         (long long)reader->line, in->max);
}

bool inf_line_reader_next(struct inf_line_reader *reader, const char **ret_text, size_t *ret_length)
{
    struct inf_buf *in = &reader->in;
    const char *begin = in->data + reader->at;
    const char *end = in->length > reader->looked
                          ? memchr(in->data + reader->looked, '\n', in->length - reader->looked)
                          : NULL;
    size_t length = end != NULL ? (size_t)(end - begin) : in->length - reader->at;

    reader->looked = in->length;
    if (end == NULL && (!reader->over || length == 0))
        return false;
    reader->at += length + (end != NULL);
    reader->looked = reader->at;
    reader->line++;
    *ret_text = begin;
    *ret_length = length;
    return true;
}

int inf_line_reader_shrink(struct inf_line_reader *reader, struct inf_error *err)
{
    struct inf_buf *in = &reader->in;

    if (reader->at > 0) {
        if (in->length > reader->at)
            memmove(in->data, in->data + reader->at, in->length - reader->at);
        in->length -= reader->at;
        reader->looked -= reader->at;
        reader->at = 0;
    }
    return in->length <= INF_LINE_MAX ? 0
                                      : inf_error_set(err, INF_ERR_PAYLOAD_TOO_LARGE,
                                                      "line [%lld] is longer than [%zu] bytes",
                                                      (long long)reader->line + 1, INF_LINE_MAX);
}

void inf_line_reader_clear(struct inf_line_reader *reader)
{
    inf_buf_clear(&reader->in);
    reader->at = reader->looked = 0;
}
