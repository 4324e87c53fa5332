/* json_text.c - positions and string literals in a JSON text.
 *
 * Positions are counted only when an error needs one, so that checking pays nothing for them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "json_text.h"

#include <limits.h>
#include <string.h>

static int as_int(size_t count)
{
    return count < INT_MAX ? (int)count : INT_MAX;
}

void inf_json_position(const char *text, size_t offset, int *ret_line, int *ret_column)
{
    size_t line = 1, line_start = 0;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n')) {
            line++;
            line_start = i + 1;
        }
    }
    *ret_line = as_int(line);
    *ret_column = as_int(offset - line_start + 1);
}

size_t inf_json_skip_blanks(const char *text, size_t at)
{
    while (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t') {
        at++;
    }
    return at;
}

uint32_t inf_json_hex4(const char *digits)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        uint32_t digit = c <= '9' ? (uint32_t)(c - '0') : (uint32_t)((c | 0x20) - 'a' + 10);
        value = value << 4 | digit;
    }
    return value;
}

static size_t put_utf8(uint32_t code, char *dest)
{
    if (code < 0x80) {
        dest[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        dest[0] = (char)(0xC0 | code >> 6);
        dest[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        dest[0] = (char)(0xE0 | code >> 12);
        dest[1] = (char)(0x80 | (code >> 6 & 0x3F));
        dest[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    dest[0] = (char)(0xF0 | code >> 18);
    dest[1] = (char)(0x80 | (code >> 12 & 0x3F));
    dest[2] = (char)(0x80 | (code >> 6 & 0x3F));
    dest[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* raw stands behind the backslash; returns the characters of the escape. */
static size_t unescape_one(const char *raw, char *dest, size_t *written)
{
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    if (*raw != 'u') {
        const char *letter = strchr(letters, *raw);
        dest[(*written)++] = letter ? controls[letter - letters] : *raw;
        return 1;
    }
    uint32_t code = inf_json_hex4(raw + 1);
    size_t used = 5;
    if (code >= 0xD800 && code <= 0xDBFF) { /* checked: the low half follows as \uXXXX */
        code = 0x10000 + ((code - 0xD800) << 10) + (inf_json_hex4(raw + 7) - 0xDC00);
        used = 11;
    }
    *written += put_utf8(code, dest + *written);
    return used;
}

size_t inf_json_unescape(const char *raw, size_t length, char *dest)
{
    size_t written = 0;
    for (size_t i = 0; i < length;) {
        if (raw[i] == '\\') {
            i++;
            i += unescape_one(raw + i, dest, &written);
        } else {
            dest[written++] = raw[i++];
        }
    }
    return written;
}

size_t inf_json_skip_string(const char *text, size_t at)
{
    at++;
    while (text[at] != '"') {
        at += text[at] == '\\' ? 2 : 1;
    }
    return at + 1;
}
