/* reader.h - the settings of one processor, read member by member.
 *
 * What no call has asked for is complained about at the end. Errors are PARSE in Elasticsearch's
 * words, with processor_type, processor_tag and property_name. Thread: any (plain data). Bound:
 * INF_READER_NAMES members a processor. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_READER_H
#define INFERD_INGEST_READER_H

#include "inferd/error.h"
#include "inferd/json.h"

#define INF_READER_NAMES 24

struct inf_compiling; /* the pipeline that is being made */

struct inf_reader {
    const struct cJSON *settings; /* an object */
    const char *type, *tag;       /* of the processor; tag may be NULL */
    struct inf_compiling *compiling;
    const char *names[INF_READER_NAMES]; /* that were asked for */
    size_t count;
};

/* Fails about a property (NULL: about the processor): "[property] reason". Returns -1. */
int inf_reader_fail(const struct inf_reader *reader, const char *property, struct inf_error *err,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Wraps the reason of err, the same. Returns -1. */
int inf_reader_wrap(const struct inf_reader *reader, const char *property, struct inf_error *err);

/* The member, or NULL; null counts as absent. */
const struct cJSON *inf_reader_any(struct inf_reader *reader, const char *name);
/* A string; *ret is borrowed. Fails when it is missing, or is no string, or, of a path or value
 * with braces, is no template that is served. */
int inf_reader_string(struct inf_reader *reader, const char *name, const char **ret,
                      struct inf_error *err);
/* The same; *ret keeps its value when it is missing. */
int inf_reader_optional(struct inf_reader *reader, const char *name, const char **ret,
                        struct inf_error *err);
int inf_reader_bool(struct inf_reader *reader, const char *name, bool *ret, struct inf_error *err);
/* As inf_reader_string and inf_reader_optional, for a copy that the caller frees; NULL when it is
 * missing. */
int inf_reader_copy(struct inf_reader *reader, const char *name, bool required, char **ret,
                    struct inf_error *err);
/* The path that "target_field" names, else a copy of field. */
int inf_reader_target(struct inf_reader *reader, const char *field, char **ret,
                      struct inf_error *err);
/* Fails about members that nobody has asked for. */
int inf_reader_end(const struct inf_reader *reader, struct inf_error *err);

#endif
