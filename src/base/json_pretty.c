/* json_pretty.c - `?pretty`: the layout of Elasticsearch's answers, two spaces a level, `"key" :
 * 1`.
 *
 * It works on finished text, so handlers write their answer once and know nothing of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "json_text.h"

#include <string.h>

static void new_line(struct inf_buf *out, size_t depth)
{
    inf_buf_append(out, "\n", 1);
    for (size_t i = 0; i < depth; i++) {
        inf_buf_append(out, "  ", 2);
    }
}

/* The index of the next character that is no blank, or length. */
static size_t next_token(const char *json, size_t at, size_t length)
{
    while (at < length && memchr(" \t\r\n", json[at], 4)) {
        at++;
    }
    return at;
}

/* Length of the scalar at json[at..length): a string with its quotes, a number or a word. */
static size_t scalar_length(const char *json, size_t at, size_t length)
{
    size_t end = at + 1;
    if (json[at] != '"') {
        while (end < length && !memchr(",:]} \t\r\n", json[end], 8)) {
            end++;
        }
        return end - at;
    }
    while (end < length && json[end] != '"') {
        end += json[end] == '\\' ? 2 : 1;
    }
    return (end < length ? end + 1 : length) - at;
}

/* Opens a container; an empty one is closed at once. Returns the index behind what was used. */
static size_t open_bracket(const char *json, size_t at, size_t length, size_t *depth,
                           struct inf_buf *out)
{
    size_t next = next_token(json, at + 1, length);
    inf_buf_append(out, json + at, 1);
    if (next < length && (json[next] == '}' || json[next] == ']')) {
        inf_buf_append(out, " ", 1);
        inf_buf_append(out, json + next, 1);
        return next + 1;
    }
    ++*depth;
    new_line(out, *depth);
    return at + 1;
}

int inf_json_pretty(const char *json, size_t length, struct inf_buf *out)
{
    size_t depth = 0;
    for (size_t at = next_token(json, 0, length); at < length && !out->failed;
         at = next_token(json, at, length)) {
        char c = json[at];
        if (c == '{' || c == '[') {
            at = open_bracket(json, at, length, &depth, out);
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
            new_line(out, depth);
            inf_buf_append(out, json + at++, 1);
        } else if (c == ',') {
            inf_buf_append(out, json + at++, 1);
            new_line(out, depth);
        } else if (c == ':') {
            inf_buf_puts(out, " : ");
            at++;
        } else {
            size_t scalar = scalar_length(json, at, length);
            inf_buf_append(out, json + at, scalar);
            at += scalar;
        }
    }
    inf_buf_append(out, "\n", 1);
    return out->failed ? -1 : 0;
}
