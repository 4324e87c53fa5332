/* fields.h - typed members of a client's JSON object, complained about in ObjectParser's words.
 *
 * Elasticsearch's parsers name line, column, parser and field: "[1:9] [bert_tokenization] unknown
 * field [foo]" (compatibility 1.7). Whoever reads an object inside a body member by member uses
 * these.
 *
 * Thread: none (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FIELDS_H
#define INFERD_FIELDS_H

#include "inferd/error.h"
#include "inferd/json.h"
#include <stdbool.h>

/* Where an object stands and which parser reads it. Borrowed; usually on the caller's stack. */
struct inf_fields {
    const struct inf_json *doc; /* the whole body; NULL: texts without line and column */
    const char *path;           /* keys from the body's root to the object, "a.b"; "" is the root */
    const char *parser;
    const char *const *known; /* names of its members, ended by NULL, to suggest; may be NULL */
};

/* Each fails with X_CONTENT_PARSE and leaves *ret alone then; member is a child of the object. */

/* "doesn't support values of type: ..." unless member is an object. */
int inf_fields_object(const struct inf_fields *fields, const struct cJSON *member,
                      struct inf_error *err);
/* true, false, or those words as a string. */
int inf_fields_bool(const struct inf_fields *fields, const struct cJSON *member, bool *ret,
                    struct inf_error *err);
/* A 32-bit integer, or its digits as a string. */
int inf_fields_int(const struct inf_fields *fields, const struct cJSON *member, int *ret,
                   struct inf_error *err);
/* A string; *ret is borrowed from member. */
int inf_fields_string(const struct inf_fields *fields, const struct cJSON *member, const char **ret,
                      struct inf_error *err);

/* "[l:c] [parser] unknown field [key] did you mean [near]?". Returns -1. */
int inf_fields_unknown(const struct inf_fields *fields, const char *key, struct inf_error *err);
/* Wraps the present error: "[l:c] [parser] failed to parse field [key]". Returns -1. */
int inf_fields_failed(const struct inf_fields *fields, const char *key, struct inf_error *err);

/* The only member of an object such as {"bert":{...}}; fails when there is none or a second one, or
 * when its value is no object. `what` names the object in the text. */
int inf_fields_named(const struct inf_fields *fields, const struct cJSON *object, const char *what,
                     const struct cJSON **ret, struct inf_error *err);
/* NAMED_OBJECT "[l:c] unknown field [key]": the name of a named object is not known. Returns -1. */
int inf_fields_unknown_name(const struct inf_fields *fields, const char *key,
                            struct inf_error *err);

#endif
