/* json.h - the only door to JSON: cJSON behind a strict reader, and a writer of our own.
 *
 * cJSON alone accepts ill-formed UTF-8, cuts strings at \u0000, takes duplicate keys and trailing
 * garbage, matches keys without case and loses integers above 2^53. inf_json_parse refuses all but
 * the last of that before cJSON sees the text, and keeps such numbers as they were written. The
 * writer exists because printing 384 floats through cJSON costs 0.3 ms.
 *
 * Thread: none (plain data). Bound: depth, bytes and number of values, see struct inf_json_limits.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_JSON_H
#define INFERD_JSON_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON; /* values are handed around as const struct cJSON *, read with the functions below */

struct inf_json_limits {
    size_t max_depth;  /* nesting; 0 means 64 */
    size_t max_values; /* values in all; 0 means 5,000,000 */
};

/* A parsed text. The text is kept so that an error can name line and column. */
struct inf_json {
    struct cJSON *root;
    char *text; /* own copy, NUL-terminated */
    size_t length;
};

/* Strict RFC 8259 parse of text[0..length). Refused with INF_ERR_X_CONTENT_PARSE, reason
 * "[line:col] ..." (cause INF_ERR_JSON_PARSE for syntax): syntax errors, trailing garbage,
 * ill-formed UTF-8, a lone surrogate escape, NUL in a string, a duplicate key ("[l:c] Duplicate
 * field 'x'"), too deep, too many values, a number of more than 63 characters or beyond a double.
 * An empty or all-blank text is INF_ERR_PARSE "request body is required". On success the caller
 * frees with inf_json_free. Any thread. */
int inf_json_parse(const char *text, size_t length, const struct inf_json_limits *limits,
                   struct inf_json *ret, struct inf_error *err);
/* The same for a text of the program's own, such as a stored one or an answer: it is parsed again
 * with the reserve when there is no memory, because what was done must be told. */
int inf_json_parse_own(const char *text, size_t length, const struct inf_json_limits *limits,
                       struct inf_json *ret, struct inf_error *err);
void inf_json_free(struct inf_json *json); /* NULL and zeroed are fine */

/* Line and column (1-based) where the key `path` ("a.b.c", keys only, no array indexes) stands in
 * the text; 1:1 when it is not there. For error texts "[l:c] [parser] unknown field [foo]". */
void inf_json_locate(const struct inf_json *json, const char *path, int *ret_line, int *ret_column);

/* ---- reading: value may be NULL everywhere (then: not of that type) ---- */
const struct cJSON *inf_json_get(const struct cJSON *object, const char *key); /* exact case */
/* "a.b": first the literal key, then the nested path, as Elasticsearch reads a document's field. */
const struct cJSON *inf_json_get_path(const struct cJSON *object, const char *dotted);
const struct cJSON *inf_json_first(const struct cJSON *container); /* first child or NULL */
const struct cJSON *inf_json_next(const struct cJSON *value);      /* next sibling or NULL */
const char *inf_json_key(const struct cJSON *member);              /* key inside an object */
size_t inf_json_size(const struct cJSON *container);               /* children; O(n) */
bool inf_json_is_object(const struct cJSON *value);
bool inf_json_is_array(const struct cJSON *value);
bool inf_json_is_string(const struct cJSON *value);
bool inf_json_is_number(const struct cJSON *value);
bool inf_json_is_bool(const struct cJSON *value);
bool inf_json_is_null(const struct cJSON *value);
const char *inf_json_string(const struct cJSON *value); /* NULL when not a string */
double inf_json_double(const struct cJSON *value);      /* 0 when not a number */
bool inf_json_true(const struct cJSON *value);
/* Integer from a number without fraction or from a numeric string, as Elasticsearch coerces.
 * Fails with INF_ERR_ILLEGAL_ARGUMENT "4.5 cannot be converted to Integer without data loss" or
 * "For input string: \"x\"" (NUMBER_FORMAT); exact for every int64. */
int inf_json_int64(const struct cJSON *value, int64_t *ret, struct inf_error *err);
/* Token name for messages: START_OBJECT, START_ARRAY, VALUE_STRING, VALUE_NUMBER, ... */
const char *inf_json_token(const struct cJSON *value);

/* ---- building a small tree by hand is not needed: write text and parse it ---- */

/* ---- writing ---- */
struct inf_jsonw {
    struct inf_buf *out; /* borrowed */
    bool comma;          /* a value was written at this level */
};
void inf_jsonw_init(struct inf_jsonw *w, struct inf_buf *out);
void inf_jsonw_begin_object(struct inf_jsonw *w);
void inf_jsonw_end_object(struct inf_jsonw *w);
void inf_jsonw_begin_array(struct inf_jsonw *w);
void inf_jsonw_end_array(struct inf_jsonw *w);
void inf_jsonw_key(struct inf_jsonw *w, const char *key);
void inf_jsonw_string(struct inf_jsonw *w,
                      const char *text); /* escaped; ill-formed UTF-8: U+FFFD */
void inf_jsonw_string_n(struct inf_jsonw *w, const char *text, size_t length);
void inf_jsonw_int(struct inf_jsonw *w, int64_t value);
void inf_jsonw_bool(struct inf_jsonw *w, bool value);
void inf_jsonw_null(struct inf_jsonw *w);
/* Shortest decimal text that reads back as the same value; NaN and infinities become null, because
 * JSON has no such numbers. An integral value gets ".0" ("1.0"), as Java prints doubles. */
void inf_jsonw_double(struct inf_jsonw *w, double value);
void inf_jsonw_float(struct inf_jsonw *w, float value);
void inf_jsonw_raw(struct inf_jsonw *w, const char *json, size_t length); /* one finished value */
void inf_jsonw_value(struct inf_jsonw *w, const struct cJSON *value);     /* a parsed value again */
/* The members of a parsed object without its braces; NULL has none. */
void inf_jsonw_members(struct inf_jsonw *w, const struct cJSON *object);
/* key + value in one call */
void inf_jsonw_kv_string(struct inf_jsonw *w, const char *key, const char *text);
void inf_jsonw_kv_int(struct inf_jsonw *w, const char *key, int64_t value);
void inf_jsonw_kv_bool(struct inf_jsonw *w, const char *key, bool value);
void inf_jsonw_kv_double(struct inf_jsonw *w, const char *key, double value);

/* Appends `json` (one valid value) to out with 2-space indentation and a trailing newline
 * (`?pretty`). 0, or -1 when out is full. */
int inf_json_pretty(const char *json, size_t length, struct inf_buf *out);

/* Appends `json` (one value) to out as a YAML document. 0, or -1 when it is not JSON or out is
 * full.
 */
int inf_json_yaml(const char *json, size_t length, struct inf_buf *out);

/* True when text[0..length) is well-formed UTF-8 (RFC 3629: no overlong form, no surrogate). */
bool inf_utf8_valid(const char *text, size_t length);
/* The longest length <= max at which text[0..length) can be cut without splitting a sequence. Only
 * the last bytes are looked at, so ill-formed text is cut somewhere harmless. */
size_t inf_utf8_cut(const char *text, size_t length, size_t max);

#endif
