/* One pass over the request headers.
 *
 * libmicrohttpd takes two Content-Lengths, Content-Length beside Transfer-Encoding and unknown
 * transfer codings, each of which lets a proxy in front see another request than this server does.
 * They are refused here, before a byte of the body is read.
 *
 * Before version 1.0 it also takes an LF without its CR for the end of a line, drops what follows a
 * NUL, and adds a continued line to the name of its header, so that a name can be made of pieces
 * that no proxy looks at. It does not show the lines themselves, but it leaves them where they were
 * received, and so the distances between what it shows tell. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "headers.h"

#include "inferd/http.h"

#include "inferd/units.h"
#include <string.h>
#include <strings.h>

#define LINE_END_BYTES 2

static const struct {
    const char *name;
    size_t length;
} known[INF_H_COUNT] = {
#define KNOWN(name)           \
    {                         \
        name, sizeof name - 1 \
    }
    [INF_H_ACCEPT] = KNOWN("Accept"),
    [INF_H_ACCEPT_ENCODING] = KNOWN("Accept-Encoding"),
    [INF_H_AUTHORIZATION] = KNOWN("Authorization"),
    [INF_H_CONTENT_ENCODING] = KNOWN("Content-Encoding"),
    [INF_H_CONTENT_LENGTH] = KNOWN("Content-Length"),
    [INF_H_CONTENT_TYPE] = KNOWN("Content-Type"),
    [INF_H_EXPECT] = KNOWN("Expect"),
    [INF_H_HOST] = KNOWN("Host"),
    [INF_H_OPAQUE_ID] = KNOWN("X-Opaque-Id"),
    [INF_H_RELAYED] = KNOWN(INF_RELAYED_HEADER),
    [INF_H_TRANSFER_ENCODING] = KNOWN("Transfer-Encoding"),
#undef KNOWN
};

void inf_headers_init(struct inf_headers *headers)
{
    *headers = (struct inf_headers){.content_length = -1, .twice = INF_H_COUNT};
}

void inf_headers_check_lines(struct inf_headers *headers, const char *version)
{
    headers->end = version + strlen(version);
}

void inf_headers_check_last(struct inf_headers *headers, const char *after)
{
    if ((uintptr_t)after - (uintptr_t)headers->end != (uintptr_t)2 * LINE_END_BYTES)
        headers->broken_line = true;
}

/* A line begins two bytes after the end of the one before it. */
static void follow_line(struct inf_headers *headers, const char *name, const char *value,
                        size_t value_length)
{
    if (headers->end == NULL)
        return;
    if ((uintptr_t)name - (uintptr_t)headers->end != LINE_END_BYTES)
        headers->broken_line = true;
    headers->end = value + value_length;
}

/* The characters of a token, RFC 9110 section 5.6.2. */
static bool is_token(const char *text, size_t length)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return length > 0;
}

bool inf_header_value_valid(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

void inf_headers_add(struct inf_headers *headers, const char *name, size_t name_length,
                     const char *value, size_t value_length)
{
    bool is_sound = is_token(name, name_length) && inf_header_value_valid(value, value_length);

    follow_line(headers, name, value, value_length);
    if (!is_sound) { /* the answer that says so must not repeat it */
        headers->malformed = true;
        return;
    }
    for (enum inf_header i = 0; i < INF_H_COUNT; i++) {
        if (known[i].length != name_length || strncasecmp(known[i].name, name, name_length) != 0)
            continue;
        if (headers->text[i] != NULL) {
            if (i == INF_H_CONTENT_LENGTH || i == INF_H_TRANSFER_ENCODING || i == INF_H_HOST)
                headers->framing_twice = true;
            else if (i != INF_H_ACCEPT_ENCODING && strcmp(headers->text[i], value) != 0)
                headers->twice = i;
        }
        headers->text[i] = value;
        return;
    }
}

static int refuse(struct inf_error *err, const char *reason)
{
    return inf_error_set(err, INF_ERR_PLAIN_BAD_REQUEST, "%s", reason);
}

int inf_headers_check_framing(struct inf_headers *headers, bool http_10, struct inf_error *err)
{
    const char *length = headers->text[INF_H_CONTENT_LENGTH];
    const char *coding = headers->text[INF_H_TRANSFER_ENCODING];
    if (headers->malformed)
        return refuse(err, "a header has characters that are not allowed there");
    if (headers->broken_line)
        return refuse(err, "each header must be one line that ends with CR and LF");
    if (headers->framing_twice)
        return refuse(err, "Host, Content-Length and Transfer-Encoding may be given once only");
    if (coding != NULL && length != NULL)
        return refuse(err, "Content-Length and Transfer-Encoding exclude each other");
    if (coding != NULL && (http_10 || strcasecmp(coding, "chunked") != 0))
        return refuse(err, "the only Transfer-Encoding understood is chunked, in HTTP/1.1");
    headers->chunked = coding != NULL;
    if (length != NULL && (strspn(length, "0123456789") != strlen(length) ||
                           inf_int_parse(length, &headers->content_length) != 0))
        return refuse(err, "Content-Length is not a number");
    return 0;
}

int inf_headers_check_single(const struct inf_headers *headers, struct inf_error *err)
{
    if (headers->twice == INF_H_COUNT)
        return 0;
    return inf_error_set(err, INF_ERR_PLAIN_BAD_REQUEST,
                         "multiple values for single-valued header [%s].",
                         known[headers->twice].name);
}
