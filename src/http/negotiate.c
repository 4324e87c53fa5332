/* Content negotiation as Elasticsearch does it.
 *
 * Clients of major versions 8 and 9 announce theirs in "application/vnd.elasticsearch+json;
 * compatible-with=N" and want the same type back. A comma makes an Accept a range, which counts as
 * none. A content type without a body means nothing: the JavaScript client always sends one.
 * Answers are JSON or YAML; bodies are JSON, since no client sends anything else. */
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

/* The types that Elasticsearch knows; each has a plain and a vendored form. */
enum kind { OTHER, JSON, YAML, LINES, UNSPOKEN };

static const struct {
    const char *plain, *vendored;
    enum kind kind;
} kinds[] = {
    {"application/json", "application/vnd.elasticsearch+json", JSON},
    {"application/yaml", "application/vnd.elasticsearch+yaml", YAML},
    {"application/x-ndjson", "application/vnd.elasticsearch+x-ndjson", LINES},
    {"application/smile", "application/vnd.elasticsearch+smile", UNSPOKEN},
    {"application/cbor", "application/vnd.elasticsearch+cbor", UNSPOKEN},
};

struct parsed {
    enum kind kind;
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
    return ret->kind != OTHER ? -1 : 0; /* a type of ours has no other parameter */
}

static void find_kind(struct span type, struct parsed *ret)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        ret->vendored = equals(type, kinds[i].vendored);
        if (ret->vendored || equals(type, kinds[i].plain)) {
            ret->kind = kinds[i].kind;
            return;
        }
    }
}

static int parse(const char *header, struct parsed *ret)
{
    memset(ret, 0, sizeof *ret);
    size_t length = strcspn(header, ";");
    struct span type = trimmed(header, length);
    if (!well_formed(type))
        return -1;
    find_kind(type, ret);
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

static int not_supported(const char *name, const char *header, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_NOT_ACCEPTABLE, "%s header [%s] is not supported", name,
                         header);
}

static int read_accept(const char *accept, bool lines, struct parsed *wanted, struct inf_error *err)
{
    if (is_range(accept))
        return 0;
    if (parse(accept, wanted) != 0)
        return invalid("Accept", accept, err);
    if (wanted->kind == UNSPOKEN || (wanted->kind == LINES && !lines))
        return not_supported("Accept", accept, err);
    return check_version("Accept", wanted->version, accept, err);
}

static int read_content_type(const char *content_type, bool lines, struct parsed *sent,
                             struct inf_error *err)
{
    if (content_type == NULL)
        return inf_error_set(err, INF_ERR_NOT_ACCEPTABLE, "Content-Type header is missing");
    if (parse(content_type, sent) != 0)
        return invalid("Content-Type", content_type, err);
    if (sent->kind != JSON && !(lines && sent->kind == LINES))
        return not_supported("Content-Type", content_type, err);
    return check_version("Content-Type", sent->version, content_type, err);
}

int inf_negotiate(const char *accept, const char *content_type, bool has_body, bool lines,
                  struct inf_media *ret, struct inf_error *err)
{
    struct parsed wanted = {0}, sent = {0};
    *ret = (struct inf_media){0};
    if (read_accept(accept, lines, &wanted, err) != 0)
        return -1;
    if (has_body) {
        if (read_content_type(content_type, lines, &sent, err) != 0)
            return -1;
        if (!is_range(accept) && wanted.version != sent.version)
            return versions_differ(accept, content_type, err);
    }
    ret->yaml = wanted.kind == YAML;
    ret->named = wanted.kind != OTHER;
    ret->compatible_with = wanted.version;
    return 0;
}

int inf_negotiate_format(const char *format, struct inf_media *media, struct inf_error *err)
{
    if (format == NULL)
        return 0;
    if (strcasecmp(format, "cbor") == 0 || strcasecmp(format, "smile") == 0)
        return inf_error_set(err, INF_ERR_NOT_ACCEPTABLE, "format [%s] is not supported", format);
    bool yaml = strcasecmp(format, "yaml") == 0;
    if (yaml || strcasecmp(format, "json") == 0)
        *media = (struct inf_media){.yaml = yaml, .named = true};
    else
        media->named = false;
    return 0;
}

static bool announces_oldest(const char *header)
{
    static const char mark[] = "compatible-with=";
    const char *found = header != NULL ? strcasestr(header, mark) : NULL;
    return found != NULL && found[sizeof mark - 1] == '0' + OLDEST_MAJOR;
}

bool inf_negotiate_oldest(const char *accept, const char *content_type)
{
    return announces_oldest(accept) || announces_oldest(content_type);
}

const char *inf_media_print(struct inf_media media, char text[INF_MEDIA_TEXT])
{
    const char *kind = media.yaml ? "yaml" : "json";
    if (media.compatible_with == 0)
        snprintf(text, INF_MEDIA_TEXT, "application/%s", kind);
    else
        snprintf(text, INF_MEDIA_TEXT, "application/vnd.elasticsearch+%s;compatible-with=%d", kind,
                 media.compatible_with);
    return text;
}
