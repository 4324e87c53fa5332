/* part_reader.h - reads one definition part as it arrives, in constant memory.
 *
 * The body is {"definition":"<base64>","total_definition_length":n,"total_parts":k}, members in any
 * order, cut anywhere. The base64 is decoded on the way and handed to a sink; nothing of it is
 * kept.
 *
 * Thread: none (pure but for the sink). Owns: its state. Bound: a member's name and a number have
 * at most INF_PART_TOKEN_MAX bytes; a chunk of the sink at most 12 KiB. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_PART_READER_H
#define INFERD_REST_PART_READER_H

#include "inferd/error.h"
#include <stddef.h>
#include <stdint.h>

#define INF_PART_TOKEN_MAX 128

struct inf_part_reader;

/* Takes decoded bytes, in order. 0, or -1 with err, which ends the reading. */
typedef int (*inf_part_sink)(void *arg, const void *data, size_t length, struct inf_error *err);

/* The members besides the data; 0 where the client gave none. */
struct inf_part_fields {
    int64_t total_definition_length;
    int64_t total_parts;
};

struct inf_part_reader *inf_part_reader_new(inf_part_sink sink, void *arg);
void inf_part_reader_free(struct inf_part_reader *reader); /* NULL is fine */

/* The next bytes of the body. -1 with err for the sink's errors and for a body that is not that
 * object: X_CONTENT_PARSE with line and column (syntax, unknown or repeated member, wrong type, bad
 * base64). After -1 the reader may only be freed. */
int inf_part_reader_feed(struct inf_part_reader *reader, const char *data, size_t length,
                         struct inf_error *err);
/* The body is over. PARSE "request body is required" when there was none, X_CONTENT_PARSE when it
 * stops early, ILLEGAL_ARGUMENT "[definition] must not be null." when that member did not come. */
int inf_part_reader_end(struct inf_part_reader *reader, struct inf_part_fields *ret,
                        struct inf_error *err);

#endif
