/* line_reader.h - lines out of pieces of input that are cut anywhere.
 *
 * Thread: none (plain data). Owns: the input that was not read yet. Bound: 4 * INF_LINE_MAX bytes
 * of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_LINE_READER_H
#define INFERD_REST_LINE_READER_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INF_LINE_MAX ((size_t)16 << 20)

struct inf_line_reader {
    struct inf_buf in;
    size_t at, looked; /* in `in`: the next line begins; up to here there is no end of a line */
    int64_t line;      /* the number of the last one, from 1 */
    bool over;         /* no more input comes, so a last line needs no end */
};

void inf_line_reader_init(struct inf_line_reader *reader);
void inf_line_reader_fini(struct inf_line_reader *reader);
/* -1 with err when it does not fit in, or without memory. */
int inf_line_reader_push(struct inf_line_reader *reader, const char *data, size_t length,
                         struct inf_error *err);
/* The next whole line, without its end, borrowed until the next call; false: there is none yet. */
bool inf_line_reader_next(struct inf_line_reader *reader, const char **ret_text,
                          size_t *ret_length);
/* What was read makes room. PAYLOAD_TOO_LARGE where the rest is longer than a line may be. */
int inf_line_reader_shrink(struct inf_line_reader *reader, struct inf_error *err);
void inf_line_reader_clear(struct inf_line_reader *reader); /* reads the rest away */

#endif
