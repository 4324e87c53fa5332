/* Percent-decoding.
 *
 * It is done here and not by libmicrohttpd, because a path must be split into segments before it is
 * decoded: "m%2Fn" is one id with a slash in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include "inferd/json.h"
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int bad_escape(const char *text, size_t length, size_t at, struct inf_error *err)
{
    const char *kind = length - at == 1   ? "unterminated escape sequence at end of string"
                       : length - at == 2 ? "partial escape sequence at end of string"
                                          : "invalid escape sequence in string";
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "%s: %.*s", kind,
                         (int)(length < 256 ? length : 256), text);
}

int inf_percent_decode(struct inf_arena *arena, const char *text, size_t length, bool plus_is_blank,
                       const char **ret, struct inf_error *err)
{
    char *out = inf_arena_alloc(arena, length + 1);
    size_t filled = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 1 < length ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < length ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return bad_escape(text, length, i, err);
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        out[filled++] = c;
    }
    if (memchr(out, '\0', filled) != NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "the URI holds an encoded NUL");
    if (!inf_utf8_valid(out, filled))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "the URI is not well-formed UTF-8");
    *ret = out;
    return 0;
}

static size_t count_pairs(const char *text)
{
    size_t count = 1;
    for (const char *p = text; (p = strchr(p, '&')) != NULL; p++)
        count++;
    return count;
}

int inf_query_parse(struct inf_arena *arena, const char *text, struct inf_query *ret,
                    struct inf_error *err)
{
    *ret = (struct inf_query){NULL, 0};
    if (text == NULL || text[0] == '\0')
        return 0;
    ret->pairs = inf_arena_alloc(arena, count_pairs(text) * sizeof ret->pairs[0]);
    for (const char *p = text; p != NULL;) {
        const char *end = strchr(p, '&');
        size_t length = end != NULL ? (size_t)(end - p) : strlen(p);
        const char *equals = memchr(p, '=', length);
        size_t name_length = equals != NULL ? (size_t)(equals - p) : length;
        if (length > 0) {
            struct inf_query_pair *pair = &ret->pairs[ret->count++];
            pair->value = "";
            if (inf_percent_decode(arena, p, name_length, true, &pair->name, err) != 0)
                return -1;
            if (equals != NULL && inf_percent_decode(arena, equals + 1, length - name_length - 1,
                                                     true, &pair->value, err) != 0)
                return -1;
        }
        p = end != NULL ? end + 1 : NULL;
    }
    return 0;
}
