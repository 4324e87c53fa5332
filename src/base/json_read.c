/* json_read.c - typed getters over a parsed tree. A NULL value is of no type, so lookups chain. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "json_number.h"
#include "json_text.h"

#include "inferd/units.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool inf_json_is_object(const struct cJSON *value)
{
    return cJSON_IsObject(value);
}

bool inf_json_is_array(const struct cJSON *value)
{
    return cJSON_IsArray(value);
}

bool inf_json_is_string(const struct cJSON *value)
{
    return cJSON_IsString(value);
}

bool inf_json_is_number(const struct cJSON *value)
{
    return cJSON_IsNumber(value);
}

bool inf_json_is_bool(const struct cJSON *value)
{
    return cJSON_IsBool(value);
}

bool inf_json_is_null(const struct cJSON *value)
{
    return cJSON_IsNull(value);
}

/* ---- walking ---- */

const struct cJSON *inf_json_first(const struct cJSON *container)
{
    return container ? container->child : NULL;
}

const struct cJSON *inf_json_next(const struct cJSON *value)
{
    return value ? value->next : NULL;
}

const char *inf_json_key(const struct cJSON *member)
{
    return member ? member->string : NULL;
}

size_t inf_json_size(const struct cJSON *container)
{
    size_t size = 0;
    for (const struct cJSON *child = inf_json_first(container); child; child = child->next) {
        size++;
    }
    return size;
}

static const struct cJSON *get_n(const struct cJSON *object, const char *key, size_t length)
{
    if (!cJSON_IsObject(object)) {
        return NULL;
    }
    for (const struct cJSON *member = object->child; member; member = member->next) {
        if (strncmp(member->string, key, length) == 0 && member->string[length] == '\0') {
            return member;
        }
    }
    return NULL;
}

const struct cJSON *inf_json_get(const struct cJSON *object, const char *key)
{
    return get_n(object, key, strlen(key));
}

/* Every dot may end a key or belong to it. An object is reached by one way only, since the keys on
 * the way spell the path, so the recursion visits each at most once. */
const struct cJSON *inf_json_get_path(const struct cJSON *object, const char *dotted)
{
    const struct cJSON *found = inf_json_get(object, dotted);
    for (const char *dot = strchr(dotted, '.'); dot && !found; dot = strchr(dot + 1, '.')) {
        const struct cJSON *inner = get_n(object, dotted, (size_t)(dot - dotted));
        found = inner ? inf_json_get_path(inner, dot + 1) : NULL;
    }
    return found;
}

/* ---- scalars ---- */

const char *inf_json_string(const struct cJSON *value)
{
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

double inf_json_double(const struct cJSON *value)
{
    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

bool inf_json_true(const struct cJSON *value)
{
    return cJSON_IsTrue(value);
}

static int int_of_double(double value, const char *literal, int64_t *ret, struct inf_error *err)
{
    if (!(value >= -0x1p63 && value < 0x1p63)) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "Value [%s] is out of range for a long",
                             literal);
    }
    if (trunc(value) != value) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "%s cannot be converted to Integer without data loss", literal);
    }
    *ret = (int64_t)value;
    return 0;
}

static int int_of_string(const char *text, int64_t *ret, struct inf_error *err)
{
    if (inf_int_parse(text, ret) == 0) {
        return 0;
    }
    char *end;
    double value = strtod(text, &end);
    /* strtod also reads blanks, hexadecimal, "inf" and "nan", which are no numbers here. */
    if (*text == '\0' || *end != '\0' || text[strspn(text, "0123456789+-.eE")] != '\0') {
        return inf_error_set(err, INF_ERR_NUMBER_FORMAT, "For input string: \"%s\"", text);
    }
    return int_of_double(value, text, ret, err);
}

int inf_json_int64(const struct cJSON *value, int64_t *ret, struct inf_error *err)
{
    if (cJSON_IsString(value)) {
        return int_of_string(value->valuestring, ret, err);
    }
    if (!cJSON_IsNumber(value)) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Current token (%s) not numeric, can not use numeric value accessors",
                             inf_json_token(value));
    }
    if (value->valuestring) { /* beyond 2^53: the literal knows better than the double */
        return int_of_string(value->valuestring, ret, err);
    }
    char literal[INF_JSON_NUMBER_TEXT];
    inf_json_print_double(value->valuedouble, literal);
    return int_of_double(value->valuedouble, literal, ret, err);
}

const char *inf_json_token(const struct cJSON *value)
{
    if (cJSON_IsObject(value)) {
        return "START_OBJECT";
    }
    if (cJSON_IsArray(value)) {
        return "START_ARRAY";
    }
    if (cJSON_IsString(value)) {
        return "VALUE_STRING";
    }
    if (cJSON_IsNumber(value)) {
        return "VALUE_NUMBER";
    }
    return cJSON_IsBool(value) ? "VALUE_BOOLEAN" : "VALUE_NULL";
}
