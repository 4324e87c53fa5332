/* document.h - the document that runs through a pipeline, and its fields by dotted path.
 *
 * Source and metadata (_index, _id, ...) are members of one object, as Elasticsearch's processors
 * see them; "_ingest" is an object of its own, and a path may begin with "_source.". An element of
 * an array is named by its number: "a.0.b". A dot always ends a key, as in Elasticsearch's
 * processors. Error texts are IngestDocument's.
 *
 * Thread: any (plain data). Owns: both trees. Bound: INF_DOC_DEPTH, and what the processors put in.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_DOCUMENT_H
#define INFERD_INGEST_DOCUMENT_H

#include "inferd/ingest.h"
#include "inferd/json_edit.h"

#define INF_DOC_DEPTH 100                 /* segments of a path */
#define INF_DOC_LEVELS 256                /* of objects and arrays in each other */
#define INF_DOC_GROWTH ((size_t)64 << 20) /* bytes that processors put into one document */

struct inf_doc {
    struct cJSON *fields; /* source and metadata */
    struct cJSON *ingest; /* what paths reach as _ingest */
    size_t grown;         /* bytes that were put into it, about */
};

/* Takes fields. The time of the document is now. 0, or -1 with MEMORY. */
int inf_doc_init(struct inf_doc *doc, struct cJSON *fields, struct inf_error *err);
void inf_doc_fini(struct inf_doc *doc); /* zeroed is fine */

/* ILLEGAL_ARGUMENT unless path is one: not empty, no empty segment, not too deep. */
int inf_doc_check_path(const char *path, struct inf_error *err);
/* The field, borrowed, or NULL with ILLEGAL_ARGUMENT "field [a] not present as part of path [a.b]"
 * and the like. */
struct cJSON *inf_doc_get(struct inf_doc *doc, const char *path, struct inf_error *err);
/* The field or NULL. */
struct cJSON *inf_doc_find(struct inf_doc *doc, const char *path);
/* The field's text, borrowed, or NULL with an error: missing, null, no string. */
const char *inf_doc_string(struct inf_doc *doc, const char *path, struct inf_error *err);
/* Sets the field, and makes the objects on the way that are missing. Takes value in any case (NULL:
 * there was no memory for it). */
int inf_doc_set(struct inf_doc *doc, const char *path, struct cJSON *value, struct inf_error *err);
/* Makes the field an array if it is none, and appends value (an array: its elements). Takes value
 * in any case. */
int inf_doc_append(struct inf_doc *doc, const char *path, struct cJSON *value, bool duplicates,
                   struct inf_error *err);
int inf_doc_remove(struct inf_doc *doc, const char *path, struct inf_error *err);
/* The field, taken out, or NULL with an error. The caller's. */
struct cJSON *inf_doc_take(struct inf_doc *doc, const char *path, struct inf_error *err);

/* The name that Java has for the type, for messages: "java.lang.String". */
const char *inf_doc_type(const struct cJSON *value);
/* MEMORY "not enough memory for the document". Returns -1. */
int inf_doc_no_memory(struct inf_error *err);
/* A value as text, as a template shows it: a string as it is, anything else as JSON. */
void inf_doc_print(const struct cJSON *value, struct inf_buf *out);

#endif
