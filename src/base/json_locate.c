/* json_locate.c - where a key stands in a text that has been parsed.
 *
 * cJSON keeps no positions and most requests have no error, so the text is walked again only when
 * an error names a place. The text is known to be well-formed; recursion is bounded by its depth.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "json_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOT_FOUND SIZE_MAX

struct walk {
    const char *text;
    size_t at;
};

static size_t find_in_value(struct walk *walk, const char *path);

static void skip_blanks(struct walk *walk)
{
    walk->at = inf_json_skip_blanks(walk->text, walk->at);
}

/* Does path begin with the key whose opening quote stands at walk->at? *ret_rest is then what is
 * left of it, NULL when the key is all of it. A key may contain dots itself. */
static bool key_begins_path(const struct walk *walk, size_t end, const char *path,
                            const char **ret_rest)
{
    size_t raw = end - walk->at - 2;
    char *key = malloc(raw + 1);
    if (!key) {
        return false;
    }
    size_t length = inf_json_unescape(walk->text + walk->at + 1, raw, key);
    bool begins = strncmp(path, key, length) == 0 && strchr(".", path[length]) != NULL;
    if (begins) {
        *ret_rest = path[length] == '.' ? path + length + 1 : NULL;
    }
    free(key);
    return begins;
}

/* walk->at stands on the key. */
static size_t find_in_member(struct walk *walk, const char *path)
{
    size_t key_at = walk->at;
    size_t end = inf_json_skip_string(walk->text, walk->at);
    const char *rest = NULL;
    if (path && key_begins_path(walk, end, path, &rest) && !rest) {
        return key_at;
    }
    walk->at = end;
    skip_blanks(walk);
    walk->at++; /* the colon */
    skip_blanks(walk);
    return find_in_value(walk, rest);
}

static size_t find_in_container(struct walk *walk, const char *path, bool object)
{
    char close = object ? '}' : ']';
    size_t found = NOT_FOUND;
    walk->at++;
    for (;;) {
        skip_blanks(walk);
        if (walk->text[walk->at] == ',') {
            walk->at++;
            skip_blanks(walk);
        }
        if (walk->text[walk->at] == close) {
            walk->at++;
            return NOT_FOUND;
        }
        found = object ? find_in_member(walk, path) : find_in_value(walk, path);
        if (found != NOT_FOUND) {
            return found;
        }
    }
}

/* Looks for path in the value at walk->at and ends behind it; a NULL path only skips. The elements
 * of an array are looked through as if they stood in its place. */
static size_t find_in_value(struct walk *walk, const char *path)
{
    char c = walk->text[walk->at];
    if (c == '{' || c == '[') {
        return find_in_container(walk, path, c == '{');
    }
    if (c == '"') {
        walk->at = inf_json_skip_string(walk->text, walk->at);
    } else {
        walk->at += strcspn(walk->text + walk->at, ",]} \t\r\n");
    }
    return NOT_FOUND;
}

void inf_json_locate(const struct inf_json *json, const char *path, int *ret_line, int *ret_column)
{
    struct walk walk = {.text = json->text};
    size_t found = NOT_FOUND;
    if (json->text) {
        skip_blanks(&walk);
        found = find_in_value(&walk, path);
    }
    *ret_line = 1;
    *ret_column = 1;
    if (found != NOT_FOUND) {
        inf_json_position(json->text, found, ret_line, ret_column);
    }
}
