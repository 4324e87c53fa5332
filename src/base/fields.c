/* fields.c - typed members of a client's JSON object; every text has one home here, so that all
 * parsers complain alike. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/fields.h"

#include "inferd/similarity.h"
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct place {
    char text[48]; /* "[l:c] ", or "" without a document */
};

/* A path too long for the buffer is not found, and inf_json_locate then says 1:1. */
static struct place place_of(const struct inf_fields *fields, const char *key)
{
    struct place place = {.text = ""};
    char path[512];
    int line = 1;
    int column = 1;
    if (!fields->doc) {
        return place;
    }
    snprintf(path, sizeof path, "%s%s%s", fields->path, *fields->path ? "." : "", key);
    inf_json_locate(fields->doc, path, &line, &column);
    snprintf(place.text, sizeof place.text, "[%d:%d] ", line, column);
    return place;
}

static int wrong_type(const struct inf_fields *fields, const struct cJSON *member,
                      struct inf_error *err)
{
    const char *key = inf_json_key(member);
    return inf_error_set(err, INF_ERR_X_CONTENT_PARSE,
                         "%s[%s] %s doesn't support values of type: %s", place_of(fields, key).text,
                         fields->parser, key, inf_json_token(member));
}

int inf_fields_unknown(const struct inf_fields *fields, const char *key, struct inf_error *err)
{
    struct inf_buf hint;
    size_t known = 0;
    inf_buf_init(&hint, INF_REASON_MAX);
    while (fields->known && fields->known[known]) {
        known++;
    }
    inf_suggest(&hint, " ", key, fields->known, known);
    inf_error_set(err, INF_ERR_X_CONTENT_PARSE, "%s[%s] unknown field [%s]%s",
                  place_of(fields, key).text, fields->parser, key, hint.data ? hint.data : "");
    inf_buf_free(&hint);
    return -1;
}

int inf_fields_unknown_name(const struct inf_fields *fields, const char *key, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_NAMED_OBJECT, "%sunknown field [%s]",
                         place_of(fields, key).text, key);
}

int inf_fields_failed(const struct inf_fields *fields, const char *key, struct inf_error *err)
{
    return inf_error_wrap(err, INF_ERR_X_CONTENT_PARSE, "%s[%s] failed to parse field [%s]",
                          place_of(fields, key).text, fields->parser, key);
}

int inf_fields_object(const struct inf_fields *fields, const struct cJSON *member,
                      struct inf_error *err)
{
    return inf_json_is_object(member) ? 0 : wrong_type(fields, member, err);
}

int inf_fields_bool(const struct inf_fields *fields, const struct cJSON *member, bool *ret,
                    struct inf_error *err)
{
    const char *text = inf_json_string(member);
    if (inf_json_is_bool(member)) {
        *ret = inf_json_true(member);
        return 0;
    }
    if (!text) {
        return wrong_type(fields, member, err);
    }
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "Failed to parse value [%s] as only [true] or [false] are allowed.", text);
        return inf_fields_failed(fields, inf_json_key(member), err);
    }
    *ret = strcmp(text, "true") == 0;
    return 0;
}

int inf_fields_int(const struct inf_fields *fields, const struct cJSON *member, int *ret,
                   struct inf_error *err)
{
    int64_t value = 0;
    if (!inf_json_is_number(member) && !inf_json_is_string(member)) {
        return wrong_type(fields, member, err);
    }
    if (inf_json_int64(member, &value, err) != 0) {
        return inf_fields_failed(fields, inf_json_key(member), err);
    }
    if (value < INT_MIN || value > INT_MAX) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "Value [%lld] is out of range for an integer",
                      (long long)value);
        return inf_fields_failed(fields, inf_json_key(member), err);
    }
    *ret = (int)value;
    return 0;
}

int inf_fields_string(const struct inf_fields *fields, const struct cJSON *member, const char **ret,
                      struct inf_error *err)
{
    const char *text = inf_json_string(member);
    if (!text) {
        return wrong_type(fields, member, err);
    }
    *ret = text;
    return 0;
}

int inf_fields_named(const struct inf_fields *fields, const struct cJSON *object, const char *what,
                     const struct cJSON **ret, struct inf_error *err)
{
    /* What stands in an array has no name. */
    const struct cJSON *member = inf_json_is_object(object) ? inf_json_first(object) : NULL;
    if (!member || inf_json_next(member)) {
        return inf_error_set(
            err, INF_ERR_X_CONTENT_PARSE, "%s[%s] [%s] must hold exactly one name and its settings",
            place_of(fields, member ? inf_json_key(member) : "").text, fields->parser, what);
    }
    if (inf_fields_object(fields, member, err) != 0) {
        return -1;
    }
    *ret = member;
    return 0;
}
