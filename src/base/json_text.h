/* json_text.h - what the parts of the JSON reader share about the text itself.
 * Thread: none (pure), except struct inf_json_spans, which is plain data. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_BASE_JSON_TEXT_H
#define INFERD_BASE_JSON_TEXT_H

#include "inferd/error.h"
#include "inferd/json.h"
#include <stddef.h>
#include <stdint.h>

/* cJSON parses and frees recursively; this bounds its stack whatever a caller asks for. */
#define INF_JSON_DEPTH_CAP 512
/* cJSON 1.7.15 reads a number through a buffer of 64 bytes and cuts a longer one. */
#define INF_JSON_NUMBER_MAX 63
/* 2^53: from here on a double may stand for another integer than the text says. */
#define INF_JSON_INEXACT_FROM 9007199254740992.0

/* Places of literals in the text, in document order. Owns items. */
struct inf_json_spans {
    struct inf_json_span {
        size_t offset;
        size_t length;
    } * items;
    size_t count;
    size_t capacity;
};

/* Line and column (both from 1, columns in bytes) of an offset. "\n", "\r\n" and "\r" end a line.
 */
void inf_json_position(const char *text, size_t offset, int *ret_line, int *ret_column);

/* Offset of the first character from `at` on that is no JSON blank; the text is NUL-terminated. */
size_t inf_json_skip_blanks(const char *text, size_t at);

/* The value of four hexadecimal digits, which have been checked. */
uint32_t inf_json_hex4(const char *digits);

/* Decodes the inside of a string literal that has been checked. dest needs `length` bytes; returns
 * the bytes written, without a NUL. */
size_t inf_json_unescape(const char *raw, size_t length, char *dest);

/* Offset behind the closing quote of the checked string whose opening quote stands at `at`. */
size_t inf_json_skip_string(const char *text, size_t at);

/* Checks a NUL-terminated text completely (grammar, UTF-8, duplicate keys, limits). On success
 * ret_large, which the caller zeroed and frees, lists the numbers from INF_JSON_INEXACT_FROM on. */
int inf_json_check(const char *text, size_t length, const struct inf_json_limits *limits,
                   struct inf_json_spans *ret_large, struct inf_error *err);

#endif
