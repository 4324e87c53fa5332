/* html_strip.c - HTML's text: one pass, every byte looked at a bounded number of times. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "html_strip.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

/* Elements inside a line, which leave nothing behind; any other leaves a line break. */
static const char *const inline_names[] = {
    "a",     "abbr", "acronym", "b",      "bdo", "big", "cite", "code", "del",
    "dfn",   "em",   "font",    "i",      "ins", "kbd", "q",    "s",    "samp",
    "small", "span", "strike",  "strong", "sub", "sup", "tt",   "u",    "var"};

static bool is_inline(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof inline_names / sizeof inline_names[0]; i++)
        if (strlen(inline_names[i]) == length && strncasecmp(inline_names[i], name, length) == 0)
            return true;
    return false;
}

/* Behind what begins at html and ends with `end`; the end of the text where it does not. */
static const char *behind(const char *html, const char *end)
{
    const char *found = strcasestr(html, end);

    return found != NULL ? found + strlen(end) : html + strlen(html);
}

/* A tag is not longer; and after so many that are not closed, nothing is taken for one. */
enum { TAG_MAX = 4096, UNCLOSED_MAX = 100 };

/* Behind the ">" that closes a tag, over quoted values; NULL where none does. */
static const char *tag_end(const char *at)
{
    const char *begin = at;
    char quote = '\0';

    for (; *at != '\0' && at - begin < TAG_MAX; at++) {
        if (quote != '\0')
            quote = *at == quote ? '\0' : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
        else if (*at == '>')
            return at + 1;
    }
    return NULL;
}

/* html is at "<"; what comes behind the tag, or NULL when this is no tag. */
static const char *skip_tag(const char *html, struct inf_buf *out)
{
    const char *name = html + 1 + (html[1] == '/');
    const char *end;
    size_t length = 0;

    if (strncmp(html, "<!--", 4) == 0)
        return behind(html + 4, "-->");
    if (html[1] == '!' || html[1] == '?')
        return tag_end(html);
    while (isalnum((unsigned char)name[length]))
        length++;
    if (length == 0 || (end = tag_end(name)) == NULL)
        return NULL;
    if (!is_inline(name, length))
        inf_buf_append(out, "\n", 1);
    if (html[1] != '/' && length == 6 && strncasecmp(name, "script", 6) == 0)
        return behind(end, "</script>");
    if (html[1] != '/' && length == 5 && strncasecmp(name, "style", 5) == 0)
        return behind(end, "</style>");
    return end;
}

static bool put_letter(long letter, struct inf_buf *out)
{
    utf8proc_uint8_t bytes[4];

    if (letter <= 0 || letter > 0x10ffff || !utf8proc_codepoint_valid((utf8proc_int32_t)letter))
        return false;
    inf_buf_append(out, bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)letter, bytes));
    return true;
}

/* html is at "&"; what comes behind the entity, or NULL when this is none. */
static const char *read_entity(const char *html, struct inf_buf *out)
{
    static const struct {
        const char *name;
        long letter;
    } entities[] = {{"amp;", '&'},  {"lt;", '<'},    {"gt;", '>'},
                    {"quot;", '"'}, {"apos;", '\''}, {"nbsp;", ' '}};
    char *end;

    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (strncmp(html + 1, entities[i].name, strlen(entities[i].name)) == 0) {
            put_letter(entities[i].letter, out);
            return html + 1 + strlen(entities[i].name);
        }
    if (html[1] == '#') {
        bool hexadecimal = html[2] == 'x' || html[2] == 'X';
        long letter = strtol(html + 2 + hexadecimal, &end, hexadecimal ? 16 : 10);

        if (*end == ';' && isxdigit((unsigned char)html[2 + hexadecimal]) &&
            put_letter(letter, out))
            return end + 1;
    }
    return NULL;
}

void inf_html_strip(const char *html, struct inf_buf *out)
{
    int unclosed = 0;

    while (*html != '\0') {
        const char *after = NULL;
        size_t plain = strcspn(html, "<&");

        inf_buf_append(out, html, plain);
        html += plain;
        if (*html == '<' && unclosed < UNCLOSED_MAX) {
            after = skip_tag(html, out);
            unclosed += after == NULL;
        } else if (*html == '&') {
            after = read_entity(html, out);
        }
        if (after == NULL && *html != '\0')
            inf_buf_append(out, html++, 1);
        else if (after != NULL)
            html = after;
    }
}
