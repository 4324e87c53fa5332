/* Content negotiation as Elasticsearch does it.
 *
 * Clients of major versions 8 and 9 announce theirs in "application/vnd.elasticsearch+json;
 * compatible-with=N" and want the same type back. A comma makes an Accept a range, which counts as
 * none. A content type without a body means nothing: the JavaScript client always sends one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "negotiate.h"

#include "inferd/units.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { CURRENT_MAJOR = 9, OLDEST_MAJOR = 8 };

struct span {
    const char *text;
    size_t length;
};

struct parsed {
    bool json; /* application/json or its vendored form */
    bool vendored;
    int version; /* of compatible-with; 0: none */
};

static struct span trimmed(const char *text, size_t length)
{
    while (length > 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return (struct span){text, length};
}

static bool equals(struct span span, const char *text)
{
    return span.length == strlen(text) && strncasecmp(span.text, text, span.length) == 0;
}

/* type "/" subtype of the characters that Elasticsearch allows there. */
static bool well_formed(struct span span)
{
    size_t slashes = 0;
    for (size_t i = 0; i < span.length; i++) {
        char c = span.text[i];
        bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (c == '/')
            slashes++;
        else if (!alphanumeric && strchr("!#$%&'*+.^_`|~-", c) == NULL)
            return false;
    }
    return slashes == 1 && span.length > 2 && span.text[0] != '/' &&
           span.text[span.length - 1] != '/';
}

static int parse_version(struct span value, int *ret)
{
    int64_t number;
    char text[8];
    if (value.length == 0 || value.length >= sizeof text)
        return -1;
    memcpy(text, value.text, value.length);
    text[value.length] = '\0';
    if (inf_int_parse(text, &number) != 0 || number <= 0 || number > 999)
        return -1;
    *ret = (int)number;
    return 0;
}

/* One "name=value" behind a semicolon. */
static int parse_parameter(struct span span, struct parsed *ret)
{
    if (span.length == 0)
        return 0;
    const char *equals_sign = memchr(span.text, '=', span.length);
    if (equals_sign == NULL)
        return -1;
    size_t name_length = (size_t)(equals_sign - span.text);
    struct span name = trimmed(span.text, name_length);
    struct span value = trimmed(equals_sign + 1, span.length - name_length - 1);
    if (equals(name, "compatible-with") && ret->vendored)
        return parse_version(value, &ret->version);
    if (equals(name, "charset"))
        return equals(value, "utf-8") || equals(value, "\"utf-8\"") ? 0 : -1;
    return ret->json ? -1 : 0; /* a JSON type has no other parameter */
}

static int parse(const char *header, struct parsed *ret)
{
    memset(ret, 0, sizeof *ret);
    size_t length = strcspn(header, ";");
    struct span type = trimmed(header, length);
    if (!well_formed(type))
        return -1;
    ret->vendored = equals(type, "application/vnd.elasticsearch+json");
    ret->json = ret->vendored || equals(type, "application/json");
    while (header[length] == ';') {
        header += length + 1;
        length = strcspn(header, ";");
        if (parse_parameter(trimmed(header, length), ret) != 0)
            return -1;
    }
    if (ret->vendored && ret->version == 0)
        ret->version = CURRENT_MAJOR;
    return 0;
}

static int invalid(const char *name, const char *header, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_MEDIA_TYPE, "Invalid media-type value on headers [%s]", name);
    return inf_error_cause(err, INF_ERR_ILLEGAL_ARGUMENT, "invalid media-type [%s]", header);
}

static int check_version(const char *name, int version, const char *header, struct inf_error *err)
{
    if (version == 0 || (version >= OLDEST_MAJOR && version <= CURRENT_MAJOR))
        return 0;
    inf_error_set(err, INF_ERR_MEDIA_TYPE,
                  "Invalid media-type value on headers [Accept, Content-Type]");
    return inf_error_cause(err, INF_ERR_BAD_REQUEST,
                           "%s version must be either version %d or %d, but found %d. %s=%s", name,
                           CURRENT_MAJOR, OLDEST_MAJOR, version, name, header);
}

static int versions_differ(const char *accept, const char *content_type, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_MEDIA_TYPE,
                  "Invalid media-type value on headers [Accept, Content-Type]");
    return inf_error_cause(err, INF_ERR_BAD_REQUEST,
                           "A compatible version is required on both Content-Type and Accept "
                           "headers if either one has requested a compatible version and the "
                           "compatible versions must match. Accept=%s, Content-Type=%s",
                           accept, content_type);
}

/* A range (a list, or one with an asterisk) leaves the choice to the server, like no header at all.
 */
static bool is_range(const char *accept)
{
    return accept == NULL || strpbrk(accept, ",*") != NULL;
}

int inf_negotiate(const char *accept, const char *content_type, bool has_body,
                  struct inf_media *ret, struct inf_error *err)
{
    struct parsed wanted = {0}, sent = {0};
    ret->compatible_with = 0;
    if (!is_range(accept)) {
        if (parse(accept, &wanted) != 0)
            return invalid("Accept", accept, err);
        if (check_version("Accept", wanted.version, accept, err) != 0)
            return -1;
    }
    if (has_body) {
        if (content_type == NULL)
            return inf_error_set(err, INF_ERR_NOT_ACCEPTABLE, "Content-Type header is missing");
        if (parse(content_type, &sent) != 0)
            return invalid("Content-Type", content_type, err);
        if (!sent.json)
            return inf_error_set(err, INF_ERR_NOT_ACCEPTABLE,
                                 "Content-Type header [%s] is not supported", content_type);
        if (check_version("Content-Type", sent.version, content_type, err) != 0)
            return -1;
        if (!is_range(accept) && wanted.version != sent.version)
            return versions_differ(accept, content_type, err);
    }
    ret->compatible_with = wanted.version;
    return 0;
}

int inf_negotiate_format(const char *format, struct inf_media *media, struct inf_error *err)
{
    static const char *const others[] = {"yaml", "cbor", "smile"};
    if (format == NULL)
        return 0;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcasecmp(format, others[i]) == 0)
            return inf_error_set(err, INF_ERR_NOT_ACCEPTABLE, "format [%s] is not supported",
                                 format);
    if (strcasecmp(format, "json") == 0)
        media->compatible_with = 0;
    return 0;
}

const char *inf_media_print(struct inf_media media, char text[INF_MEDIA_TEXT])
{
    if (media.compatible_with == 0)
        return "application/json";
    snprintf(text, INF_MEDIA_TEXT, "application/vnd.elasticsearch+json;compatible-with=%d",
             media.compatible_with);
    return text;
}
